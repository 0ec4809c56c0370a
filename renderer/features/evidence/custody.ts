// Events that name an exhibit, and metadata as rows. Pure but for the locker it is given.

import type { JournalEvent } from '../../evidence-db/case.ts'
import type { Locker } from '../../evidence-db/locker.ts'

/** Most events read after the telling: a run names its evidence soon after it was kept. */
const mostRead = 4000
const pageOf = 1000

/** The telling and later events of its chain that name the digest, and notes on the case chain, oldest first. */
export async function custodyOf(
  from: Pick<Locker, 'events' | 'chains'>,
  { sha256, chain, seq }: { readonly sha256: string; readonly chain: string; readonly seq: number },
): Promise<readonly JournalEvent[]> {
  const found: JournalEvent[] = []
  const read = async (of: string, start: number): Promise<void> => {
    for (let at = start; at < start + mostRead;) {
      const events = await from.events(of, at)
      found.push(...events.filter((event) => names(event, sha256)))
      if (events.length < pageOf) return
      at += events.length
    }
  }
  const cases = (await from.chains()).find((one) => one.chain === 'case')?.events ?? 0
  await read(chain, seq)
  if (chain !== 'case') await read('case', Math.max(0, cases - mostRead))
  return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq))
}

function names({ data }: JournalEvent, sha256: string): boolean {
  return Object.values(data).some((value) => value === sha256 || (Array.isArray(value) && value.includes(sha256)))
}

/** File metadata as name and value, nested names joined by a dot; what is null is left out. Values came from a host in shown form. */
export function fieldsOf(meta: unknown, before = ''): readonly (readonly [string, string])[] {
  if (typeof meta !== 'object' || meta === null) return []
  return Object.entries(meta as Readonly<Record<string, unknown>>).flatMap(([key, value]) => {
    const name = before === '' ? key : `${before}.${key}`
    if (value === null || value === undefined) return []
    if (typeof value === 'object') return fieldsOf(value, name)
    return [[name, typeof value === 'string' ? value : JSON.stringify(value)] as const]
  })
}
