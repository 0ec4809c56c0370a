// Signals of processes: what each looks for. Weights, groups and words are in resources/signals/process.yaml.

import type { ProcessFact, SocketFact } from '../../probes/facts.ts'
import { known, type SignalDatum } from '../catalogue.ts'
import { hostsIn, isLoopback } from '../indicators.ts'
import { handlesOfProcess, handlesOfStarter, nestMate, runsFor, starterKey, scriptOf } from '../links.ts'
import { changedInWindow, exeOwnership, lockLetters, ownershipOf, type Scene } from '../scene.ts'
import { baseName, canonicalPath, excerpt, excerptOf, hiddenPlace, plain, underAny } from '../text.ts'
import { daemonPlayed, processGuards, shownName } from './process-guards.ts'
import { byHostileKey, fromGuesser, intruderSessions, somethingElseIsHostile } from './intruder.ts'
import { matchText, sure, unsure, when, type Judging, type Predicates } from './predicate.ts'

const live = new Set(['established', 'syn-sent'])

/** Connections a process holds or seeks beyond its own host. */
function outward(scene: Scene, process: ProcessFact): readonly SocketFact[] {
  return scene
    .socketsOf(process.identity.pid)
    .filter((one) => one.protocol === 'tcp' && live.has(one.state) && !isLoopback(one.remoteAddress))
}

function listens(scene: Scene, process: ProcessFact): boolean {
  return scene.socketsOf(process.identity.pid).some((one) => one.state === 'listen')
}

function exePath(process: ProcessFact): string | null {
  return process.exe === null ? null : canonicalPath(plain(process.exe))
}

function steady(process: ProcessFact): boolean {
  const { cpuPermille, cpuLifePermille } = process
  return cpuPermille !== null && cpuLifePermille !== null && cpuLifePermille * 1000 >= cpuPermille * known.limits.flat
}

/** A program or script that certainly, or by where it lies, no package brought. Logins, schedulers and packaged supervisors run none. */
function runsUnvouchedCode(scene: Scene, process: ProcessFact): boolean {
  if (process.exe === null) return false
  const script = scriptOf(process)
  if (script !== null && !underAny(script, known.packaged)) return ownershipOf(scene, script).owned !== 'yes'
  return exeOwnership(scene, process).owned === 'no'
}

