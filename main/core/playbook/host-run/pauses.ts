// Holds on one host (pauses and blocks) and the dead man behind them: armed before the first, told of when he ended one, planned anew where later steps
// rely on it.

import type { VerbName } from '../../actions/verb.ts'
import { approvedBefore } from '../approval.ts'
import { lapseEvents } from '../lapse.ts'
import { actId, readPlan, type Plan } from '../plan.ts'
import { current, hasLapsed, stepOf } from '../state.ts'
import { deadManEntry, endings, isHold } from '../vigil.ts'
import type { RunningHost } from './running-host.ts'

/** After a crash: plans and approvals from the case, and the dead man if something is held. */
export async function adopt(on: RunningHost): Promise<void> {
  for (const plan of Object.values(on.state.steps).flatMap((step) => step.plans)) {
    const read = readPlan(await on.deps.store.exhibit(plan.digest))
    on.plans.set(plan.digest, read)
    if (plan.approved)
      on.approved.set(plan.digest, approvedBefore(read, plan.digest, { plan: plan.digest, ...plan.approved }))
  }
  const held = holdsOf(on)
  if (held.length === 0) return
  on.fired.push(...(await on.vigil.adopt(held.map((one) => one.act))))
}

/** The dead man ended a hold: that is in the journal now, and the hold is planned anew where later steps rely on it. */
export async function noteLapses(on: RunningHost): Promise<void> {
  for (const act of on.fired.splice(0)) {
    const state = on.state.acts[act]
    if (!state || hasLapsed(on.state, state)) continue
    for (const [type, data] of lapseEvents(on.deps.hashing, on.options.run, state)) await on.record(type, data)
  }
  for (const act of Object.values(on.state.acts)) {
    const step = stepOf(on.state, act.step)
    // It may have been noticed between two sessions: what counts is that nothing was planned since.
    const inForce = step.plans.at(-1)?.digest === act.intended?.plan
    if (!inForce || !step.ended || !hasLapsed(on.state, act) || !reliedOn(on, act.step)) continue
    await on.record('step-started', { run: on.options.run, step: act.step })
  }
}

/** Arms the dead man before the first act of a plan that holds something, for all of them at once. */
export async function armFor(on: RunningHost, plan: Plan, digest: string): Promise<void> {
  if (!isHold(plan.verb)) return
  await on.vigil.arm(
    plan.items.flatMap((item) => deadManEntry(item, actId(on.deps.hashing, { digest, host: on.host.id }, item.key))),
  )
}

/** Holds that stand on the host. */
export function holdsOf(on: RunningHost): ReturnType<typeof current> {
  return current(on.state).filter((act) => isHold(act.change.verb))
}

/** Steps are still to come that rely on the hold, and none that ends it has begun. */
function reliedOn(on: RunningHost, hold: string): boolean {
  const { steps } = on.options
  const at = steps.findIndex((step) => step.id === hold)
  const body = steps[at]?.body
  const ending = body?.kind === 'act' ? endings[body.step.act as VerbName] : undefined
  const later = steps.slice(at + 1)
  return (
    later.some((step) => !stepOf(on.state, step.id).ended) &&
    !later.some(({ id, body }) => body.kind === 'act' && body.step.act === ending && stepOf(on.state, id).started)
  )
}
