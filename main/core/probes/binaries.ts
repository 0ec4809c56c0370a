// Programs and login libraries as their packages delivered them, by dpkg's own text files: altered, missing, disabled, renamed. An intruder who is root can
// rewrite those files too, so agreement is consistency and not proof, and a list that changed after its package came is told. Changes nothing.

import type { FileMeta } from '../host/identity.ts'
import type { HostReply, HostRequest } from '../host/session.ts'
import aboutScript from './binaries-about.sh?raw'
import script from './binaries.sh?raw'
import contentsScript from './contents.sh?raw'
import type { BinaryFact } from './facts.ts'
import { contentOf } from './files.ts'
import { metaOf, readingsOf } from './metas.ts'
import type { Probe, ProbeContext } from './probe.ts'
import {
  type Findings,
  type Sections,
  ask,
  bytesOf,
  complaint,
  gather,
  linesOf,
  markedContents,
  parseSections,
  textOf,
} from './reply.ts'
import { coreTools, deliveredAs, meansRebuild } from './tools.ts'

/** Seconds after its package came within which a file may still change: a package's own scripts run then. */
const slackSeconds = 900
/** Programs compared at once; core tools come first. */
const maxCompared = 400
/** Things told of; a host where more is wrong needs no list. */
const maxTold = 64
const headBytes = 4096
const maxCopies = 4
/** PATH_MAX: what is longer is no path, whatever a list says. */
const maxPath = 4096

export const binaries: Probe = {
  id: 'binaries',
  after: [],
  read: (context) => readBinaries(context, ''),
}

/** `root` is the folder that stands for `/`: empty but for tests. */
export async function readBinaries(context: ProbeContext, root: string) {
  const into = gather('binaries')
  const request = {
    argv: ['sh', '-c', script, 'binaries', root, String(slackSeconds), String(maxCompared)],
    stdin: bytesOf(`${coreTools.join('\n')}\n`),
    timeLimit: 10_000,
  }
  const reply = await askTwice(context, into, request)
  if (!reply) return into.outcome()
  const seen = parseBinaries(reply.stdout, into)
  if (seen === null) into.unknown('binaries/compared', 'unparseable', complaint(reply), ['binary'])
  else if (seen.suspects.length > 0) await readAbout(context, into, seen, root)
  return into.outcome()
}

/** On a host starved of CPU and disk the first comparison may run out of time; what it read is in memory by then, so a second one is quick. */
async function askTwice(context: ProbeContext, into: Findings, request: HostRequest): Promise<HostReply | null> {
  const first = gather('binaries')
  const reply = await ask(context, first, 'binaries/compared', request, ['binary'], 'bulk')
  if (reply === null || reply.timedOut) return ask(context, into, 'binaries/compared', request, ['binary'], 'bulk')
  into.raw.push(...first.raw)
  into.unknowns.push(...first.unknowns)
  return reply
}

/** One path that is not as delivered, or may not be. */
export interface Suspect {
  readonly state: BinaryFact['state'] | 'late'
  readonly package: string
  readonly listed: string
  readonly path: string
  readonly core: boolean
  readonly expected: string | null
  readonly actual: string | null
}

export interface Seen {
  readonly suspects: readonly Suspect[]
  /** files that no package lists: path → MD5 */
  readonly others: ReadonlyMap<string, string>
  readonly overrides: string
}

