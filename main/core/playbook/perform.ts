// The only file that sends a change to a host. `perform` takes an approval and the evidence as types that only their makers can construct;
// the intent is durable before the request leaves, the result after it came. After a crash the same act is asked for again, never begun twice.

import type { ActContext, ActOutcome, PlannedItem, Verb } from '../actions/verb.ts'
import type { EventData, EventType } from '../case/events.ts'
import type { Durable } from '../case/store.ts'
import { TourniquetError, isTourniquetError } from '../errors.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import type { Approved } from './approval.ts'
import type { Plan } from './plan.ts'
import type { ActState } from './state.ts'

/** What performing needs of the run around it. */
export interface Stage {
  readonly run: string
  readonly session: HostSession
  readonly verb: Verb
  readonly signal: AbortSignal | undefined
  context(act: string): ActContext
  record<T extends EventType>(type: T, data: EventData<T>): Promise<void>
}

/** Times a lost answer is asked for again under the same key before the host is given up for now. */
const answersAsked = 2

/**
 * Performs one item of an approved plan. Rejects with `evidence-missing` when a required capture is not among `kept`, with `approval-missing` when the item
 * is not in the plan, with `cancelled` before the intent when the run was stopped, and with `link-lost` when no answer came: then the act is in flight.
 */
export async function perform(
  stage: Stage,
  plan: Approved<Plan>,
  item: PlannedItem,
  act: string,
  kept: readonly Durable[],
): Promise<ActOutcome> {
  if (!plan.plan.items.includes(item))
    throw new TourniquetError('approval-missing', { step: plan.plan.step, host: plan.plan.host })
  const missing = missingEvidence(item, kept)
  if (missing !== null)
    throw new TourniquetError('evidence-missing', { step: plan.plan.step, host: plan.plan.host, what: missing })
  if (stage.signal?.aborted) throw new TourniquetError('cancelled', { step: plan.plan.step, host: plan.plan.host })
  await stage.record('intended', {
    run: stage.run,
    step: plan.plan.step,
    act,
    plan: plan.digest,
    item: item.key,
    verb: stage.verb.name,
    once: act,
    undoes: null,
  })
  return request(stage, plan.plan.step, item, act)
}

/**
 * An act that was intended and whose result is not known. On the same boot and with the kept results of the earlier session, asking again under the same key
 * gives the result or the first run. Otherwise the verb looks whether the change stands, and the act is asked for again: it checks before it changes, so
 * what stands is not done twice but told again, with all that its undo needs.
 */
export async function recover(stage: Stage, plan: Plan, item: PlannedItem, act: ActState): Promise<ActOutcome> {
  const { arrival } = stage.session
  const keptResults = arrival.adopted && act.intended?.boot === arrival.bootId
  if (keptResults) {
    try {
      return await request(stage, plan.step, item, act.act)
    } catch (error) {
      // The key is taken and its result was never written: whoever ran it was killed in mid-act, and asking on would be for ever.
      if (!isTourniquetError(error, 'request-timeout')) throw error
    }
  }
  const context = stage.context(act.act)
  const stands = await stage.verb.probe(item, context)
  if (stands === 'no' && !keptResults) return request(stage, plan.step, item, act.act)
  const outcome: ActOutcome =
    stands === 'unknown'
      ? { outcome: 'failed', change: null, detail: 'its result was lost and what stands cannot be read' }
      : await askedAgain(stage, item, context)
  await recordActed(stage, plan.step, act.act, outcome, false)
  return outcome
}

/** We meant to do it and it is so: it counts as ours, or nothing could ever undo it. */
async function askedAgain(stage: Stage, item: PlannedItem, context: ActContext): Promise<ActOutcome> {
  const reply = await stage.session.run(stage.verb.act(item, context))
  const outcome = stage.verb.readAct(reply, item, context)
  if (outcome.outcome !== 'already' || outcome.change !== null) return outcome
  return {
    ...stage.verb.readAct({ ...reply, exit: 0 }, item, context),
    detail: 'the change stands; its result was lost with the session',
  }
}

async function request(stage: Stage, step: string, item: PlannedItem, act: string): Promise<ActOutcome> {
  const context = stage.context(act)
  const reply = await sendOnce(stage.session, stage.verb.act(item, context), act)
  const read = stage.verb.readAct(reply, item, context)
  const outcome = reply.timedOut ? await afterLimit(stage, item, context, read) : read
  await recordActed(stage, step, act, outcome, reply.replayed)
  return outcome
}

/** What the limit on the host cut off may have changed it before it could say so: the host is asked what stands, and what stands is told again and is ours. */
async function afterLimit(stage: Stage, item: PlannedItem, context: ActContext, read: ActOutcome): Promise<ActOutcome> {
  const stands = await stage.verb.probe(item, context)
  if (stands === 'yes') {
    const again = await askedAgain(stage, item, context)
    return again.change === null && read.change !== null ? read : again
  }
  return stands === 'no' || read.change !== null
    ? read
    : { outcome: 'failed', change: null, detail: `${read.detail}, and what stands cannot be read` }
}

/** Sends a request that runs at most once on this host and boot, and asks again when only the answer was late. */
export async function sendOnce(session: HostSession, request: HostRequest, once: string): Promise<HostReply> {
  for (let asked = 1; ; asked++) {
    try {
      return await session.run({ ...request, once })
    } catch (error) {
      if (asked >= answersAsked || !isTourniquetError(error, 'request-timeout')) throw error
    }
  }
}

async function recordActed(
  stage: Stage,
  step: string,
  act: string,
  outcome: ActOutcome,
  replayed: boolean,
): Promise<void> {
  await stage.record('acted', {
    run: stage.run,
    step,
    act,
    outcome: outcome.outcome,
    change: outcome.change,
    detail: outcome.detail,
    replayed,
  })
}

function missingEvidence(item: PlannedItem, kept: readonly Durable[]): string | null {
  const left = kept.map((one) => one.meta.what)
  for (const spec of item.captures) {
    const at = left.indexOf(spec.what)
    if (at === -1 && spec.required) return spec.what
    if (at !== -1) left.splice(at, 1)
  }
  return null
}
