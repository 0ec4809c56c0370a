// systemd units as files: every unit, drop-in and generator that no package vouches for byte by byte, what they run and start, and which processes are theirs.
// No tool of the host is asked: systemctl shows what PID 1 loaded, and is the host's own word.

import { hostBytes } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import { isDisguised, pathsIn } from './cron-line.ts'
import { timeSpan } from './cron-period.ts'
import type { ProcessFact, UnitFact } from './facts.ts'
import { noteGaps, parseFileBatches } from './file-batches.ts'
import { metaOf, readingsOf } from './metas.ts'
import type { Probe } from './probe.ts'
import { type Findings, ask, complaint, gather, latin1, linesOf, markedLinks, parseSections, textOf } from './reply.ts'
import type { ScheduleFile } from './schedule-file.ts'
import unitFolders from './unit-folders.sh?raw'
import { isNamed, isVisible, managerOf, unitOfGroup, unitPath, unitValues } from './unit-file.ts'
import script from './units.sh?raw'
import vouched from './vouched.sh?raw'

/** Bytes read of a unit or a generator script: the largest units that distributions ship have 10 KiB. A longer file is unknown. */
const fileCap = 64 * 1024
/** Bytes of link names: a host with everything enabled has some tens of KiB. */
const linksCap = 256 * 1024
/** Days: without package lists, what changed in packages' folders earlier than this counts as installed. */
const recentDays = 30
/** Files told: an owner who writes units writes tens. */
const maxFiles = 400
/** Bytes kept of a compiled generator: its owner and digest tell what it is. */
const binaryHead = 4096
const maxPids = 256
const maxValues = 32

export const units: Probe = {
  id: 'units',
  after: ['processes'],
  async read(context) {
    const into = gather('units')
    const source = `${unitFolders}\n${vouched}\n${script}`
    const argv = ['sh', '-c', source, 'units', ...[fileCap, linksCap, recentDays].map(String)]
    const request = { argv, timeLimit: 10_000, stdoutLimit: 4 * 1024 * 1024 }
    const reply = await ask(context, into, 'units/files', request, ['unit'])
    if (!reply) return into.outcome()
    const reading = parseUnits(reply.stdout, into)
    if (!reading) {
      into.unknown('units/files', 'unparseable', complaint(reply), ['unit'])
      return into.outcome()
    }
    const paths = reading.files.map(({ path }) => path)
    const [readings, known] = await Promise.all([
      readingsOf(context, into, paths, ['unit'], 'control'),
      context.known(),
    ])
    const processes = known.filter((fact): fact is ProcessFact => fact.kind === 'process')
    into.facts.push(...unitFacts(reading, readings.map(metaOf), processes, into))
    return into.outcome()
  },
}

export interface UnitReading {
  readonly files: readonly ScheduleFile[]
  /** link → target as it stands in it */
  readonly links: ReadonlyMap<string, string>
  /** paths in packages' folders */
  readonly installed: readonly string[]
  /** names of users whose units run without a login */
  readonly lingering: readonly string[]
}

/** Null when the reply is not one of our script. */
export function parseUnits(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): UnitReading | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const all = parseFileBatches(sections, () => fileCap, into, ['unit'])
  const links = markedLinks(sections.get('links') ?? '', sections.mark)
  const installed = (sections.get('installed') ?? '').split('\0').slice(0, -1)
  if ((sections.get('links') ?? '').length >= linksCap || (sections.get('installed') ?? '').length >= linksCap)
    into.unknown('unit links', 'truncated', 'not all of them came', ['unit'])
  if (!sections.complete) into.unknown('units/files', 'truncated', 'the list ends early', ['unit'])
  if (sections.whole('database') && (sections.get('database') ?? '').trim() === '')
    into.unknown(
      'units of packages',
      'not-supported',
      `only those changed in the last ${recentDays} days were read`,
      [],
    )
  const files = all.filter((file) => !isAlias(file.path, links) && !isDerived(file))
  if (files.length > maxFiles)
    into.unknown('units', 'truncated', `${files.length - maxFiles} more were not looked at`, ['unit'])
  const lingering = linesOf(sections.get('linger') ?? '').map((path) => path.slice(path.lastIndexOf('/') + 1))
  return { files: files.slice(0, maxFiles), links, installed, lingering }
}

/** Another name for a unit that lies in a unit folder under its own: what it says is told there. A link that leads out of them is a unit itself. */
function isAlias(path: string, links: ReadonlyMap<string, string>): boolean {
  const target = links.get(path)
  return target !== undefined && (target === '/dev/null' || isUnitFolder(folderOf(resolved(path, target))))
}

