// The journal's vocabulary: everything that happens in a case, as data. Old kinds stay readable for ever; new ones are added, never changed.

import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{3,63}$/)
const json: z.ZodType = z.json()

/** Where an exhibit came from. `path` is host text in escaped form and `pathBytes` its bytes in base64; both null for things that are not files. */
export const exhibitMeta = z.strictObject({
  sha256,
  size: z.number().int().nonnegative(),
  /** what it is: `file`, `process/exe`, `process/maps`, `probe/processes/stat`, `plan`, `findings`, `transcript`, `preamble` … */
  what: z.string(),
  path: z.string().nullable(),
  pathBytes: z.base64().nullable(),
  /** FileMeta as read on the host, when it is a file */
  meta: json.nullable(),
  /** how it was read: the exact request, as text */
  method: z.string(),
  /** digest computed on the host; null when the bytes were made here */
  hostSha256: sha256.nullable(),
  /** host wall clock in microseconds, null when made here */
  hostTime: z.string().nullable(),
  truncated: z.boolean(),
})
export type ExhibitMeta = z.infer<typeof exhibitMeta>

/** Why a person leaves a planned step out. */
export const refusals = ['not-hostile', 'customer-refuses', 'too-risky', 'done-otherwise', 'later'] as const
export type Refusal = (typeof refusals)[number]

const actRef = { run: id, step: z.string(), act: id }

