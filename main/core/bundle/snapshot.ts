// A case at one moment: its chains, and the exhibits they tell of.

import type { AnyEvent, ExhibitMeta } from '../case/events.ts'
import { caseChain } from '../case/journal.ts'
import type { CaseArchive } from '../case/store.ts'

/** The chains as they stood; what is appended later is not in it. */
export type Snapshot = ReadonlyMap<string, readonly AnyEvent[]>

/** One telling of an exhibit. The same bytes may be told of more than once. */
export interface ExhibitEntry extends ExhibitMeta {
  readonly chain: string
  readonly seq: number
  readonly at: string
  /** what people said of the bytes, oldest first; absent when nobody did */
  readonly notes?: readonly Note[]
}

export interface Note {
  readonly at: string
  readonly by: string
  readonly text: string
  readonly tags: readonly string[]
}

/** Chains in one order, whatever the archive's: the case's own first, then hosts by name. */
export function snapshotOf(archive: Pick<CaseArchive, 'chains' | 'events'>): Snapshot {
  const chains = archive.chains().toSorted((a, b) => (a === caseChain ? -1 : b === caseChain ? 1 : a < b ? -1 : 1))
  return new Map(chains.map((chain) => [chain, [...archive.events(chain)]]))
}

/** By chain, in the order they were stored. */
export function exhibitsOf(snapshot: Snapshot): readonly ExhibitEntry[] {
  const notes = notesOf(snapshot)
  return [...snapshot].flatMap(([chain, events]) =>
    events.flatMap((event): ExhibitEntry[] => {
      if (event.type !== 'exhibit-stored') return []
      const said = notes.get(event.data.sha256)
      return [{ chain, seq: event.seq, at: event.at, ...event.data, ...(said === undefined ? {} : { notes: said }) }]
    }),
  )
}

function notesOf(snapshot: Snapshot): ReadonlyMap<string, readonly Note[]> {
  const notes = new Map<string, Note[]>()
  for (const event of snapshot.get(caseChain) ?? []) {
    if (event.type !== 'exhibit-noted') continue
    const { sha256, by, text, tags } = event.data
    const of = notes.get(sha256) ?? []
    of.push({ at: event.at, by, text, tags })
    notes.set(sha256, of)
  }
  return notes
}
