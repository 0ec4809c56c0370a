// What stands on the host under many names, in one round trip: metadata enough to put a file back, and its digest. Absent is an answer; unreadable is unknown.

import type { HostText } from '../host-text.ts'
import { hostBytes, hostText, shown } from '../host-text.ts'
import script from './file-meta.sh?raw'
import { join } from './frames.ts'
import type { FileMeta } from './identity.ts'
import type { HostSession, LaneName } from './session.ts'

/** One name looked up. `absent` is certain: the kernel said there is no such name. */
export type FileReading =
  | { readonly state: 'present'; readonly meta: FileMeta }
  | { readonly state: 'absent' }
  | {
      readonly state: 'unknown'
      readonly reason: 'failed' | 'timed-out' | 'not-permitted' | 'truncated'
      readonly detail: string
    }

export interface StatOptions {
  /** bytes: regular files up to this size are hashed (default 16 MiB); 0 hashes none. The digest of what was not hashed is null. */
  readonly hashCap?: number
  /** look at what a link leads to, e.g. /proc/PID/exe, where it works even when the file was deleted; flags are not read then */
  readonly follow?: boolean
  /** default bulk, so that a large hash never stands in the way of an act */
  readonly lane?: LaneName
  readonly signal?: AbortSignal
}

/** Paths per request: about 2 ms each on an idle host, so a batch stays far below the time limit on a loaded one. */
const batch = 400
const timeLimit = 10_000
/** A record is a few hundred bytes; attributes can hold 64 KiB each. Larger batches answer `truncated` for the tail. */
const outputLimit = 4 * 1024 * 1024

/**
 * One reading per path, in order. Batches are sent together, so it costs one round trip for any number. Paths must be absolute.
 * A file that changed while it was hashed is unknown. Rejects only as `session.run` does.
 */
export async function statFiles(
  session: HostSession,
  paths: readonly HostText[],
  options: StatOptions = {},
): Promise<readonly FileReading[]> {
  const batches: HostText[][] = []
  for (let at = 0; at < paths.length; at += batch) batches.push(paths.slice(at, at + batch))
  const readings = await Promise.all(batches.map((some) => readBatch(session, some, options)))
  return readings.flat()
}

/** The executable of each process, through /proc/PID/exe. */
export function statExecutables(
  session: HostSession,
  pids: readonly number[],
  options: Omit<StatOptions, 'follow'> = {},
): Promise<readonly FileReading[]> {
  const paths = pids.map((pid) => hostText(new TextEncoder().encode(`/proc/${pid}/exe`)))
  return statFiles(session, paths, { ...options, follow: true })
}

async function readBatch(
  session: HostSession,
  paths: readonly HostText[],
  options: StatOptions,
): Promise<readonly FileReading[]> {
  const { hashCap = 16 * 1024 * 1024, follow = false, lane = 'bulk', signal } = options
  const reply = await session.run(
    {
      argv: ['sh', '-c', script, 'file-meta', String(hashCap), follow ? 'follow' : 'link'],
      stdin: join([...paths.flatMap((path) => [hostBytes(path), Uint8Array.of(0)]), new Uint8Array()]),
      timeLimit,
      stdoutLimit: outputLimit,
    },
    { lane, ...(signal ? { signal } : {}) },
  )
  const fields = nulFields(reply.stdout)
  return paths.map((path, index) => {
    const record = fields.slice(index * fieldCount, (index + 1) * fieldCount)
    if (record.length < fieldCount) {
      if (reply.timedOut) return unknown('timed-out', 'the time limit was reached')
      return reply.truncated.stdout
        ? unknown('truncated', 'too much to say')
        : unknown('failed', `exit ${String(reply.exit)}: ${shown(hostText(reply.stderr.slice(0, 200)))}`)
    }
    return readRecord(path, record)
  })
}

const fieldCount = 7

function readRecord(path: HostText, record: readonly Uint8Array[]): FileReading {
  const [status, facts, flags, digest, attributes, target, end] = record
  if (!status || !facts || !flags || !digest || !attributes || !target || !end || text(end) !== '.')
    return unknown('failed', 'a record that cannot be read')
  const said = text(status)
  if (said === 'changed') return unknown('failed', 'changed while it was read')
  if (said !== 'ok') {
    if (/(?:No such file or directory|Not a directory|No such process)$/.test(said)) return { state: 'absent' }
    return unknown(
      /(?:Permission denied|Operation not permitted)$/.test(said) ? 'not-permitted' : 'failed',
      shown(hostText(status.slice(-200))),
    )
  }
  const match = /^(\d+) (\d+) ([0-9a-f]+) ([0-7]+) (\d+) (\d+) (\d+) (\d+) (-?\d+\.\d{9}) (-?\d+\.\d{9}) (\S+)$/.exec(
    text(facts),
  )
  const type = match ? types[match[3]?.slice(0, -3) ?? ''] : undefined
  if (!match || !type) return unknown('failed', 'metadata that cannot be read')
  const [, dev = '', inode = '', , mode = '', uid, gid, size = '', nlink, mtime = '', ctime = '', btime = ''] = match
  const hashed = text(digest)
  if (hashed === '?') return unknown('not-permitted', 'its bytes could not be read')
  return {
    state: 'present',
    meta: {
      path,
      identity: { dev, inode, sha256: /^[0-9a-f]{64}$/.test(hashed) ? hashed : null },
      type,
      mode: mode.padStart(4, '0'),
      uid: Number(uid),
      gid: Number(gid),
      size,
      nlink: Number(nlink),
      mtime,
      ctime,
      btime: /^[1-9]\d*\.\d{9}$/.test(btime) ? btime : null,
      flags: text(flags) === '?' ? null : text(flags).replaceAll('-', ''),
      xattrs: readAttributes(text(attributes)),
      linkTarget: target.length === 0 ? null : hostText(target),
    },
  }
}

const types: Readonly<Record<string, FileMeta['type']>> = {
  '1': 'fifo',
  '2': 'char',
  '4': 'directory',
  '6': 'block',
  '8': 'file',
  a: 'symlink',
  c: 'socket',
}

/** getfattr's dump: a comment with the name, then `attribute=0sBASE64` lines. Null when it failed or a line is not of that shape. */
function readAttributes(dump: string): Readonly<Record<string, string>> | null {
  const attributes: Record<string, string> = {}
  for (const line of dump.split('\n')) {
    if (line === '' || line.startsWith('# file: ')) continue
    const match = /^([^=]+)(?:=(?:0s([A-Za-z0-9+/]*={0,2})|""))?$/.exec(line)
    if (!match) return null
    attributes[match[1] ?? ''] = match[2] ?? ''
  }
  return attributes
}

function unknown(reason: 'failed' | 'timed-out' | 'not-permitted' | 'truncated', detail: string): FileReading {
  return { state: 'unknown', reason, detail }
}

/** NUL-terminated fields; an unterminated rest is dropped, because it was cut. */
export function nulFields(bytes: Uint8Array): readonly Uint8Array[] {
  const fields: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at)
    if (end === -1) break
    fields.push(bytes.slice(at, end))
    at = end + 1
  }
  return fields
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
