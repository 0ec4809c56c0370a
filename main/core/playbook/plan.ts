// A plan is data with a digest: what one act step will do on one host, item by item. The digest is what a person approves and what every act names.

import type { Declined, PlannedItem, VerbName } from '../actions/verb.ts'
import { canonicalJson } from '../case/canonical.ts'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'
import type { PlaybookRef } from './compose.ts'

export interface Plan {
  readonly format: 'tourniquet.plan/1'
  readonly run: string
  readonly host: string
  readonly step: string
  /** the file the step is written in */
  readonly playbook: PlaybookRef
  readonly verb: VerbName
  /** plans of this step before it, when there were any: the same things planned a second time are another plan, with acts of its own */
  readonly attempt?: number
  readonly items: readonly PlannedItem[]
  readonly declined: readonly Declined[]
}

/**
 * The same plan without the items of these keys, which are declined as not selected. Its digest is another one: nothing approved so far covers it.
 * Throws `usage` for a key that is not in the plan, and when nothing would be left.
 */
export function narrow(plan: Plan, keys: readonly string[]): Plan {
  const wanted = new Set(keys)
  const stranger = keys.find((key) => !plan.items.some((item) => item.key === key))
  if (stranger !== undefined)
    throw new TourniquetError('usage', { what: 'item', text: stranger, expected: 'the key of an item of this plan' })
  const left = leaveOut(plan, wanted)
  if (left.items.length === 0)
    throw new TourniquetError('usage', { what: 'plan', text: plan.step, expected: 'at least one item' })
  return left
}

/** The plan with whatever of these keys is in it declined. */
export function leaveOut(plan: Plan, keys: ReadonlySet<string>): Plan {
  const out = plan.items.filter((item) => keys.has(item.key))
  if (out.length === 0) return plan
  return {
    ...plan,
    items: plan.items.filter((item) => !keys.has(item.key)),
    declined: [
      ...plan.declined,
      ...out.map(({ target, finding, key }): Declined => ({ target, finding, reason: 'not-selected', detail: key })),
    ],
  }
}

/** The exact bytes that are kept as an exhibit; their SHA-256 is the plan's digest. */
export function planBytes(plan: Plan): Uint8Array {
  return new TextEncoder().encode(canonicalJson(plan))
}

/** A plan back from its exhibit. Throws `journal-broken` when the bytes are not a plan of ours. */
export function readPlan(bytes: Uint8Array): Plan {
  const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Plan
  if ((value as { format?: unknown }).format !== 'tourniquet.plan/1') {
    throw new TourniquetError('journal-broken', { what: 'plan exhibit' })
  }
  return value
}

/**
 * The id of the act that performs one item of a plan: the same on every replay, so that an act in flight during a crash is found again,
 * and its request is answered from the host's kept result instead of running twice.
 */
export function actId(
  hashing: Hashing,
  plan: { readonly digest: string; readonly host: string },
  item: string,
): string {
  const text = new TextEncoder().encode(`${plan.host}\n${plan.digest}\n${item}`)
  return `act-${hashing.sha256().update(text).hex().slice(0, 24)}`
}

/** The act that undoes another. `attempt` counts earlier undos of the same act. */
export function undoActId(hashing: Hashing, act: string, attempt: number): string {
  const text = new TextEncoder().encode(`${act}\n${String(attempt)}`)
  return `undo-${hashing.sha256().update(text).hex().slice(0, 24)}`
}
