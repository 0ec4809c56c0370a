// Everything a scheduler would run: each form of cron, at, systemd timers. Every line is a fact, also environment lines and what cron would refuse.

import { ownText, shown } from '../host-text.ts'
import type { HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import { parseAtJob } from './at-job.ts'
import { metaOf, readingsOf } from './metas.ts'
import { type CronLine, isBinary, isDisguised, parseCrontab, pathsIn } from './cron-line.ts'
import type { ScheduleFact } from './facts.ts'
import { noteGaps, parseFileBatches } from './file-batches.ts'
import type { Probe } from './probe.ts'
import { type Findings, ask, complaint, gather, parseSections, textOf } from './reply.ts'
import type { ScheduleFile } from './schedule-file.ts'
import script from './schedulers.sh?raw'
import { timerSchedules } from './timers.ts'
import unitFolders from './unit-folders.sh?raw'

/** Bytes read of a crontab; of a unit, an at job or a script in a run-parts folder. The largest that distributions ship have 10 KiB. A longer file is unknown. */
const cronCap = 256 * 1024
const wholeCap = 64 * 1024
/** Bytes kept of what is not text: a program's name, owner and digest tell what it is, its bytes do not. */
const binaryHead = 4096
/** Bytes of names of unit links: a host with everything enabled has some tens of KiB. */
const linksCap = 256 * 1024
/** Entries read of one crontab: people have tens; 100 000 lines are an attempt to make a tool give up. */
const maxLines = 2000

export const schedulers: Probe = {
  id: 'schedulers',
  after: [],
  async read(context) {
    const into = gather('schedulers')
    const argv = [
      'sh',
      '-c',
      `${unitFolders}\n${script}`,
      'schedulers',
      ...[cronCap, wholeCap, wholeCap, linksCap].map(String),
    ]
    const request = { argv, timeLimit: 10_000, stdoutLimit: 4 * 1024 * 1024 }
    const reply = await ask(context, into, 'schedulers/files', request, ['schedule'])
    if (!reply) return into.outcome()
    const files = parseScheduleFiles(reply.stdout, into)
    if (!files) {
      into.unknown('schedulers/files', 'unparseable', complaint(reply), ['schedule'])
      return into.outcome()
    }
    const paths = files.map(({ path }) => path)
    const readings = await readingsOf(context, into, paths, ['schedule'], 'control')
    into.facts.push(...scheduleFacts(files, readings.map(metaOf), into, parseUnitLinks(reply.stdout, into)))
    return into.outcome()
  },
}

/** Null when the reply is not one of our script. A file named in two places (a link, an alias) comes once. */
export function parseScheduleFiles(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): ScheduleFile[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const files = parseFileBatches(sections, (kind) => (isCrontab(kind) ? cronCap : wholeCap), into, ['schedule'])
  if (!sections.complete) into.unknown('schedulers/files', 'truncated', 'the list ends early', ['schedule'])
  return files
}

/** Paths of the links by which systemd units are started without anybody asking. */
export function parseUnitLinks(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): readonly string[] {
  const list = parseSections(stdout)?.get('unit-links') ?? null
  if (list === null || list.length >= linksCap)
    into.unknown('unit links', 'truncated', 'not all of them came', ['schedule'])
  return (list ?? '').split('\0').slice(0, -1)
}

function isCrontab(kind: string): boolean {
  return kind === 'user-crontab' || kind === 'crontab' || kind === 'cron.d' || kind === 'anacrontab'
}

/** Facts of the files; `metas` runs parallel to `files`, null where a file was gone. `links` are those of `parseUnitLinks`. */
export function scheduleFacts(
  files: readonly ScheduleFile[],
  metas: readonly (FileMeta | null)[],
  into: Pick<Findings, 'unknown'>,
  links: readonly string[] = [],
): ScheduleFact[] {
  const present = files.flatMap((file, at) => {
    const meta = metas[at]
    if (!meta) return []
    noteGaps(file, meta, isProgram(file), into, ['schedule'])
    return [{ file, meta }]
  })
  const units = present.filter(({ file }) => file.kind === 'timer' || file.kind === 'unit')
  return [...present.flatMap(({ file, meta }) => fileFacts(file, meta, into)), ...timerSchedules(units, links)]
}

/** The kernel loads such a file: no line of it is run, so what was cut off cannot hold a command. A NUL alone would not do: a shell skips it and goes on. */
function isProgram(file: ScheduleFile): boolean {
  return file.content.startsWith('\x7fELF') && (file.kind.startsWith('run-parts') || file.kind.startsWith('periodic'))
}

const runPartsPeriods: Readonly<Record<string, number>> = {
  '15min': 900,
  hourly: 3600,
  daily: 86_400,
  weekly: 604_800,
  monthly: 28 * 86_400,
  yearly: 365 * 86_400,
}

function fileFacts(file: ScheduleFile, meta: FileMeta, into: Pick<Findings, 'unknown'>): ScheduleFact[] {
  switch (file.kind) {
    case 'user-crontab':
      return crontabFacts(file, meta, 'user-crontab', 'no-user', into)
    case 'crontab':
    case 'cron.d':
      return crontabFacts(file, meta, file.kind, 'user', into)
    case 'anacrontab':
      return crontabFacts(file, meta, 'anacrontab', 'anacron', into)
    case 'at':
      return atFacts(file, meta)
    case 'timer':
    case 'unit':
      return []
    default: {
      const every = file.kind.slice(file.kind.lastIndexOf('-') + 1)
      return [
        wholeFile(file, meta, {
          scheduler: file.kind.startsWith('periodic') ? 'periodic' : 'run-parts',
          form: 'script',
          schedule: ownText(every),
          periodSeconds: runPartsPeriods[every] ?? null,
          user: ownText('root'),
          command: file.content,
        }),
      ]
    }
  }
}

function crontabFacts(
  file: ScheduleFile,
  meta: FileMeta,
  scheduler: 'user-crontab' | 'crontab' | 'cron.d' | 'anacrontab',
  columns: 'user' | 'no-user' | 'anacron',
  into: Pick<Findings, 'unknown'>,
): ScheduleFact[] {
  const owner = scheduler === 'user-crontab' ? textOf(file.path.slice(file.path.lastIndexOf('/') + 1)) : null
  const { lines, rest } = parseCrontab(file.content, columns, maxLines)
  if (rest > 0)
    into.unknown(shown(textOf(file.path)), 'truncated', `${rest} lines after the first ${maxLines} entries`, [
      'schedule',
    ])
  const binary = isBinary(file.content)
  // in a dump only what cron would run is an entry; the rest is the dump, and is one fact
  const entries = binary ? lines.filter((line) => line.schedule !== null) : lines
  const facts = entries.map((line) => lineFact(line, meta, scheduler, owner))
  if (!binary) return facts
  const dump = {
    scheduler,
    form: 'binary',
    schedule: null,
    periodSeconds: null,
    user: owner,
    command: file.content,
  } as const
  return [wholeFile(file, meta, dump), ...facts]
}

function lineFact(
  line: CronLine,
  meta: FileMeta,
  scheduler: ScheduleFact['scheduler'],
  owner: HostText | null,
): ScheduleFact {
  return {
    kind: 'schedule',
    scheduler,
    file: meta,
    line: line.line,
    raw: textOf(line.raw),
    form: line.form,
    schedule: line.schedule === null ? null : textOf(line.schedule),
    periodSeconds: line.periodSeconds,
    user: line.user === null ? owner : textOf(line.user),
    command: textOf(line.command),
    disguised: line.disguised,
    paths: pathsIn(line.command).map((path) => textOf(path)),
    unitFile: null,
    enabledBy: [],
  }
}

function atFacts(file: ScheduleFile, meta: FileMeta): ScheduleFact[] {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1)
  // the counter and the lock of atd are no jobs
  if (name === '.SEQ' || name === '.lockfile') return []
  const job = parseAtJob(name, file.content)
  return [
    wholeFile(file, meta, {
      scheduler: 'at',
      form: isBinary(file.content) ? 'binary' : 'entry',
      schedule: job.due === null ? null : ownText(job.due),
      periodSeconds: null,
      user: job.user === null ? null : textOf(job.user),
      command: job.command,
    }),
  ]
}

type Whole = Pick<ScheduleFact, 'scheduler' | 'form' | 'schedule' | 'periodSeconds' | 'user'> & {
  readonly command: string
}

function wholeFile(file: ScheduleFile, meta: FileMeta, what: Whole): ScheduleFact {
  const program = isProgram(file)
  const readable = isBinary(file.content) ? '' : what.command
  return {
    ...what,
    kind: 'schedule',
    file: meta,
    line: 0,
    raw: textOf(file.content.slice(0, 200)),
    command: textOf(program ? what.command.slice(0, binaryHead) : what.command),
    disguised: isDisguised(readable),
    paths: pathsIn(readable).map((path) => textOf(path)),
    unitFile: null,
    enabledBy: [],
  }
}
