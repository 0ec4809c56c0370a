// Putting things on a range host from outside: files with every property set, so that nothing on the host takes part in it.
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { run } from '../machine.ts'

export interface PutOptions {
  /** Default 0644. */
  readonly mode?: number
  /** A name in the host's passwd; its primary group goes with it. Default root. */
  readonly owner?: string
  /** A name in the host's group file. */
  readonly group?: string
  /** Letters for chattr. */
  readonly flags?: string
  /** How long ago it seems to have been written; default 40 days. */
  readonly daysOld?: number
}

/** Writes a file on the host, replacing what was there. The folder is made when missing. */
export function put(host: RangeHost, path: string, content: string | Uint8Array, options: PutOptions = {}): void {
  const file = join(host.dir, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  const { uid, gid } = options.owner === undefined ? { uid: 0, gid: 0 } : accountOf(host, options.owner)
  chownSync(file, uid, options.group === undefined ? gid : groupOf(host, options.group))
  chmodSync(file, options.mode ?? 0o644)
  const then = new Date(Date.now() - (options.daysOld ?? 40) * 86_400_000)
  utimesSync(file, then, then)
  if (options.flags !== undefined) run(['chattr', `+${options.flags}`, '--', file])
}

/** Copies a compiled stand-in onto the host. */
export function putProgram(host: RangeHost, path: string, compiled: string, options: PutOptions = {}): void {
  put(host, path, readFileSync(compiled), { mode: 0o755, ...options })
}

/** Adds a line to a file of the host, keeping its mode and owner, and sets its time to now: as an intruder's `echo >>` would. */
export function append(host: RangeHost, path: string, line: string): void {
  const file = join(host.dir, path)
  lstatSync(file) // a scenario that appends to nothing is mistaken
  writeFileSync(file, `${line}\n`, { flag: 'a' })
}

/** Gives a file the times of the shell, as `touch -r /bin/sh` does. */
export function stomp(host: RangeHost, path: string): void {
  const { atime, mtime } = lstatSync(join(host.dir, 'usr/bin/dash'))
  utimesSync(join(host.dir, path), atime, mtime)
}

/** A user's crontab, as crontab(1) would install it. */
export function putCrontab(
  host: RangeHost,
  user: string,
  content: string | Uint8Array,
  options: PutOptions = {},
): void {
  put(host, `/var/spool/cron/crontabs/${user}`, content, { mode: 0o600, owner: user, group: 'crontab', ...options })
}

/** Keeps a file as it was delivered, beside the host's disk and not on it, before a scenario replaces or removes it: the oracle compares with it. */
export function putAside(host: RangeHost, path: string): void {
  mkdirSync(dirname(asideOf(host, path)), { recursive: true })
  run(['cp', '-a', '--', join(host.dir, path), asideOf(host, path)])
}

/** Where that is. */
export function asideOf(host: RangeHost, path: string): string {
  return join(host.dir, '../delivered', path)
}

function accountOf(host: RangeHost, name: string): { readonly uid: number; readonly gid: number } {
  const [, , uid, gid] = fieldsOf(host, '/etc/passwd', name)
  return { uid: Number(uid), gid: Number(gid) }
}

function groupOf(host: RangeHost, name: string): number {
  return Number(fieldsOf(host, '/etc/group', name)[2])
}

function fieldsOf(host: RangeHost, file: string, name: string): readonly string[] {
  const line = readFileSync(join(host.dir, file), 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`))
  if (line === undefined) throw new Error(`${host.name} has no ${name} in ${file}`)
  return line.split(':')
}
