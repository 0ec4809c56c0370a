// How suspicion passes between things: by the path of what they run, never by a name. Everyday tools and package-owned programs link nothing.

import type { PreloadFact, ProcessFact, StarterFact } from '../probes/facts.ts'
import { shown } from '../host-text.ts'
import { known } from './catalogue.ts'
import { isInterpreter, programOf, programs } from './commands.ts'
import { exeOwnership, ownershipOf, type Scene } from './scene.ts'
import { baseName, canonicalPath, dotPlace, hiddenPlace, plain, underAny } from './text.ts'

/** What is held hostile so far. Only ever grows from one round to the next. */
export interface Links {
  readonly processes: ReadonlySet<number>
  /** keys of starters */
  readonly starters: ReadonlySet<string>
}

export const noLinks: Links = { processes: new Set(), starters: new Set() }

/** Names one entry within one look. */
export function starterKey(starter: StarterFact): string {
  return `${shown(starter.file.path)}:${starter.line}:${starter.form}`
}

export function preloadKey(preload: PreloadFact): string {
  return `${preload.line}:${shown(preload.library)}`
}

/** Canonical paths by which a process can be recognised in a starter: its executable, or the script an interpreter runs. */
export function handlesOfProcess(scene: Scene, process: ProcessFact): readonly string[] {
  if (process.exe === null) return []
  const exe = canonicalPath(plain(process.exe))
  const script = scriptOf(process)
  const handles: string[] = []
  if (!isTool(exe) && exeOwnership(scene, process).owned !== 'yes') handles.push(exe)
  if (script !== null && ownershipOf(scene, script).owned !== 'yes') handles.push(script)
  return handles.filter((path) => path.length > 1)
}

/**
 * A hostile program that lies in the same hidden folder as one of these: an intruder's nest is his alone, so what else is run from it is his too. Never a
 * temporary folder that everybody uses, and never one whose dotted name is ordinary.
 */
export function nestMate(
  scene: Scene,
  links: Links,
  paths: readonly string[],
  self: number | null,
): { readonly path: string; readonly pid: number } | null {
  const nests = new Set(paths.map(folderOf).filter(dotPlace))
  if (nests.size === 0) return null
  for (const pid of links.processes) {
    const process = scene.byPid.get(pid)
    if (process === undefined || pid === self) continue
    const mate = handlesOfProcess(scene, process).find((path) => nests.has(folderOf(path)))
    if (mate !== undefined) return { path: folderOf(mate), pid }
  }
  return null
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** Canonical path of the script an interpreter process runs, made absolute with its working directory; null when there is none. */
export function scriptOf(process: ProcessFact): string | null {
  if (process.exe === null || !isInterpreter(plain(process.exe))) return null
  const script = programOf(plain(process.cmdline))?.script ?? null
  if (script === null) return null
  return absolute(script, process.cwd === null ? null : plain(process.cwd))
}

/** Canonical paths a starter can be said to start: programs, scripts and other absolute paths it names, without tools and package-owned files. */
export function handlesOfStarter(scene: Scene, starter: StarterFact): readonly string[] {
  const handles = new Set([...startedPaths(starter), ...starter.paths.map((path) => canonicalPath(plain(path)))])
  return [...handles].filter(
    (path) =>
      path.length > 1 &&
      !isTool(path) &&
      !underAny(path, ['/dev/fd']) &&
      path !== '/dev/null' &&
      ownershipOf(scene, path).owned !== 'yes',
  )
}

/** Canonical paths in command position (programs, and scripts given to interpreters), `cd DIR && ./x` included. */
export function startedPaths(starter: StarterFact): readonly string[] {
  const before = startedBefore.get(starter)
  if (before !== undefined) return before
  const found = readStartedPaths(starter)
  startedBefore.set(starter, found)
  return found
}

/** Facts are read-only, so what one starts is worked out once. */
const startedBefore = new WeakMap<StarterFact, readonly string[]>()

function readStartedPaths(starter: StarterFact): readonly string[] {
  const found: string[] = []
  let folder: string | null = null
  for (const started of programs(plain(starter.command))) {
    if (started.program === 'cd') {
      folder = started.args[0] === undefined ? null : absolute(started.args[0], folder)
      continue
    }
    for (const word of [started.program, started.script]) {
      // systemd lets `-`, `@`, `+`, `!` and `:` stand before the path of a command
      const path =
        word === null
          ? null
          : absolute(
              word.replace(/^[-@+!:]+(?=\/)/, '').replace(/^(~|\$HOME|\$\{HOME\})(?=\/)/, homeOf(starter)),
              folder,
            )
      if (path !== null) found.push(path)
    }
  }
  return found
}

function homeOf(starter: StarterFact): string {
  const user = starter.user === null ? 'root' : plain(starter.user)
  return user === 'root' ? '/root' : `/home/${user}`
}

function absolute(word: string, folder: string | null): string | null {
  if (word.startsWith('/')) return canonicalPath(word)
  return folder !== null && word.includes('/') ? canonicalPath(`${folder}/${word}`) : null
}

/** An everyday program in a system directory: half the schedules of the world name it. */
export function isTool(path: string): boolean {
  if (!underAny(path, known.packaged)) return false
  const name = baseName(path)
  return isInterpreter(name) || known.everydayTools.has(name) || known.wrappers.has(name) || known.textTools.has(name)
}

/** The first path of a starter that stands in command position in a temporary or hidden place. */
export function hiddenStart(starter: StarterFact): string | null {
  return startedPaths(starter).find(hiddenPlace) ?? null
}

/** The first dot path a starter names anywhere. */
export function hiddenMention(starter: StarterFact): string | null {
  return starter.paths.map((path) => canonicalPath(plain(path))).find(dotPlace) ?? null
}

/** True when the process runs in the service of a unit, or of the one a timer starts: its control group carries the unit's name. */
export function runsFor(process: ProcessFact, starter: StarterFact): boolean {
  const unit = serviceOf(starter)
  return (
    unit !== null &&
    plain(process.cgroup)
      .split(/[/\n:]/)
      .includes(unit)
  )
}

/** Name of the unit whose control group its processes live in; a drop-in changes an honest unit, whose processes say nothing. */
function serviceOf(starter: StarterFact): string | null {
  if (starter.kind === 'unit') return starter.role === 'unit' ? plain(starter.name) : null
  if (starter.kind !== 'schedule' || starter.scheduler !== 'systemd-timer') return null
  return baseName(plain(starter.file.path)).replace(/\.timer$/, '.service')
}
