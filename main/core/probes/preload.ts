// /etc/ld.so.preload, line by line, with the libraries it names and the processes that carry them. Read by a static program, which no preload reaches.

import type { FileReading } from '../host/file-meta.ts'
import type { FileMeta } from '../host/identity.ts'
import carriersScript from './carriers.sh?raw'
import { underCleanProc } from '../host/clean-proc.ts'
import type { PreloadFact } from './facts.ts'
import { metaOf, readingsOf } from './metas.ts'
import script from './preload.sh?raw'
import type { Probe, ProbeContext } from './probe.ts'
import { unescapeOctal } from './proc-text.ts'
import { type Findings, ask, bytesOf, complaint, gather, latin1, linesOf, parseSections, textOf } from './reply.ts'

const file = '/etc/ld.so.preload'
const contentCap = 65_536
const maxLibraries = 32
const maxCarriers = 4096

export const preload: Probe = {
  id: 'preload',
  after: [],
  async read(context) {
    const into = gather('preload')
    const reply = await ask(context, into, 'preload/file', { argv: ['sh', '-c', script, 'preload'] }, ['preload'])
    if (!reply) return into.outcome()
    const content = parsePreloadFile(reply.stdout, into)
    if (content === undefined) into.unknown('preload/file', 'unparseable', complaint(reply), ['preload'])
    else if (content !== null) await readLibraries(context, into, content)
    return into.outcome()
  },
}

/** The file's bytes as latin-1; null when there is no such file; undefined when the reply cannot be read. */
export function parsePreloadFile(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): string | null | undefined {
  const sections = parseSections(stdout)
  if (!sections?.complete) return undefined
  const state = sections.get('state')?.trim()
  if (state === 'absent') return null
  const content = sections.get('content') ?? ''
  const close = `M=${sections.mark}`
  if (state !== 'file' || !content.endsWith(close)) {
    into.unknown(
      file,
      state === 'file' ? 'not-permitted' : 'failed',
      `it is there, but ${state === 'other' ? 'no file' : 'could not be read'}`,
      ['preload'],
    )
    return null
  }
  const bytes = content.slice(0, -close.length)
  if (bytes.length > contentCap)
    into.unknown(file, 'truncated', `only the first ${contentCap} bytes were read`, ['preload'])
  return bytes
}

/** One library as one line names it. */
export interface PreloadEntry {
  readonly line: number
  readonly raw: string
  readonly library: string
}

/** What the loader makes of the file: names divided by blanks or colons, `#` up to the end of the line is a comment (ld.so(8), glibc rtld.c). */
export function preloadEntries(content: string): PreloadEntry[] {
  return content.split('\n').flatMap((raw, at) =>
    raw
      .replace(/#[^]*$/, '')
      .split(/[ \t\r\v\f:\0]+/)
      .filter((library) => library !== '')
      .map((library) => ({ line: at + 1, raw, library })),
  )
}

const folders = [
  '/lib64',
  '/usr/lib64',
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib',
  '/usr/lib',
]

/** Where the loader would look: the name itself, `$LIB` and `$PLATFORM` as glibc fills them in, or the library folders for a name without a slash. */
export function libraryCandidates(library: string): string[] {
  if (!library.includes('/')) return folders.map((folder) => `${folder}/${library}`)
  if (!library.includes('$')) return [library]
  return ['lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu', 'lib64', 'lib'].flatMap((lib) =>
    ['x86_64', 'aarch64'].map((platform) =>
      library.replace(/\$(\{LIB\}|LIB\b)/g, lib).replace(/\$(\{PLATFORM\}|PLATFORM\b)/g, platform),
    ),
  )
}

async function readLibraries(context: ProbeContext, into: Findings, content: string): Promise<void> {
  const all = preloadEntries(content)
  const entries = all.slice(0, maxLibraries)
  if (all.length > entries.length)
    into.unknown(file, 'truncated', `${all.length - entries.length} more libraries`, ['preload'])
  const candidates = [...new Set(entries.flatMap(({ library }) => libraryCandidates(library)))].filter((path) =>
    path.startsWith('/'),
  )
  const [readings, carriers] = await Promise.all([
    readingsOf(context, into, [file, ...candidates], ['preload'], 'control'),
    candidates.length === 0 ? new Map<string, number[]>() : readCarriers(context, into, candidates),
  ])
  const byPath = new Map(candidates.map((path, at) => [path, readings[at + 1]]))
  const own = metaOf(readings[0])
  if (own) into.facts.push(...preloadFacts(entries, own, byPath, carriers))
  else if (entries.length > 0) into.unknown(file, 'failed', 'it went away while it was read', ['preload'])
}

/** One fact per library and line. A name that could not be looked up is `unknown`, not absent. */
export function preloadFacts(
  entries: readonly PreloadEntry[],
  own: FileMeta,
  readings: ReadonlyMap<string, FileReading | undefined>,
  carriers: ReadonlyMap<string, readonly number[]>,
): PreloadFact[] {
  return entries.map(({ line, raw, library }) => {
    const candidates = libraryCandidates(library)
    const present = candidates.find((path) => readings.get(path)?.state === 'present')
    const certain = candidates.every((path) => readings.get(path)?.state === 'absent')
    const pids = candidates.flatMap((path) => carriers.get(path) ?? [])
    return {
      kind: 'preload',
      file: own,
      line,
      raw: textOf(raw),
      library: textOf(library),
      libraryMeta: metaOf(present === undefined ? undefined : readings.get(present)),
      libraryState: present !== undefined ? 'present' : certain ? 'absent' : 'unknown',
      carriers: [...new Set(pids)].sort((a, b) => a - b).slice(0, maxCarriers),
    }
  })
}

async function readCarriers(
  context: ProbeContext,
  into: Findings,
  candidates: readonly string[],
): Promise<ReadonlyMap<string, number[]>> {
  const argv = underCleanProc(
    carriersScript,
    'carriers',
    candidates.map((path) => bytesOf(path)),
  )
  const reply = await ask(
    context,
    into,
    'preload/carriers',
    { argv, timeLimit: 10_000, stdoutLimit: 4 * 1024 * 1024 },
    [],
  )
  if (!reply) return new Map()
  const carriers = parseCarriers(reply.stdout)
  if (!carriers) into.unknown('preload/carriers', 'unparseable', complaint(reply), [])
  return carriers ?? new Map()
}

/** Library as asked → pids whose maps show exactly that file (or what it links to), also after it was deleted. Null when the reply was cut. */
export function parseCarriers(stdout: Uint8Array): Map<string, number[]> | null {
  const text = latin1(stdout)
  const fields = text.split('\0')
  if (fields.at(-2) !== 'end' || fields.at(-1) !== '') return null
  const resolved = new Map<string, Set<string>>()
  let at = 0
  for (; fields[at] === 'resolved'; at += 3) {
    const library = fields[at + 1] ?? ''
    resolved.set(library, new Set([library, fields[at + 2] ?? library]))
  }
  const carriers = new Map<string, number[]>()
  for (const line of linesOf(fields.slice(at, -2).join('\0'))) {
    const match = /^\/proc\/(\d+)\/maps:\S+ \S+ \S+ \S+ \d+ +(\/.*)$/.exec(line)
    if (match?.[2] === undefined) continue
    const path = unescapeOctal(match[2]).replace(/ \(deleted\)$/, '')
    for (const [library, names] of resolved)
      if (names.has(path)) carriers.set(library, [...(carriers.get(library) ?? []), Number(match[1])])
  }
  return carriers
}
