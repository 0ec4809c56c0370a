// The border between the page and main: every method, event and byte stream, as schemas. JSON-safe values only, so that a MessagePort and a WebSocket
// cannot differ; both ends check both ways. Host text stays host text. What a person types in secret goes one way, to main, and never comes back.
// The methods about hosts and those about evidence stand in rooms of their own (workbench/*-methods.ts); everyone imports the contract from here.

import { z } from 'zod'
import {
  answer,
  atHosts,
  caseSummary,
  count,
  from,
  id,
  job,
  link,
  nothing,
  openCase,
  path,
  playbookInfo,
  practice,
  problem,
  question,
  settings,
  short,
  source,
  started,
  tell,
  terminal,
} from './workbench/border.ts'
import { evidenceMethods } from './workbench/evidence-methods.ts'
import { hostMethods } from './workbench/host-methods.ts'
import * as shapes from './workbench/shapes.ts'

export { shown } from './host-text.ts'
export { phases } from './playbook/schema.ts'
export type { Phase } from './playbook/schema.ts'
export { refusals } from './case/events.ts'
export { journalPage } from './workbench/evidence-methods.ts'
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

    ...hostMethods,

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

    ...evidenceMethods,

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
