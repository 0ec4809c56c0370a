// Names that a cleaned host needs and name servers that everybody uses: data, looked up here and nowhere else.

import { z } from 'zod'
import lists from '../../../resources/signals/name-lists.yaml'

const name = z.string().regex(/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z]{2,}$/)
const vendors = z.array(z.strictObject({ vendor: z.string().min(2), names: z.array(name).min(1) })).min(1)

const schema = z.strictObject({
  schema: z.literal('tourniquet.names/1'),
  security: vendors,
  updates: vendors,
  publicResolvers: z.array(z.string().regex(/^[0-9a-f.:]+$/)).min(1),
  nameSources: z.array(z.string().regex(/^[a-z0-9_]+$/)).min(1),
  sources: z.record(z.string(), z.string().min(5)),
})

export interface NameLists {
  /** who depends on this name, or on one above it; null when nobody listed does */
  readonly vendorOf: (host: string) => { readonly list: 'security' | 'updates'; readonly vendor: string } | null
  readonly publicResolvers: ReadonlySet<string>
  readonly nameSources: ReadonlySet<string>
}

let made: NameLists | undefined

/** Read when first asked for: most commands never judge. */
export function nameLists(): NameLists {
  return (made ??= read())
}

function read(): NameLists {
  const data = schema.parse(lists)
  const byName = new Map(
    (['security', 'updates'] as const).flatMap((list) =>
      data[list].flatMap(({ vendor, names }) => names.map((one) => [one, { list, vendor }] as const)),
    ),
  )
  return {
    vendorOf: (host) => {
      for (
        let rest = host.toLowerCase().replace(/\.$/, '');
        rest.includes('.');
        rest = rest.slice(rest.indexOf('.') + 1)
      ) {
        const found = byName.get(rest)
        if (found) return found
      }
      return null
    },
    publicResolvers: new Set(data.publicResolvers),
    nameSources: new Set(data.nameSources),
  }
}
