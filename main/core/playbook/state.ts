// The state of a run, and the one pure function that makes it from the journal: `(state, event) → state`. Nothing else is remembered anywhere;
// after a crash the same events give the same state, whatever was in memory.

import type { ChangeRecord } from '../actions/verb.ts'
import type { AnyEvent, EventData } from '../case/events.ts'
import type { Tri } from '../tri.ts'

export type StepOutcome = EventData<'step-ended'>['outcome']
export type SkipReason = NonNullable<EventData<'step-ended'>['skip']>

export interface ActState {
  readonly act: string
  readonly step: string
  /** digests of the exhibits kept before it; null until they are */
  readonly evidence: readonly string[] | null
  /** a required capture failed (`missing`) or found another thing than planned (`changed`) */
  readonly blocked: 'missing' | 'changed' | null
  readonly intended: {
    readonly plan: string
    readonly item: string
    readonly verb: string
    readonly boot: string | null
    readonly undoes: string | null
    /** position among all intents of this host in this run */
    readonly order: number
  } | null
  readonly acted: {
    readonly outcome: EventData<'acted'>['outcome']
    readonly change: ChangeRecord | null
    readonly detail: string
  } | null
  readonly verified: { readonly result: Tri; readonly detail: string } | null
  /** outcomes of the undos of this act, oldest first */
  readonly undone: readonly {
    readonly undoAct: string
    readonly outcome: EventData<'undone'>['outcome']
    readonly notRestored: readonly string[]
    readonly detail: string
  }[]
}

export interface PlanState {
  readonly digest: string
  readonly items: number
  /** the plan of this step that a person took items out of to get this one */
  readonly narrows: string | null
  readonly approved: { readonly by: string; readonly how: 'asked' | 'approve-all' } | null
  readonly refused: boolean
}

export interface StepState {
  readonly started: boolean
  readonly attested: boolean
  readonly looked: boolean
  /** oldest first; the last is the one in force */
  readonly plans: readonly PlanState[]
  readonly ended: { readonly outcome: StepOutcome; readonly skip: SkipReason | null; readonly detail: string } | null
}

export interface HostState {
  readonly host: string
  /** boot id of the latest arrival */
  readonly boot: string | null
  readonly steps: Readonly<Record<string, StepState>>
  readonly acts: Readonly<Record<string, ActState>>
  /** latest look of this run */
  readonly looked: { readonly step: string | null; readonly findings: string; readonly verdict: string } | null
}

export interface RunState {
  readonly run: string
  readonly opened: EventData<'run-opened'> | null
  readonly closed: EventData<'run-closed'>['outcome'] | null
  readonly hosts: Readonly<Record<string, HostState>>
}

export const emptyStep: StepState = { started: false, attested: false, looked: false, plans: [], ended: null }

export function emptyRun(run: string): RunState {
  return { run, opened: null, closed: null, hosts: {} }
}

export function emptyHost(host: string): HostState {
  return { host, boot: null, steps: {}, acts: {}, looked: null }
}

/** Folds one event into the state of its run. Events of other runs and kinds it does not know leave the state as it is. */
export function reduce(state: RunState, event: AnyEvent): RunState {
  if (event.type === 'run-opened') return event.data.run === state.run ? { ...state, opened: event.data } : state
  if (event.type === 'run-closed')
    return event.data.run === state.run ? { ...state, closed: event.data.outcome } : state
  if (event.chain === 'case') return state
  const before = state.hosts[event.chain] ?? emptyHost(event.chain)
  const after = reduceHost(before, event, state.run)
  return after === before ? state : { ...state, hosts: { ...state.hosts, [event.chain]: after } }
}