/** What a generator made of a file that is told as itself: init scripts, fstab. Elsewhere SourcePath= is only a word. */
function isDerived({ path, content }: ScheduleFile): boolean {
  if (!isGenerated(path)) return false
  const source = unitValues([content], 'Unit', 'SourcePath').at(-1) ?? ''
  return /^\/etc\/(init\.d\/[^/]+|fstab|crypttab)$/.test(source)
}

/** Facts of the files; `metas` runs parallel to `reading.files`, null where a file was gone. */
export function unitFacts(
  reading: UnitReading,
  metas: readonly (FileMeta | null)[],
  processes: readonly ProcessFact[],
  into: Pick<Findings, 'unknown'>,
): UnitFact[] {
  const running = pidsByUnit(processes)
  return reading.files.flatMap((file, at) => {
    const meta = metas[at]
    if (!meta) return []
    const generator = /\/(system|user)-(environment-)?generators\/[^/]+$/.test(file.path)
    noteGaps(file, meta, generator && file.content.startsWith('\x7fELF'), into, ['unit'])
    return [generator ? generatorFact(file, meta) : unitFact(file, meta, reading, running)]
  })
}

function unitFact(
  file: ScheduleFile,
  meta: FileMeta,
  reading: UnitReading,
  running: ReadonlyMap<string, readonly number[]>,
): UnitFact {
  const { folder, unit, dropIn } = unitPath(file.path)
  const manager = managerOf(folder)
  const kind = manager === 'system' ? 'system' : 'user'
  const values = (sections: readonly string[], keys: readonly string[]): string[] =>
    sections.flatMap((section) => keys.flatMap((key) => unitValues([file.content], section, key)))
  const commands = values(runs, execKeys)
  const environment = values(runs, ['Environment', 'EnvironmentFile']).slice(0, maxValues)
  const type = unit.slice(unit.lastIndexOf('.') + 1)
  const hides = dropIn ? undefined : reading.installed.find((path) => lastPart(path) === unit && path !== file.path)
  const span = values(['Service'], ['RestartSec']).at(-1)
  const restart = values(['Service'], ['Restart']).at(-1)
  const user = values(runs, ['User']).at(-1)
  // a unit that is only linked here lies elsewhere, and is to be looked at there
  const target = reading.links.get(file.path)
  const elsewhere = target === undefined ? [] : [textOf(resolved(file.path, target))]
  return {
    kind: 'unit',
    name: textOf(unit),
    role: dropIn ? 'drop-in' : 'unit',
    type,
    manager: kind,
    file: meta,
    line: 0,
    raw: textOf(file.content.slice(0, 200)),
    form: 'entry',
    user: user !== undefined ? textOf(user) : kind === 'system' ? textOf('root') : null,
    command: textOf(commands.join('\n')),
    disguised: isDisguised(file.content),
    paths: [
      ...elsewhere,
      ...pathsIn([...commands.map(bare), ...environment.map(bare)].join('\n')).map((path) => textOf(path)),
    ],
    enabledBy: dropIn ? [] : linksTo(file.path, hides !== undefined, reading.links).map((path) => textOf(path)),
    restart: restart === undefined ? null : textOf(restart),
    restartSeconds: span === undefined ? null : timeSpan(span),
    starts: startedBy(unit, type, dropIn, values).map((name) => textOf(name)),
    environment: environment.map((value) => textOf(value)),
    hides: hides === undefined ? null : textOf(hides),
    generated: isGenerated(file.path),
    lingers: kind === 'user' && reading.lingering.includes(lastPart(manager)),
    pids: dropIn ? [] : pidsOf(unit, kind, running),
  }
}

const runs = ['Service', 'Socket', 'Mount', 'Swap'] as const
const execKeys = [
  'ExecCondition',
  'ExecStartPre',
  'ExecStart',
  'ExecStartPost',
  'ExecReload',
  'ExecStop',
  'ExecStopPost',
  'ExecStopPre',
]
const startKeys = ['OnFailure', 'OnSuccess', 'Upholds', 'Wants', 'Requires', 'Requisite', 'BindsTo']

function startedBy(
  unit: string,
  type: string,
  dropIn: boolean,
  values: (sections: readonly string[], keys: readonly string[]) => string[],
): string[] {
  const named = [
    ...values(['Unit'], startKeys).flatMap((names) => names.split(/\s+/)),
    ...values(['Path', 'Automount'], ['Unit']),
    ...values(['Socket'], ['Service']),
  ]
  // a path or a socket starts the service of its name unless it says otherwise
  const implied = !dropIn && (type === 'path' || type === 'socket') && values(['Path'], ['Unit']).length === 0
  const all = [...named, ...(implied ? [unit.replace(/\.[a-z]+$/, '.service')] : [])]
  return [...new Set(all.filter((name) => name !== ''))].slice(0, maxValues)
}

