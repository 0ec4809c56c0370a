// The only place where an approval is made. What comes out is a type that nothing else can construct, bound to the digest of one plan.

import type { EventData, Refusal } from '../case/events.ts'
import { TourniquetError } from '../errors.ts'
import type { FlatStep } from './compose.ts'
import type { Plan } from './plan.ts'

declare const approvedBrand: unique symbol

/** Proof that a person (or `--approve all`, which a person typed) approved exactly this plan. */
export interface Approved<P> {
  readonly [approvedBrand]: 'approved'
  readonly plan: P
  readonly digest: string
  readonly by: string
  readonly how: 'asked' | 'approve-all'
}

export type Decision =
  | { readonly decision: 'approved'; readonly by: string; readonly how: 'asked' | 'approve-all' }
  | { readonly decision: 'refused'; readonly by: string; readonly reason?: Refusal; readonly text?: string }
  /** these items are to be left out; the decision is then about what is left */
  | { readonly decision: 'narrowed'; readonly by: string; readonly keys: readonly string[] }
  /** nobody was there to ask */
  | { readonly decision: 'missing' }

/** Who decides. The plan is shown whole: items with their diff, and what was declined. */
export interface Approver {
  decide(request: {
    readonly plan: Plan
    readonly digest: string
    readonly step: FlatStep
    readonly host: { readonly id: string; readonly address: string }
    readonly signal: AbortSignal | undefined
  }): Promise<Decision>
}

/** A decision as proof, or null when it is not an approval. */
export function approve(plan: Plan, digest: string, decision: Decision): Approved<Plan> | null {
  return decision.decision === 'approved' ? brand(plan, digest, decision.by, decision.how) : null
}

/** The proof again, from the journal, after a crash. Throws `approval-missing` when the event approves another plan. */
export function approvedBefore(
  plan: Plan,
  digest: string,
  event: Pick<EventData<'approved'>, 'plan' | 'by' | 'how'>,
): Approved<Plan> {
  if (event.plan !== digest) throw new TourniquetError('approval-missing', { step: plan.step, host: plan.host })
  return brand(plan, digest, event.by, event.how)
}

function brand(plan: Plan, digest: string, by: string, how: 'asked' | 'approve-all'): Approved<Plan> {
  return { plan, digest, by, how } as Approved<Plan>
}
