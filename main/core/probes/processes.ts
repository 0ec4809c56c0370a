// Every process of the host, seen through a /proc nobody has mounted over, by number, and by the host's own ps. It never guesses: a pid that
// vanished or was reused during the look is left out, one that could not be read becomes an Unknown.

import { ownText, shown } from '../host-text.ts'
import { type Tri, anyOf, triOf } from '../tri.ts'
import deadMan from '../host/dead-man.sh?raw'
import { underCleanProc } from '../host/clean-proc.ts'
import exeHashes from './exe-hashes.sh?raw'
import type { ProcessFact, Unknown } from './facts.ts'
import maps from './maps.sh?raw'
import type { Probe, ProbeContext } from './probe.ts'
import {
  type ProcStat,
  type ProcStatus,
  kernelThreadFlag,
  numbersOf,
  parseIo,
  parseLoginUid,
  parseStatusLines,
} from './proc-text.ts'
import {
  type Look,
  exeDigests,
  exeInodes,
  hashMaxBytes,
  hostPs,
  mapsOf,
  noteScan,
  overMountedPids,
  perPid,
  statLook,
} from './process-sections.ts'
import script from './processes.sh?raw'
import { schedulerDaemons } from './scheduler-daemons.ts'
import { type Findings, ask, complaint, gather, linesOf, markedLinks, parseSections, textOf } from './reply.ts'

/**
 * Time between the two CPU samples, 1/100 s. The kernel counts in ticks of 10 ms, so a share is exact to 0.7 % of a core, and the judge asks for 70 % of
 * one: a short window cannot make an idle process busy. That a moment's work is not taken for a steady load is decided by the share over
 * its life, which this window does not touch. Longer only delays: it is most of what a triage of a quiet host takes.
 */
const windowCentiseconds = 150
/** Budget for asking /proc number by number, 1/100 s: about 600 000 numbers on a slow core. */
const scanCentiseconds = 200
const cmdlineCap = 4096
/** How dead-man-arm.sh starts him. */
const deadManLine = ownText(`sh -c ${deadMan} dead-man`)

export const processes: Probe = {
  id: 'processes',
  after: [],
  async read(context) {
    const into = gather('processes')
    const options = [windowCentiseconds, context.hostView ? 1 : 0, scanCentiseconds, hashMaxBytes, maps, exeHashes].map(
      String,
    )
    const reply = await ask(
      context,
      into,
      'processes/look',
      {
        argv: underCleanProc(script, 'processes', options),
        timeLimit: 10_000,
        stdoutLimit: 4 * 1024 * 1024,
      },
      ['process', 'scheduler-daemon', 'host-view'],
      'bulk',
    )
    if (!reply) return into.outcome()
    const look = parseProcesses(reply.stdout, context.session.arrival)
    if (!look)
      into.unknown('processes/look', 'unparseable', complaint(reply), ['process', 'scheduler-daemon', 'host-view'])
    else {
      into.facts.push(...look.facts, ...schedulerDaemons(look.facts))
      into.unknowns.push(...look.unknowns)
      if (look.hostPs) into.facts.push({ kind: 'host-view', tool: 'ps', pids: look.hostPs })
    }
    return into.outcome()
  },
}

type Self = Pick<ProbeContext['session']['arrival'], 'bootId' | 'ourPids' | 'euid' | 'workDir' | 'toolboxSha256'>

export interface ProcessLook {
  readonly facts: readonly ProcessFact[]
  readonly unknowns: readonly Unknown[]
  /** what the host's own ps listed; null when it was not asked or said nothing usable */
  readonly hostPs: readonly number[] | null
}

