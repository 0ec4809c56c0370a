// The border between the page and main: every method, event and byte stream, as schemas. JSON-safe values only, so that a MessagePort and a WebSocket
// cannot differ; both ends check both ways. Host text stays host text. What a person types in secret goes one way, to main, and never comes back.

import { z } from 'zod'
import * as border from './workbench/border.ts'
import * as shapes from './workbench/shapes.ts'

export { shown } from './host-text.ts'
export { phases } from './playbook/schema.ts'
export type { Phase } from './playbook/schema.ts'
export { refusals } from './case/events.ts'
export type {
  Answer,
  CaseSummary,
  Destination,
  Job,
  Link,
  OpenCase,
  PlaybookInfo,
  Practice,
  Question,
  Settings,
  Tell,
  Terminal,
} from './workbench/border.ts'

/** Most findings or facts one answer carries: with the longest host text of each it stays below the limit of a message. */
export const pageSize = 100
/** Most journal events one answer carries, and the bytes of them after which none is added: the page checks and writes each answer in one go. */
export const journalPage = { events: 2000, bytes: 1024 * 1024 }
/** Bytes of a terminal's output that may be under way to the page: what a screen shows in 20 ms, so that nothing seen after an interrupt is old. */
const terminalWindow = 64 * 1024

const {
  answer,
  atHosts,
  caseSummary,
  count,
  destination,
  exportId,
  from,
  id,
  job,
  journalEvent,
  link,
  nothing,
  openCase,
  path,
  playbookInfo,
  practice,
  problem,
  question,
  secrets,
  settings,
  short,
  signer,
  signerAbout,
  source,
  started,
  tell,
  terminal,
  screen,
} = border

