// What to do next on one host: a pure function of the state, the steps and the plans. It knows no time and no host; run.ts executes what it says,
// every execution journals at least one event, and then it is asked again. A crash between two questions changes nothing.

import { actId, type Plan } from './plan.ts'
import type { FlatStep } from './compose.ts'
import type { Hashing } from '../ports.ts'
import {
  hasLapsed,
  stepOf,
  type ActState,
  type HostState,
  type PlanState,
  type SkipReason,
  type StepOutcome,
  type StepState,
} from './state.ts'

export type Command =
  | { readonly do: 'start'; readonly step: FlatStep }
  | { readonly do: 'inspect'; readonly step: FlatStep }
  | { readonly do: 'attest'; readonly step: FlatStep }
  | { readonly do: 'wait'; readonly step: FlatStep }
  /** `again`: the host was not as planned; look first */
  | { readonly do: 'plan'; readonly step: FlatStep; readonly again: boolean }
  /** approval and evidence in either order: these are executed side by side */
  | { readonly do: 'approve'; readonly step: FlatStep; readonly plan: string }
  | {
      readonly do: 'capture'
      readonly step: FlatStep
      readonly plan: string
      readonly act: string
      readonly item: number
    }
  | { readonly do: 'act'; readonly step: FlatStep; readonly plan: string; readonly act: string; readonly item: number }
  /** intended, and no result in the journal */
  | {
      readonly do: 'recover'
      readonly step: FlatStep
      readonly plan: string
      readonly act: string
      readonly item: number
    }
  | { readonly do: 'verify'; readonly step: FlatStep; readonly acts: readonly string[] }
  | {
      readonly do: 'end'
      readonly step: FlatStep
      readonly outcome: StepOutcome
      readonly skip: SkipReason | null
      readonly detail: string
    }
  | { readonly do: 'finish'; readonly waiting: boolean }

export interface NextInput {
  readonly host: HostState
  readonly steps: readonly FlatStep[]
  /** plans named in the state, by digest */
  readonly plans: ReadonlyMap<string, Plan>
  readonly planOnly: boolean
  /** steps whose time limit is used up: what was not begun is not begun any more */
  readonly limited: ReadonlySet<string>
  readonly hashing: Hashing
}

/** A step is planned at most twice: once, and once more when the host was not as planned. What a person narrowed, or the dead man ended, does not count. */
const maxPlans = 2

/** Commands to execute side by side. One `finish` ends the host. */
export function next(input: NextInput): readonly Command[] {
  let failed = false
  for (const step of input.steps) {
    const state = stepOf(input.host, step.id)
    if (state.ended?.outcome === 'waiting') return [{ do: 'finish', waiting: true }]
    if (state.ended) {
      failed ||= stops(state.ended)
      continue
    }
    if (failed && !step.body.step.always && !state.started) return [end(step, 'skipped', 'dependency-failed')]
    if (!state.started) return [{ do: 'start', step }]
    return within(step, state, input)
  }
  return [{ do: 'finish', waiting: false }]
}

/** After a failed step or a refusal only `always` steps run: what comes later in a runbook relies on what comes earlier. */
function stops(ended: NonNullable<StepState['ended']>): boolean {
  return ended.outcome === 'failed' || (ended.outcome === 'skipped' && ended.skip === 'operator')
}

function within(step: FlatStep, state: StepState, input: NextInput): readonly Command[] {
  switch (step.body.kind) {
    case 'inspect':
      return [state.looked ? end(step, 'done') : { do: 'inspect', step }]
    case 'attest':
      if (input.planOnly) return [end(step, 'skipped', 'plan-only')]
      return [state.attested ? end(step, 'done') : { do: 'attest', step }]
    case 'wait':
      return [input.planOnly ? end(step, 'skipped', 'plan-only') : { do: 'wait', step }]
    case 'act':
      return withinAct(step, state, input)
  }
}