export const eventSchemas = {
  // case chain
  'case-opened': z.strictObject({
    caseId: id,
    number: z.string().nullable(),
    /** for whom, by whose leave and in which zone they read times; cases made before these were asked for lack them */
    customer: z.string().nullable().optional(),
    authority: z.string().nullable().optional(),
    timeZone: z.string().nullable().optional(),
    examiner: z.string(),
    tool: z.string(),
    createdAt: z.string(),
  }),
  'case-taken-over': z.strictObject({ examiner: z.string(), reason: z.string() }),
  'host-added': z.strictObject({
    host: id,
    address: z.string(),
    hostKey: z.string(),
    machineId: z.string().nullable(),
  }),
  /** A host showed another key than the one it was known by, and was not logged in to. Fingerprints as ssh prints them; `old` when the known one is known by more than its name. */
  'host-key-changed': z.strictObject({ address: z.string(), old: z.string().nullable(), now: z.string() }),
  /** A person has compared the new key and says that it is the host's own: from then on the case knows the host by it. */
  'host-key-accepted': z.strictObject({
    address: z.string(),
    old: z.string(),
    now: z.string(),
    by: z.string(),
    reason: z.string(),
  }),
  'chain-anchored': z.strictObject({ chain: id, seq: z.number().int(), hash: sha256 }),
  'run-opened': z.strictObject({
    run: id,
    playbook: z.strictObject({ id: z.string(), version: z.string(), digest: sha256 }),
    params: json,
    hosts: z.array(id),
    approval: z.enum(['ask', 'all', 'plan-only']),
    examiner: z.string(),
  }),
  'run-closed': z.strictObject({
    run: id,
    outcome: z.enum(['done', 'hostile-remains', 'stopped', 'failed', 'unknown']),
  }),
  /** A person's word on an exhibit; the last one on a digest counts. */
  'exhibit-noted': z.strictObject({ sha256, by: z.string(), text: z.string(), tags: z.array(z.string()) }),
  exported: z.strictObject({ exportId: id, tagManifestSha256: sha256, signer: z.string() }),
  // host chain
  arrived: z.strictObject({ arrival: json, preamble: sha256.nullable() }),
  departed: z.strictObject({ reason: z.string(), detached: z.boolean() }),
  'exhibit-stored': exhibitMeta,
  /** The responder's own shell on the host; `by` opened it. What it said is in exhibits, what was typed is nowhere. */
  'terminal-opened': z.strictObject({
    terminal: id,
    address: z.string(),
    by: z.string(),
    columns: z.number().int().positive(),
    rows: z.number().int().positive(),
  }),
  'terminal-closed': z.strictObject({
    terminal: id,
    /** `crashed`: the workbench ended first; `unrecorded`: it was hung up because its output could not be recorded */
    outcome: z.enum(['exited', 'hung-up', 'link-lost', 'flooded', 'unrecorded', 'crashed']),
    exit: z.number().int().nullable(),
    signal: z.string().nullable(),
    /** of output, which is that of the segments together */
    bytes: z.number().int().nonnegative(),
    segments: z.array(z.strictObject({ output: sha256, asciicast: sha256 })),
    detail: z.string(),
  }),
  looked: z.strictObject({
    run: id.nullable(),
    step: z.string().nullable(),
    findings: sha256,
    verdict: z.string(),
    unknowns: z.number().int(),
    /** everything that can be read was read at least once; absent in older cases */
    complete: z.boolean().optional(),
  }),
  gap: z.strictObject({
    run: id.nullable(),
    step: z.string().nullable(),
    probe: z.string(),
    what: z.string(),
    reason: z.string(),
    detail: z.string(),
  }),
  'step-started': z.strictObject({ run: id, step: z.string() }),
  'step-ended': z.strictObject({
    run: id,
    step: z.string(),
    outcome: z.enum(['done', 'nothing-to-do', 'skipped', 'failed', 'unknown', 'waiting']),
    skip: z
      .enum([
        'not-applicable',
        'already-satisfied',
        'dependency-failed',
        'operator',
        'plan-only',
        'host-unreachable',
        'unknown-condition',
      ])
      .nullable(),
    detail: z.string(),
  }),
  attested: z.strictObject({
    run: id,
    step: z.string(),
    by: z.string(),
    text: z.string(),
    /** exhibits of this chain that the person attached; absent when there were none */
    attachments: z.array(sha256).optional(),
  }),
  planned: z.strictObject({
    run: id,
    step: z.string(),
    plan: sha256,
    items: z.number().int(),
    /** the plan a person took items out of, and who: this one is what was left */
    narrows: z.strictObject({ plan: sha256, by: z.string() }).optional(),
  }),
  approved: z.strictObject({
    run: id,
    step: z.string(),
    plan: sha256,
    by: z.string(),
    how: z.enum(['asked', 'approve-all']),
  }),
  refused: z.strictObject({
    run: id,
    step: z.string(),
    plan: sha256,
    by: z.string(),
    /** absent when nobody said why */
    reason: z.enum(refusals).optional(),
    text: z.string().optional(),
  }),
  'evidence-kept': z.strictObject({ ...actRef, exhibits: z.array(sha256) }),
  intended: z.strictObject({
    ...actRef,
    plan: sha256,
    item: z.string(),
    verb: z.string(),
    once: z.string(),
    undoes: id.nullable(),
  }),
  acted: z.strictObject({
    ...actRef,
    outcome: z.enum(['done', 'already', 'conflict', 'failed']),
    /** ChangeRecord of the verb: what was changed and what undo needs; null when nothing changed */
    change: json.nullable(),
    detail: z.string(),
    replayed: z.boolean(),
  }),
  verified: z.strictObject({ ...actRef, result: z.enum(['yes', 'no', 'unknown']), detail: z.string() }),
  undone: z.strictObject({
    ...actRef,
    undoAct: id,
    outcome: z.enum(['done', 'already', 'conflict', 'failed']),
    notRestored: z.array(z.string()),
    detail: z.string(),
  }),
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>

/** One line of a chain. `hash` is SHA-256 over the canonical JSON (RFC 8785) of the event without `hash`; `prev` is the hash before it. */
export interface JournalEvent<T extends EventType = EventType> {
  readonly format: 'tourniquet.journal/1'
  /** `case` or a host id */
  readonly chain: string
  /** from 0, without holes */
  readonly seq: number
  readonly prev: string | null
  /** workbench wall clock, RFC 3339, and milliseconds since the case was opened by this process (monotonic, whole) */
  readonly at: string
  readonly mono: number
  readonly type: T
  readonly data: EventData<T>
  readonly hash: string
}

export type AnyEvent = { [T in EventType]: JournalEvent<T> }[EventType]
