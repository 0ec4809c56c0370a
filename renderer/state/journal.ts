// What the journal tells of the runs of the open case, followed as it grows: the runs, and the chains of the hosts of the last one. It is read from main and
// not from the locker, because a checklist must not lag behind what waits for an answer; it decides nothing and loses nothing when it is thrown away.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { AnyEvent } from '../../main/core/case/events.ts'
import { isTourniquetError } from '../../main/core/errors.ts'
import type { Failure } from '../ui/kit.tsx'
import { call, onConnect, session } from './session.ts'

/** A run as the case chain tells it. */
export interface RunHead {
  readonly run: string
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string }
  readonly hosts: readonly string[]
  readonly approval: 'ask' | 'all' | 'plan-only'
  readonly examiner: string
  /** RFC 3339 */
  readonly openedAt: string
  /** null while it is open */
  readonly outcome: string | null
}

export interface Journal {
  readonly caseId: string | null
  /** oldest first */
  readonly runs: readonly RunHead[]
  /** how each host of the case was dialled */
  readonly addresses: Readonly<Record<string, string>>
  /** events of host chains, oldest first, at least from the beginning of the last run on */
  readonly chains: Readonly<Record<string, readonly AnyEvent[]>>
  /** why it stopped following; it tries again with the next event */
  readonly error: Failure | null
}

const empty: Journal = { caseId: null, runs: [], addresses: {}, chains: {}, error: null }
/** Events `journal.read` answers with at most. */
const page = 100

export const journal = createStore<Journal>(() => empty)

export function useJournal<T>(select: (state: Journal) => T): T {
  return useStore(journal, select)
}

/** Next sequence number to read, by chain. */
let next: Record<string, number> = {}
let reading = false
let again = false

session.subscribe((now, before) => {
  if (now.heads !== before.heads || now.case?.caseId !== before.case?.caseId) void follow()
})
onConnect(() => void follow())

/** Reads what is new, one reader at a time; a call while it reads makes it look once more. */
async function follow(): Promise<void> {
  again = true
  if (reading) return
  reading = true
  try {
    for (; again;) {
      again = false
      await readNews()
    }
    if (journal.getState().error !== null) journal.setState({ error: null })
  } catch (cause) {
    if (isTourniquetError(cause, 'wire-closed')) return // the next connection reads on
    const error = isTourniquetError(cause)
      ? { code: cause.code, params: cause.params }
      : { code: 'internal', params: { what: String(cause) } }
    journal.setState({ error })
  } finally {
    reading = false
    if (again) void follow() // asked for while this reading failed: a connection came back meanwhile
  }
}

async function readNews(): Promise<void> {
  const { case: open } = session.getState()
  const caseId = open?.caseId ?? null
  if (journal.getState().caseId !== caseId) {
    next = {}
    journal.setState({ ...empty, caseId }, true)
  }
  if (caseId === null) return
  await readOn('case', caseId, 0, takeCase)
  const last = journal.getState().runs.at(-1)
  if (last === undefined) return
  for (const host of last.hosts) {
    next[host] ??= await beginningOf(host, last.openedAt)
    await readOn(host, caseId, next[host], (events) => {
      journal.setState(({ chains }) => ({ chains: { ...chains, [host]: [...(chains[host] ?? []), ...events] } }))
    })
  }
}

/** Reads a chain up to its head. Stops without a word when another case was opened meanwhile. */
async function readOn(
  chain: string,
  caseId: string,
  from: number,
  take: (events: readonly AnyEvent[]) => void,
): Promise<void> {
  next[chain] ??= from
  while ((next[chain] ?? 0) < (session.getState().heads[chain] ?? 0)) {
    const read: { readonly events: readonly unknown[] } = await call('journal.read', { chain, from: next[chain] ?? 0 })
    if (session.getState().case?.caseId !== caseId) {
      again = true
      return
    }
    if (read.events.length === 0) return
    next[chain] = (next[chain] ?? 0) + read.events.length
    take(read.events as readonly AnyEvent[])
  }
}

/** Where the run begins on a chain: found from the end, so that a long case is not read whole. A page that is older than the run ends the search. */
async function beginningOf(chain: string, openedAt: string): Promise<number> {
  let from = session.getState().heads[chain] ?? 0
  while (from > 0) {
    from = Math.max(0, from - page)
    const { events } = await call('journal.read', { chain, from })
    const oldest = events[0]
    if (oldest === undefined || Date.parse(oldest.at) < Date.parse(openedAt)) break
  }
  return from
}

function takeCase(events: readonly AnyEvent[]): void {
  journal.setState((state) => {
    let { runs, addresses } = state
    for (const event of events) {
      if (event.type === 'run-opened') {
        const { run, playbook, hosts, approval, examiner } = event.data
        runs = [...runs, { run, playbook, hosts, approval, examiner, openedAt: event.at, outcome: null }]
      } else if (event.type === 'run-closed') {
        const { run, outcome } = event.data
        runs = runs.map((one) => (one.run === run ? { ...one, outcome } : one))
      } else if (event.type === 'host-added') {
        addresses = { ...addresses, [event.data.host]: event.data.address }
      }
    }
    return { runs, addresses }
  })
}