const signals: Predicates<ProcessFact, SignalDatum> = {
  'pool-connection': (process, scene) => {
    let best: { address: string; port: number; source: string; permille: number } | null = null
    for (const { remoteAddress, remotePort, state } of scene.socketsOf(process.identity.pid)) {
      if (!live.has(state)) continue
      const hit = scene.indicators.address(remoteAddress, remotePort)
      if (hit !== null && hit.permille > (best?.permille ?? 0))
        best = { address: remoteAddress, port: remotePort, source: hit.source, permille: hit.permille }
    }
    if (best !== null) {
      const { permille, ...params } = best
      return { ...sure(params), permille }
    }
    return scene.spoiled('socket') && !process.kernelThread ? unsure() : null
  },
  'pool-named': (process, scene) => {
    for (const { host, port } of hostsIn(plain(process.cmdline))) {
      const hit = scene.indicators.host(host, port)
      if (hit !== null) return { ...sure({ host: excerptOf(host), source: hit.source }), permille: hit.permille }
    }
    return null
  },
  'cmdline-matches': (process, scene, _links, datum) => matchText(datum, process.cmdline, scene),
  'environ-matches': (process, scene, _links, datum) => {
    for (const variable of process.environ ?? []) {
      const seen = matchText(datum, variable, scene)
      if (seen !== null) return seen
    }
    return null
  },
  'miner-name': (process) => {
    if (process.kernelThread || process.exe === null) return null
    const names = [plain(process.comm), baseName(plain(process.exe)), shownName(process)]
    const name = names.find((one) => known.minerNames.matches(one))
    return name === undefined ? null : sure({ name: excerptOf(name) })
  },
  'pool-port': (process, scene) => {
    const hit = outward(scene, process).find((one) => known.poolPorts.has(one.remotePort))
    return hit === undefined ? null : sure({ address: hit.remoteAddress, port: hit.remotePort })
  },
  'exe-known-hostile': (process, scene) => {
    const digest = process.identity.exeSha256
    const hit = digest === null ? null : scene.indicators.digest(digest)
    return hit === null ? null : sure({ source: hit.source })
  },
  'exe-memfd': (process) => when(process.exeMemfd, { exe: process.exe === null ? '' : excerpt(process.exe) }),
  'exe-altered': (process, scene) => {
    const { owned, intact, package: name } = exeOwnership(scene, process)
    return owned === 'yes' && intact === 'no' && process.exe !== null
      ? sure({ exe: excerpt(process.exe), package: name === null ? '' : excerpt(name) })
      : null
  },
  'exe-deleted': (process, scene) => {
    const path = exePath(process)
    if (path === null || !process.exeDeleted || process.exeMemfd) return null
    return when(scene.fileAt(path) === null, { exe: excerptOf(path) })
  },
  'exe-replaced': (process, scene) => {
    const path = exePath(process)
    if (path === null || !process.exeDeleted || process.exeMemfd) return null
    const now = ownershipOf(scene, path)
    return when(now.file !== null && !(now.owned === 'yes' && now.intact === 'yes'), { exe: excerptOf(path) })
  },
  'exe-upgraded': (process, scene) => {
    const path = exePath(process)
    if (path === null || !process.exeDeleted || process.exeMemfd) return null
    const now = ownershipOf(scene, path)
    return when(now.owned === 'yes' && now.intact === 'yes', {
      exe: excerptOf(path),
      package: now.package === null ? '' : excerpt(now.package),
    })
  },
  'exe-hidden-place': (process) => {
    if (process.exeMemfd) return null
    const exe = exePath(process)
    if (exe !== null && process.exe !== null && hiddenPlace(exe)) return sure({ path: excerpt(process.exe) })
    const script = scriptOf(process)
    return script !== null && hiddenPlace(script) ? sure({ path: excerptOf(script) }) : null
  },
  'exe-unowned': (process, scene) => {
    const path = exePath(process)
    if (path === null || process.exeMemfd || process.exeDeleted || !underAny(path, known.packaged)) return null
    const { owned } = exeOwnership(scene, process)
    if (owned === 'yes') return null
    return owned === 'no' ? sure({ exe: excerptOf(path) }) : unsure({ exe: excerptOf(path) })
  },
  'exe-changed-in-window': (process, scene) => {
    const { owned, file } = exeOwnership(scene, process)
    return file !== null && owned === 'no' && changedInWindow(scene, file.meta)
      ? sure({ exe: excerpt(file.meta.path) })
      : null
  },
  'fake-kernel-thread': (process) => {
    if (process.kernelThread || process.exe === null) return null
    const title = plain(process.cmdline)
    const comm = plain(process.comm)
    if (/^\[[\w./:+<>-]{1,64}\]$/.test(title)) return sure({ name: excerpt(process.cmdline) })
    return known.kernelThreads.matches(comm) ? sure({ name: excerpt(process.comm) }) : null
  },
  'daemon-name-mismatch': (process, scene) => {
    const path = exePath(process)
    if (process.kernelThread || path === null) return null
    const exe = baseName(path)
    for (const name of new Set([shownName(process), plain(process.comm)])) {
      const rightful = known.daemons.get(name)
      if (rightful === undefined) continue
      if (rightful.some((start) => exe.startsWith(start)) && !hiddenPlace(path)) continue
      const { owned } = exeOwnership(scene, process)
      if (owned === 'no' || (owned === 'unknown' && !underAny(path, known.packaged)))
        return sure({ name: excerptOf(name), exe: excerptOf(path) })
    }
    return null
  },
  'interpreter-as-daemon': (process) => {
    const name = daemonPlayed(process)
    return name === null || process.exe === null
      ? null
      : sure({ name: excerptOf(name), exe: excerptOf(baseName(plain(process.exe))) })
  },
  'worker-without-master': (process, scene) => {
    if (process.kernelThread || process.exe === null || !known.workers.matches(plain(process.cmdline))) return null
    const parent = scene.byPid.get(process.ppid)
    if (parent === undefined && process.ppid > 1) return null
    const master = parent?.identity.exeInode === process.identity.exeInode && process.identity.exeInode !== null
    return when(!master, { name: excerpt(process.cmdline) })
  },
  'hidden-from-host-ps': (process, scene) =>
    when(
      process.inHostPs === 'no' &&
        scene.hostViewUsable &&
        !process.ours &&
        process.ageSeconds >= known.limits.hiddenMinAgeSeconds,
    ),
  'hidden-from-readdir': (process) =>
    when(process.inReaddir === 'no' && process.ageSeconds >= known.limits.hiddenMinAgeSeconds),
  'over-mounted': (process) => when(process.overMounted, { pid: process.identity.pid }),
  'cpu-sustained': (process, scene) => {
    const cpus = scene.machine?.cpus ?? 1
    const busy = (process.cpuPermille ?? 0) >= known.limits.busyAllCores * cpus
    return when(busy && steady(process), { percent: Math.round((process.cpuPermille ?? 0) / 10) })
  },
  'cpu-one-core': (process) =>
    when((process.cpuPermille ?? 0) >= known.limits.busyOneCore && steady(process), {
      percent: Math.round((process.cpuPermille ?? 0) / 10),
    }),
  'thread-shape': (process, scene) => {
    const cpus = scene.machine?.cpus ?? 0
    if (cpus === 0 || process.ioBytes === null || process.cpuPermille === null) return null
    const allowed =
      BigInt(known.limits.quietStartBytes) +
      BigInt(known.limits.quietBytesPerSecond) * BigInt(Math.max(1, Math.trunc(process.ageSeconds)))
    const quiet = BigInt(process.ioBytes) <= allowed
    const busy = process.cpuPermille * 2 >= 1000 * cpus && steady(process)
    const shaped = process.threads >= cpus && process.threads <= cpus + 8
    return when(quiet && busy && shaped, { threads: process.threads, cpus })
  },
  'lone-outbound': (process, scene) => {
    const out = outward(scene, process)
    const one = out[0]
    if (out.length !== 1 || one === undefined || listens(scene, process)) return null
    return when(one.state === 'established' && process.ageSeconds >= known.limits.longLivedSeconds, {
      address: one.remoteAddress,
      port: one.remotePort,
    })
  },
  scanning: (process, scene) => {
    if (process.ttyNr !== 0) return null
    const seeking = outward(scene, process).filter((one) => one.state === 'syn-sent')
    for (const port of [22, 6379, 2375, 2376, 445, 23]) {
      const count = new Set(seeking.filter((one) => one.remotePort === port).map((one) => one.remoteAddress)).size
      if (count >= known.limits.scanSockets) return sure({ count, port })
    }
    return null
  },
  'from-hostile-schedule': (process, scene, links) => {
    const handles = handlesOfProcess(scene, process)
    for (const schedule of scene.starters) {
      if (!links.starters.has(starterKey(schedule))) continue
      const started = handlesOfStarter(scene, schedule)
      if (handles.some((path) => started.includes(path)) || runsFor(process, schedule))
        return sure({ path: excerpt(schedule.file.path) })
    }
    return null
  },
  'same-executable': (process, scene, links) => {
    const { exeDev, exeInode, exeSha256 } = process.identity
    if (exeInode === null || exeOwnership(scene, process).owned === 'yes') return null
    if (exePath(process) === null || handlesOfProcess(scene, process).length === 0) return null
    for (const pid of links.processes) {
      const other = scene.byPid.get(pid)
      if (pid === process.identity.pid || other === undefined) continue
      const { identity } = other
      // A copy under another name is the same program, unless it is somebody's honest one that the intruder copied too.
      const copied = exeSha256 !== null && identity.exeSha256 === exeSha256 && handlesOfProcess(scene, other).length > 0
      if (copied || (identity.exeInode === exeInode && identity.exeDev === exeDev)) return sure({ pid })
    }
    return null
  },
  'child-of-hostile': (process, _scene, links) =>
    when(links.processes.has(process.ppid) && process.ppid > 1, { pid: process.ppid }),
  'keeps-hostile': (process, scene, links) => {
    if (process.identity.pid === 1 || !runsUnvouchedCode(scene, process)) return null
    for (const pid of links.processes) if (scene.byPid.get(pid)?.ppid === process.identity.pid) return sure({ pid })
    return null
  },
  'session-of-guesser': (process, scene) => {
    const from = fromGuesser(process, scene)
    return from === null ? null : sure({ from: excerptOf(from) })
  },
  'session-by-hostile-key': (process, scene) => {
    const session = byHostileKey(process, scene)
    return session === null ? null : sure({ from: excerptOf(session.from), fingerprint: session.key })
  },
  'session-on-hostile-host': (process, scene, links) =>
    when(intruderSessions(scene).has(process.identity.pid) && somethingElseIsHostile(scene, links)),
  'shares-hostile-nest': (process, scene, links) => {
    const mate = nestMate(scene, links, handlesOfProcess(scene, process), process.identity.pid)
    return mate === null ? null : sure({ path: excerptOf(mate.path), pid: mate.pid })
  },
  'server-child': (process, scene) => {
    const parent = scene.byPid.get(process.ppid)
    if (parent?.exe == null || process.exe === null) return null
    const name = baseName(plain(process.exe))
    const server = baseName(plain(parent.exe))
    return when(known.servers.matches(server) && known.shellsAndFetchers.has(name), {
      name: excerptOf(name),
      parent: excerptOf(server),
    })
  },
  'exe-locked': (process, scene) => {
    const { file } = exeOwnership(scene, process)
    const flags = file === null ? null : lockLetters(file.meta)
    return file === null || flags === null ? null : sure({ exe: excerpt(file.meta.path), flags })
  },
}

export const processJudging: Judging<ProcessFact> = { kind: 'process', signals, guards: processGuards }
