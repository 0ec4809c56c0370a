// What crosses between the page and main, as data: cases, links, questions, jobs, terminals, settings. The methods that carry them are in the contract.

import { z } from 'zod'
import { eventSchemas, refusals, type AnyEvent, type EventType } from '../case/events.ts'
import { bilingual, paramSpec, phases } from '../playbook/schema.ts'
import * as shapes from './shapes.ts'

export const short = z.string().max(512)
export const path = z.string().min(1).max(4096)
export const id = z.string().min(1).max(128)
export const secret = z.string().max(16_384)
export const count = z.number().int().nonnegative()
export const nothing = z.strictObject({})
export const from = z.int().min(0)

export const caseSummary = z.strictObject({
  /** give it back to `case.open` */
  path,
  caseId: id,
  number: short.nullable(),
  customer: short.nullable(),
  examiner: short,
  /** who allowed the work: a person, a contract, a ticket */
  authority: short.nullable(),
  /** IANA name; in which zone the customer reads times */
  timeZone: short.nullable(),
  createdAt: z.string(),
})
export type CaseSummary = z.infer<typeof caseSummary>

export const openCase = caseSummary.extend({
  chains: z.array(z.strictObject({ chain: id, events: count })),
  /** run that `run.resume` would take, with the addresses of the hosts it still needs */
  /** a copy made elsewhere: it can be read, and worked on once it was taken over */
  copy: z.boolean(),
  openRun: z.strictObject({ run: id, hosts: z.array(z.strictObject({ host: id, address: short })) }).nullable(),
})
export type OpenCase = z.infer<typeof openCase>

/** Where and how to log in, as a person wrote it. `address` is `[user@]host[:port]` or a name from ssh_config. */
export const destination = z.strictObject({
  address: short.min(1),
  /** `-J`: nearest first; null = as ssh_config says */
  jumps: z.string().max(4096).nullable(),
  /** `-i` */
  identity: path.nullable(),
  /** follow the user's ssh_config for HostName, User, Port, IdentityFile, ProxyJump */
  sshConfig: z.boolean(),
})
export type Destination = z.infer<typeof destination>

export const secrets = z.strictObject({
  password: secret.optional(),
  keyPassphrase: secret.optional(),
  sudoPassword: secret.optional(),
})

export const hostKey = z.strictObject({ type: short, sha256: short, md5: short })

export const link = z.strictObject({
  /** ours, for this session of the workbench */
  link: id,
  destination,
  /** `user@host:port` after ssh_config */
  address: short,
  /** the host's chain in the case; null until it was entered */
  host: id.nullable(),
  state: z.enum(['connecting', 'asking', 'ready', 'lost', 'failed', 'left']),
  /** why it is lost or failed */
  error: shapes.errorShape.nullable(),
  /** RFC 3339; when the host last answered */
  lastHeard: z.string().nullable(),
  key: hostKey.extend({ trust: z.enum(['pinned', 'known-hosts', 'first-seen']) }).nullable(),
  arrival: z
    .strictObject({
      hostname: shapes.hostText,
      kernel: shapes.hostText,
      arch: z.enum(['x86_64', 'aarch64']),
      euid: count,
      sudo: z.boolean(),
    })
    .nullable(),
  /** what holds the host now */
  job: id.nullable(),
})
export type Link = z.infer<typeof link>

export const question = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('host-key'),
    question: id,
    link: id,
    /** the host whose key it is: the target, or the jump host on the way to it */
    address: short,
    /** both forms a person compares; SHA256 as ssh prints it */
    key: hostKey,
  }),
  /** A secret is missing. Words of the host are host text and are shown as such. */
  z.strictObject({
    kind: z.literal('login'),
    question: id,
    link: id,
    /** the target or the jump host that wants it */
    address: short,
    what: z.enum(['password', 'key-passphrase', 'sudo-password', 'prompts']),
    /** the key file, for a passphrase */
    file: short.nullable(),
    /** what the host wants to know: one each, `echo` when it may be seen while typed. Empty unless `what` is `prompts` */
    prompts: z.array(z.strictObject({ text: shapes.hostText, echo: z.boolean() })).max(16),
    /** name and instructions the host sent with its prompts */
    said: shapes.hostText.nullable(),
    /** the answer before this one was refused */
    again: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('approval'),
    question: id,
    job: id,
    host: id,
    address: short,
    step: id,
    title: bilingual.nullable(),
    sentence: bilingual.nullable(),
    verb: z.string(),
    attack: z.array(z.string()),
    /** SHA-256 of the plan: the answer names it, and nothing else is approved */
    digest: shapes.sha256,
    items: count,
    declined: count,
    /** set when the step cannot be undone: say this, and ask for the verb to be typed */
    irreversible: bilingual.nullable(),
    /** items a person took out of the plan before this digest was made */
    unticked: count,
  }),
  z.strictObject({
    kind: z.literal('attestation'),
    question: id,
    job: id,
    host: id,
    address: short,
    step: id,
    title: bilingual.nullable(),
    ask: bilingual,
    cloud: short.nullable(),
    guidance: z.array(
      z.strictObject({
        cloud: z.string(),
        title: bilingual,
        steps: z.array(z.union([z.strictObject({ text: bilingual }), z.strictObject({ copy: z.string() })])),
      }),
    ),
  }),
])
export type Question = z.infer<typeof question>

export const refusal = z.enum(refusals)