/** Name, what goes in, what comes out; `bytes: 'down'` streams bytes to the page after the answer, `up` to main before it. */
export const contract = {
  methods: {
    /** Everything a page that was just opened must know. Events from here on continue it. */
    state: {
      input: nothing,
      output: z.strictObject({
        tool: z.string(),
        shell: z.enum(['served', 'desktop']),
        /** `no`: this shell cannot keep secrets. `plain`: the system offers no real protection for them */
        remembers: z.enum(['no', 'plain', 'protected']),
        case: openCase.nullable(),
        links: z.array(link),
        terminals: z.array(terminal),
        practice,
        jobs: z.array(job),
        questions: z.array(question),
        settings,
      }),
    },
    'settings.set': { input: settings, output: nothing },

    'case.list': { input: nothing, output: z.strictObject({ cases: z.array(caseSummary), unreadable: z.array(path) }) },
    'case.create': {
      input: z.strictObject({
        number: short.nullable(),
        customer: short.nullable(),
        examiner: short.min(1).nullable(),
        authority: short.nullable(),
        timeZone: short.nullable(),
      }),
      output: openCase,
    },
    /**
     * Makes a copy of a case from a bundle or another case folder, and opens it as a copy. A bundle is verified first and every exhibit is checked.
     * Fails with `bundle-invalid`, `case-exists` (this case is here already), `case-key-missing` (a folder without its key).
     */
    'case.import': { input: z.strictObject({ from: source, examiner: short.min(1).nullable() }), output: openCase },
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
      input: z.strictObject({
        destination,
        secrets,
        sudo: z.boolean(),
        legacyAlgorithms: z.boolean(),
        /** keep the secrets for the next time, where the shell can */
        remember: z.boolean(),
      }),
      output: link,
    },
    /** The same link again, with the secrets given before unless new ones come. Never re-runs a step. */
    'hosts.reconnect': { input: z.strictObject({ link: id, secrets: secrets.nullable() }), output: link },
    /**
     * A person compared the key for which the link was refused and says that it is the host's: the case knows the host by it from now on, and it is dialled
     * again. Fails with `host-key-unknown` when the link was not refused for that key.
     */
    'hosts.accept-key': {
      input: z.strictObject({ link: id, sha256: short, reason: short.min(1) }),
      output: link,
    },
    'hosts.disconnect': { input: z.strictObject({ link: id }), output: nothing },
    /** Host keys the workbench trusts: those it wrote to known_hosts, and those of the open case. */
    'pins.list': {
      input: nothing,
      output: z.strictObject({
        pins: z.array(
          z.strictObject({ address: short, type: short, sha256: short, from: z.enum(['known-hosts', 'case']) }),
        ),
      }),
    },
    /** Takes a key out of the workbench's known_hosts; one of the case stays for ever. Fails with `host-key-unknown`. */
    'pins.forget': { input: z.strictObject({ address: short, sha256: short }), output: nothing },
    /** Forgets every remembered secret. */
    'secrets.forget': { input: nothing, output: nothing },

    /**
     * The responder's own shell: the host's login shell on a pseudo-terminal, over the link that is there. Its output streams until it ends; every byte is on
     * disk before it is sent; only what a flood still had to say when the person interrupted it is not sent, and `skipped`, its `{n}` the bytes, stands in
     * its place. Fails with `host-not-connected`, `terminal-refused`.
     */
    'terminal.open': {
      input: z.strictObject({ link: id, ...screen, skipped: short }),
      output: terminal,
      bytes: 'down',
      window: terminalWindow,
    },
    /** The latest output of a terminal that is open (at most 1 MiB), then what comes, for a page that was not there. Fails with `terminal-gone`. */
    'terminal.attach': {
      input: z.strictObject({ terminal: id, skipped: short }),
      output: terminal,
      bytes: 'down',
      window: terminalWindow,
    },
    /** `by` tells what a person typed or pasted from what the terminal answered by itself. Fails with `terminal-gone`. */
    'terminal.write': {
      input: z.strictObject({
        terminal: id,
        text: z.string().max(65_536),
        by: z.enum(['typed', 'pasted', 'answered']),
      }),
      output: nothing,
    },
    'terminal.resize': { input: z.strictObject({ terminal: id, ...screen }), output: nothing },
    /** Hangs up. Ended terminals are forgotten. */
    'terminal.close': { input: z.strictObject({ terminal: id }), output: nothing },

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
        /** a folder of packages on the workbench, for what puts programs back */
        packages: z.string().min(1).max(4096).optional(),
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
    /**
     * Takes items out of a plan that waits for approval. The question closes, and the next one is about the smaller plan, with its own digest: nothing else
     * can be approved. Fails with `question-gone`, or `usage` when nothing would be left.
     */
    'plan.untick': {
      input: z.strictObject({
        question: id,
        digest: shapes.sha256,
        keys: z.array(z.string().max(4096)).min(1).max(4096),
      }),
      output: nothing,
    },
    /** Fails with `question-gone` when it was answered before or names another plan or key. */
    answer: { input: answer, output: nothing },

    /** The evidence feed: events of one chain from a sequence number on. `head` is the next number that does not exist yet. */
    'journal.read': {
      input: z.strictObject({ chain: id, from }),
      output: z.strictObject({ head: count, events: z.array(journalEvent).max(journalPage.events) }),
    },
    /** The plain bytes, `size` of them. Whoever keeps them hashes them first: the digest that was asked for is all that vouches for them. */
    'exhibit.read': {
      input: z.strictObject({ sha256: shapes.sha256 }),
      output: z.strictObject({ sha256: shapes.sha256, size: count }),
      bytes: 'down',
    },

    /** A word of a person on an exhibit, for ever in the case; the last one on an exhibit counts. */
    'exhibit.note': {
      input: z.strictObject({
        sha256: shapes.sha256,
        text: z.string().trim().max(4000),
        tags: z.array(z.string().trim().min(1).max(64)).max(16),
      }),
      output: nothing,
    },
    /** Key under which the page keeps exhibits of the open case at rest: 32 bytes in base64, made from the case's key and useless for the case folder. */
    'locker.key': { input: nothing, output: z.strictObject({ caseId: id, key: z.base64() }) },

    /**
     * Three steps by which the page writes a bundle from its own locker, byte for byte the one `export.start` would write. `prepare` anchors the case and
     * says at which heads the bundle must stand; one export is prepared at a time.
     */
    'bundle.prepare': {
      input: z.strictObject({ exportId, signer }),
      output: z.strictObject({
        exportId: id,
        signer: signerAbout,
        heads: z.array(z.strictObject({ chain: id, events: count })),
      }),
    },
    /** Signs what an SSH signature of namespace `tourniquet-bundle` signs, and nothing else. In: base64. Out: wire form, base64. */
    'bundle.sign': {
      input: z.strictObject({ exportId: id, data: z.string().max(1024) }),
      output: z.strictObject({ signature: z.string().max(16_384) }),
    },
    /** The bundle is whole: the journal says so. */
    'bundle.sealed': { input: z.strictObject({ exportId: id, tagManifestSha256: shapes.sha256 }), output: nothing },

    /** Bytes from the page into a private file that is gone when the workbench closes. Fails with `disk-full`, `upload-damaged` (other size than said). */
    upload: {
      input: z.strictObject({
        name: short.min(1),
        size: z
          .int()
          .min(0)
          .max(64 * 1024 ** 3),
      }),
      output: z.strictObject({ upload: id, sha256: shapes.sha256 }),
      bytes: 'up',
    },
    /** A dialog of the desktop. Null when it was cancelled; fails with `not-supported` in a browser. */
    'files.choose': {
      input: z.strictObject({ what: z.enum(['bundle', 'case-folder', 'key', 'playbook']) }),
      output: z.strictObject({ path: path.nullable() }),
    },

    /** Boots a disposable host with a harmless stand-in miner, where this machine can. Progress comes as events. */
    'practice.start': { input: nothing, output: nothing },
    'practice.stop': { input: nothing, output: nothing },

    'export.start': {
      input: z.strictObject({
        exportId,
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
      input: z.strictObject({ from: source, signer: short.nullable() }),
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
    terminal,
    practice,
    job,
    told: tell,
    question,
    'question-closed': z.strictObject({ question: id }),
    /** The chain has grown to `head` events: `journal.read` has them. */
    'journal-moved': z.strictObject({ chain: id, head: count }),
  },
} as const

export type Contract = typeof contract
