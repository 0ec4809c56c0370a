// The files that other facts point at, and those that appeared where everyone may write: metadata, kind of content, and what the package database says.
// Opens regular files only, reads their first bytes, changes nothing.

import { hostBytes, shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import contentsScript from './contents.sh?raw'
import { type Ownership, aliasesOf, parseDpkg, unknownOwner } from './dpkg.ts'
import dpkgScript from './dpkg.sh?raw'
import type { Fact, FileFact } from './facts.ts'
import { metaOf, readingsOf } from './metas.ts'
import type { Probe, ProbeContext } from './probe.ts'
import recentScript from './recent.sh?raw'
import {
  type Findings,
  ask,
  bytesOf,
  complaint,
  gather,
  latin1,
  markedContents,
  parseSections,
  textOf,
} from './reply.ts'

/** Looked back in shared folders: the time between two looks of a careful owner. */
const recentDays = 30
/** Names taken of each list of shared files: full metadata costs some milliseconds each, and a build tree in /tmp has tens of thousands. */
const maxRecent = { root: 100, executable: 200, changed: 50 } as const
const recentBytes = 512 * 1024
/** Files looked at altogether. */
const maxFiles = 3000
const headBytes = 512

export const files: Probe = {
  id: 'files',
  after: ['machine', 'processes', 'schedulers', 'units', 'startup', 'preload', 'binaries'],
  async read(context) {
    const into = gather('files')
    // what lies about depends on nothing, so it is asked for with the first questions of the look
    const [lately, known] = await Promise.all([readRecent(context, into), context.known()])
    const named = namedFiles(known)
    const firm = named.size
    for (const { path, by } of lately) named.set(path, [...(named.get(path) ?? []), by])
    const paths = [...named.keys()].slice(0, maxFiles)
    if (named.size > paths.length)
      into.unknown('files', 'truncated', `${named.size - paths.length} more were not looked at`, ['file'])
    const [pointedAt, recent, heads, ownership] = await Promise.all([
      readingsOf(context, into, paths.slice(0, firm), ['file'], 'bulk'),
      // nothing points at these: one that is just being written to is a gap, and spoils nothing
      readingsOf(context, into, paths.slice(firm), [], 'bulk'),
      readHeads(context, into, paths),
      readOwnership(context, into, paths),
    ])
    const readings = [...pointedAt, ...recent]
    const executables = executablesOf(known)
    for (const [at, path] of paths.entries()) {
      const meta = metaOf(readings[at])
      const names = meta ? (named.get(path) ?? []).filter((name) => isSameExecutable(name, meta, executables)) : []
      if (!meta || names.length === 0) continue
      into.facts.push(fileFact(meta, names, heads.get(path), ownership(path)))
    }
    return into.outcome()
  },
}

function fileFact(meta: FileMeta, namedBy: readonly string[], head: string | undefined, owner: Ownership): FileFact {
  return {
    kind: 'file',
    meta,
    package: owner.package === null ? null : textOf(owner.package),
    owned: owner.owned,
    // a link has no bytes of its own to compare
    checksum: meta.type === 'file' ? owner.checksum : 'unknown',
    conffile: owner.conffile,
    content: meta.type === 'file' && head !== undefined ? contentOf(head) : 'none',
    namedBy,
  }
}

type Named = Map<string, string[]>

/** Paths (latin-1) that facts point at, with who does. */
export function namedFiles(known: readonly Fact[]): Named {
  const named: Named = new Map()
  const add = (path: string, by: string): void => {
    // a memfd is no path, what the kernel makes up is no file, and NUL cannot be in a name
    if (
      !path.startsWith('/') ||
      /^\/(memfd:|proc\/|sys\/|dev\/(?!shm\/))/.test(path) ||
      path.includes('\0') ||
      path.length > 4096
    )
      return
    const names = named.get(path) ?? []
    if (names.length < 32 && !names.includes(by)) names.push(by)
    named.set(path, names)
  }
  for (const fact of leastBoundedLast(known)) {
    if (fact.kind === 'process' && fact.exe !== null && !fact.ours && !fact.exeMemfd)
      add(latin1(hostBytes(fact.exe)), `${fact.exeDeleted ? 'deleted-exe' : 'process'}:${fact.identity.pid}`)
    if (fact.kind === 'schedule') {
      const by = `schedule:${shown(fact.file.path)}:${fact.line}`
      const units = [...(fact.unitFile === null ? [] : [fact.unitFile]), ...fact.enabledBy]
      for (const path of [fact.file.path, ...units, ...fact.paths]) add(latin1(hostBytes(path)), by)
    }
    if (fact.kind === 'unit') {
      const by = `unit:${shown(fact.file.path)}`
      for (const path of [fact.file.path, ...fact.enabledBy, ...fact.paths]) add(latin1(hostBytes(path)), by)
    }
    if (fact.kind === 'startup') {
      const by = `startup:${shown(fact.file.path)}:${fact.line}`
      for (const path of [fact.file.path, ...fact.enabledBy, ...fact.paths]) add(latin1(hostBytes(path)), by)
    }
    if (fact.kind === 'binary')
      for (const { meta } of fact.copies) add(latin1(hostBytes(meta.path)), `binary:${shown(fact.path)}`)
    if (fact.kind === 'preload') {
      add(latin1(hostBytes(fact.file.path)), `preload:${fact.line}`)
      if (fact.libraryMeta) add(latin1(hostBytes(fact.libraryMeta.path)), `preload:${fact.line}`)
    }
  }
  return named
}

/** What any account can write as long as it likes comes last: it must not push the rest out of the list. The files themselves come before what they name. */
function leastBoundedLast(known: readonly Fact[]): readonly Fact[] {
  const startups = known.filter((fact) => fact.kind === 'startup')
  return [
    ...known.filter((fact) => fact.kind !== 'startup'),
    ...startups.map((fact) => ({ ...fact, paths: [] })),
    ...startups,
  ]
}

function executablesOf(known: readonly Fact[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const fact of known)
    if (fact.kind === 'process' && fact.identity.exeInode !== null)
      found.set(`process:${fact.identity.pid}`, `${fact.identity.exeDev ?? ''}:${fact.identity.exeInode}`)
  return found
}

/** In a container or chroot `/usr/sbin/nginx` is another file than the host's: the inode decides. */
function isSameExecutable(name: string, meta: FileMeta, executables: ReadonlyMap<string, string>): boolean {
  if (!name.startsWith('process:')) return true
  const ran = executables.get(name)
  return ran === undefined || ran === `${meta.identity.dev}:${meta.identity.inode}`
}

async function readRecent(
  context: ProbeContext,
  into: Findings,
): Promise<readonly { readonly path: string; readonly by: string }[]> {
  const argv = ['sh', '-c', recentScript, 'recent', String(recentDays), String(recentBytes)]
  const reply = await ask(context, into, 'files/recent', { argv, timeLimit: 10_000, stdoutLimit: 4 * 1024 * 1024 }, [
    'file',
  ])
  if (!reply) return []
  const sections = parseSections(reply.stdout)
  if (!sections) {
    into.unknown('files/recent', 'unparseable', complaint(reply), ['file'])
    return []
  }
  return (['root', 'executable', 'changed'] as const).flatMap((list) => {
    const section = sections.get(list)
    const paths = shallowFirst(
      (section ?? '')
        .split('\0')
        .slice(0, -1)
        .filter((path) => !isOurs(path, context)),
    )
    if (section === null || paths.length > maxRecent[list] || section.length >= recentBytes)
      into.unknown(
        `files/recent ${list}`,
        section === null ? 'timed-out' : 'truncated',
        `only ${Math.min(paths.length, maxRecent[list])} were looked at`,
        [],
      )
    const by = list === 'root' ? 'root-dotfile' : 'recent'
    return paths.slice(0, maxRecent[list]).map((path) => ({ path, by }))
  })
}

/** What is dropped lies at the top; what lies deep is mostly somebody's build tree, and must not push the former out of the list. */
function shallowFirst(paths: readonly string[]): string[] {
  return paths
    .map((path) => ({ path, depth: path.split('/').length }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ path }) => path)
}