function withinAct(step: FlatStep, state: StepState, input: NextInput): readonly Command[] {
  const plan = state.plans.at(-1)
  if (!plan) return [{ do: 'plan', step, again: false }]
  if (input.planOnly) return [end(step, 'skipped', 'plan-only')]
  const acts = actsOf(step, plan, input)
  const open = acts.filter((one) => !one.state?.acted && !one.state?.blocked)
  const inFlight = open.filter((one) => one.state?.intended)
  const first = inFlight[0]
  if (first) return [{ do: 'recover', step, plan: plan.digest, act: first.act, item: first.item }]
  if (plan.refused) return [end(step, 'skipped', 'operator')]
  const pending = input.limited.has(step.id) ? [] : open
  if (pending.length > 0) {
    const kept = pending.filter((one) => one.state?.evidence)
    if (!plan.approved || kept.length < pending.length) {
      const captures = pending.filter((one) => !one.state?.evidence)
      return [
        ...(plan.approved ? [] : [{ do: 'approve', step, plan: plan.digest } as const]),
        ...captures.map(({ act, item }) => ({ do: 'capture', step, plan: plan.digest, act, item }) as const),
      ]
    }
    const one = pending[0]
    if (one) return [{ do: 'act', step, plan: plan.digest, act: one.act, item: one.item }]
  }
  const unverified = Object.values(input.host.acts).filter(
    (act) =>
      act.step === step.id &&
      act.acted?.change &&
      act.intended?.undoes === null &&
      act.verified === null &&
      !hasLapsed(input.host, act),
  )
  if (unverified.length > 0) return [{ do: 'verify', step, acts: unverified.map((act) => act.act) }]
  const stale = acts.some((one) => one.state?.acted?.outcome === 'conflict' || one.state?.blocked === 'changed')
  const lapsed = acts.some((one) => one.state && hasLapsed(input.host, one.state))
  if (lapsed || (stale && plannedBecauseStale(state, input) < maxPlans)) return [{ do: 'plan', step, again: true }]
  return [endOfAct(step, state, acts, open.length, input)]
}

/** Plans made because the host asked for one, not a person and not a pause that ran out. */
function plannedBecauseStale(state: StepState, input: NextInput): number {
  const own = state.plans.filter((plan) => plan.narrows === null)
  const lapses = Object.values(input.host.acts).filter((act) => hasLapsed(input.host, act) && act.intended !== null)
  const lapsedPlans = new Set(lapses.map((act) => act.intended?.plan))
  return own.length - state.plans.filter((plan) => lapsedPlans.has(plan.digest)).length
}

/** Acts of plans that a person narrowed: they can never begin, so what became of their evidence says nothing about the step. */
function narrowedAway(step: FlatStep, state: StepState, input: NextInput): readonly string[] {
  const superseded = new Set(state.plans.map((plan) => plan.narrows))
  return state.plans
    .filter((plan) => superseded.has(plan.digest))
    .flatMap((plan) => actsOf(step, plan, input).map((one) => one.act))
}

interface ItemAct {
  readonly act: string
  readonly item: number
  readonly state: ActState | undefined
}

function actsOf(step: FlatStep, plan: PlanState, input: NextInput): readonly ItemAct[] {
  const items = input.plans.get(plan.digest)?.items ?? []
  return items.map((item, index) => {
    const act = actId(input.hashing, { digest: plan.digest, host: input.host.host }, item.key)
    return { act, item: index, state: input.host.acts[act] }
  })
}

function endOfAct(
  step: FlatStep,
  state: StepState,
  last: readonly ItemAct[],
  notBegun: number,
  input: NextInput,
): Command {
  const dropped = new Set(narrowedAway(step, state, input))
  const all = Object.values(input.host.acts).filter(
    (act) => act.step === step.id && !act.intended?.undoes && !dropped.has(act.act) && !hasLapsed(input.host, act),
  )
  const inLast = (act: ActState) => last.some((one) => one.act === act.act)
  const failed = all.filter(
    (act) =>
      act.acted?.outcome === 'failed' ||
      act.verified?.result === 'no' ||
      (inLast(act) && (act.acted?.outcome === 'conflict' || act.blocked === 'changed')),
  )
  const blocked = all.filter((act) => act.blocked === 'missing')
  const done = all.filter((act) => act.acted?.outcome === 'done')
  const unknown = all.filter((act) => act.verified?.result === 'unknown')
  const detail = failed
    .map((act) =>
      act.verified?.result === 'no' ? act.verified.detail : (act.acted?.detail ?? 'changed since it was planned'),
    )
    .join('; ')
  if (notBegun > 0) return end(step, 'failed', null, `limit reached: ${String(notBegun)} not begun`)
  if (failed.length > 0) return end(step, 'failed', null, detail)
  if (blocked.length > 0 && done.length === 0) return end(step, 'failed', null, 'evidence could not be kept')
  if (unknown.length > 0 || blocked.length > 0) {
    const why = [
      ...unknown.map((act) => act.verified?.detail ?? ''),
      ...blocked.map(() => 'evidence could not be kept'),
    ]
    return end(step, 'unknown', null, why.join('; '))
  }
  if (done.length > 0) return end(step, 'done')
  const declined = input.plans.get(state.plans.at(-1)?.digest ?? '')?.declined ?? []
  const notSelected = declined.filter((one) => one.reason === 'unknown').length
  // What an earlier step did already was done beside the same unknowns: they were told there.
  const doneBefore =
    declined.some((one) => one.reason === 'already') || all.some((act) => act.acted?.outcome === 'already')
  return notSelected > 0 && !doneBefore
    ? end(step, 'unknown', null, `${String(notSelected)} unknown`)
    : end(step, 'nothing-to-do')
}

function end(step: FlatStep, outcome: StepOutcome, skip: SkipReason | null = null, detail = ''): Command {
  return { do: 'end', step, outcome, skip, detail }
}
