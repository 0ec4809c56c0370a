// What starts by itself besides schedules and units: boot scripts, shell start-up files, hooks, rules: the places of resources/places, all read in one
// request. What a package brought and nobody changed is not told. Never follows what is found: names and bytes travel as data.

import { shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import { isBinary, isDisguised, pathsIn } from './cron-line.ts'
import type { StartupFact } from './facts.ts'
import { metaOf, readingsOf } from './metas.ts'
import { type Place, type PlaceEntry, parserOf, places } from './places.ts'
import type { Probe } from './probe.ts'
import {
  type Findings,
  ask,
  bytesOf,
  complaint,
  gather,
  linesOf,
  markedContents,
  parseSections,
  textOf,
} from './reply.ts'
import script from './startup.sh?raw'

/** Bytes read of one file; longer ones are unknown. The longest rc files people write have some tens of KiB. */
const cap = 64 * 1024
/** Homes looked into. */
const maxHomes = 1000
/** Entries told of one file, and of all places together: people have tens, and a host with a hundred homes some thousands. Each costs the judge a millisecond. */
const maxEntries = 500
const maxFacts = 5000

export const startup: Probe = {
  id: 'startup',
  after: [],
  async read(context) {
    const into = gather('startup')
    const request = {
      argv: ['sh', '-c', script, 'startup', String(cap), String(maxHomes)],
      stdin: bytesOf(patternLines()),
      timeLimit: 10_000,
      stdoutLimit: 4 * 1024 * 1024,
    }
    const reply = await ask(context, into, 'startup/files', request, ['startup'])
    if (!reply) return into.outcome()
    const files = parseStartupFiles(reply.stdout, into)
    if (!files) {
      into.unknown('startup/files', 'unparseable', complaint(reply), ['startup'])
      return into.outcome()
    }
    const found = files.map((file) => ({ file, entries: entriesOf(file) })).filter(({ entries }) => entries.length > 0)
    const paths = found.map(({ file }) => file.path)
    const readings = await readingsOf(context, into, paths, ['startup'], 'control')
    into.facts.push(...startupFacts(found, readings.map(metaOf), into))
    return into.outcome()
  },
}

/** The table the script reads: `PLACE PATTERN` a line. */
export function patternLines(): string {
  return [...places().values()].flatMap(({ id, paths }) => paths.map((path) => `${id} ${path}\n`)).join('')
}

/** One file of a place. Strings are latin-1. */
export interface StartupFile {
  readonly place: Place
  /** with links followed */
  readonly path: string
  /** the links of the place that lead to it */
  readonly links: readonly string[]
  /** null when a package has it so */
  readonly content: string | null
  /** a file of a package that is not as the package has it */
  readonly changed: boolean
  readonly cut: boolean
  /** `dev inode size ctime` */
  readonly seen: string
  /** the home it lies in, for places below homes */
  readonly home: string | null
}

/** Null when the reply is not one of our script. A file that several names lead to comes once per place. */
export function parseStartupFiles(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): StartupFile[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const files = new Map<string, StartupFile>()
  for (const [section, list] of sections.entries('files ')) {
    const batch = section.slice('files '.length)
    const names = list.split('\0').slice(0, -1)
    const real = linesOf(sections.get(`real ${batch}`) ?? '')
    const wanted = (sections.get(`names ${batch}`) ?? '').split('\0').slice(0, -1)
    const contents = markedContents(sections.get(`content ${batch}`) ?? '', sections.mark, wanted.length)
    if (!contents || real.length !== names.length) {
      into.unknown('start-up files', 'truncated', 'not all of them came', ['startup'])
      continue
    }
    const seen = keyed(sections.get(`stat ${batch}`) ?? '', /^(\d+ \d+ \d+ \d+) (.*)$/)
    const sums = keyed(sections.get(`sums ${batch}`) ?? '', /^([0-9a-f]{32} [pcn]) (.*)$/)
    const bySum = new Map(wanted.map((path, at) => [sums.get(path)?.slice(0, 32) ?? path, contents[at] ?? '']))
    for (const [at, name] of names.entries()) {
      const [, id = '', letter, named = ''] = /^([a-z0-9-]+):([flk]):([^]*)$/.exec(name) ?? []
      const place = places().get(id)
      const path = real[at] ?? ''
      const stat = seen.get(path)
      if (!place || stat === undefined) continue
      const before = files.get(`${id} ${path}`)
      const links = [...(before?.links ?? []), ...(letter === 'l' ? [named] : [])]
      const [sum, state] = sums.get(path)?.split(' ') ?? []
      const content = state === 'p' ? null : (bySum.get(sum ?? path) ?? '')
      const home = homeIn(place, named)
      const cut = content !== null && content.length >= cap
      files.set(`${id} ${path}`, { place, path, links, content, changed: state === 'c', cut, seen: stat, home })
    }
  }
  noteGaps(sections, into)
  return [...files.values()]
}

function noteGaps(sections: NonNullable<ReturnType<typeof parseSections>>, into: Pick<Findings, 'unknown'>): void {
  if (!sections.complete) into.unknown('startup/files', 'truncated', 'the list ends early', ['startup'])
  for (const path of (sections.get('odd') ?? '').split('\0').slice(0, -1))
    into.unknown(shown(textOf(path)), 'not-supported', 'a line break in its name', ['startup'])
  for (const path of (sections.get('denied') ?? '').split('\0').slice(0, -1))
    into.unknown(shown(textOf(path)), 'not-permitted', 'this login may not read it', ['startup'])
  const more = (sections.get('homes') ?? '').trim()
  if (more !== '') into.unknown('homes', 'truncated', `${more} more were not looked into`, ['startup'])
}

/** second group → first */
function keyed(section: string, pattern: RegExp): ReadonlyMap<string, string> {
  return new Map(
    linesOf(section).flatMap((line) => {
      const [, value, key] = pattern.exec(line) ?? []
      return value !== undefined && key !== undefined ? [[key, value] as const] : []
    }),
  )
}

/** What is left of a path when what the pattern says below `~/` is taken off its end. */
function homeIn(place: Place, path: string): string | null {
  for (const pattern of place.paths) {
    if (!pattern.startsWith('~/')) continue
    const tail = pattern.slice(2).split('/')
    const steps = path.split('/')
    const last = steps.slice(-tail.length)
    const fits = tail.every((piece, at) => (/[*?[]/.test(piece) ? true : piece === last[at]))
    if (fits && steps.length > tail.length) return steps.slice(0, -tail.length).join('/') || '/'
  }
  return null
}

function entriesOf({ place, path, content, changed }: StartupFile): readonly PlaceEntry[] {
  return content === null ? [] : parserOf(place)(content, { path, changed })
}

interface FoundFile {
  readonly file: StartupFile
  readonly entries: readonly PlaceEntry[]
}

/** Facts of the entries; `metas` runs parallel to `found`, null where a file was gone. */
export function startupFacts(
  found: readonly FoundFile[],
  metas: readonly (FileMeta | null)[],
  into: Pick<Findings, 'unknown'>,
): StartupFact[] {
  const facts = found.flatMap(({ file, entries }, at) => {
    const meta = metas[at]
    if (!meta) return []
    noteChange(file, meta, into)
    if (entries.length > maxEntries)
      into.unknown(
        shown(textOf(file.path)),
        'truncated',
        `${entries.length - maxEntries} entries after the first ${maxEntries}`,
        ['startup'],
      )
    const alone = isAlone(file, entries)
    return entries.slice(0, maxEntries).map((entry) => factOf(file, entry, meta, alone))
  })
  if (facts.length > maxFacts)
    into.unknown('start-up entries', 'truncated', `${facts.length - maxFacts} more were not told`, ['startup'])
  return facts.slice(0, maxFacts)
}

/** What was read of a file is not the file: it changed, could not be opened, or goes on after the cut. */
function noteChange(file: StartupFile, meta: FileMeta, into: Pick<Findings, 'unknown'>): void {
  const path = shown(textOf(file.path))
  const [, inode, size, ctime] = file.seen.split(' ')
  if (file.path.startsWith('/proc/sys/')) return
  if (inode !== meta.identity.inode || size !== meta.size || ctime !== meta.ctime.split('.')[0])
    into.unknown(path, 'failed', 'it changed while it was read', ['startup'])
  else if (file.cut && !file.content?.startsWith('\x7fELF'))
    into.unknown(path, 'truncated', `only the first ${cap} of ${size} bytes were read`, ['startup'])
}

/** Lines that do nothing by themselves. */
const idle = /^\s*(?:#.*|\/\/.*|exit\b.*|return\b.*|set [-+].*|umask\b.*|true|:|;;)?\s*$/

function isAlone(file: StartupFile, entries: readonly PlaceEntry[]): boolean {
  const told = new Set(entries.flatMap(({ line, raw }) => raw.split('\n').map((_, at) => line + at)))
  return (file.content ?? '').split('\n').every((text, at) => told.has(at + 1) || idle.test(text))
}

function factOf(file: StartupFile, entry: PlaceEntry, meta: FileMeta, alone: boolean): StartupFact {
  const readable = isBinary(entry.command) ? '' : entry.command
  return {
    kind: 'startup',
    place: file.place.id,
    file: meta,
    line: entry.line,
    raw: textOf(entry.raw),
    form: entry.form,
    user: userOf(file),
    command: textOf(entry.command),
    disguised: isDisguised(isBinary(entry.command) ? '' : entry.raw),
    paths: pathsIn(withHome(readable, file.home)).map((path) => textOf(path)),
    enabledBy: file.links.map((link) => textOf(link)),
    removable: entry.removable,
    alone,
  }
}

function userOf(file: StartupFile): StartupFact['user'] {
  if (file.place.runs === 'root' || file.home === '/root') return textOf('root')
  const name = /^\/home\/([^/]+)$/.exec(file.home ?? '')?.[1]
  return name === undefined ? null : textOf(name)
}

function withHome(command: string, home: string | null): string {
  return home === null
    ? command
    : command.replace(/(^|[\s"'=:;|&(])(?:~|\$HOME|\$\{HOME\})(?=\/)/g, (_, before: string) => before + home)
}
