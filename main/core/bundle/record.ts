// The record of a case: its journal folded into what a reader asks for. Pure: the same events give the same record, whoever folds them.

import type { AnyEvent, EventData, Refusal } from '../case/events.ts'
import { caseInfoOf, openingOf } from '../case/info.ts'
import { caseChain } from '../case/journal.ts'
import type { CaseInfo } from '../case/store.ts'
import { changesOf, type Change } from './changes.ts'
import { gapsOf, type Gap } from './gaps.ts'
import { exhibitsOf, type ExhibitEntry, type Snapshot } from './snapshot.ts'

export interface Look {
  readonly at: string
  readonly run: string | null
  readonly step: string | null
  readonly verdict: string
  readonly unknowns: number
  /** the exhibit with the findings */
  readonly sha256: string
}

export interface HostRecord {
  readonly host: string
  readonly address: string | null
  readonly hostKey: string | null
  readonly machineId: string | null
  readonly first: Look | null
  readonly last: Look | null
  /** changes that were put back after the last look: what it saw is not how the host was left */
  readonly undoneSince: number
}

export interface RunRecord {
  readonly run: string
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string }
  readonly hosts: readonly string[]
  readonly approval: string
  readonly examiner: string
  readonly openedAt: string
  readonly closedAt: string | null
  readonly outcome: string | null
  readonly params: unknown
  readonly steps: readonly {
    readonly chain: string
    readonly step: string
    readonly at: string
    readonly outcome: string
    readonly skip: string | null
    readonly detail: string
  }[]
  readonly plans: readonly {
    readonly chain: string
    readonly step: string
    readonly plan: string
    readonly items: number
  }[]
}

export interface Approval {
  readonly at: string
  readonly chain: string
  readonly kind: 'approved' | 'refused' | 'attested'
  readonly run: string
  readonly step: string
  readonly by: string
  readonly how: string | null
  /** digest of the plan, or null for what a person attested */
  readonly plan: string | null
  readonly text: string | null
  /** why it was refused, where that was said */
  readonly reason: Refusal | null
}

export interface CaseRecord {
  readonly info: CaseInfo
  readonly tool: string
  /** hash of the last event of the case chain: what a bundle is a bundle of */
  readonly head: string
  /** time of the newest event */
  readonly until: string
  readonly heads: readonly { readonly chain: string; readonly events: number; readonly hash: string }[]
  readonly hosts: readonly HostRecord[]
  readonly runs: readonly RunRecord[]
  readonly approvals: readonly Approval[]
  readonly changes: readonly Change[]
  readonly gaps: readonly Gap[]
  readonly exhibits: readonly ExhibitEntry[]
  /** every event, oldest first, chains mixed by time */
  readonly timeline: readonly AnyEvent[]
}

/** Throws `journal-broken` when there is no case chain or it does not begin with the case's opening. */
export function recordOf(snapshot: Snapshot): CaseRecord {
  const own = snapshot.get(caseChain) ?? []
  const opened = openingOf(own)
  const timeline = [...snapshot.values()].flat().toSorted(byTime)
  const exhibits = exhibitsOf(snapshot)
  return {
    info: caseInfoOf(opened),
    tool: opened.tool,
    head: own.at(-1)?.hash ?? '',
    until: timeline.at(-1)?.at ?? opened.createdAt,
    heads: [...snapshot].flatMap(([chain, events]) => {
      const end = events.at(-1)
      return end === undefined ? [] : [{ chain, events: events.length, hash: end.hash }]
    }),
    hosts: hostsOf(snapshot),
    runs: runsOf(timeline),
    approvals: timeline.flatMap(approvalOf),
    changes: changesOf(snapshot),
    gaps: gapsOf(snapshot, exhibits),
    exhibits,
    timeline,
  }
}

/** Time first; within the same millisecond the case chain, then hosts by name, then their own order. */
function byTime(a: AnyEvent, b: AnyEvent): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  if (a.chain === b.chain) return a.seq - b.seq
  if (a.chain === caseChain) return -1
  return b.chain === caseChain || a.chain > b.chain ? 1 : -1
}

function hostsOf(snapshot: Snapshot): readonly HostRecord[] {
  const added = new Map<string, { address: string; hostKey: string; machineId: string | null }>()
  for (const event of snapshot.get(caseChain) ?? [])
    if (event.type === 'host-added') added.set(event.data.host, event.data)
  const names = new Set([...added.keys(), ...[...snapshot.keys()].filter((chain) => chain !== caseChain)])
  return [...names].sort().map((host) => {
    const looks = (snapshot.get(host) ?? []).flatMap((event): Look[] =>
      event.type === 'looked' ? [{ at: event.at, ...lookOf(event.data) }] : [],
    )
    const { address = null, hostKey = null, machineId = null } = added.get(host) ?? {}
    const events = snapshot.get(host) ?? []
    const undoneSince = events
      .slice(events.findLastIndex(({ type }) => type === 'looked') + 1)
      .filter((event) => event.type === 'undone' && event.data.outcome === 'done').length
    return { host, address, hostKey, machineId, first: looks[0] ?? null, last: looks.at(-1) ?? null, undoneSince }
  })
}

function lookOf(data: EventData<'looked'>): Omit<Look, 'at'> {
  const { findings, ...rest } = data
  return { ...rest, sha256: findings }
}

function runsOf(timeline: readonly AnyEvent[]): readonly RunRecord[] {
  return timeline.flatMap((event): RunRecord[] => {
    if (event.type !== 'run-opened') return []
    const { run, playbook, params, hosts, approval, examiner } = event.data
    const closed = timeline.find((other) => other.type === 'run-closed' && other.data.run === run)
    const steps = timeline.flatMap((other) =>
      other.type === 'step-ended' && other.data.run === run ? [stepOf(other.chain, other.at, other.data)] : [],
    )
    const plans = timeline.flatMap((other) =>
      other.type === 'planned' && other.data.run === run ? [planOf(other.chain, other.data)] : [],
    )
    const outcome = closed?.type === 'run-closed' ? closed.data.outcome : null
    return [
      {
        run,
        playbook,
        params,
        hosts,
        approval,
        examiner,
        openedAt: event.at,
        closedAt: closed?.at ?? null,
        outcome,
        steps,
        plans,
      },
    ]
  })
}

function stepOf(chain: string, at: string, data: EventData<'step-ended'>): RunRecord['steps'][number] {
  const { step, outcome, skip, detail } = data
  return { chain, at, step, outcome, skip, detail }
}

function planOf(chain: string, data: EventData<'planned'>): RunRecord['plans'][number] {
  const { step, plan, items } = data
  return { chain, step, plan, items }
}

function approvalOf(event: AnyEvent): readonly Approval[] {
  const { at, chain } = event
  switch (event.type) {
    case 'approved':
    case 'refused': {
      const { run, step, plan, by } = event.data
      const how = event.type === 'approved' ? event.data.how : null
      const { reason = null, text = null } = event.type === 'refused' ? event.data : {}
      return [{ at, chain, kind: event.type, run, step, by, how, plan, text: text === '' ? null : text, reason }]
    }
    case 'attested': {
      const { run, step, by, text } = event.data
      return [{ at, chain, kind: 'attested', run, step, by, how: null, plan: null, text, reason: null }]
    }
    default:
      return []
  }
}
