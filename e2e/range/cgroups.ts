// One cgroup per host in every hierarchy that systemd uses, so that a unit frozen or killed in one host never reaches its neighbours.
// (Started from the root cgroup, `systemd-nspawn --keep-unit` would put the units of all hosts in one shared `/payload`.)
// Killing the host's cgroup is also the surest way to end everything a host ever started.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const group = 'tourniquet-range'

/** Microseconds of CPU per 100 ms for a whole host: more than its stand-ins and decoys want, so that its sshd is never throttled with them. */
const cpuQuota = 150_000

/** The same for the processes that would take all they get, together. */
const confinedQuota = 60_000

interface Hierarchies {
  /** Mount point of cgroup v2: alone, or beside v1 on hybrid machines. */
  readonly unified: string
  /** Mount point of v1 `name=systemd`, on hybrid machines. */
  readonly systemd: string | null
  /** Mount point of v1 `cpu`, on hybrid machines. */
  readonly cpu: string | null
}

/** Makes the groups of a host and limits its CPU. */
export function makeGroups(host: string): void {
  const { cpu, unified } = hierarchies()
  for (const folder of groupFolders(host)) mkdirSync(folder, { recursive: true })
  if (cpu !== null) limitCpu(join(cpu, group, host), cpuQuota)
  else if (readFileSync(join(unified, group, 'cgroup.controllers'), 'utf8').includes('cpu')) {
    writeFileSync(join(unified, group, 'cgroup.subtree_control'), '+cpu')
    writeFileSync(join(unified, group, host, 'cpu.max'), `${cpuQuota} 100000`)
  }
}

/** Gives processes that never sleep a small share of the host's CPU. Only on hybrid machines; elsewhere `CPUQuota=` of their unit works. */
export function confine(host: string, pids: readonly number[]): void {
  const { cpu } = hierarchies()
  if (cpu === null) return
  const folder = join(cpu, group, host, 'confined')
  mkdirSync(folder, { recursive: true })
  limitCpu(folder, confinedQuota)
  for (const pid of pids) writeFileSync(join(folder, 'cgroup.procs'), String(pid))
}

function limitCpu(folder: string, quota: number): void {
  writeFileSync(join(folder, 'cpu.cfs_period_us'), '100000')
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota))
}

/**
 * The `cgroup.procs` files a process writes its pid to in order to be of the host. `inside` is a group below the host's:
 * a unit as the host names it (`/system.slice/cron.service`), or nothing for the machine's own helpers of that host.
 */
export function entrances(host: string, inside?: string): readonly string[] {
  const { unified, systemd, cpu } = hierarchies()
  const below = inside === undefined ? 'outside' : join('payload', inside)
  const doors = [join(unified, group, host, below)]
  if (systemd !== null) doors.push(join(systemd, group, host, below))
  if (inside === undefined) for (const door of doors) mkdirSync(door, { recursive: true })
  if (cpu !== null) doors.push(join(cpu, group, host))
  return doors.map((door) => join(door, 'cgroup.procs'))
}

/** Where nspawn itself starts: the host's own groups, which it divides into `payload` and `supervisor`. */
export function birthplaces(host: string): readonly string[] {
  return groupFolders(host).map((folder) => join(folder, 'cgroup.procs'))
}

/** The command that enters those groups (their `cgroup.procs`) and then becomes `argv`; it fails rather than run outside of them. */
export function through(doors: readonly string[], argv: readonly string[]): readonly string[] {
  const script =
    'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1" || exit 126; shift; n=$((n - 1)); done; exec "$@"'
  return ['sh', '-c', script, 'enter', String(doors.length), ...doors, ...argv]
}

/** Every process of the host, hidden or not, as pids of this machine. */
export function pidsOf(host: string): readonly number[] {
  return groupTree(join(hierarchies().unified, group, host)).flatMap((folder) => readPids(folder))
}

/** The processes that live inside the host proper: not nspawn, not the machine's helpers. */
export function pidsInside(host: string): readonly number[] {
  return groupTree(join(hierarchies().unified, group, host, 'payload')).flatMap((folder) => readPids(folder))
}

/** True when the v2 group of a process (a pid of this machine), or one above it, is frozen: its state letter would not say so. */
export function isFrozen(pid: number): boolean {
  const path = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1]
  if (path === undefined) return false
  return /^frozen 1$/m.test(readFileSync(join(hierarchies().unified, path, 'cgroup.events'), 'utf8'))
}

/** Sends SIGKILL to everything in the host's group and waits until it is empty (at most 10 s), then removes the groups. */
export function removeGroups(host: string): void {
  const top = join(hierarchies().unified, group, host)
  const deadline = Date.now() + 10_000
  while (existsSync(top) && Date.now() < deadline) {
    writeFileSync(join(top, 'cgroup.kill'), '1')
    if (pidsOf(host).length === 0) break
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
  for (const folder of groupFolders(host))
    for (const each of [...groupTree(folder)].reverse()) removeGroup(each, deadline)
}

function removeGroup(folder: string, deadline: number): void {
  for (;;) {
    try {
      rmdirSync(folder)
      return
    } catch (error) {
      if (!existsSync(folder)) return
      if (Date.now() > deadline) throw error // zombies keep a group busy for some milliseconds, not for seconds
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

function groupFolders(host: string): readonly string[] {
  const { unified, systemd, cpu } = hierarchies()
  return [unified, systemd, cpu].filter((mount) => mount !== null).map((mount) => join(mount, group, host))
}

/** A group and all below it, parents first. */
function groupTree(folder: string): readonly string[] {
  // Groups of logins come and go while we look.
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return [folder, ...namesIn(folder).flatMap((name) => groupTree(join(folder, name)))]
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // gone since
  }
}

function readPids(folder: string): readonly number[] {
  try {
    const text = readFileSync(join(folder, 'cgroup.procs'), 'utf8')
    return text.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]))
  } catch {
    return [] // the group was removed between listing and reading
  }
}

function hierarchies(): Hierarchies {
  let unified: string | null = null
  let systemd: string | null = null
  let cpu: string | null = null
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [, point = '', type = '', options = ''] = line.split(' ')
    const has = (name: string) => options.split(',').includes(name)
    if (type === 'cgroup2') unified ??= point
    else if (type === 'cgroup' && has('name=systemd')) systemd ??= point
    else if (type === 'cgroup' && has('cpu')) cpu ??= point
  }
  if (unified === null) throw new Error('no cgroup v2 hierarchy is mounted')
  return { unified, systemd, cpu }
}