function isOurs(path: string, context: ProbeContext): boolean {
  return path.startsWith(`${context.session.arrival.workDir}/`)
}

async function readHeads(
  context: ProbeContext,
  into: Findings,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const request = {
    argv: ['sh', '-c', contentsScript, 'contents', String(headBytes)],
    stdin: bytesOf(paths.map((path) => `${path}\0`).join('')),
    timeLimit: 10_000,
    stdoutLimit: 4 * 1024 * 1024,
  }
  const reply = await ask(context, into, 'files/heads', request, [])
  const sections = reply && parseSections(reply.stdout)
  const contents = sections && markedContents(sections.get('heads') ?? '', sections.mark, paths.length)
  if (reply && !contents) into.unknown('files/heads', 'unparseable', complaint(reply), [])
  return new Map(paths.map((path, at) => [path, contents?.[at] ?? '']))
}

async function readOwnership(
  context: ProbeContext,
  into: Findings,
  paths: readonly string[],
): Promise<(path: string) => Ownership> {
  // a name with a newline is in no package list, and would be two lines here
  const names = new Set(paths.filter((path) => !path.includes('\n')).flatMap(aliasesOf))
  const request = {
    argv: ['sh', '-c', dpkgScript, 'dpkg'],
    stdin: bytesOf([...names].map((name) => `${name}\n`).join('')),
    timeLimit: 10_000,
    stdoutLimit: 4 * 1024 * 1024,
  }
  // not on the lane where the same files are hashed: the two take equally long
  const reply = await ask(context, into, 'files/packages', request, [])
  const ownership = reply && parseDpkg(reply.stdout)
  if (reply && !ownership) into.unknown('files/packages', 'unparseable', complaint(reply), [])
  return ownership ?? (() => unknownOwner)
}

/** By the first bytes: what a loader or an interpreter would take it for. */
export function contentOf(head: string): FileFact['content'] {
  if (head === '') return 'empty'
  if (head.startsWith('\x7fELF')) return 'elf'
  if (head.startsWith('#!')) return 'script'
  return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(head) ? 'data' : 'text'
}
