// The facts of one look, indexed for questions: who holds this socket, what owns this file, who is whose parent. Absence of a fact is never an answer.

import type { FileMeta } from '../host/identity.ts'
import type { HostText } from '../host-text.ts'
import { shown } from '../host-text.ts'
import type {
  Fact,
  FactKind,
  FactOf,
  FileFact,
  MachineFact,
  PreloadFact,
  ProcessFact,
  SocketFact,
  StarterFact,
  Unknown,
} from '../probes/facts.ts'
import type { Tri } from '../tri.ts'
import { known } from './catalogue.ts'
import type { Indicators } from './indicators.ts'
import { canonicalPath, neverPackaged, plain } from './text.ts'
import { compare, type Seen } from './weigh.ts'

/** When the incident is thought to have happened; seconds since 1970 on the host's clock. */
export interface Window {
  readonly fromSeconds: number
  readonly toSeconds: number
}

export interface Scene {
  readonly processes: readonly ProcessFact[]
  readonly starters: readonly StarterFact[]
  readonly preloads: readonly PreloadFact[]
  readonly sockets: readonly SocketFact[]
  readonly files: readonly FileFact[]
  readonly machine: MachineFact | null
  readonly indicators: Indicators
  readonly window: Window | null
  readonly byPid: ReadonlyMap<number, ProcessFact>
  readonly socketsOf: (pid: number) => readonly SocketFact[]
  readonly fileAt: (path: string) => FileFact | null
  readonly spoiled: (kind: FactKind) => boolean
  /** the host's own ps is believable enough for a missing pid to mean something */
  readonly hostViewUsable: boolean
  /** what patterns found in which text, so that no text is searched twice */
  readonly searched: Map<string, Seen | null>
  readonly of: <K extends FactKind>(kind: K) => readonly FactOf<K>[]
}

/** Indexes facts. The order in which they were given has no influence on anything that follows. */
export function setScene(
  facts: readonly Fact[],
  unknowns: readonly Unknown[],
  indicators: Indicators,
  window: Window | null,
): Scene {
  const sorted = facts
    .map((fact) => ({ fact, key: sortKey(fact) }))
    .sort((a, b) => compare(a.key, b.key))
    .map((one) => one.fact)
  const of = <K extends FactKind>(kind: K) => sorted.filter((fact): fact is FactOf<K> => fact.kind === kind)
  const processes = of('process')
  const sockets = of('socket')
  const files = of('file')
  const byPid = new Map(processes.map((one) => [one.identity.pid, one]))
  const bySocketPid = new Map<number, SocketFact[]>()
  for (const socket of sockets)
    for (const pid of socket.pids) bySocketPid.set(pid, [...(bySocketPid.get(pid) ?? []), socket])
  const byPath = new Map<string, FileFact>()
  for (const file of files) {
    const path = canonicalPath(plain(file.meta.path))
    if (!byPath.has(path)) byPath.set(path, file)
  }
  const spoiledKinds = new Set(unknowns.flatMap((one) => one.spoils))
  const missing = processes.filter((one) => one.inHostPs === 'no').length
  return {
    processes,
    starters: [...of('schedule'), ...of('unit'), ...of('startup')],
    preloads: of('preload'),
    sockets,
    files,
    machine: of('machine')[0] ?? null,
    indicators,
    window,
    byPid,
    socketsOf: (pid) => bySocketPid.get(pid) ?? [],
    fileAt: (path) => byPath.get(canonicalPath(path)) ?? null,
    spoiled: (kind) => spoiledKinds.has(kind),
    hostViewUsable: missing * 1000 <= processes.length * known.limits.hostViewMaxMissing,
    searched: new Map(),
    of,
  }
}

/** Begins with numbers that keep processes and lines in a readable order, and ends with the whole fact so that ties cannot depend on the input. */
function sortKey(fact: Fact): string {
  const rest = JSON.stringify(fact)
  switch (fact.kind) {
    case 'process':
      return `${String(fact.identity.pid).padStart(10, '0')} ${rest}`
    case 'schedule':
    case 'unit':
    case 'startup':
      return `${shown(fact.file.path)} ${String(fact.line).padStart(8, '0')} ${rest}`
    case 'preload':
      return `${String(fact.line).padStart(8, '0')} ${rest}`
    case 'file':
      return `${shown(fact.meta.path)} ${rest}`
    case 'socket':
    case 'scheduler-daemon':
    case 'mount':
    case 'host-view':
    case 'machine':
    case 'login':
    case 'authorized-key':
    case 'sshd-setting':
    case 'account':
    case 'sudo-rule':
    case 'pam-rule':
    case 'setuid-shell':
    case 'binary':
    case 'name-rule':
      return rest
  }
}

/** Whether a package owns the file, and its bytes match: what is known of a path. `file` is null when nothing was read of it. */
export interface Ownership {
  readonly owned: Tri
  readonly intact: Tri
  readonly package: HostText | null
  readonly file: FileFact | null
}

/** Ownership of a path; unknown when nothing was read of it, except where no package installs. */
export function ownershipOf(scene: Scene, path: string): Ownership {
  const file = scene.fileAt(path)
  const impossible = neverPackaged(canonicalPath(path))
  if (file === null)
    return { owned: impossible ? 'no' : 'unknown', intact: impossible ? 'no' : 'unknown', package: null, file }
  const owned = file.owned === 'unknown' && impossible ? 'no' : file.owned
  return { owned, intact: owned === 'no' ? 'no' : file.checksum, package: file.package, file }
}

/** Ownership of what a process runs: only if the file at its path is still the very file it runs. */
export function exeOwnership(scene: Scene, process: ProcessFact): Ownership {
  const none: Ownership = { owned: 'unknown', intact: 'unknown', package: null, file: null }
  if (process.exe === null) return none
  if (process.exeMemfd) return { ...none, owned: 'no', intact: 'no' }
  const path = canonicalPath(plain(process.exe))
  const there = ownershipOf(scene, path)
  if (process.exeDeleted) return neverPackaged(path) ? { ...none, owned: 'no', intact: 'no' } : none
  if (there.file === null) return there
  const { dev, inode } = there.file.meta.identity
  if (process.identity.exeInode === null) return process.foreignNamespace === 'no' ? there : none
  return inode === process.identity.exeInode && (process.identity.exeDev === null || dev === process.identity.exeDev)
    ? there
    : none
}

/** Did the inode change inside the window? `no` when no window was given. */
export function changedInWindow(scene: Scene, meta: FileMeta): boolean {
  if (scene.window === null) return false
  const seconds = Number(meta.ctime.split('.')[0])
  return seconds >= scene.window.fromSeconds && seconds <= scene.window.toSeconds
}

/** Lock letters among the inode flags (`i` immutable, `a` append-only), or null. */
export function lockLetters(meta: FileMeta): string | null {
  const letters = (meta.flags ?? '').replace(/[^ia]/g, '')
  return letters === '' ? null : letters
}