/** The same for one host. */
export function reduceHost(host: HostState, event: AnyEvent, run: string): HostState {
  if (event.type === 'arrived') return { ...host, boot: bootOf(event.data.arrival) }
  if (!('run' in event.data) || event.data.run !== run) return host
  switch (event.type) {
    case 'step-started':
      return withStep(host, event.data.step, { started: true, ended: null })
    case 'step-ended':
      return withStep(host, event.data.step, {
        ended: { outcome: event.data.outcome, skip: event.data.skip, detail: event.data.detail },
      })
    case 'attested':
      return withStep(host, event.data.step, { attested: true })
    case 'looked': {
      const { step, findings, verdict } = event.data
      const looked = { ...host, looked: { step, findings, verdict } }
      return step === null ? looked : withStep(looked, step, { looked: true })
    }
    case 'planned': {
      const { plan: digest, items, narrows } = event.data
      const plan = { digest, items, narrows: narrows?.plan ?? null, approved: null, refused: false }
      return withStep(host, event.data.step, { plans: [...stepOf(host, event.data.step).plans, plan] })
    }
    case 'approved': {
      const { by, how } = event.data
      return withPlan(host, event.data, { approved: { by, how } })
    }
    case 'refused':
      return withPlan(host, event.data, { refused: true })
    case 'evidence-kept':
      return withAct(host, event.data.act, event.data.step, { evidence: event.data.exhibits })
    case 'gap': {
      const blocked = blockedAct(event.data)
      return blocked === null ? host : withAct(host, blocked.act, event.data.step ?? '', { blocked: blocked.why })
    }
    case 'intended': {
      const { act, step, plan, item, verb, undoes } = event.data
      const known = host.acts[act]?.intended
      const order = known?.order ?? Object.values(host.acts).filter((one) => one.intended !== null).length
      return withAct(host, act, step, { intended: { plan, item, verb, boot: host.boot, undoes, order } })
    }
    case 'acted': {
      const { act, step, outcome, change, detail } = event.data
      return withAct(host, act, step, { acted: { outcome, change: change as ChangeRecord | null, detail } })
    }
    case 'verified': {
      const { act, step, result, detail } = event.data
      return withAct(host, act, step, { verified: { result, detail } })
    }
    case 'undone': {
      const { act, step, undoAct, outcome, notRestored, detail } = event.data
      const undone = [...(host.acts[act]?.undone ?? []), { undoAct, outcome, notRestored, detail }]
      return withAct(host, act, step, { undone })
    }
    default:
      return host
  }
}

/** State of a run from all chains of a case. The case chain goes first, each host's own order is kept. */
export function replay(run: string, chains: readonly (readonly AnyEvent[])[]): RunState {
  return chains.reduce((state, events) => events.reduce(reduce, state), emptyRun(run))
}

/** Steps that waited for a person are open again: a later session may bring one. */
export function reopened(host: HostState): HostState {
  const steps = Object.fromEntries(
    Object.entries(host.steps).map(([id, step]) => [
      id,
      step.ended?.outcome === 'waiting' ? { ...step, ended: null } : step,
    ]),
  )
  return { ...host, steps }
}

export function stepOf(host: HostState, step: string): StepState {
  return host.steps[step] ?? emptyStep
}

/** True when an undo of this act took effect. */
export function isUndone(act: ActState): boolean {
  return act.undone.some((one) => one.outcome === 'done' || one.outcome === 'already')
}

/** Its change was taken back on the host and none of ours asked for it: the dead man did. */
export function hasLapsed(host: HostState, act: ActState): boolean {
  return act.undone.some((one) => one.outcome === 'done' && !host.acts[one.undoAct]?.intended)
}

/** Acts whose change stands on the host, oldest first. */
export function standing(host: HostState): readonly (ActState & { readonly change: ChangeRecord })[] {
  return Object.values(host.acts)
    .flatMap((act) => (act.acted?.change && !isUndone(act) ? [{ ...act, change: act.acted.change }] : []))
    .sort((a, b) => (a.intended?.order ?? 0) - (b.intended?.order ?? 0))
}

/** Of those, the ones that are the latest word on at least one object: a frozen process that was killed is no longer a frozen one. */
export function current(host: HostState): readonly (ActState & { readonly change: ChangeRecord })[] {
  const all = standing(host)
  return all.filter((act, index) => {
    const newer = new Set(all.slice(index + 1).flatMap((one) => one.change.objects))
    return act.change.objects.length === 0 || act.change.objects.some((object) => !newer.has(object))
  })
}

/** How a blocked act is written in a gap: `what` starts with the act's id. */
export const captureGap = { missing: 'capture', changed: 'capture-changed' } as const

function blockedAct(gap: EventData<'gap'>): { readonly act: string; readonly why: 'missing' | 'changed' } | null {
  const act = gap.what.split(' ', 1)[0] ?? ''
  if (gap.probe === captureGap.missing) return { act, why: 'missing' }
  return gap.probe === captureGap.changed ? { act, why: 'changed' } : null
}

function bootOf(arrival: unknown): string | null {
  const boot = (arrival as { bootId?: unknown } | null)?.bootId
  return typeof boot === 'string' ? boot : null
}

function withStep(host: HostState, step: string, change: Partial<StepState>): HostState {
  return { ...host, steps: { ...host.steps, [step]: { ...stepOf(host, step), ...change } } }
}

function withPlan(
  host: HostState,
  at: { readonly step: string; readonly plan: string },
  change: Partial<PlanState>,
): HostState {
  const plans = stepOf(host, at.step).plans.map((plan) => (plan.digest === at.plan ? { ...plan, ...change } : plan))
  return withStep(host, at.step, { plans })
}

function withAct(host: HostState, act: string, step: string, change: Partial<ActState>): HostState {
  const before: ActState = host.acts[act] ?? {
    act,
    step,
    evidence: null,
    blocked: null,
    intended: null,
    acted: null,
    verified: null,
    undone: [],
  }
  return { ...host, acts: { ...host.acts, [act]: { ...before, ...change } } }
}
