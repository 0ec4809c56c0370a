// Evidence before the act, then the act itself, one item of an approved plan at a time. Both go through types that only their makers can construct.

import type { PlannedItem } from '../../actions/verb.ts'
import type { Durable } from '../../case/store.ts'
import { TourniquetError } from '../../errors.ts'
import { captureItem } from '../capture.ts'
import type { FlatStep } from '../compose.ts'
import { durationMs } from '../duration.ts'
import { perform, recover } from '../perform.ts'
import { actId, type Plan } from '../plan.ts'
import { captureGap, stepOf } from '../state.ts'
import { armFor } from './pauses.ts'
import { actOf, type RunningHost } from './running-host.ts'

/** Milliseconds for a step that names no limit; lint refuses those, journals of old playbooks may have them. */
const defaultLimit = 60_000

/** One item of one plan, under the act that performs it. */
export interface ItemOfPlan {
  readonly step: FlatStep
  readonly plan: string
  readonly act: string
  readonly item: number
}

/** Keeps the evidence of one item before anything changes it. */
export async function capture(on: RunningHost, { step, plan, act, item }: ItemOfPlan): Promise<void> {
  const planned = itemOf(on.planOf(plan), item)
  const kept = keptForLargerPlan(on, step, plan, planned.key)
  if (!kept) {
    await keepEvidence(on, step, planned, act)
    return
  }
  on.kept.set(act, kept)
  await on.record('evidence-kept', { ...on.at(step), act, exhibits: kept.map((one) => one.sha256) })
}

export async function act(on: RunningHost, { step, plan: digest, act: id, item: index }: ItemOfPlan): Promise<void> {
  const plan = on.planOf(digest)
  const item = itemOf(plan, index)
  const approved = on.approved.get(digest)
  if (!approved) throw new TourniquetError('approval-missing', { step: step.id, host: on.host.address })
  // Proofs do not outlive a crash: what is not in memory is read and kept again, which is also fresher.
  const kept = on.kept.get(id) ?? (await keepEvidence(on, step, item, id))
  if (kept === null || outOfTime(on, step)) return
  const total = plan.items.length
  on.tell({ type: 'acting', host: on.host.id, step: step.id, verb: plan.verb, done: index, total })
  await armFor(on, plan, digest)
  const { outcome, detail } = await perform(on.stage(plan.verb), approved, item, id, kept)
  on.tell({ type: 'acted', host: on.host.id, step: step.id, act: id, verb: plan.verb, outcome, detail })
}

/** An act that was intended and whose result is not known. */
export async function recoverAct(
  on: RunningHost,
  { step, plan: digest, act: id, item: index }: ItemOfPlan,
): Promise<void> {
  const plan = on.planOf(digest)
  const state = on.state.acts[id]
  if (!state) return
  await armFor(on, plan, digest)
  const { outcome, detail } = await recover(on.stage(plan.verb), plan, itemOf(plan, index), state)
  on.tell({ type: 'acted', host: on.host.id, step: step.id, act: id, verb: plan.verb, outcome, detail })
}

/** What was kept of the same item while the plan this one narrows waited for its approval: the same evidence, kept for the act that will really begin. */
function keptForLargerPlan(on: RunningHost, step: FlatStep, digest: string, key: string): readonly Durable[] | null {
  const larger = stepOf(on.state, step.id).plans.find((plan) => plan.digest === digest)?.narrows ?? null
  if (larger === null) return null
  const id = actId(on.deps.hashing, { digest: larger, host: on.host.id }, key)
  return on.kept.get(id) ?? keptForLargerPlan(on, step, larger, key)
}

/** Evidence of one item, or a gap that blocks it. */
async function keepEvidence(
  on: RunningHost,
  step: FlatStep,
  item: PlannedItem,
  id: string,
): Promise<readonly Durable[] | null> {
  let bytes = 0
  const captured = await captureItem(on.deps, on.host, item, (more) => {
    bytes += more
    on.tell({ type: 'capturing', host: on.host.id, step: step.id, act: id, bytes })
  })
  for (const { spec, why, detail } of captured.failures) {
    const probe = spec.required ? captureGap[why] : 'capture-optional'
    await on.record('gap', { ...on.at(step), probe, what: `${id} ${spec.what}`, reason: 'failed', detail })
  }
  if (captured.failures.some((failure) => failure.spec.required)) return null
  on.kept.set(id, captured.kept)
  await on.record('evidence-kept', { ...on.at(step), act: id, exhibits: captured.kept.map((one) => one.sha256) })
  return captured.kept
}

/** The limit counts from the first act of the step in this session; people and soaks are outside of it. */
function outOfTime(on: RunningHost, step: FlatStep): boolean {
  const now = on.deps.clock.monotonic()
  const since = on.actingSince.get(step.id) ?? now
  on.actingSince.set(step.id, since)
  const limit = actOf(step).limit
  if (now - since < (typeof limit === 'string' ? durationMs(limit) : defaultLimit)) return false
  on.limited.add(step.id)
  return true
}

function itemOf(plan: Plan, index: number): PlannedItem {
  const item = plan.items[index]
  if (!item) throw new TourniquetError('internal', { what: `no item ${String(index)} in plan` })
  return item
}
