// A disposable range host: boots a Debian with its own disk, keys, network and cgroup in about a second, and hands out ways to look at it
// and to act on it from outside. It must never depend on the product under test, and must leave nothing behind, even after a crash.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { baseImage, people } from './base.ts'
import { birthplaces, confine, entrances, makeGroups, pidsInside, through } from './cgroups.ts'
import { cacheFolder, rangeFolder, rangeUnavailable, repositoryFolder, runAside } from './machine.ts'
import type { Ran } from './machine.ts'
import { makeDisk } from './disk.ts'
import { layCables, reserveNet } from './net.ts'
import { postGuard, sweepRange, takeDown, thisOwner, writeRecord } from './registry.ts'
import type { HostRecord } from './registry.ts'
import { matching, readProcesses } from './processes.ts'
import type { RangeProcess } from './processes.ts'
import { snapshotTree } from './tree.ts'
import type { Tree } from './tree.ts'

/** A boot takes about a second; a machine under load gets more. */
const bootLimit = 45_000

/** The PATH of a root login on Debian. */
const hostPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface RangeHost {
  readonly name: string
  readonly address: string
  readonly port: 22
  /** Private key that root and everyone in `users` accepts. */
  readonly rootKey: string
  /** known_hosts file with the host's keys. */
  readonly knownHosts: string
  readonly users: Readonly<
    Record<keyof typeof people, { readonly uid: number; readonly password: string; readonly sudo: string | null }>
  >
  /** The root file system of the host as this machine sees it: ordinary reads and writes, past any hiding on the host. */
  readonly dir: string
  /** Served by the fake download server of this host's world. */
  readonly downloads: string
  /** One JSON line per login, share, download and hang-up at the fake pool. */
  readonly poolLog: string
  readonly record: HostRecord
  /** Runs a command of the host inside it, as root, entered from outside. It sees what a root shell would see, lies included. */
  exec(
    argv: readonly string[],
    options?: { readonly limit?: number; readonly input?: string; readonly as?: string },
  ): Promise<Ran>
  /** `exec` of a shell script that must succeed; returns its stdout. */
  sh(script: string, ...args: readonly string[]): Promise<string>
  /** Starts a command detached, in the cgroup of a unit of the host, as a child of the host's PID 1. */
  startIn(unit: string, argv: readonly string[], as?: string): Promise<void>
  /** Every process on the host as the kernel has it, read from outside: nothing on the host can hide one. */
  processes(): readonly RangeProcess[]
  /** Keeps the processes that contain the text from taking more than a part of a core together. */
  confine(text: string): void
  /** What every file of the host is at this moment; see `tree.ts`. */
  snapshotTree(paths?: readonly string[]): Tree
  /** Ends and removes everything. May be called twice. */
  close(): void
}

export interface BootOptions {
  /** Name of what will be planted; for people who list the range. */
  readonly scenario?: string
  /** At most 20 of a-z, 0-9 and `-`; drawn when absent. It is also the host name. */
  readonly name?: string
  /** The host outlives this process until somebody takes it down (or for six hours). */
  readonly keep?: boolean
  readonly say?: (line: string) => void
}

/** Boots a host and waits until its sshd answers. Sweeps what crashed tests left behind first. Throws when the machine cannot. */
export async function bootHost(options: BootOptions = {}): Promise<RangeHost> {
  const reason = rangeUnavailable()
  if (reason !== null) throw new Error(`no range on this machine: ${reason}`)
  sweepRange()
  const base = await baseImage(options.say)
  const name = options.name ?? `${(options.scenario ?? 'host').slice(0, 13)}-${randomBytes(2).toString('hex')}`
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/.test(name)) throw new RangeError(`not a name for a range host: ${name}`)
  if (existsSync(join(cacheFolder, 'hosts', name))) throw new RangeError(`a range host of that name exists: ${name}`)
  const folder = join(cacheFolder, 'hosts', name)
  let record: HostRecord = {
    name,
    scenario: options.scenario ?? null,
    owner: options.keep === true ? null : thisOwner(),
    made: Date.now(),
    net: reserveNet(name),
    folder,
    dir: join(folder, 'root'),
    initPid: null,
  }
  writeRecord(record)
  const guard = options.keep === true ? null : postGuard(name)
  const close = () => {
    process.off('exit', close)
    takeDown(record)
    guard?.dismiss()
  }
  process.on('exit', close)
  try {
    mkdirSync(record.dir, { recursive: true, mode: 0o700 })
    makeDisk(record, base.image)
    layCables(record.net)
    makeGroups(name)
    const worldReady = startWorld(record)
    startMachine(record)
    await Promise.all([worldReady, untilGreeting(record.net.address, Date.now() + bootLimit)])
    record = { ...record, initPid: findInit(name) }
    writeRecord(record)
  } catch (error) {
    const console = readConsole(record)
    close()
    throw new Error(
      `range host ${name} did not boot: ${error instanceof Error ? error.message : String(error)}\n${console}`,
      { cause: error },
    )
  }
  if (options.keep === true) process.off('exit', close)
  return openHost(record, base.password, close)
}

/** The handle of a host that is already up, for the command line. */
export async function attachHost(record: HostRecord): Promise<RangeHost> {
  const { password } = await baseImage()
  return openHost(record, password, () => {
    takeDown(record)
  })
}

