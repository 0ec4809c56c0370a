// What was not collected, not done or not known, and why. An expert of the other side asks for this first, so it is never empty by omission.

import type { AnyEvent } from '../case/events.ts'
import { caseChain } from '../case/journal.ts'
import type { ExhibitEntry } from './snapshot.ts'

export type GapKind =
  | 'unreadable'
  | 'truncated'
  | 'step-skipped'
  | 'step-failed'
  | 'step-unknown'
  | 'step-unfinished'
  | 'host-never-reached'
  | 'host-lost'
  | 'act-unknown'
  | 'verify-not-yes'
  | 'undo-incomplete'
  | 'run-unfinished'
  | 'terminal-unfinished'

export interface Gap {
  readonly kind: GapKind
  readonly chain: string
  readonly at: string
  readonly run: string | null
  readonly step: string | null
  /** what it is about: a path, a probe's reading, an act */
  readonly what: string
  readonly reason: string
  readonly detail: string
}

type Snapshot = ReadonlyMap<string, readonly AnyEvent[]>

/** All gaps: by chain, in the order they happened; hosts and runs that came to no end last. */
export function gapsOf(snapshot: Snapshot, exhibits: readonly ExhibitEntry[]): readonly Gap[] {
  const told = [...snapshot].flatMap(([chain, events]) => events.flatMap((event) => gapOf(chain, event, events)))
  return [...told, ...truncated(exhibits), ...unreached(snapshot), ...unfinishedRuns(snapshot)]
}

function gapOf(chain: string, event: AnyEvent, events: readonly AnyEvent[]): readonly Gap[] {
  const at = { chain, at: event.at }
  switch (event.type) {
    case 'gap': {
      const { run, step, probe, what, reason, detail } = event.data
      return [{ ...at, kind: 'unreadable', run, step, what: `${probe}: ${what}`, reason, detail }]
    }
    case 'step-started': {
      const { run, step } = event.data
      const ended = events.some(
        (other) => other.type === 'step-ended' && other.data.run === run && other.data.step === step,
      )
      return ended ? [] : [{ ...at, kind: 'step-unfinished', run, step, what: step, reason: 'no end', detail: '' }]
    }
    case 'step-ended': {
      const { run, step, outcome, skip, detail } = event.data
      const kinds = {
        skipped: 'step-skipped',
        failed: 'step-failed',
        unknown: 'step-unknown',
        waiting: 'step-unfinished',
      } as const
      if (outcome === 'done' || outcome === 'nothing-to-do') return []
      return [{ ...at, kind: kinds[outcome], run, step, what: step, reason: skip ?? outcome, detail }]
    }
    case 'departed':
      return event.data.detached || event.data.reason === 'closed-by-us'
        ? []
        : [{ ...at, kind: 'host-lost', run: null, step: null, what: chain, reason: event.data.reason, detail: '' }]
    case 'terminal-opened': {
      const { terminal } = event.data
      if (events.some((other) => other.type === 'terminal-closed' && other.data.terminal === terminal)) return []
      return [
        { ...at, kind: 'terminal-unfinished', run: null, step: null, what: terminal, reason: 'no end', detail: '' },
      ]
    }
    case 'intended': {
      const { run, step, act, verb, undoes } = event.data
      const result = events.some(
        (other) =>
          (other.type === 'acted' && other.data.act === act) ||
          (other.type === 'undone' && undoes !== null && other.data.act === undoes && other.seq > event.seq),
      )
      return result
        ? []
        : [{ ...at, kind: 'act-unknown', run, step, what: `${verb} ${act}`, reason: 'no result', detail: '' }]
    }
    case 'verified': {
      const { run, step, act, result, detail } = event.data
      return result === 'yes' ? [] : [{ ...at, kind: 'verify-not-yes', run, step, what: act, reason: result, detail }]
    }
    case 'undone': {
      const { run, step, act, outcome, notRestored, detail } = event.data
      const whole = outcome === 'done' || outcome === 'already'
      if (whole && notRestored.length === 0) return []
      const reason = whole ? `not restored: ${notRestored.join(', ')}` : outcome
      return [{ ...at, kind: 'undo-incomplete', run, step, what: act, reason, detail }]
    }
    default:
      return []
  }
}

function truncated(exhibits: readonly ExhibitEntry[]): readonly Gap[] {
  return exhibits
    .filter((exhibit) => exhibit.truncated)
    .map(({ chain, at, what, path, size, sha256 }) => ({
      kind: 'truncated',
      chain,
      at,
      run: null,
      step: null,
      what: path === null ? what : `${what}: ${path}`,
      reason: `cut after ${String(size)} bytes`,
      detail: sha256,
    }))
}

/** Hosts that a run meant to enter, or that were added, and whose chain tells of no arrival. */
function unreached(snapshot: Snapshot): readonly Gap[] {
  const meant = new Map<string, { at: string; run: string | null }>()
  for (const event of snapshot.get(caseChain) ?? []) {
    if (event.type === 'host-added') meant.set(event.data.host, { at: event.at, run: null })
    if (event.type === 'run-opened')
      for (const host of event.data.hosts) meant.set(host, { at: event.at, run: event.data.run })
  }
  return [...meant].flatMap(([host, { at, run }]): Gap[] =>
    (snapshot.get(host) ?? []).some(({ type }) => type === 'arrived')
      ? []
      : [
          {
            kind: 'host-never-reached',
            chain: host,
            at,
            run,
            step: null,
            what: host,
            reason: 'no arrival',
            detail: '',
          },
        ],
  )
}

function unfinishedRuns(snapshot: Snapshot): readonly Gap[] {
  const events = [...snapshot.values()].flat()
  const closed = new Set(events.flatMap((event) => (event.type === 'run-closed' ? [event.data.run] : [])))
  return events.flatMap((event): Gap[] => {
    if (event.type !== 'run-opened' || closed.has(event.data.run)) return []
    const { run } = event.data
    return [
      {
        kind: 'run-unfinished',
        chain: event.chain,
        at: event.at,
        run,
        step: null,
        what: run,
        reason: 'no end',
        detail: '',
      },
    ]
  })
}