function generatorFact(file: ScheduleFile, meta: FileMeta): UnitFact {
  const program = file.content.startsWith('\x7fELF')
  const readable = program ? '' : file.content
  return {
    kind: 'unit',
    name: textOf(lastPart(file.path)),
    role: 'generator',
    type: 'generator',
    manager: /\/user-(environment-)?generators\//.test(file.path) ? 'user' : 'system',
    file: meta,
    line: 0,
    raw: textOf(file.content.slice(0, 200)),
    form: program ? 'binary' : 'script',
    user: textOf('root'),
    command: textOf(program ? file.content.slice(0, binaryHead) : file.content),
    disguised: isDisguised(readable),
    paths: pathsIn(readable).map((path) => textOf(path)),
    enabledBy: [],
    restart: null,
    restartSeconds: null,
    starts: [],
    environment: [],
    hides: null,
    generated: false,
    lingers: false,
    pids: [],
  }
}

/**
 * The links by which systemd starts this unit: its name, or an alias of it, in a `.wants`, `.requires` or `.upholds` folder, and the aliases. Where a
 * package has a unit of the same name, only links that lead to this very file are its own. What generators make is made anew and belongs to nobody.
 */
function linksTo(path: string, hides: boolean, links: ReadonlyMap<string, string>): string[] {
  const { folder, unit } = unitPath(path)
  const own = [...links].filter(([link]) => link !== path && !isGenerated(link))
  const leadsHere = (link: string, target: string) => sameFile(resolved(link, target), path)
  const aliases = own.filter(([link, target]) => isUnitFolder(folderOf(link)) && leadsHere(link, target))
  const names = [unit, ...aliases.map(([link]) => lastPart(link))]
  const wanted = own.filter(([link, target]) => {
    const parts = link.split('/')
    if (!/\.(wants|requires|upholds)$/.test(parts.at(-2) ?? '')) return false
    if (!names.some((name) => isNamed(lastPart(link), name))) return false
    return isVisible(parts.slice(0, -2).join('/'), folder) && (!hides || leadsHere(link, target))
  })
  return [...aliases, ...wanted].map(([link]) => link).sort()
}

function pidsByUnit(processes: readonly ProcessFact[]): ReadonlyMap<string, readonly number[]> {
  const running = new Map<string, number[]>()
  for (const process of processes) {
    const owner = unitOfGroup(latin1(hostBytes(process.cgroup)))
    if (owner === null) continue
    const key = `${owner.manager} ${owner.name}`
    running.set(key, [...(running.get(key) ?? []), process.identity.pid])
  }
  return running
}

function pidsOf(
  unit: string,
  manager: UnitFact['manager'],
  running: ReadonlyMap<string, readonly number[]>,
): readonly number[] {
  const found = [...running].flatMap(([key, pids]) => {
    const at = key.indexOf(' ')
    return key.slice(0, at) === manager && isNamed(key.slice(at + 1), unit) ? pids : []
  })
  return found.sort((a, b) => a - b).slice(0, maxPids)
}

/** systemd lets `-`, `@`, `+`, `!` and `:` stand before a path. */
function bare(value: string): string {
  return value.replace(/^[-@+!:]+/, '')
}

function isUnitFolder(folder: string): boolean {
  return (
    /^\/(etc|run|usr\/local\/lib|usr\/lib|lib)\/systemd\/(system(\.control|\.attached)?|transient|user|generator(\.early|\.late)?)$/.test(
      folder,
    ) || /\/\.(config|local\/share)\/systemd\/user(\.control)?$/.test(folder)
  )
}

function isGenerated(path: string): boolean {
  return path.startsWith('/run/systemd/generator')
}

/** Where a link leads, without looking: `..` and `.` taken out. */
function resolved(link: string, target: string): string {
  const parts: string[] = []
  for (const part of (target.startsWith('/') ? target : `${folderOf(link)}/${target}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** /lib is a link to /usr/lib on merged hosts; on others no unit lies in both under one name without one being the other's copy. */
function sameFile(a: string, b: string): boolean {
  return a.replace(/^\/lib\//, '/usr/lib/') === b.replace(/^\/lib\//, '/usr/lib/')
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
