// The border between the page and main: every method, event and byte stream, as schemas. JSON-safe values only, so that a MessagePort and a WebSocket
// cannot differ; both ends check both ways. Host text stays host text. Secrets go one way, to main, and never come back.

import { z } from 'zod'
import { eventSchemas, type AnyEvent, type EventType } from './case/events.ts'
import { bilingual, paramSpec } from './playbook/schema.ts'
import * as shapes from './workbench/shapes.ts'

export { shown } from './host-text.ts'

/** Most journal events, findings or facts one answer carries: with the longest host text of each it stays below the limit of a message. */
export const pageSize = 100
/** Bytes one chunk digest of an exhibit covers; the last chunk is shorter. */
export const exhibitChunk = 4 * 1024 * 1024

const short = z.string().max(512)
const path = z.string().min(1).max(4096)
const id = z.string().min(1).max(128)
const secret = z.string().max(16_384)
const count = z.number().int().nonnegative()
const nothing = z.strictObject({})
const from = z.int().min(0)

const caseSummary = z.strictObject({
  /** give it back to `case.open` */
  path,
  caseId: id,
  number: short.nullable(),
  examiner: short,
  createdAt: z.string(),
})
export type CaseSummary = z.infer<typeof caseSummary>

const openCase = caseSummary.extend({
  chains: z.array(z.strictObject({ chain: id, events: count })),
  /** run that `run.resume` would take, with the addresses of the hosts it still needs */
  openRun: z.strictObject({ run: id, hosts: z.array(z.strictObject({ host: id, address: short })) }).nullable(),
})
export type OpenCase = z.infer<typeof openCase>

/** Where and how to log in, as a person wrote it. `address` is `[user@]host[:port]` or a name from ssh_config. */
const destination = z.strictObject({
  address: short.min(1),
  /** `-J`: nearest first; null = as ssh_config says */
  jumps: z.string().max(4096).nullable(),
  /** `-i` */
  identity: path.nullable(),
  /** follow the user's ssh_config for HostName, User, Port, IdentityFile, ProxyJump */
  sshConfig: z.boolean(),
})
export type Destination = z.infer<typeof destination>

const secrets = z.strictObject({
  password: secret.optional(),
  keyPassphrase: secret.optional(),
  sudoPassword: secret.optional(),
})

const hostKey = z.strictObject({ type: short, sha256: short, md5: short })

const link = z.strictObject({
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

const question = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('host-key'),
    question: id,
    link: id,
    address: short,
    /** both forms a person compares; SHA256 as ssh prints it */
    key: hostKey,
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

const answer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('host-key'),
    question: id,
    /** the fingerprint the person compared; another one is refused */
    sha256: short,
    /** `once` trusts it while the workbench runs, `remember` writes it to known_hosts */
    trust: z.enum(['no', 'once', 'remember']),
  }),
  z.strictObject({ kind: z.literal('approval'), question: id, digest: shapes.sha256, approve: z.boolean() }),
  /** null: nobody can say; the step waits */
  z.strictObject({
    kind: z.literal('attestation'),
    question: id,
    text: z.string().trim().min(1).max(20_000).nullable(),
  }),
])
export type Answer = z.infer<typeof answer>

