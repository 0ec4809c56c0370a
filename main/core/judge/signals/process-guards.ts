// Guards of processes: what must not be touched, and what is less than it looks. Caps and words are in resources/signals/process.yaml.

import type { ProcessFact } from '../../probes/facts.ts'
import { engines, known, type GuardDatum } from '../catalogue.ts'
import { isInterpreter, programOf, programs } from '../commands.ts'
import { scriptOf } from '../links.ts'
import { exeOwnership, ownershipOf, type Scene } from '../scene.ts'
import { baseName, canonicalPath, excerpt, excerptOf, neverPackaged, plain, under } from '../text.ts'
import { sure, unsure, when, type Predicates } from './predicate.ts'

/** The name a process shows to people: its title up to a colon, without path, login dash or brackets. */
export function shownName(process: ProcessFact): string {
  const title = plain(process.argv0 ?? process.comm).split(/[\s:]/)[0] ?? ''
  return baseName(title).replace(/^-/, '')
}

/** The daemon whose name an interpreter shows instead of its own and its script's; null when it plays none. Busybox is many daemons by right. */
export function daemonPlayed(process: ProcessFact): string | null {
  if (process.exe === null) return null
  const exe = baseName(plain(process.exe))
  const name = shownName(process)
  const rightful = known.daemons.get(name)
  if (rightful === undefined || !isInterpreter(exe) || exe === 'busybox') return null
  return rightful.some((start) => exe.startsWith(start)) ? null : name
}

/** Shells waiting for a person or running a packaged script are themselves; anything given as code or as a foreign script is not. */
function runsForeignCode(scene: Scene, process: ProcessFact): boolean {
  if (process.exe === null || !isInterpreter(plain(process.exe))) return false
  if (daemonPlayed(process) !== null) return true
  const started = programOf(plain(process.cmdline))
  if (started === null) return false
  const script = scriptOf(process)
  if (script !== null) {
    const { owned, intact } = ownershipOf(scene, script)
    return !(owned === 'yes' && intact !== 'no')
  }
  return started.script !== null || started.args.some((arg) => /^-[a-zA-Z]*[ceEr]$/.test(arg) || arg === '-m')
}

/** The tool that a command line really runs, looking through `sudo`, `sh -c` and the like. */
function effectiveTool(process: ProcessFact): string | null {
  if (process.exe === null) return null
  const exe = baseName(plain(process.exe))
  const line = plain(process.cmdline)
  if (known.textTools.has(exe)) return exe
  const wrapper = known.wrappers.has(exe) || exe === 'ssh'
  if (!wrapper && !/^(ba|da|a|z|k)?sh$/.test(exe) && exe !== 'busybox') return null
  const words = exe === 'ssh' ? line.replace(/^\S+(\s+-\S+)*\s+\S+\s+/, '') : line.replace(/^\S*sh\s+-\S*c\s+/, '')
  const started = programs(words)
  const tools = started.map((one) => baseName(one.program))
  return tools.length > 0 && tools.every((name) => known.textTools.has(name)) ? (tools[0] ?? null) : null
}

export const processGuards: Predicates<ProcessFact, GuardDatum> = {
  ours: (process) => when(process.ours),
  'first-process': (process) => when(process.identity.pid === 1),
  'kernel-thread': (process) => when(process.kernelThread),
  'ssh-server': (process, scene) => {
    if (process.exe === null || !/^\/usr\/s?bin\/(sshd|dropbear)$/.test(canonicalPath(plain(process.exe)))) return null
    const serves = scene.socketsOf(process.identity.pid).some((one) => one.state === 'listen')
    return when((serves || process.ppid === 1) && exeOwnership(scene, process).owned !== 'no')
  },
  'package-owned': (process, scene) => {
    if (process.exe === null || process.exeMemfd || process.exeDeleted) return null
    const path = canonicalPath(plain(process.exe))
    const { owned, intact, package: name } = exeOwnership(scene, process)
    if (owned === 'no' || intact === 'no' || runsForeignCode(scene, process)) return null
    if (owned === 'yes' && intact === 'yes')
      return sure({ exe: excerptOf(path), package: name === null ? '' : excerpt(name) })
    return neverPackaged(path) ? null : unsure({ exe: excerptOf(path) })
  },
  'known-engine': (process, scene) => {
    if (process.exe === null || process.exeMemfd) return null
    const path = canonicalPath(plain(process.exe))
    const engine = engines.list.find((one) => one.matcher.matches(path))
    if (engine === undefined) return null
    // After an upgrade the running file is gone: then the file now at its path must be the package's.
    const { owned, intact } = process.exeDeleted ? ownershipOf(scene, path) : exeOwnership(scene, process)
    if (owned !== 'yes' || intact === 'no') return null
    if (engine.proofless) return sure({ engine: engine.id, proof: excerptOf(path) })
    if (engine.account === 'service' && process.euid === 0 && process.ppid !== 1) return null
    const port = scene
      .socketsOf(process.identity.pid)
      .find((one) => one.state === 'listen' && engine.ports.includes(one.localPort))
    if (port !== undefined) return sure({ engine: engine.id, proof: `:${port.localPort}` })
    const cwd = process.cwd === null ? null : canonicalPath(plain(process.cwd))
    const home = cwd === null ? undefined : engine.dirs.find((one) => cwd === one || under(cwd, one))
    return home === undefined ? null : sure({ engine: engine.id, proof: home })
  },
  'only-mentions': (process, scene) => {
    const tool = effectiveTool(process)
    if (tool === null) return null
    const { owned, intact } = exeOwnership(scene, process)
    if (owned === 'no' || intact === 'no') return null
    return owned === 'yes' ? sure({ tool: excerptOf(tool) }) : unsure({ tool: excerptOf(tool) })
  },
  'container-runtime': (process, scene) => {
    if (!process.exeMemfd || process.exe === null || !/runc_cloned|runc-|systemd-executor/.test(plain(process.exe)))
      return null
    const parent = scene.byPid.get(process.ppid)
    return when(process.euid === 0 && parent !== undefined && exeOwnership(scene, parent).owned === 'yes')
  },
  'short-sample': (process, scene) =>
    when(
      process.cpuPermille === null ||
        (scene.machine !== null && scene.machine.uptimeSeconds < known.limits.freshHostSeconds),
    ),
  'other-namespace': (process) => when(process.foreignNamespace === 'yes'),
}
