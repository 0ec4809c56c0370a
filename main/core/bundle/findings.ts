// Findings as a bundle shows them: read back from the exhibit that a look left. What cannot be read is said, never left out.

import { z } from 'zod'
import type { HostRecord, Look } from './record.ts'

const words = z.record(z.string(), z.union([z.string(), z.number()]))

/** The part of a finding that people read; the exhibit has the rest. */
const findingShown = z.looseObject({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  params: words,
  score: z.number(),
  proposed: z.enum(['yes', 'no', 'unknown']),
  target: z.looseObject({ kind: z.string() }),
  reasons: z.array(
    z.looseObject({ signal: z.string(), effect: z.string(), group: z.string(), permille: z.number(), params: words }),
  ),
})
export type FindingShown = z.infer<typeof findingShown>

/** Either all the findings of a look, or why they cannot be shown. */
export type FindingsRead = { readonly findings: readonly FindingShown[] } | { readonly unreadable: string }

export interface HostFindings {
  readonly host: string
  readonly first: (Look & FindingsRead) | null
  readonly last: (Look & FindingsRead) | null
}

/** Reads what the first and the last look of each host left; `read` gives the bytes of an exhibit. */
export async function findingsOf(
  hosts: readonly HostRecord[],
  read: (sha256: string) => Promise<Uint8Array>,
): Promise<readonly HostFindings[]> {
  const out: HostFindings[] = []
  for (const { host, first, last } of hosts) {
    const firstRead = first === null ? null : { ...first, ...parseFindings(await read(first.sha256)) }
    const same = first?.sha256 === last?.sha256 && firstRead !== null && last !== null
    const lastRead = same
      ? { ...firstRead, ...last }
      : last === null
        ? null
        : { ...last, ...parseFindings(await read(last.sha256)) }
    out.push({ host, first: firstRead, last: lastRead })
  }
  return out
}

/** An array of findings, or an object that has one as `findings`. */
function parseFindings(bytes: Uint8Array): FindingsRead {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { unreadable: 'not JSON' }
  }
  const list: unknown = typeof value === 'object' && value !== null && 'findings' in value ? value.findings : value
  const read = z.array(findingShown).safeParse(list)
  return read.success ? { findings: read.data } : { unreadable: 'not a list of findings' }
}