const jobResult = z.discriminatedUnion('kind', [
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

const job = z.strictObject({
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

const playbookSteps = z.array(
  z.strictObject({
    /** flat id, the one progress and results use */
    step: id,
    kind: z.enum(['inspect', 'attest', 'act', 'wait']),
    title: bilingual.nullable(),
    sentence: bilingual.nullable(),
    verb: z.string().nullable(),
    attack: z.array(z.string()),
    irreversible: bilingual.nullable(),
  }),
)
const playbookInfo = z.strictObject({
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

const problem = z.strictObject({ rule: z.string(), file: z.string(), line: count, column: count, params: shapes.words })

const settings = z.strictObject({
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

const journalEvent = z.custom<AnyEvent>((value) => {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return false
  if (typeof value.type !== 'string' || !Object.hasOwn(eventSchemas, value.type)) return false
  return eventSchemas[value.type as EventType].safeParse(value.data).success
}, 'a journal event')

const tell = z.strictObject({
  /** from 0, without holes, per job */
  seq: count,
  job: id,
  at: z.string(),
  progress: z.union([shapes.progress, z.strictObject({ type: z.literal('writing'), done: count, total: count })]),
})
export type Tell = z.infer<typeof tell>

const signer = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('case') }),
  z.strictObject({ by: z.literal('file'), path, passphrase: secret.optional() }),
  z.strictObject({ by: z.literal('agent') }),
])

const atHosts = { hosts: z.array(id).min(1).max(256) }
const started = z.strictObject({ job: id })

/** Name, what goes in, what comes out; `bytes: 'down'` streams bytes to the page after the answer. */
export const contract = {
  methods: {
    /** Everything a page that was just opened must know. Events from here on continue it. */
    state: {
      input: nothing,
      output: z.strictObject({
        tool: z.string(),
        shell: z.enum(['served', 'desktop']),
        case: openCase.nullable(),
        links: z.array(link),
        jobs: z.array(job),
        questions: z.array(question),
        settings,
      }),
    },
    'settings.set': { input: settings, output: nothing },

    'case.list': { input: nothing, output: z.strictObject({ cases: z.array(caseSummary), unreadable: z.array(path) }) },
    'case.create': {
      input: z.strictObject({ number: short.nullable(), examiner: short.min(1).nullable() }),
      output: openCase,
    },
    /** `takeOver`: why this copy becomes the case from now on. Fails with `case-locked` when it is in use. */
    'case.open': {
      input: z.strictObject({ path, examiner: short.min(1).nullable(), takeOver: short.min(1).nullable() }),
      output: openCase,
    },
    /** Leaves every host first. Fails with `busy` while a job works. */
    'case.close': { input: nothing, output: nothing },

    /** Reads pasted lines: targets, or whole ssh commands. Nothing is dialled. */
    'hosts.parse': {
      input: z.strictObject({ text: z.string().max(65_536) }),
      output: z.strictObject({
        destinations: z.array(z.strictObject({ destination, address: short, notes: z.array(z.string()) })),
        refused: z.array(z.strictObject({ line: count, text: z.string(), error: shapes.errorShape })),
      }),
    },
    /** Names in the user's ssh_config that are not patterns. */
    'hosts.configured': {
      input: nothing,
      output: z.strictObject({ names: z.array(z.string()), notes: z.array(z.string()) }),
    },
    /** Answers at once; the link's state follows as events, an unknown host key as a question. */
    'hosts.connect': {
      input: z.strictObject({ destination, secrets, sudo: z.boolean(), legacyAlgorithms: z.boolean() }),
      output: link,
    },
    /** The same link again, with the secrets given before unless new ones come. Never re-runs a step. */
    'hosts.reconnect': { input: z.strictObject({ link: id, secrets: secrets.nullable() }), output: link },
    'hosts.disconnect': { input: z.strictObject({ link: id }), output: nothing },

    'triage.start': { input: z.strictObject({ ...atHosts, hostView: z.boolean().nullable() }), output: started },
    /** The last look at a host, from this session or the case. Findings come by score, highest first. */
    'look.findings': {
      input: z.strictObject({ host: id, from }),
      output: z.strictObject({
        verdict: shapes.verdict,
        total: count,
        findings: z.array(shapes.finding).max(pageSize),
        unknowns: z.array(shapes.unknownShape).max(pageSize),
        unknownsTotal: count,
      }),
    },
    /** What was read in this session; `total` null when nothing was read yet. Facts are not kept as such in the case. */
    'look.facts': {
      input: z.strictObject({ host: id, kind: shapes.factKind, from }),
      output: z.strictObject({ total: count.nullable(), facts: z.array(shapes.fact).max(pageSize) }),
    },
    'indicators.set': {
      input: z.strictObject({ source: short.min(1), text: z.string().max(786_432) }),
      output: z.strictObject({
        count,
        refused: z.array(z.strictObject({ line: count, text: z.string(), reason: z.string() })).max(pageSize),
      }),
    },

    'playbooks.list': { input: nothing, output: z.strictObject({ playbooks: z.array(playbookInfo) }) },
    'playbooks.lint': {
      input: z.strictObject({ file: short.min(1), text: z.string().max(262_144) }),
      output: z.strictObject({ problems: z.array(problem) }),
    },

    /** Answers when the run is in the journal; lint and parameter mistakes fail before any host is touched. */
    'run.start': {
      input: z.strictObject({
        ...atHosts,
        playbook: z.strictObject({ id, version: z.string().max(64).nullable() }),
        params: z.record(
          z.string().max(64),
          z.union([z.string().max(4096), z.number(), z.boolean(), z.array(z.string().max(4096)).max(256)]),
        ),
        approval: z.enum(['ask', 'all', 'plan-only']),
        hostView: z.boolean().nullable(),
        deadManSeconds: z
          .int()
          .min(1)
          .max(7 * 24 * 3600)
          .nullable(),
      }),
      output: started,
    },
    'run.resume': { input: z.strictObject(atHosts), output: started },
    /** Newest first; `restoreHostile` can bring the miner back. */
    'undo.start': {
      input: z.strictObject({ ...atHosts, run: id.nullable(), step: id.nullable(), restoreHostile: z.boolean() }),
      output: started,
    },
    /** Every change of the case on a host, by run, oldest run first. */
    'changes.list': {
      input: z.strictObject({ host: id }),
      output: z.strictObject({ runs: z.array(z.strictObject({ run: id, changes: z.array(shapes.changeResult) })) }),
    },
    /** Stops before the next change; the result comes as the job's end. */
    'job.stop': { input: z.strictObject({ job: id }), output: nothing },
    /** What a job has told, for a page that was not there: the latest 2000 of them are kept. */
    'job.told': {
      input: z.strictObject({ job: id, from }),
      output: z.strictObject({ first: count, next: count, told: z.array(tell).max(pageSize) }),
    },

    /** Items of the plan a question is about, with their diff. */
    'plan.items': {
      input: z.strictObject({ question: id, from }),
      output: z.strictObject({
        digest: shapes.sha256,
        items: z.array(shapes.plannedItem).max(pageSize),
        declined: z.array(shapes.declinedItem).max(pageSize),
      }),
    },
    /** Fails with `question-gone` when it was answered before or names another plan or key. */
    answer: { input: answer, output: nothing },

    /** The evidence feed: events of one chain from a sequence number on. `head` is the next number that does not exist yet. */
    'journal.read': {
      input: z.strictObject({ chain: id, from }),
      output: z.strictObject({ head: count, events: z.array(journalEvent).max(pageSize) }),
    },
    /** The plain bytes. The digests of the header cover `chunkBytes` each; the page checks them before it keeps anything. */
    'exhibit.read': {
      input: z.strictObject({ sha256: shapes.sha256 }),
      output: z.strictObject({ sha256: shapes.sha256, size: count, chunkBytes: count, chunks: z.array(shapes.sha256) }),
      bytes: 'down',
    },

    'export.start': {
      input: z.strictObject({
        exportId: z
          .string()
          .regex(/^[a-z0-9-]{4,64}$/)
          .nullable(),
        /** absolute; null = the exports folder beside the cases */
        out: path.nullable(),
        includeSecrets: z.boolean(),
        signer,
      }),
      output: started,
    },
    /** The bundle an export job wrote. */
    'export.read': {
      input: z.strictObject({ job: id }),
      output: z.strictObject({ name: short, size: count }),
      bytes: 'down',
    },
    'bundle.verify': {
      input: z.strictObject({ path, signer: short.nullable() }),
      output: z.strictObject({
        caseId: id,
        number: z.string().nullable(),
        exportId: id,
        head: z.string(),
        signer: z.strictObject({
          fingerprint: short,
          label: z.string(),
          kind: z.enum(['person', 'case']),
          trust: z.enum(['matches', 'unproven']),
        }),
        files: count,
        bytes: count,
        exhibits: count,
        redacted: count,
        events: count,
      }),
    },
    /** One self-contained page without script. It holds host text: show it in a sandboxed frame or save it, never as part of the workbench. */
    'report.read': { input: nothing, output: z.strictObject({ name: short, size: count }), bytes: 'down' },
  },
  events: {
    case: openCase.nullable(),
    link,
    job,
    told: tell,
    question,
    'question-closed': z.strictObject({ question: id }),
    /** The chain has grown to `head` events: `journal.read` has them. */
    'journal-moved': z.strictObject({ chain: id, head: count }),
  },
} as const

export type Contract = typeof contract
