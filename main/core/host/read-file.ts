// Evidence reads: the bytes of one file with the metadata they belong to and a digest taken on the host. Whole or `truncated`, never silently short.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'
import type { HostText } from '../host-text.ts'
import { hostBytes, hostText, shown } from '../host-text.ts'
import type { FileReading } from './file-meta.ts'
import { statFiles } from './file-meta.ts'
import { streamCap } from './frames.ts'
import type { FileMeta } from './identity.ts'
import script from './read-range.sh?raw'
import type { HostReply, HostSession } from './session.ts'

/** Ranges under way together: enough to fill a long link, few enough that a cancel is felt within one range. */
const depth = 3
const timeLimit = 10_000

export interface ReadFileOptions {
  readonly path: HostText
  /** bytes; what lies beyond is not read and `truncated` says so */
  readonly limit: number
  /** read through a link, e.g. /proc/PID/exe; otherwise a link is not a file and has no bytes */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

export interface HostFile {
  readonly bytes: Uint8Array
  /** as it stood after the last byte was read; for other than regular files there are no bytes */
  readonly meta: FileMeta
  /** digest of exactly `bytes`, taken on the host; null when the host could not hash that much in its time limit */
  readonly hostSha256: string | null
  readonly truncated: boolean
  /** it changed while it was read, twice: the bytes may be of two states */
  readonly changed: boolean
}

/**
 * Reads on the bulk lane: one round trip up to 4 MiB, then ranges, three under way. Identity is taken before and after; a file that changed in between
 * is read once more. Rejects with `file-unreadable` (`reason: absent` when there is no such name), `request-timeout`, and as `session.run` does.
 */
export async function readHostFile(session: HostSession, options: ReadFileOptions): Promise<HostFile> {
  const first = await readOnce(session, options)
  return first.changed ? readOnce(session, options) : first
}

async function readOnce(session: HostSession, options: ReadFileOptions): Promise<HostFile> {
  const { path, limit } = options
  const start = Math.min(limit + 1, streamCap) // one byte more than asked for tells whether there is more
  const [before, range, after] = await Promise.all([
    stat(session, options, 0),
    readRange(session, options, 0, start),
    stat(session, options, 0),
  ])
  const meta = present(before, path)
  if (meta.type !== 'file') return { bytes: new Uint8Array(), meta, hostSha256: null, truncated: false, changed: false }
  const head = rangeOf(range, path)
  if (head.bytes.length < start) return whole(head, meta, present(after, path), path)
  if (head.bytes.length > limit) return cut(session, options, head.bytes.slice(0, limit), meta)
  return readRest(session, options, head.bytes, meta)
}

/** Everything came in the first range: its digest is the file's. */
function whole(head: Range, before: FileMeta, after: FileMeta, path: HostText): HostFile {
  return {
    bytes: head.bytes,
    meta: { ...after, identity: { ...after.identity, sha256: head.sha256 } },
    hostSha256: head.sha256,
    truncated: false,
    changed: !same(before, after, path),
  }
}

/** More than one range: the rest, three at a time, then the digest of the whole. */
async function readRest(
  session: HostSession,
  options: ReadFileOptions,
  head: Uint8Array,
  before: FileMeta,
): Promise<HostFile> {
  const { path, limit } = options
  const parts = [head]
  let at = head.length
  for (let ended = false; !ended && at <= limit;) {
    const offsets = Array.from({ length: depth }, (_, index) => at + index * streamCap).filter(
      (offset) => offset <= limit,
    )
    const ranges = await Promise.all(offsets.map((offset) => readRange(session, options, offset, streamCap)))
    for (const reply of ranges) {
      const { bytes } = rangeOf(reply, path)
      if (!ended) parts.push(bytes)
      at += ended ? 0 : bytes.length
      ended ||= bytes.length < streamCap
    }
  }
  const bytes = concatBytes(parts)
  if (bytes.length > limit) return cut(session, options, bytes.slice(0, limit), before)
  const after = present(await stat(session, options, bytes.length), path)
  return {
    bytes,
    meta: after,
    hostSha256: after.identity.sha256,
    truncated: false,
    changed: !same(before, after, path),
  }
}

/** The file is longer than asked for: the digest is of the part that was kept, and the file's own stays unknown. */
async function cut(
  session: HostSession,
  options: ReadFileOptions,
  bytes: Uint8Array,
  before: FileMeta,
): Promise<HostFile> {
  const { path, signal } = options
  const [digest, after] = await Promise.all([
    session.run(
      {
        argv: ['sh', '-c', 'head -c "$2" "$1" | sha256sum', 'prefix', hostBytes(path), String(bytes.length)],
        timeLimit,
      },
      { lane: 'bulk', ...(signal ? { signal } : {}) },
    ),
    stat(session, options, 0),
  ])
  const meta = present(after, path)
  return { bytes, meta, hostSha256: digestIn(digest.stdout), truncated: true, changed: !same(before, meta, path) }
}

async function stat(
  session: HostSession,
  { path, follow = false, signal }: ReadFileOptions,
  hashCap: number,
): Promise<FileReading> {
  const [reading] = await statFiles(session, [path], { hashCap, follow, lane: 'bulk', ...(signal ? { signal } : {}) })
  return reading ?? { state: 'unknown', reason: 'failed', detail: 'no answer' }
}

function readRange(
  session: HostSession,
  { path, signal }: ReadFileOptions,
  offset: number,
  length: number,
): Promise<HostReply> {
  return session.run(
    {
      argv: ['sh', '-c', script, 'range', hostBytes(path), String(offset), String(length)],
      timeLimit,
      stdoutLimit: streamCap,
    },
    { lane: 'bulk', ...(signal ? { signal } : {}) },
  )
}

interface Range {
  readonly bytes: Uint8Array
  /** of a range at the start of the file; null for the others */
  readonly sha256: string | null
}

function rangeOf(reply: HostReply, path: HostText): Range {
  if (reply.timedOut) throw new TourniquetError('request-timeout', { what: 'range', path: shown(path) })
  const sha256 = digestIn(reply.stderr)
  if (reply.exit !== 0 || reply.truncated.stdout) {
    throw new TourniquetError('file-unreadable', {
      path: shown(path),
      reason: 'failed',
      detail: shown(hostText(reply.stderr.slice(0, 200))),
    })
  }
  return { bytes: reply.stdout, sha256 }
}

function present(reading: FileReading, path: HostText): FileMeta {
  if (reading.state === 'present') return reading.meta
  const why =
    reading.state === 'absent'
      ? { reason: 'absent', detail: 'no such file' }
      : { reason: reading.reason, detail: reading.detail }
  throw new TourniquetError('file-unreadable', { path: shown(path), ...why })
}

/** The same state of the same file. Names under /proc have no lasting inode or times; what they answer is of the one read. */
function same(before: FileMeta, after: FileMeta, path: HostText): boolean {
  if (shown(path).startsWith('/proc/') && before.size === '0') return true
  return (
    before.identity.dev === after.identity.dev &&
    before.identity.inode === after.identity.inode &&
    before.size === after.size &&
    before.mtime === after.mtime &&
    before.ctime === after.ctime
  )
}

function digestIn(bytes: Uint8Array): string | null {
  return /^([0-9a-f]{64})\b/.exec(new TextDecoder().decode(bytes))?.[1] ?? null
}
