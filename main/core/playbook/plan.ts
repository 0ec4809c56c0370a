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
  readonly items: readonly PlannedItem[]
  readonly declined: readonly Declined[]
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
