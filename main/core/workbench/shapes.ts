// What the engine makes, as it crosses to the page: findings, plans, progress, results. Each schema is held against the engine's own type by the
// compiler, so that the two cannot drift apart; nothing here decides anything.

import { z } from 'zod'
import { verbNames, type DiffLine, type Declined, type PlannedItem } from '../actions/verb.ts'
import { errorCodes, type ErrorCode } from '../errors.ts'
import type { HostText } from '../host-text.ts'
import { findingKinds, type Finding, type Target } from '../judge/finding.ts'
import type { Progress } from '../playbook/progress.ts'
import type { HostResult, RunResult } from '../playbook/result.ts'
import type { SkipReason, StepOutcome } from '../playbook/state.ts'
import { bilingual } from '../playbook/schema.ts'
import type { UndoResult } from '../playbook/undo.ts'
import type { Fact, FactKind, Unknown } from '../probes/facts.ts'

export const hostText = z.custom<HostText>((value) => typeof value === 'string', { error: 'host text' })
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const words = z.record(z.string(), z.union([z.string(), z.number()]))
const tri = z.enum(['yes', 'no', 'unknown'])
export const verdict = z.enum(['clean', 'suspect', 'infected', 'rebuild-advised', 'unknown'])
const verb = z.enum(verbNames)
const count = z.number().int().nonnegative()
/** exit status of the command line, which the page shows as a word */
const exit = z.union([0, 1, 2, 3, 4, 5, 6].map((value) => z.literal(value as 0 | 1 | 2 | 3 | 4 | 5 | 6)))

/** An error as it crosses: its words are in the language files of whoever shows it. */
export const errorShape = z.strictObject({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCodes, value)),
  params: words,
})

const outcome = z.enum([
  'done',
  'nothing-to-do',
  'skipped',
  'failed',
  'unknown',
  'waiting',
]) satisfies z.ZodType<StepOutcome>
const skip = z.enum([
  'not-applicable',
  'already-satisfied',
  'dependency-failed',
  'operator',
  'plan-only',
  'host-unreachable',
  'unknown-condition',
]) satisfies z.ZodType<SkipReason>

const fileIdentity = z.strictObject({ dev: z.string(), inode: z.string(), sha256: z.string().nullable() })
const processIdentity = z.strictObject({
  bootId: z.string(),
  pid: count,
  startTime: z.string(),
  exeDev: z.string().nullable(),
  exeInode: z.string().nullable(),
  exeSha256: z.string().nullable(),
})

const target = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('process'),
    identity: processIdentity,
    exe: hostText.nullable(),
    cmdline: hostText,
    cgroup: hostText,
  }),
  z.strictObject({ kind: z.literal('file'), path: hostText, identity: fileIdentity }),
  z.strictObject({ kind: z.literal('line'), path: hostText, identity: fileIdentity, line: count, text: hostText }),
  z.strictObject({ kind: z.literal('mount'), point: hostText, mountId: z.number().int() }),
  z.strictObject({ kind: z.literal('host') }),
]) satisfies z.ZodType<Target>

const findingFields = z.looseObject({
  id: z.string(),
  kind: z.enum(findingKinds),
  title: z.string(),
  params: words,
  target,
  score: z.number().min(0).max(100),
  proposed: tri,
  reasons: z.array(
    z.looseObject({
      signal: z.string(),
      effect: z.enum(['raises', 'caps', 'decides', 'note']),
      group: z.string(),
      permille: z.number(),
      params: words,
    }),
  ),
  tags: z.array(z.string()),
  related: z.array(z.string()),
})

/** A finding as the case keeps it. Cases of other versions have fields more or fewer beside these, which pass as they are. */
export const finding = z.custom<Finding>((value) => findingFields.safeParse(value).success, 'a finding')

const factKinds = {
  process: true,
  socket: true,
  schedule: true,
  'scheduler-daemon': true,
  preload: true,
  mount: true,
  file: true,
  'host-view': true,
  machine: true,
  login: true,
  unit: true,
  startup: true,
  'authorized-key': true,
  'sshd-setting': true,
  account: true,
  'sudo-rule': true,
  'pam-rule': true,
  'setuid-shell': true,
  binary: true,
  'name-rule': true,
} as const satisfies Record<FactKind, true>
export const factKind = z.enum(Object.keys(factKinds) as FactKind[])

/** Facts are wide and only shown: their kind is checked, their fields are the engine's own types. */
export const fact = z.custom<Fact>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    typeof value.kind === 'string' &&
    Object.hasOwn(factKinds, value.kind),
  { error: 'a fact' },
)

export const unknownShape = z.strictObject({
  probe: z.string(),
  what: z.string(),
  reason: z.enum([
    'failed',
    'timed-out',
    'truncated',
    'not-permitted',
    'not-supported',
    'unparseable',
    'link-lost',
    'skipped',
  ]),
  detail: z.string(),
  spoils: z.array(factKind),
}) satisfies z.ZodType<Unknown>

const diffLine = z.strictObject({
  mark: z.enum(['-', '+', ' ', '~', '!']),
  text: z.string(),
  note: z.strictObject({ code: z.string(), params: words }).optional(),
}) satisfies z.ZodType<Pick<DiffLine, 'mark' | 'text'>>

