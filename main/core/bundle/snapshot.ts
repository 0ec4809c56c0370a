// A case at one moment: its chains, and the exhibits they tell of.

import type { AnyEvent, ExhibitMeta } from '../case/events.ts'
import type { CaseArchive } from '../case/store.ts'

/** The chains as they stood; what is appended later is not in it. */
export type Snapshot = ReadonlyMap<string, readonly AnyEvent[]>

/** One telling of an exhibit. The same bytes may be told of more than once. */
export interface ExhibitEntry extends ExhibitMeta {
  readonly chain: string
  readonly seq: number
  readonly at: string
}

export function snapshotOf(archive: Pick<CaseArchive, 'chains' | 'events'>): Snapshot {
  return new Map(archive.chains().map((chain) => [chain, [...archive.events(chain)]]))
}

/** By chain, in the order they were stored. */
export function exhibitsOf(snapshot: Snapshot): readonly ExhibitEntry[] {
  return [...snapshot].flatMap(([chain, events]) =>
    events.flatMap((event) =>
      event.type === 'exhibit-stored' ? [{ chain, seq: event.seq, at: event.at, ...event.data }] : [],
    ),
  )
}