function openHost(record: HostRecord, password: string, close: () => void): RangeHost {
  const { name, folder, dir, net, initPid } = record
  if (initPid === null) throw new Error(`range host ${name} is not up`)
  const namespaces = `nsenter -t ${initPid} -m -u -i -n -p -r -w -- env -i PATH=${hostPath} LANG=C HOME=/root`.split(
    ' ',
  )
  const enter = (inside: string | undefined, as: string, argv: readonly string[]) => {
    const person = as === 'root' ? [] : ['setpriv', `--reuid=${as}`, `--regid=${as}`, '--init-groups', '--']
    return through(entrances(name, inside), [...namespaces, ...person, ...argv])
  }
  const exec: RangeHost['exec'] = (argv, options = {}) =>
    runAside(enter(undefined, options.as ?? 'root', argv), {
      limit: options.limit ?? 60_000,
      ...(options.input === undefined ? {} : { input: options.input }),
    })
  return {
    name,
    record,
    address: net.address,
    port: 22,
    rootKey: join(folder, 'id_ed25519'),
    knownHosts: join(folder, 'known_hosts'),
    users: {
      deploy: { ...people.deploy, password },
      ops: { ...people.ops, password },
      dev: { ...people.dev, password },
    },
    dir,
    downloads: join(folder, 'downloads'),
    poolLog: join(folder, 'pool.log'),
    exec,
    sh: async (script, ...args) => {
      const done = await exec(['/bin/sh', '-euc', script, 'range', ...args])
      if (done.code !== 0)
        throw new Error(`on ${name}, exit ${String(done.code)}: ${script}\n${done.stderr.slice(-2000)}`)
      return done.stdout
    },
    startIn: async (unit, argv, as = 'root') => {
      const detached = ['setsid', '-f', 'sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'start', ...argv]
      const started = await runAside(enter(`system.slice/${unit}`, as, detached))
      if (started.code !== 0) throw new Error(`on ${name}: ${argv.join(' ')}: ${started.stderr}`)
    },
    processes: () => readProcesses(pidsInside(name)),
    confine: (text) => {
      const pids = matching(readProcesses(pidsInside(name)), text).map((each) => each.outsidePid)
      confine(name, pids)
    },
    snapshotTree: (paths) => snapshotTree(dir, paths),
    close,
  }
}

function startMachine(record: HostRecord): void {
  const console = openSync(join(record.folder, 'console.log'), 'w', 0o600)
  const nspawn = [
    ...[
      'systemd-nspawn',
      '--quiet',
      '--directory',
      record.dir,
      '--boot',
      '--register=no',
      '--keep-unit',
      '--link-journal=no',
    ],
    ...[`--network-namespace-path=/run/netns/${record.net.netns}`, '--capability=CAP_NET_ADMIN', '--console=read-only'],
    ...['--resolv-conf=off', '--timezone=off', '--kill-signal=SIGRTMIN+3', `--hostname=${record.name}`],
  ]
  startIn(birthplaces(record.name), nspawn, console, { SYSTEMD_NSPAWN_TMPFS_TMP: '0' }) // /tmp on disk, as Debian has it
  closeSync(console)
}

/** The pool and downloads of this host, in their own namespace. Resolves when they listen. */
async function startWorld(record: HostRecord): Promise<void> {
  const log = join(record.folder, 'world.log')
  const out = openSync(log, 'w', 0o600)
  const pool = [process.execPath, '--import', 'tsx', join(rangeFolder, 'pool.ts'), record.folder]
  startIn(entrances(record.name), ['ip', 'netns', 'exec', record.net.worldNetns, ...pool], out, {})
  closeSync(out)
  const deadline = Date.now() + bootLimit
  while (!readFileSync(log, 'utf8').startsWith('ready\n')) {
    if (Date.now() > deadline) throw new Error(`the fake pool did not start: ${readFileSync(log, 'utf8')}`)
    await sleep(20)
  }
}

/** Starts a process of its own session that enters the cgroups of the host before it becomes the command. */
function startIn(
  doors: readonly string[],
  argv: readonly string[],
  out: number,
  env: Readonly<Record<string, string>>,
): void {
  const [command = '', ...rest] = through(doors, argv)
  const child = spawn(command, rest, {
    cwd: repositoryFolder,
    detached: true,
    stdio: ['ignore', out, out],
    env: { PATH: process.env['PATH'], ...env },
  })
  child.unref()
}

/** Resolves when something at port 22 greets as SSH. */
async function untilGreeting(address: string, deadline: number): Promise<void> {
  for (;;) {
    if (await greets(address)) return
    if (Date.now() > deadline) throw new Error(`no sshd at ${address} after ${bootLimit / 1000} s`)
    await sleep(40)
  }
}

function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 })
    const answer = (value: boolean) => {
      socket.destroy()
      resolve(value)
    }
    socket.once('data', (bytes) => {
      answer(bytes.toString('latin1').startsWith('SSH-2.0-'))
    })
    socket.once('error', () => {
      answer(false)
    })
    socket.once('timeout', () => {
      answer(false)
    })
  })
}

function findInit(name: string): number {
  const init = readProcesses(pidsInside(name)).find((process) => process.pid === 1)
  if (!init) throw new Error('its PID 1 is not in its cgroup')
  return init.outsidePid
}

function readConsole(record: HostRecord): string {
  try {
    return readFileSync(join(record.folder, 'console.log'), 'latin1').slice(-2000)
  } catch {
    return '(no console)'
  }
}
