// What a run came to, host by host, for people, programs and the exit status. Made from the journal's state, so that it is the same after a crash.

import type { ChangeRecord } from '../actions/verb.ts'
import type { EventData } from '../case/events.ts'
import { errorCodes, type ErrorCode, type ErrorParams, type TourniquetError } from '../errors.ts'
import type { Finding, Verdict } from '../judge/finding.ts'
import type { Unknown } from '../probes/facts.ts'
import type { Tri } from '../tri.ts'
import type { FlatStep } from './compose.ts'
import type { Bilingual } from './schema.ts'
import { isUndone, stepOf, type HostState, type SkipReason, type StepOutcome } from './state.ts'

export type ExitStatus = 0 | 1 | 2 | 3 | 4 | 5 | 6

export interface StepResult {
  readonly id: string
  readonly kind: 'inspect' | 'attest' | 'act' | 'wait'
  readonly title: Bilingual | null
  /** null: not reached */
  readonly outcome: StepOutcome | null
  readonly skip: SkipReason | null
  readonly detail: string
}

export interface ChangeResult {
  readonly act: string
  readonly step: string
  readonly verb: ChangeRecord['verb']
  readonly summary: ChangeRecord['summary']
  readonly objects: readonly string[]
  readonly hostile: boolean
  readonly reversible: boolean
  readonly verified: Tri | null
  readonly undone: boolean
}

export interface HostResult {
  readonly id: string
  readonly address: string
  readonly verdict: Verdict
  readonly exit: ExitStatus
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null
  readonly steps: readonly StepResult[]
  readonly changes: readonly ChangeResult[]
  /** findings of the last look that are proposed, or that a person must look at */
  readonly remaining: readonly Finding[]
  readonly unknowns: readonly Unknown[]
}

export interface RunResult {
  readonly run: string
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string }
  /** false: something keeps it open (a lost link, a missing answer); `resume` goes on */
  readonly finished: boolean
  /** it had been finished before it was asked to resume */
  readonly alreadyFinished: boolean
  readonly exit: ExitStatus
  readonly hosts: readonly HostResult[]
}

/** Score from which a finding that is not proposed still needs a person: the judge's band `investigate`. */
export const investigateScore = 60

export interface LastLook {
  readonly verdict: Verdict
  readonly judged: Verdict
  readonly findings: readonly Finding[]
  readonly unknowns: readonly Unknown[]
}

export function hostResult(
  host: { readonly id: string; readonly address: string },
  steps: readonly FlatStep[],
  state: HostState,
  last: LastLook | null,
  error: TourniquetError | null,
): HostResult {
  const results = steps.map((step) => stepResult(step, state))
  const changes = changesOf(state)
  const remaining = (last?.findings ?? []).filter((one) => one.proposed !== 'no' || one.score >= investigateScore)
  return {
    id: host.id,
    address: host.address,
    verdict: last?.verdict ?? 'unknown',
    exit: exitOf(results, changes, last, error),
    error: error && { code: error.code, params: error.params },
    steps: results,
    changes,
    remaining,
    unknowns: last?.unknowns ?? [],
  }
}

/** Of several, the first that occurs in the order 2, 1, 4, 5, 6, 3, 0. */
export function worstExit(exits: readonly ExitStatus[]): ExitStatus {
  const order: readonly ExitStatus[] = [2, 1, 4, 5, 6, 3]
  return order.find((exit) => exits.includes(exit)) ?? 0
}

/** How the run is closed in the journal. */
export function closingOf(hosts: readonly HostResult[]): EventData<'run-closed'>['outcome'] {
  const worst = worstExit(hosts.map((host) => host.exit))
  if (worst === 0) return 'done'
  if (worst === 6) return 'unknown'
  if (worst === 4) return 'stopped'
  return worst === 3 ? 'hostile-remains' : 'failed'
}

function stepResult(step: FlatStep, state: HostState): StepResult {
  const { ended } = stepOf(state, step.id)
  return {
    id: step.id,
    kind: step.body.kind,
    title: step.body.step.title ?? null,
    outcome: ended?.outcome ?? null,
    skip: ended?.skip ?? null,
    detail: ended?.detail ?? '',
  }
}

/** Every change of the run, oldest first. */
export function changesOf(state: HostState): readonly ChangeResult[] {
  return Object.values(state.acts)
    .sort((a, b) => (a.intended?.order ?? 0) - (b.intended?.order ?? 0))
    .flatMap((act): ChangeResult[] => {
      const change = act.acted?.change
      if (!change) return []
      const { verb, summary, objects, hostile, reversible } = change
      const verified = act.verified?.result ?? null
      return [
        { act: act.act, step: act.step, verb, summary, objects, hostile, reversible, verified, undone: isUndone(act) },
      ]
    })
}

function exitOf(
  steps: readonly StepResult[],
  changes: readonly ChangeResult[],
  last: LastLook | null,
  error: TourniquetError | null,
): ExitStatus {
  if (error) return errorCodes[error.code]
  if (steps.some((step) => step.outcome === 'waiting' || step.skip === 'operator')) return 4
  const hostile = last !== null && ['suspect', 'infected', 'rebuild-advised'].includes(last.judged)
  const notVerified = changes.some((change) => !change.undone && change.verified === 'no')
  const failed = steps.some((step) => step.outcome === 'failed')
  const unclear = steps.some((step) => step.outcome === 'unknown' || step.skip === 'unknown-condition')
  // A last look over everything that finds nothing outweighs a reading that failed on the way to it.
  if (last?.judged === 'unknown' || (unclear && last?.verdict !== 'clean')) return 6
  if (hostile || notVerified || failed) return 3
  return 0
}