export const answer = z.union([
  z.strictObject({
    kind: z.literal('host-key'),
    question: id,
    /** the fingerprint the person compared; another one is refused */
    sha256: short,
    /** `once` trusts it while the workbench runs, `remember` writes it to known_hosts */
    trust: z.enum(['no', 'once', 'remember']),
  }),
  /** the secrets, in the order they were asked for; null: nobody knows */
  z.strictObject({ kind: z.literal('login'), question: id, answers: z.array(secret).max(16).nullable() }),
  z.strictObject({ kind: z.literal('approval'), question: id, digest: shapes.sha256, approve: z.literal(true) }),
  /** the step is left out, for a reason that goes into the case */
  z.strictObject({
    kind: z.literal('approval'),
    question: id,
    digest: shapes.sha256,
    approve: z.literal(false),
    reason: refusal,
    text: z.string().trim().max(2000),
  }),
  /** null: nobody can say; the step waits */
  z.strictObject({
    kind: z.literal('attestation'),
    question: id,
    text: z.string().trim().min(1).max(20_000).nullable(),
    /** uploads that become exhibits of the host, as they are */
    attachments: z.array(id).max(16),
  }),
])
export type Answer = z.infer<typeof answer>

export const jobResult = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('triage'),
    hosts: z.array(
      z.strictObject({
        host: id,
        verdict: shapes.verdict,
        findings: count,
        proposed: count,
        unknowns: count,
        error: shapes.errorShape.nullable(),
      }),
    ),
  }),
  z.strictObject({ kind: z.literal('run'), result: shapes.runResult }),
  z.strictObject({ kind: z.literal('undo'), result: shapes.undoResult }),
  z.strictObject({
    kind: z.literal('export'),
    path,
    bytes: count,
    exportId: id,
    tagManifestSha256: shapes.sha256,
    fingerprint: short,
    redacted: count,
  }),
])

export const job = z.strictObject({
  job: id,
  kind: z.enum(['triage', 'run', 'resume', 'undo', 'export']),
  hosts: z.array(id),
  startedAt: z.string(),
  /** the run in the journal, once it is opened */
  run: id.nullable(),
  playbook: z.strictObject({ id, version: z.string(), digest: shapes.sha256 }).nullable(),
  state: z.enum(['working', 'stopping', 'done', 'failed']),
  result: jobResult.nullable(),
  error: shapes.errorShape.nullable(),
})
export type Job = z.infer<typeof job>

export const terminal = z.strictObject({
  terminal: id,
  link: id,
  /** the host's chain in the case */
  host: id,
  address: short,
  state: z.enum(['open', 'ended']),
  /** why it ended; null while open and after a plain exit */
  error: shapes.errorShape.nullable(),
  openedAt: z.string(),
  /** bytes of output in the recording, which is on disk before it is shown */
  recorded: count,
})
export type Terminal = z.infer<typeof terminal>

export const signerAbout = z.strictObject({
  /** wire form, base64 */
  publicKey: z.string().max(16_384),
  label: short,
  kind: z.enum(['person', 'case']),
})

export const practice = z.strictObject({
  state: z.enum(['unavailable', 'off', 'booting', 'ready', 'failed']),
  /** why it is unavailable or failed, or how far it is: text of ours, English */
  detail: z.string(),
  /** where to connect once ready */
  destination: destination.nullable(),
})
export type Practice = z.infer<typeof practice>

export const playbookSteps = z.array(
  z.strictObject({
    /** flat id, the one progress and results use */
    step: id,
    kind: z.enum(['inspect', 'attest', 'act', 'wait']),
    title: bilingual.nullable(),
    sentence: bilingual.nullable(),
    /** null: the step belongs to no phase of its own and shows under the one before it */
    phase: z.enum(phases).nullable(),
    verb: z.string().nullable(),
    attack: z.array(z.string()),
    irreversible: bilingual.nullable(),
  }),
)
export const playbookInfo = z.strictObject({
  id,
  version: z.string(),
  digest: shapes.sha256,
  title: bilingual,
  summary: bilingual.nullable(),
  params: z.record(z.string(), paramSpec),
  /** empty when a parameter without a default decides what the steps are */
  steps: playbookSteps,
})
export type PlaybookInfo = z.infer<typeof playbookInfo>

export const problem = z.strictObject({
  rule: z.string(),
  file: z.string(),
  line: count,
  column: count,
  params: shapes.words,
})

export const settings = z.strictObject({
  language: z.enum(['en', 'zh-CN']).nullable(),
  theme: z.enum(['dark', 'light', 'system']),
  density: z.enum(['compact', 'comfortable']),
  examiner: short.nullable(),
  /** run the host's own tools to catch their lies */
  hostView: z.boolean(),
  /** seconds schedulers stay paused without a word from us */
  deadManSeconds: z
    .int()
    .min(1)
    .max(7 * 24 * 3600),
})
export type Settings = z.infer<typeof settings>

export const journalEvent = z.custom<AnyEvent>((value) => {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return false
  if (typeof value.type !== 'string' || !Object.hasOwn(eventSchemas, value.type)) return false
  return eventSchemas[value.type as EventType].safeParse(value.data).success
}, 'a journal event')

export const tell = z.strictObject({
  /** from 0, without holes, per job */
  seq: count,
  job: id,
  at: z.string(),
  progress: z.union([shapes.progress, z.strictObject({ type: z.literal('writing'), done: count, total: count })]),
})
export type Tell = z.infer<typeof tell>

export const signer = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('case') }),
  z.strictObject({ by: z.literal('file'), path, passphrase: secret.optional() }),
  z.strictObject({ by: z.literal('agent') }),
])

/** size in characters */
export const screen = { columns: z.int().min(2).max(1000), rows: z.int().min(1).max(500) }

/** A file where the workbench runs, or one the page uploaded. */
export const source = z.union([z.strictObject({ path }), z.strictObject({ upload: id })])

/** null = `export-N` */
export const exportId = z
  .string()
  .regex(/^[a-z0-9-]{4,64}$/)
  .nullable()

export const atHosts = { hosts: z.array(id).min(1).max(256) }
export const started = z.strictObject({ job: id })
