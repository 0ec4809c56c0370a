// How suspicion passes between things: by the path of what they run, never by a name. Everyday tools and package-owned programs link nothing.

import type { PreloadFact, ProcessFact, ScheduleFact } from '../probes/facts.ts'
import { shown } from '../host-text.ts'
import { known } from './catalogue.ts'
import { isInterpreter, programOf, programs } from './commands.ts'
import { exeOwnership, ownershipOf, type Scene } from './scene.ts'
import { baseName, canonicalPath, dotPlace, hiddenPlace, plain, underAny } from './text.ts'

/** What is held hostile so far. Only ever grows from one round to the next. */
export interface Links {
  readonly processes: ReadonlySet<number>
  readonly schedules: ReadonlySet<string>
}

export const noLinks: Links = { processes: new Set(), schedules: new Set() }

/** Names one entry within one look. */
export function scheduleKey(schedule: ScheduleFact): string {
  return `${shown(schedule.file.path)}:${schedule.line}:${schedule.form}`
}

export function preloadKey(preload: PreloadFact): string {
  return `${preload.line}:${shown(preload.library)}`
}

/** Canonical paths by which a process can be recognised in a schedule: its executable, or the script an interpreter runs. */
export function handlesOfProcess(scene: Scene, process: ProcessFact): readonly string[] {
  if (process.exe === null) return []
  const exe = canonicalPath(plain(process.exe))
  const script = scriptOf(process)
  const handles: string[] = []
  if (!isTool(exe) && exeOwnership(scene, process).owned !== 'yes') handles.push(exe)
  if (script !== null && ownershipOf(scene, script).owned !== 'yes') handles.push(script)
  return handles.filter((path) => path.length > 1)
}

/** Canonical path of the script an interpreter process runs, made absolute with its working directory; null when there is none. */
export function scriptOf(process: ProcessFact): string | null {
  if (process.exe === null || !isInterpreter(plain(process.exe))) return null
  const script = programOf(plain(process.cmdline))?.script ?? null
  if (script === null) return null
  return absolute(script, process.cwd === null ? null : plain(process.cwd))
}

/** Canonical paths a schedule can be said to start: programs, scripts and other absolute paths it names, without tools and package-owned files. */
export function handlesOfSchedule(scene: Scene, schedule: ScheduleFact): readonly string[] {
  const handles = new Set([...startedPaths(schedule), ...schedule.paths.map((path) => canonicalPath(plain(path)))])
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
export function startedPaths(schedule: ScheduleFact): readonly string[] {
  const before = startedBefore.get(schedule)
  if (before !== undefined) return before
  const found = readStartedPaths(schedule)
  startedBefore.set(schedule, found)
  return found
}

/** Facts are read-only, so what one starts is worked out once. */
const startedBefore = new WeakMap<ScheduleFact, readonly string[]>()

function readStartedPaths(schedule: ScheduleFact): readonly string[] {
  const found: string[] = []
  let folder: string | null = null
  for (const started of programs(plain(schedule.command))) {
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
              word.replace(/^[-@+!:]+(?=\/)/, '').replace(/^(~|\$HOME|\$\{HOME\})(?=\/)/, homeOf(schedule)),
              folder,
            )
      if (path !== null) found.push(path)
    }
  }
  return found
}

function homeOf(schedule: ScheduleFact): string {
  const user = schedule.user === null ? 'root' : plain(schedule.user)
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

/** The first path of a schedule that stands in command position in a temporary or hidden place. */
export function hiddenStart(schedule: ScheduleFact): string | null {
  return startedPaths(schedule).find(hiddenPlace) ?? null
}

/** The first dot path a schedule names anywhere. */
export function hiddenMention(schedule: ScheduleFact): string | null {
  return schedule.paths.map((path) => canonicalPath(plain(path))).find(dotPlace) ?? null
}

/** True when the process runs in the service of a timer: its control group carries the unit's name. */
export function runsForTimer(process: ProcessFact, schedule: ScheduleFact): boolean {
  if (schedule.scheduler !== 'systemd-timer') return false
  const unit = baseName(plain(schedule.file.path)).replace(/\.timer$/, '.service')
  return plain(process.cgroup)
    .split(/[/\n:]/)
    .includes(unit)
}