/** Null when the reply is not one of our script, or was cut before the looks that identify a process. */
export function parseProcesses(stdout: Uint8Array, self: Self): ProcessLook | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const second = statLook(sections, 'b')
  const third = statLook(sections, 'd') ?? statLook(sections, 'c')
  if (!second || !third) return null
  const into = gather('processes')
  const scene: Scene = {
    self,
    into,
    first: statLook(sections, 'a'),
    hidden: statLook(sections, 'h'),
    second,
    third,
    readdir: new Set(numbersOf(sections.get('readdir-b'))),
    hostPs: hostPs(sections, into),
    overMounted: overMountedPids(sections.get('over') ?? ''),
    privateView: /^view private$/m.test(sections.get('begin') ?? ''),
    texts: perPid(sections, second.pids),
    status: parseStatusLines(sections.get('status') ?? ''),
    links: markedLinks(sections.get('links') ?? '', sections.mark),
    init: markedLinks(sections.get('namespaces') ?? '', sections.mark),
    exes: exeInodes(sections.get('exes') ?? ''),
    hashes: exeDigests(sections.get('hashes') ?? '', into),
    maps: mapsOf(sections.get('maps') ?? '', into),
  }
  noteScan(sections, into)
  const found = second.pids.flatMap((pid) => {
    const fact = processFact(pid, scene)
    return fact ? [fact] : []
  })
  noteDenied(found, scene)
  const [script, , outer] = numbersOf(sections.get('own'))
  const ours = ourProcesses(found, [...self.ourPids, script ?? 0, outer ?? 0])
  const facts = found.map((fact) => ({ ...fact, ours: ours.has(fact.identity.pid) || isOurOrphan(fact, self) }))
  return { facts, unknowns: into.unknowns, hostPs: scene.hostPs }
}

interface Scene {
  readonly self: Self
  readonly into: Findings
  readonly first: Look | null
  readonly hidden: Look | null
  readonly second: Look
  readonly third: Look
  readonly readdir: ReadonlySet<number>
  readonly hostPs: readonly number[] | null
  readonly overMounted: ReadonlySet<number>
  readonly privateView: boolean
  readonly texts: ReadonlyMap<string, ReadonlyMap<number, string>>
  readonly status: ReadonlyMap<number, ProcStatus>
  readonly links: ReadonlyMap<string, string>
  readonly init: ReadonlyMap<string, string>
  readonly exes: ReadonlyMap<number, { readonly dev: string; readonly inode: string }>
  readonly hashes: ReadonlyMap<string, string>
  readonly maps: ReadonlyMap<number, readonly string[]>
}

function processFact(pid: number, scene: Scene): ProcessFact | null {
  const stat = scene.second.stats.get(pid)
  const later = scene.third.stats.get(pid)
  if (!stat && !later && scene.overMounted.has(pid) && !scene.privateView) {
    scene.into.unknown(`/proc/${pid}`, 'not-permitted', 'something is mounted over it, and it cannot be looked under', [
      'process',
    ])
  }
  // gone, or another process by now: not the one that was read
  if (!stat || stat.startTime !== later?.startTime) return null
  const status = scene.status.get(pid)
  if (!status) {
    scene.into.unknown(`/proc/${pid}/status`, 'failed', 'could not be read', ['process'])
    return null
  }
  const kernelThread = (stat.flags & kernelThreadFlag) !== 0
  const exe = exeOf(scene.links.get(`/proc/${pid}/exe`))
  const inode = scene.exes.get(pid)
  const cmdline = scene.texts.get('cmdline')?.get(pid) ?? ''
  const io = parseIo(scene.texts.get('io')?.get(pid) ?? '')
  const cwd = scene.links.get(`/proc/${pid}/cwd`)
  const age = Math.max(0, scene.second.uptime - Number(stat.startTime) / 100)
  const pidNamespace = differs(scene, pid, 'pid')
  const argv = cmdline.split('\0')
  return {
    kind: 'process',
    identity: {
      bootId: scene.self.bootId,
      pid,
      startTime: stat.startTime,
      exeDev: inode?.dev ?? null,
      exeInode: inode?.inode ?? null,
      exeSha256: inode ? (scene.hashes.get(`${inode.dev}:${inode.inode}`) ?? null) : null,
    },
    ppid: stat.ppid,
    comm: textOf(stat.comm),
    cmdline: textOf(cmdline.slice(0, cmdlineCap).replace(/\0+$/, '').replaceAll('\0', ' ')),
    cmdlineCut: cmdline.length > cmdlineCap,
    argv0: cmdline === '' ? null : textOf(argv[0] ?? ''),
    exe: exe === null ? null : textOf(exe.path),
    exeDeleted: exe?.deleted ?? false,
    exeMemfd: exe?.path.startsWith('/memfd:') ?? false,
    cwd: cwd === undefined ? null : textOf(cwd),
    uid: status.uid,
    euid: status.euid,
    session: stat.session,
    ttyNr: stat.ttyNr,
    state: stat.state,
    threads: stat.threads,
    nice: stat.nice,
    kernelThread,
    // exact but for the last line break: a name may end in a blank, and acts compare bytes
    cgroup: textOf((scene.texts.get('cgroup')?.get(pid) ?? '').replace(/\n+$/, '')),
    tracerPid: status.tracerPid,
    rssKiB: status.rssKiB,
    loginUid: parseLoginUid(scene.texts.get('loginuid')?.get(pid) ?? ''),
    cpuPermille: cpuPermille(pid, stat, scene),
    cpuLifePermille: age >= 1 ? Math.round((stat.ticks * 10) / age) : null,
    ageSeconds: Math.floor(age),
    allowedCpus: textOf(status.allowedCpus),
    ioBytes: io,
    environ:
      io === null && !kernelThread
        ? null
        : linesOf(scene.texts.get('environ')?.get(pid) ?? '').map((variable) => textOf(variable)),
    mapsOfNote: (scene.maps.get(pid) ?? []).filter((path) => path !== exe?.raw).map((path) => textOf(path)),
    inReaddir: inReaddir(pid, stat, scene),
    inHostPs: inHostPs(pid, stat, scene),
    overMounted: scene.overMounted.has(pid),
    foreignNamespace: anyOf([differs(scene, pid, 'mnt'), pidNamespace]),
    foreignPidNamespace: pidNamespace,
    ours: false,
  }
}