export const plannedItem = z.strictObject({
  key: z.string(),
  finding: z.string().nullable(),
  hostile: z.boolean(),
  diff: z.array(diffLine),
}) satisfies z.ZodType<Pick<PlannedItem, 'key' | 'finding' | 'hostile'>>

export const declinedItem = z.strictObject({
  finding: z.string().nullable(),
  target,
  reason: z.enum(['guard', 'unknown', 'not-selected', 'already', 'not-possible']),
  detail: z.string(),
}) satisfies z.ZodType<Declined>

const at = { host: z.string() }
const step = z.string()
const act = z.string()

const revival = z.strictObject({
  seconds: z.number(),
  by: z.enum(['cron', 'timer', 'unit', 'respawn']),
  what: z.string(),
})

export const progress = z.discriminatedUnion('type', [
  z.strictObject({
    ...at,
    type: z.literal('step-started'),
    step,
    kind: z.enum(['inspect', 'attest', 'act', 'wait']),
    title: bilingual.nullable(),
    sentence: bilingual.nullable(),
  }),
  z.strictObject({ ...at, type: z.literal('step-ended'), step, outcome, skip: skip.nullable(), detail: z.string() }),
  z.strictObject({
    ...at,
    type: z.literal('looking'),
    step: step.nullable(),
    probe: z.string(),
    done: count,
    total: count,
  }),
  z.strictObject({
    ...at,
    type: z.literal('looked'),
    step: step.nullable(),
    verdict,
    findings: count,
    proposed: count,
    unknowns: count,
    complete: z.boolean(),
  }),
  z.strictObject({ ...at, type: z.literal('planned'), step, verb, items: count, declined: count }),
  z.strictObject({ ...at, type: z.literal('needs-person'), step, what: z.enum(['approval', 'attestation']) }),
  z.strictObject({ ...at, type: z.literal('capturing'), step, act, bytes: count }),
  z.strictObject({ ...at, type: z.literal('acting'), step, verb, done: count, total: count }),
  z.strictObject({ ...at, type: z.literal('acted'), step, act, verb, outcome: z.string(), detail: z.string() }),
  z.strictObject({ ...at, type: z.literal('verified'), step, act, result: tri, detail: z.string() }),
  z.strictObject({
    ...at,
    type: z.literal('soak'),
    step,
    asked: z.number(),
    lasts: z.number(),
    longest: revival.nullable(),
    beyond: revival.nullable(),
  }),
  z.strictObject({ ...at, type: z.literal('waiting'), step, secondsLeft: z.number(), secondsTotal: z.number() }),
  z.strictObject({ ...at, type: z.literal('undone'), step, act, outcome: z.string(), detail: z.string() }),
  z.strictObject({
    ...at,
    type: z.literal('transcript'),
    lane: z.enum(['control', 'bulk']),
    request: z.string(),
    exit: z.number().nullable(),
    bytes: count,
  }),
  z.strictObject({
    ...at,
    type: z.literal('dead-man'),
    what: z.enum(['armed', 'renewed', 'disarmed', 'not-renewed', 'fired']),
    seconds: z.number(),
  }),
  z.strictObject({ ...at, type: z.literal('host-ended'), exit: z.number(), error: errorShape.nullable() }),
]) satisfies z.ZodType<Progress>

const summary = z.strictObject({ code: z.string(), params: words })

const stepResult = z.strictObject({
  id: z.string(),
  kind: z.enum(['inspect', 'attest', 'act', 'wait']),
  title: bilingual.nullable(),
  outcome: outcome.nullable(),
  skip: skip.nullable(),
  detail: z.string(),
})
export const changeResult = z.strictObject({
  act,
  step,
  verb,
  summary,
  objects: z.array(z.string()),
  hostile: z.boolean(),
  reversible: z.boolean(),
  verified: tri.nullable(),
  undone: z.boolean(),
})

/** Findings and unknowns are paged apart: a hostile host can make very many. */
export const hostResult = z.strictObject({
  id: z.string(),
  address: z.string(),
  verdict,
  exit,
  error: errorShape.nullable(),
  steps: z.array(stepResult),
  changes: z.array(changeResult),
  remaining: count,
  unknowns: count,
}) satisfies z.ZodType<Omit<HostResult, 'remaining' | 'unknowns'> & { remaining: number; unknowns: number }>

export const runResult = z.strictObject({
  run: z.string(),
  playbook: z.strictObject({ id: z.string(), version: z.string(), digest: sha256 }),
  finished: z.boolean(),
  alreadyFinished: z.boolean(),
  exit,
  hosts: z.array(hostResult),
}) satisfies z.ZodType<Omit<RunResult, 'hosts'>>

export const undoResult = z.strictObject({
  exit,
  hosts: z.array(
    z.strictObject({
      id: z.string(),
      address: z.string(),
      exit,
      error: errorShape.nullable(),
      changes: z.array(
        z.strictObject({
          act,
          run: z.string(),
          step,
          verb,
          summary,
          outcome: z.enum(['done', 'already', 'conflict', 'failed', 'skipped']),
          skip: z.enum(['irreversible', 'hostile', 'blocked']).nullable(),
          notRestored: z.array(z.string()),
          detail: z.string(),
        }),
      ),
    }),
  ),
}) satisfies z.ZodType<UndoResult>
