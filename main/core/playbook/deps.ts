// What the engine needs of the world, as interfaces. compose.ts wires the real ones; tests bring their own.

import type { Verb, VerbName } from '../actions/verb.ts'
import type { CaseStore } from '../case/store.ts'
import type { HostText } from '../host-text.ts'
import type { DeadMan } from '../host/dead-man.ts'
import type { HostFile } from '../host/read-file.ts'
import type { HostSession } from '../host/session.ts'
import type { Finding, Verdict } from '../judge/finding.ts'
import type { Clock, Hashing, Random } from '../ports.ts'
import type { Fact, ProbeOutcome, Unknown } from '../probes/facts.ts'
import type { ProbeId } from '../probes/probe.ts'
import type { Approver } from './approval.ts'
import type { FlatStep } from './compose.ts'
import type { Sight } from './sight.ts'
import type { Progress } from './progress.ts'

export interface LookResult {
  readonly facts: readonly Fact[]
  readonly unknowns: readonly Unknown[]
  readonly outcomes: readonly ProbeOutcome[]
}

/** Never rejects for what a host does, only with `link-lost` or `cancelled`. */
export type Look = (
  session: HostSession,
  options: {
    readonly probes: readonly ProbeId[]
    readonly clock: Clock
    readonly hostView: boolean
    readonly signal?: AbortSignal
    readonly onProgress?: (progress: { readonly probe: string; readonly done: number; readonly total: number }) => void
  },
) => Promise<LookResult>

export type Judge = (
  facts: readonly Fact[],
  unknowns: readonly Unknown[],
) => { readonly findings: readonly Finding[]; readonly verdict: Verdict }

/** `readHostFile` of the host room. */
export type ReadFile = (
  session: HostSession,
  options: { readonly path: HostText; readonly limit: number; readonly signal?: AbortSignal },
) => Promise<HostFile>

/** A person's answer to an attest step; null when nobody is there to give one. */
export interface Attestor {
  attest(request: {
    readonly step: FlatStep
    readonly host: { readonly id: string; readonly address: string }
    /** for guidance: which cloud the machine says it is in */
    readonly cloud: string | null
    readonly signal: AbortSignal | undefined
  }): Promise<{
    readonly by: string
    readonly text: string
    /** digests of what was attached, which is in the case by now */
    readonly attachments?: string[]
  } | null>
}

export interface EngineDeps {
  readonly store: CaseStore
  readonly clock: Clock
  readonly random: Random
  readonly hashing: Hashing
  readonly verbs: Readonly<Record<VerbName, Verb>>
  readonly look: Look
  readonly judge: Judge
  readonly readFile: ReadFile
  readonly deadMan: (session: HostSession) => DeadMan
  /** seconds; 4 h in the field, less in tests */
  readonly deadManTtl: number
  /** run the host's own tools to catch their lies */
  readonly hostView: boolean
  readonly approver: Approver
  readonly attestor: Attestor
  /** ATT&CK ids that exist */
  readonly techniques: ReadonlySet<string>
  /** what is known of a host after each look, as it grows over a run */
  readonly onSight?: (host: string, sight: Sight) => void
  readonly onProgress?: (progress: Progress) => void
  /** stops every host before its next change */
  readonly signal?: AbortSignal
}

/** A host that was entered. `id` is its chain in the case. */
export interface EngineHost {
  readonly id: string
  readonly address: string
  readonly session: HostSession
}