function exeOf(link: string | undefined): { raw: string; path: string; deleted: boolean } | null {
  if (link === undefined) return null
  const deleted = link.endsWith(' (deleted)')
  return { raw: link, path: deleted ? link.slice(0, -' (deleted)'.length) : link, deleted }
}

function cpuPermille(pid: number, now: ProcStat, scene: Scene): number | null {
  const before = scene.first?.stats.get(pid)
  if (!scene.first || before?.startTime !== now.startTime) return null
  const seconds = scene.second.uptime - scene.first.uptime
  return seconds > 0 ? Math.max(0, Math.round(((now.ticks - before.ticks) * 10) / seconds)) : null
}

/** Hidden only when it stood through three looks with one start time; anything less may have been born or gone meanwhile. */
function inReaddir(pid: number, now: ProcStat, scene: Scene): Tri {
  if (scene.readdir.has(pid)) return 'yes'
  return scene.hidden?.stats.get(pid)?.startTime === now.startTime ? 'no' : 'unknown'
}

function inHostPs(pid: number, now: ProcStat, scene: Scene): Tri {
  if (!scene.hostPs) return 'unknown'
  if (scene.hostPs.includes(pid)) return 'yes'
  // ps ran between these looks: what was there before and after was there then
  const before = scene.first?.stats.get(pid) ?? scene.hidden?.stats.get(pid)
  return before?.startTime === now.startTime ? 'no' : 'unknown'
}

function differs(scene: Scene, pid: number, namespace: 'mnt' | 'pid'): Tri {
  const mine = scene.links.get(`/proc/${pid}/ns/${namespace}`)
  const first = scene.init.get(`/proc/1/ns/${namespace}`)
  return mine === undefined || first === undefined ? 'unknown' : triOf(mine !== first)
}

function noteDenied(found: readonly ProcessFact[], scene: Scene): void {
  const denied = found.filter((fact) => !fact.kernelThread && fact.state !== 'Z' && fact.exe === null)
  if (denied.length === 0 || scene.self.euid === 0) return
  scene.into.unknown(
    'processes of other users',
    'not-permitted',
    `executable, environment and files of ${denied.length} processes`,
    ['process', 'socket'],
  )
}

function ourProcesses(facts: readonly ProcessFact[], roots: readonly number[]): Set<number> {
  // never from PID 1 down: in a container sshd may be it
  const ours = new Set(roots.filter((pid) => pid > 1))
  for (let grown = -1; grown !== ours.size;) {
    grown = ours.size
    for (const fact of facts) if (ours.has(fact.ppid)) ours.add(fact.identity.pid)
  }
  return ours
}

/**
 * The dead man has no parent of ours any more, and what watches the time of a script of ours never had one: it leaves its parent at once, and outlives the script
 * by up to a second. Both are known by the very bytes we brought, run from our own folder, doing nothing but what they are for (a busybox that is called
 * `timeout` can only wait, and end what it waits for). The tool alone proves nothing: whoever is root may run it too.
 */
function isOurOrphan(fact: ProcessFact, self: Self): boolean {
  return (
    (fact.cmdline === deadManLine || shown(fact.cmdline).startsWith('timeout -s KILL ')) &&
    fact.exe !== null &&
    fact.identity.exeSha256 === self.toolboxSha256 &&
    shown(fact.exe).startsWith(`${shown(ownText(self.workDir))}/`)
  )
}
