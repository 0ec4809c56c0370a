// What is running in the range, and how to end it whatever happened: each host has one state file naming all it is made of, written
// before anything is made. Taking a host down needs nothing but that file, and may be repeated.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { pidsOf, removeGroups } from './cgroups.ts'
import { birthOf, isAlive, rangeFolder, repositoryFolder, runFolder, tryRun } from './machine.ts'
import { removeNet, releaseNet } from './net.ts'
import type { Net } from './net.ts'

/** A host that nobody took down is swept after this long, so that a forgotten one does not burn CPU for ever. */
const longestLife = 6 * 60 * 60_000

export interface HostRecord {
  readonly name: string
  readonly scenario: string | null
  /** Who takes it down; null: a person will, with the command line. */
  readonly owner: { readonly pid: number; readonly birth: string } | null
  /** Unix time in milliseconds. */
  readonly made: number
  readonly net: Net
  /** Keys, disk and console of the host; removed with it. */
  readonly folder: string
  /** The root file system, mounted on this machine. */
  readonly dir: string
  /** PID 1 of the host as a pid of this machine; null while it boots. */
  readonly initPid: number | null
}

/** The record of this process as owner. */
export function thisOwner(): NonNullable<HostRecord['owner']> {
  return { pid: process.pid, birth: birthOf(process.pid) ?? '' }
}

export function writeRecord(record: HostRecord): void {
  mkdirSync(runFolder, { recursive: true, mode: 0o755 })
  const file = recordFile(record.name)
  writeFileSync(`${file}.new`, JSON.stringify(record, null, 2))
  renameSync(`${file}.new`, file)
}

/** Null when there is no such host. */
export function readRecord(name: string): HostRecord | null {
  if (!existsSync(recordFile(name))) return null
  return JSON.parse(readFileSync(recordFile(name), 'utf8')) as HostRecord
}

export function listRecords(): readonly HostRecord[] {
  if (!existsSync(runFolder)) return []
  return readdirSync(runFolder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => readRecord(file.slice(0, -'.json'.length)) ?? [])
}

/** Ends everything the host ever started and removes every trace of it on this machine. Safe to call twice and after any crash. */
export function takeDown(record: HostRecord): void {
  removeGroups(record.name)
  while (tryRun(['umount', record.dir]).code === 0); // a mount may have been stacked upon by a crash half-way
  if (isMounted(record.dir)) tryRun(['umount', '-l', record.dir])
  removeNet(record.net)
  rmSync(record.folder, { recursive: true, force: true })
  rmSync(recordFile(record.name), { force: true })
  releaseNet(record.net, record.name)
}

/** Takes down the hosts whose owner is gone, and those past their longest life. Returns their names. */
export function sweepRange(): readonly string[] {
  const orphans = listRecords().filter((record) => {
    if (Date.now() - record.made > longestLife) return true
    return record.owner !== null && !isAlive(record.owner.pid, record.owner.birth)
  })
  for (const record of orphans) {
    try {
      takeDown(record)
    } catch (error) {
      if (readRecord(record.name) !== null) throw error // else a guard or another sweep was quicker, and has finished
    }
  }
  return orphans.map((record) => record.name)
}

/** What is left of a host on this machine: empty when it was taken down wholly. For tests and for people who doubt. */
export function remains(record: HostRecord): readonly string[] {
  const left: string[] = []
  if (isMounted(record.dir)) left.push(`mount ${record.dir}`)
  if (tryRun(['losetup', '--noheadings', '--output', 'BACK-FILE']).stdout.includes(`${record.folder}/`))
    left.push('a loop device')
  if (existsSync(record.folder)) left.push(`folder ${record.folder}`)
  for (const netns of [record.net.netns, record.net.worldNetns])
    if (existsSync(`/run/netns/${netns}`)) left.push(`network namespace ${netns}`)
  if (existsSync(`/sys/class/net/${record.net.link}`)) left.push(`link ${record.net.link}`)
  const groups = tryRun(['find', '/sys/fs/cgroup', '-type', 'd', '-path', `*/tourniquet-range/${record.name}`]).stdout
  for (const group of groups.split('\n')) if (group !== '') left.push(`cgroup ${group}`)
  for (const pid of pidsOf(record.name)) left.push(`process ${pid}`)
  if (existsSync(recordFile(record.name))) left.push('its state file')
  return left
}

/**
 * A small shell that outlives this process and takes the host down when we die in any way, `kill -9` included: it waits on a pipe whose
 * other end only we hold. Call `dismiss` after an orderly take-down.
 */
export function postGuard(name: string): { readonly dismiss: () => void } {
  const script = 'read -r word && [ "$word" = dismissed ] && exit 0; exec "$@"'
  const takeDownLater = [process.execPath, '--import', 'tsx', join(rangeFolder, 'cli.ts'), 'down', name]
  const guard: ChildProcess = spawn('sh', ['-c', script, 'range-guard', ...takeDownLater], {
    cwd: repositoryFolder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'], TOURNIQUET_RANGE: process.env['TOURNIQUET_RANGE'] },
  })
  guard.unref()
  guard.on('error', () => undefined) // without a guard the next boot sweeps
  guard.stdin?.on('error', () => undefined)
  if (guard.stdin && 'unref' in guard.stdin) (guard.stdin as unknown as { unref: () => void }).unref()
  return { dismiss: () => guard.stdin?.end('dismissed\n') }
}

function isMounted(folder: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === folder)
}

function recordFile(name: string): string {
  return join(runFolder, `${name}.json`)
}