/** Null when the reply is not one of our script or was cut. A host without dpkg gives an Unknown and no suspects. Paths are latin-1. */
export function parseBinaries(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): Seen | null {
  const sections = parseSections(stdout)
  if (!sections?.complete) return null
  const database = (sections.get('database') ?? '').trim()
  if (database !== 'dpkg') {
    const detail = database === 'none' || database === '' ? 'no package database' : `${database} is not read yet`
    into.unknown('binaries', 'not-supported', detail, ['binary'])
    return { suspects: [], others: new Map(), overrides: '' }
  }
  const rows = linesOf(sections.get('odd') ?? '').map((line) => line.split('\t'))
  const sums = new Map(
    rows.flatMap(([what, name = '', listed = '', path = '', md5 = '']): [string, Listed][] =>
      what === 'sum' && isMd5(md5) ? [[path, { package: name, listed, md5 }]] : [],
    ),
  )
  const suspects = new Map<string, Suspect>()
  for (const row of rows) {
    const suspect = suspectOf(row, sums)
    // the first reason stands, but that a thing differs outweighs how it looks
    if (suspect && (!suspects.has(suspect.path) || suspect.state === 'altered')) suspects.set(suspect.path, suspect)
  }
  const [, compared, unread] = rows.find(([what]) => what === 'compared') ?? []
  const left = rows.find(([what]) => what === 'left')?.[1]
  if (left !== undefined)
    into.unknown('binaries', 'truncated', `${left} programs were changed late and not compared`, [])
  if (compared === undefined) into.unknown('binaries', 'failed', 'nothing was compared', ['binary'])
  else if (Number(unread) > 0) into.unknown('binaries', 'failed', `${unread ?? ''} programs could not be read`, [])
  const order = [...suspects.values()].sort(
    (a, b) => Number(b.core) - Number(a.core) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  )
  if (order.length > maxTold)
    into.unknown('binaries', 'truncated', `${order.length - maxTold} more are not as delivered`, [])
  return {
    suspects: order.slice(0, maxTold),
    others: othersOf(sections),
    overrides: sections.get('overrides') ?? '',
  }
}

function othersOf(sections: Sections): ReadonlyMap<string, string> {
  return new Map(
    linesOf(sections.get('copies') ?? '').flatMap((line): [string, string][] => {
      const match = /^([0-9a-f]{32}) (\/.*)$/.exec(line)
      return match?.[1] !== undefined && match[2] !== undefined ? [[match[2], match[1]]] : []
    }),
  )
}

interface Listed {
  readonly package: string
  readonly listed: string
  readonly md5: string
}

/** Rows are `WHAT PACKAGE LISTED ACTUAL …`: missing; altered EXPECTED ACTUAL; linked EXPECTED (a link stands where a file was delivered); strange (nor file nor
 * link); unlisted - ACTUAL; late EXPECTED ACTUAL; mode MODE; locked FLAGS; listed-access; stranger (a core tool of no package); aside (diverted by hand); sum MD5. */
function suspectOf(row: readonly string[], sums: ReadonlyMap<string, Listed>): Suspect | null {
  const [what = '', owner = '', named = '', path = '', first = '', second = '', third = ''] = row
  if (!path.startsWith('/') || path.length > maxPath || named.length > maxPath) return null
  const md5 = (text: string): string | null => (isMd5(text) ? text : null)
  const sum = sums.get(path) ?? null
  const name = isPackage(owner) ? owner : (sum?.package ?? '')
  const listed = named === '' ? (sum?.listed ?? '') : named
  const core = coreTools.includes(baseOf(listed === '' ? path : listed)) || meansRebuild(path)
  const of = (state: Suspect['state'], expected: string | null, actual: string | null): Suspect => ({
    state,
    package: name,
    listed: listed === '' ? path : listed,
    path,
    core,
    expected,
    actual,
  })
  switch (what) {
    case 'missing':
      return of('missing', sum?.md5 ?? null, null)
    case 'altered':
      return { ...of('altered', md5(first), md5(second)), core: core || third === 'core' }
    case 'linked':
      return of('altered', md5(first), null)
    case 'strange':
      return of('altered', null, null)
    case 'unlisted':
      return of('unlisted', null, md5(second))
    case 'late':
      return of('late', md5(first), md5(second))
    case 'mode':
    case 'listed-access':
      return of('mode', sum?.md5 ?? null, sum?.md5 ?? null)
    case 'locked':
      return of('locked', sum?.md5 ?? null, sum?.md5 ?? null)
    case 'stranger':
      return of('unlisted', null, null)
    case 'aside':
      return core ? of('diverted', null, null) : null
    default:
      return null
  }
}

