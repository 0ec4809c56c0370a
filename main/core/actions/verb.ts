// A verb is one way to change a host. Each brings plan, capture, act, verify and undo; the engine alone decides when they run.
// A verb never talks to the host on its own: it makes requests and reads replies, so it can be tested without a link and never act early.

import type { Finding, Target } from '../judge/finding.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import type { Json } from '../json.ts'
import type { Clock } from '../ports.ts'
import type { Fact } from '../probes/facts.ts'
import type { Tri } from '../tri.ts'

export const verbNames = [
  'pause-schedulers',
  'resume-schedulers',
  'freeze',
  'kill',
  'quarantine',
  'edit-lines',
  'clear-flags',
  'block-exec',
  'lift-blocks',
  'stop-unit',
  'edit-keys',
  'install-key',
  'restore-binary',
] as const
export type VerbName = (typeof verbNames)[number]

/** One line of a plan's diff, ready for colour: `-` goes, `+` comes, ` ` is context, `~` is a state that changes, `!` warns. Text is in shown form. */
export interface DiffLine {
  readonly mark: '-' | '+' | ' ' | '~' | '!'
  /** the thing itself, in shown form: a path, a line, a command; the same in every language */
  readonly text: string
  /** what is said about it, by its code under `diff.` in the language files */
  readonly note?: { readonly code: string; readonly params: Readonly<Record<string, string | number>> }
}

/** What to read and keep before the act. A required capture that fails blocks the act. */
export interface CaptureSpec {
  /** exhibit `what`, e.g. `file`, `process/exe`, `process/maps` */
  readonly what: string
  /** how: `file` reads bytes with metadata by path; `process` reads one entry of /proc/PID; `request` keeps a reply's stdout */
  readonly read:
    | { readonly by: 'file'; readonly path: Target & { readonly kind: 'file' | 'line' } }
    | {
        readonly by: 'process'
        readonly pid: number
        readonly startTime: string
        readonly entry: 'exe' | 'cmdline' | 'environ' | 'maps' | 'status' | 'stat' | 'fds' | 'cgroup'
      }
    | { readonly by: 'request'; readonly request: HostRequest }
  readonly required: boolean
  /** bytes, at most 256 MiB */
  readonly limit: number
}

/** One thing one act will do. All of it is under the plan's digest; nothing an act needs may live elsewhere. */
export interface PlannedItem {
  /** stable within the plan and readable: the object, e.g. `process:4213:88121` or `file:/etc/crontab` in shown form */
  readonly key: string
  readonly finding: string | null
  readonly target: Target
  /** what will be done, for people */
  readonly diff: readonly DiffLine[]
  /** everything the verb needs again at act time; JSON, part of the digest */
  readonly args: Json
  readonly captures: readonly CaptureSpec[]
  /** true when the thing it changes was judged hostile: its undo asks for --restore-hostile */
  readonly hostile: boolean
}

/** Why something selected will not be acted on: shown with the plan, kept in the journal. */
export interface Declined {
  readonly target: Target
  readonly finding: string | null
  readonly reason: 'guard' | 'unknown' | 'not-selected' | 'already' | 'not-possible'
  readonly detail: string
}

export interface PlanInput {
  readonly findings: readonly Finding[]
  readonly facts: readonly Fact[]
  /** `with:` of the step, validated by the verb's schema */
  readonly options: Json
  /** names of the step's `capture:` list; empty for verbs that need none */
  readonly capture: readonly string[]
  /** changes of earlier steps of this run that still stand */
  readonly changes: readonly ChangeRecord[]
  readonly caseId: string
  readonly session: HostSession
  readonly clock: Clock
}

export interface PlanDraft {
  readonly items: readonly PlannedItem[]
  readonly declined: readonly Declined[]
}

export interface ActContext {
  readonly caseId: string
  readonly run: string
  readonly act: string
  readonly session: HostSession
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** What changed on the host, with all that undo needs. Goes to the journal and to changes.json. */
export interface ChangeRecord {
  readonly verb: VerbName
  readonly act: string
  readonly item: string
  /** objects this change stands on, for the undo stack: `file:PATH`, `process:PID:START`, `unit:NAME` in shown form */
  readonly objects: readonly string[]
  readonly hostile: boolean
  /** one sentence of parameters for people; code in the language files under `change.` */
  readonly summary: { readonly code: string; readonly params: Readonly<Record<string, string | number>> }
  /** what the host reported before and after; verb's own shape */
  readonly before: Json
  readonly after: Json
  readonly reversible: boolean
}

export type ActOutcome =
  | { readonly outcome: 'done' | 'already'; readonly change: ChangeRecord | null; readonly detail: string }
  | { readonly outcome: 'conflict' | 'failed'; readonly change: ChangeRecord | null; readonly detail: string }

export interface UndoOutcome {
  readonly outcome: 'done' | 'already' | 'conflict' | 'failed'
  /** attributes that could not be put back (ctime always), in words of the field */
  readonly notRestored: readonly string[]
  readonly detail: string
}

/** `revert`: the change must not stand for want of a proof; the engine undoes it at once, and the step fails. */
export interface Verified {
  readonly result: Tri
  readonly detail: string
  readonly revert?: boolean
}

/**
 * The life of an act: plan → (capture, approval) → intent journaled → `act` request (checks identity and changes in one breath, `once` key set by the engine)
 * → `readAct` → `verify`. After a crash between intent and result the engine sends the same request again: `once` makes it safe on the same boot;
 * when the host rebooted, `probe` says what stands.
 */
export interface Verb {
  readonly name: VerbName
  /** `required` = needs the evidence of its captures (all but resume and attest) */
  readonly needsCapture: boolean
  readonly reversible: boolean
  plan(input: PlanInput): Promise<PlanDraft>
  act(item: PlannedItem, context: ActContext): HostRequest
  readAct(reply: HostReply, item: PlannedItem, context: ActContext): ActOutcome
  /** after a reboot or a lost result: does the change stand? */
  probe(item: PlannedItem, context: ActContext): Promise<Tri>
  verify(item: PlannedItem, change: ChangeRecord, context: ActContext): Promise<Verified>
  /** null when irreversible */
  undo(change: ChangeRecord, context: ActContext): HostRequest | null
  readUndo(reply: HostReply, change: ChangeRecord, context: ActContext): UndoOutcome
}
