// Every change that was intended on a host, what became of it, and whether it was undone. An intent without a result is listed as unknown.

import type { AnyEvent, EventData } from '../case/events.ts'
import { z } from 'zod'

export type UndoState =
  | 'stands'
  | 'undone'
  | 'undo-conflict'
  | 'undo-failed'
  | 'undo-unknown'
  | 'irreversible'
  | 'nothing-changed'
  | 'unknown'

export interface Change {
  readonly host: string
  readonly run: string
  readonly step: string
  readonly act: string
  readonly item: string
  readonly verb: string
  readonly plan: string
  readonly intendedAt: string
  readonly outcome: 'done' | 'already' | 'conflict' | 'failed' | 'unknown'
  readonly detail: string
  /** the verb's ChangeRecord as journaled; null when nothing changed or nothing is known */
  readonly change: unknown
  /** code and parameters of the one sentence about it, null when the record has none */
  readonly summary: { readonly code: string; readonly params: Readonly<Record<string, string | number>> } | null
  readonly verified: { readonly result: string; readonly detail: string } | null
  readonly undo: {
    readonly state: UndoState
    readonly at: string | null
    readonly act: string | null
    readonly notRestored: readonly string[]
    readonly detail: string
  }
}

type Event<T extends AnyEvent['type']> = Extract<AnyEvent, { type: T }>

/** What we need to know of a ChangeRecord; the rest is the verb's own. */
const changeRecord = z.looseObject({
  reversible: z.boolean(),
  summary: z.looseObject({ code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }),
})

/** Changes of all chains: by chain, in the order they were intended. */
export function changesOf(snapshot: ReadonlyMap<string, readonly AnyEvent[]>): readonly Change[] {
  return [...snapshot].flatMap(([host, events]) =>
    events.flatMap((event) =>
      event.type === 'intended' && event.data.undoes === null ? [changeOf(host, event, events)] : [],
    ),
  )
}

function changeOf(host: string, intent: Event<'intended'>, events: readonly AnyEvent[]): Change {
  const { run, step, act, item, verb, plan } = intent.data
  const acted = lastOf(events, 'acted', (event) => event.data.act === act)?.data ?? null
  const verified = lastOf(events, 'verified', (event) => event.data.act === act)?.data ?? null
  const read = changeRecord.safeParse(acted?.change)
  return {
    host,
    run,
    step,
    act,
    item,
    verb,
    plan,
    intendedAt: intent.at,
    outcome: acted?.outcome ?? 'unknown',
    detail: acted?.detail ?? '',
    change: acted?.change ?? null,
    summary: read.success ? { code: read.data.summary.code, params: read.data.summary.params } : null,
    verified: verified === null ? null : { result: verified.result, detail: verified.detail },
    undo: undoOf(act, acted, read.success ? read.data.reversible : null, events),
  }
}

function undoOf(
  act: string,
  acted: EventData<'acted'> | null,
  reversible: boolean | null,
  events: readonly AnyEvent[],
): Change['undo'] {
  const undone = lastOf(events, 'undone', (event) => event.data.act === act)
  const meant = lastOf(events, 'intended', (event) => event.data.undoes === act)
  const none = { at: null, act: null, notRestored: [], detail: '' }
  if (undone !== null && (meant === null || meant.seq < undone.seq)) {
    const { outcome, undoAct, notRestored, detail } = undone.data
    const state =
      outcome === 'done' || outcome === 'already' ? 'undone' : outcome === 'conflict' ? 'undo-conflict' : 'undo-failed'
    return { state, at: undone.at, act: undoAct, notRestored, detail }
  }
  if (meant !== null) return { ...none, state: 'undo-unknown', at: meant.at, act: meant.data.act }
  if (acted === null) return { ...none, state: 'unknown' }
  if (acted.change === null) return { ...none, state: 'nothing-changed' }
  return { ...none, state: reversible === false ? 'irreversible' : 'stands' }
}

function lastOf<T extends AnyEvent['type']>(
  events: readonly AnyEvent[],
  type: T,
  where: (event: Event<T>) => boolean,
): Event<T> | null {
  return (events.findLast((event) => event.type === type && where(event as Event<T>)) as Event<T> | undefined) ?? null
}