function isMd5(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

function isPackage(text: string): boolean {
  return /^[a-z0-9][a-z0-9+.:-]{1,100}$/.test(text)
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** One more round trip, and only where something is not as delivered: metadata, first bytes, versions, the dates of the lists. */
async function readAbout(context: ProbeContext, into: Findings, seen: Seen, root: string): Promise<void> {
  const packages = [...new Set(seen.suspects.map((one) => one.package).filter((name) => name !== ''))]
  const copies = new Map(seen.suspects.map((one) => [one, copiesOf(one, seen.others)]))
  const paths = [
    ...new Set([...seen.suspects.map(({ path }) => path), ...[...copies.values()].flat().map(({ path }) => path)]),
  ]
  const [readings, heads, about] = await Promise.all([
    readingsOf(
      context,
      into,
      paths.map((path) => root + path),
      ['binary'],
      'control',
    ),
    readHeads(
      context,
      into,
      paths.map((path) => root + path),
    ),
    readPackages(context, into, packages, root),
  ])
  const metas = new Map(paths.map((path, at) => [path, metaOf(readings[at])]))
  const unreadable = new Set(paths.filter((_, at) => readings[at]?.state === 'unknown'))
  for (const suspect of seen.suspects) {
    if (unreadable.has(suspect.path)) continue
    const meta = metas.get(suspect.path) ?? null
    const fact = factOf(suspect, {
      meta,
      head: heads.get(root + suspect.path) ?? '',
      about: about.get(suspect.package) ?? null,
      override: overrideOf(seen.overrides, suspect),
      copies: (copies.get(suspect) ?? []).flatMap(({ path, matches, named }) => {
        const copy = metas.get(path)
        return copy?.type === 'file' ? [{ meta: copy, matches, named }] : []
      }),
    })
    if (fact) into.facts.push(fact)
  }
}

interface Copy {
  readonly path: string
  readonly matches: 'yes' | 'no' | 'unknown'
  /** its name is the tool's with something added, as intruders keep the original beside their own */
  readonly named: boolean
}

function copiesOf(suspect: Suspect, others: ReadonlyMap<string, string>): readonly Copy[] {
  const name = baseOf(suspect.listed)
  return [...others]
    .flatMap(([path, md5]): Copy[] => {
      const base = baseOf(path).replace(/^\./, '')
      const named = base.startsWith(name) && /^[._-]/.test(base.slice(name.length))
      const matches = suspect.expected === null ? 'unknown' : md5 === suspect.expected ? 'yes' : 'no'
      return path !== suspect.path && (matches === 'yes' || named) ? [{ path, matches, named }] : []
    })
    .sort((a, b) => Number(b.matches === 'yes') - Number(a.matches === 'yes') || (a.path < b.path ? -1 : 1))
    .slice(0, maxCopies)
}

interface About {
  readonly version: string
  readonly architecture: string
  /** seconds: the earliest of what the package left behind when it came */
  readonly came: number | null
  readonly listChanged: BinaryFact['listChanged']
}

function factOf(
  suspect: Suspect,
  of: {
    readonly meta: FileMeta | null
    readonly head: string
    readonly about: About | null
    readonly override: BinaryFact['override']
    readonly copies: BinaryFact['copies']
  },
): BinaryFact | null {
  const { meta, head, about, copies } = of
  const expectedContent = deliveredAs(baseOf(suspect.listed))
  const content = meta?.type === 'file' ? contentOf(head.slice(0, 512)) : 'none'
  const listChanged = about?.listChanged ?? 'unknown'
  const strange =
    (expectedContent !== 'unknown' && content !== expectedContent && content !== 'none') || copies.length > 0
  // Changed late and yet as listed: an owner's chmod does that too, so it takes a list that changed or a look that does not fit.
  if (suspect.state === 'late' && listChanged !== 'yes' && !strange) return null
  if (suspect.state !== 'missing' && meta === null) return null
  if (suspect.state === 'missing' && meta !== null) return null
  return {
    kind: 'binary',
    path: textOf(suspect.path),
    meta,
    package: textOf(suspect.package),
    version: textOf(about?.version ?? ''),
    architecture: textOf(about?.architecture ?? ''),
    listed: textOf(suspect.listed),
    state: suspect.state === 'late' ? 'doubtful' : suspect.state,
    core: suspect.core,
    rebuild: meansRebuild(suspect.path),
    expectedMd5: suspect.expected,
    actualMd5: suspect.actual,
    content,
    expectedContent,
    head: content === 'script' || content === 'text' ? textOf(head) : null,
    copies,
    changedLater:
      meta === null || about?.came == null
        ? 'unknown'
        : Number(meta.ctime.split('.')[0]) > about.came + slackSeconds
          ? 'yes'
          : 'no',
    listChanged,
    override: of.override,
  }
}

/** `OWNER GROUP MODE PATH` lines of dpkg-statoverride, for the path as listed or as it stands. */
function overrideOf(text: string, suspect: Suspect): BinaryFact['override'] {
  for (const line of linesOf(text)) {
    const match = /^([a-z_][a-z0-9_-]*|#\d+) ([a-z_][a-z0-9_-]*|#\d+) ([0-7]{3,4}) (\/.*)$/.exec(line)
    if (!match || (match[4] !== suspect.listed && match[4] !== suspect.path)) continue
    const [, owner = '', group = '', mode = ''] = match
    return { owner: owner.replace('#', ''), group: group.replace('#', ''), mode: mode.padStart(4, '0') }
  }
  return null
}

async function readHeads(
  context: ProbeContext,
  into: Findings,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const argv = ['sh', '-c', contentsScript, 'contents', String(headBytes)]
  const stdin = bytesOf(paths.map((path) => `${path}\0`).join(''))
  const reply = await ask(context, into, 'binaries/heads', { argv, stdin, timeLimit: 10_000 }, ['binary'])
  const sections = reply && parseSections(reply.stdout)
  const contents = sections && markedContents(sections.get('heads') ?? '', sections.mark, paths.length)
  if (reply && !contents) into.unknown('binaries/heads', 'unparseable', complaint(reply), ['binary'])
  return new Map(paths.map((path, at) => [path, contents?.[at] ?? '']))
}

async function readPackages(
  context: ProbeContext,
  into: Findings,
  packages: readonly string[],
  root: string,
): Promise<ReadonlyMap<string, About>> {
  const argv = ['sh', '-c', aboutScript, 'binaries-about', root, ...packages]
  const reply = await ask(context, into, 'binaries/packages', { argv, timeLimit: 10_000 }, [])
  const about = reply && parseAbout(reply.stdout, packages)
  if (reply && !about) into.unknown('binaries/packages', 'unparseable', complaint(reply), [])
  return about ?? new Map()
}

/** Package → what is known of it. Null when the reply was cut. */
export function parseAbout(stdout: Uint8Array, packages: readonly string[]): ReadonlyMap<string, About> | null {
  const sections = parseSections(stdout)
  if (!sections?.complete) return null
  const versions = linesOf(sections.get('versions') ?? '').map((line) => line.split(' '))
  const dates = new Map(
    linesOf(sections.get('dates') ?? '').flatMap((line): [string, number][] => {
      const match = /^-?\d+ (\d+) (.*)$/.exec(line)
      return match?.[2] === undefined ? [] : [[match[2], Number(match[1])]]
    }),
  )
  return new Map(
    packages.map((name) => {
      const [bare = '', wanted] = name.split(':')
      const [, architecture = '', version = ''] =
        versions.find((row) => row[0] === bare && (wanted === undefined || row[1] === wanted)) ?? []
      const list = dates.get(`/var/lib/dpkg/info/${name}.list`)
      const sums = dates.get(`/var/lib/dpkg/info/${name}.md5sums`)
      const all = [list, sums, dates.get(`/usr/share/doc/${bare}/copyright`)].filter((one) => one !== undefined)
      // whoever touches a file can move its inode's date forward but not back: the earliest is when the package came, or later
      const came = all.length < 2 ? null : Math.min(...all)
      const listChanged =
        came === null || sums === undefined ? ('unknown' as const) : sums > came + slackSeconds ? 'yes' : 'no'
      return [name, { version, architecture, came, listChanged }]
    }),
  )
}
