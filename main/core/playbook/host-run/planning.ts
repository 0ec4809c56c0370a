// From findings to a plan with a digest, and from a plan to a decision about exactly that plan. Taking items out makes another plan, which is asked about anew.

import type { EventData } from '../../case/events.ts'
import { approve, type Decision } from '../approval.ts'
import type { FindingKind } from '../../judge/finding.ts'
import type { FactKind } from '../../probes/facts.ts'
import type { FlatStep } from '../compose.ts'
import { exhibitOf, made } from '../look.ts'
import { leaveOut, narrow, planBytes, type Plan } from '../plan.ts'
import type { ActStep } from '../schema.ts'
import type { Sight } from '../sight.ts'
import { current, stepOf } from '../state.ts'
import { actOf, isSoft, type RunningHost } from './running-host.ts'
import { look, probesSoFar, seen, selectedBy } from './seeing.ts'

/** Plans a step; `again` looks first, because the host was not as planned. */
export async function plan(on: RunningHost, step: FlatStep, again: boolean): Promise<void> {
  const act = actOf(step)
  const verb = on.verbOf(act)
  if (again) await look(on, step.id, probesSoFar(on, step), on.sight && exhibitOf(on.sight))
  const sight = await seen(on, step)
  const { selected, unknown } = selectedBy(on, step, act, sight)
  const changes = current(on.state)
    .filter((one) => step.from.length === 0 || step.from.includes(one.step))
    .map((one) => one.change)
  let draft
  try {
    draft = await verb.plan({
      findings: selected,
      facts: sight.facts,
      options: act.with ?? {},
      capture: act.capture ?? [],
      changes,
      caseId: on.deps.store.info.caseId,
      session: on.host.session,
      clock: on.deps.clock,
    })
  } catch (error) {
    if (!isSoft(error)) throw error
    return on.endStep(step, 'unknown', null, `could not be planned: ${error.code}`)
  }
  const unread = draft.items.length + draft.declined.length + unknown.length > 0 ? [] : unreadFor(act, sight)
  if (unread.length > 0) return on.endStep(step, 'unknown', null, `could not be read: ${unread.join(', ')}`)
  const earlier = stepOf(on.state, step.id).plans
  const attempt = earlier.filter((one) => one.narrows === null).length
  const whole: Plan = {
    format: 'tourniquet.plan/1',
    run: on.options.run,
    host: on.host.id,
    step: step.id,
    playbook: step.origin,
    verb: verb.name,
    ...(attempt === 0 ? {} : { attempt }),
    items: draft.items,
    declined: [
      ...unknown.map(
        (finding) => ({ target: finding.target, finding: finding.id, reason: 'unknown', detail: '' }) as const,
      ),
      ...draft.declined,
    ],
  }
  await keepPlan(on, step, leaveOut(whole, leftOutBefore(on, step)))
}

/**
 * What could not be read of the things this act is about, at most four names. Where nothing was found and this is not empty, "nothing to do" would be a guess.
 * What we cannot read on any host of its kind (another package manager) was said once and is no doubt about this one.
 */
function unreadFor(act: ActStep, sight: Sight): readonly string[] {
  const kinds = act.on?.from === undefined ? kindsOf(act) : []
  const facts = new Set(kinds.map((kind) => factsOf[kind] ?? kind))
  const doubts = sight.unknowns.filter(
    (one) => one.reason !== 'not-supported' && one.spoils.some((fact) => facts.has(fact)),
  )
  return [...new Set(doubts.map(({ what }) => what))].slice(0, 4)
}

function kindsOf(act: ActStep): readonly FindingKind[] {
  if (act.act === 'pause-schedulers') return ['scheduler-daemon']
  const kind = act.on?.kind
  return kind === undefined ? [] : Array.isArray(kind) ? kind : [kind]
}

/** Findings that are told of facts with another name. */
const factsOf: Partial<Record<FindingKind, FactKind>> = {
  key: 'authorized-key',
  sudo: 'sudo-rule',
  sshd: 'sshd-setting',
  pam: 'pam-rule',
  name: 'name-rule',
  hijack: 'process',
}

/** Asks until there is a decision about one whole plan. */
export async function askApproval(on: RunningHost, step: FlatStep, first: string): Promise<void> {
  let digest = first
  for (;;) {
    const decision = await decide(on, step, digest)
    if (decision.decision !== 'narrowed') return keepDecision(on, step, digest, decision)
    const smaller = narrow(on.planOf(digest), decision.keys)
    digest = await keepPlan(on, step, smaller, { plan: digest, by: decision.by })
  }
}

/** Keeps and journals a plan; from here on it is the one in force. Returns its digest. */
async function keepPlan(
  on: RunningHost,
  step: FlatStep,
  plan: Plan,
  narrows?: EventData<'planned'>['narrows'],
): Promise<string> {
  const kept = await on.deps.store.keep(on.host.id, planBytes(plan), made('plan', `plan ${step.id}`))
  on.plans.set(kept.sha256, plan)
  await on.record('planned', {
    ...on.at(step),
    plan: kept.sha256,
    items: plan.items.length,
    ...(narrows === undefined ? {} : { narrows }),
  })
  const counts = { items: plan.items.length, declined: plan.declined.length }
  on.tell({ type: 'planned', host: on.host.id, step: step.id, verb: plan.verb, ...counts })
  return kept.sha256
}

/** Keys a person took out of earlier plans of this step: they stay out when it is planned again. */
function leftOutBefore(on: RunningHost, step: FlatStep): ReadonlySet<string> {
  return new Set(
    stepOf(on.state, step.id).plans.flatMap(({ digest, narrows }) => {
      if (narrows === null) return []
      const left = new Set(on.planOf(digest).items.map((item) => item.key))
      return on.planOf(narrows).items.flatMap(({ key }) => (left.has(key) ? [] : [key]))
    }),
  )
}

function decide(on: RunningHost, step: FlatStep, digest: string): Promise<Decision> {
  const plan = on.planOf(digest)
  on.tell({ type: 'needs-person', host: on.host.id, step: step.id, what: 'approval' })
  return on.deps.approver.decide({ plan, digest, step, host: on.host, signal: on.deps.signal })
}

async function keepDecision(
  on: RunningHost,
  step: FlatStep,
  digest: string,
  decision: Exclude<Decision, { readonly decision: 'narrowed' }>,
): Promise<void> {
  const at = { ...on.at(step), plan: digest }
  if (decision.decision === 'missing') return on.endStep(step, 'waiting', null, 'approval missing')
  if (decision.decision === 'refused') {
    const { by, reason, text } = decision
    const why = { ...(reason === undefined ? {} : { reason }), ...(text === undefined ? {} : { text }) }
    return on.record('refused', { ...at, by, ...why })
  }
  const approved = approve(on.planOf(digest), digest, decision)
  if (!approved) return
  on.approved.set(digest, approved)
  await on.record('approved', { ...at, by: decision.by, how: decision.how })
}
