// Evidence before an act: reads what the plan says must be kept, checks that it is what was planned, and stores it. What comes back is the store's own
// proof. A required reading that fails blocks the item; it never becomes an empty exhibit.

import type { CaptureSpec, PlannedItem } from '../actions/verb.ts'
import type { Durable } from '../case/store.ts'
import { isTourniquetError } from '../errors.ts'
import { underCleanProc } from '../host/clean-proc.ts'
import { hostText, shown, ownText } from '../host-text.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import { base64 } from '../json.ts'
import { hostBytes } from '../host-text.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import processScript from './capture-process.sh?raw'

export interface CaptureFailure {
  readonly spec: CaptureSpec
  readonly why: 'missing' | 'changed'
  readonly detail: string
}

export type Captured = { readonly kept: readonly Durable[]; readonly failures: readonly CaptureFailure[] }

/** Blocks of 64 KiB in one request for an executable: 3 MiB, below the 4 MiB a reply may hold. */
const blocksPerRange = 48
const blockBytes = 65_536
/** Ranges asked for at once: enough to hide the round trip, few enough to cancel soon. */
const rangesAhead = 4

/** Reads and stores everything one item needs, side by side. Rejects only with `link-lost`, `cancelled` or an error of the store. */
export async function captureItem(
  deps: Pick<EngineDeps, 'store' | 'readFile' | 'signal'>,
  host: EngineHost,
  item: PlannedItem,
  onBytes: (bytes: number) => void,
): Promise<Captured> {
  const results = await Promise.all(
    item.captures.map(async (spec) => {
      const read = await readCapture(deps, host.session, spec)
      if ('why' in read) return read
      onBytes(read.bytes.length)
      return deps.store.keep(host.id, read.bytes, read.meta)
    }),
  )
  return {
    kept: results.filter((one): one is Durable => !('why' in one)),
    failures: results.filter((one): one is CaptureFailure => 'why' in one),
  }
}

interface Reading {
  readonly bytes: Uint8Array
  readonly meta: Parameters<EngineDeps['store']['keep']>[2]
}

async function readCapture(
  deps: Pick<EngineDeps, 'readFile' | 'signal'>,
  session: HostSession,
  spec: CaptureSpec,
): Promise<Reading | CaptureFailure> {
  try {
    switch (spec.read.by) {
      case 'file':
        return await readFileCapture(deps, session, spec, spec.read)
      case 'process':
        return spec.read.entry === 'exe'
          ? await readExecutable(session, spec, spec.read)
          : await readEntry(session, spec, spec.read)
      case 'request':
        return readReply(await session.run(spec.read.request, { lane: 'bulk' }), spec, textOf(spec.read.request))
    }
  } catch (error) {
    if (!isTourniquetError(error) || stopsTheHost.includes(error.code)) throw error
    return { spec, why: 'missing', detail: error.code }
  }
}

/** After these nothing on this host can go on; everything else is one reading that failed. */
const stopsTheHost: readonly string[] = [
  'link-lost',
  'cancelled',
  'frame-garbled',
  'disk-full',
  'disk-error',
  'internal',
]

async function readFileCapture(
  deps: Pick<EngineDeps, 'readFile' | 'signal'>,
  session: HostSession,
  spec: CaptureSpec,
  read: Extract<CaptureSpec['read'], { by: 'file' }>,
): Promise<Reading | CaptureFailure> {
  const { path, identity } = read.path
  const signal = deps.signal === undefined ? {} : { signal: deps.signal }
  const file = await deps.readFile(session, { path, limit: spec.limit, ...signal })
  const now = file.meta.identity
  const other =
    now.dev !== identity.dev ||
    now.inode !== identity.inode ||
    file.changed ||
    (identity.sha256 !== null && file.hostSha256 !== null && !file.truncated && identity.sha256 !== file.hostSha256)
  if (other) return { spec, why: 'changed', detail: `${shown(path)} is not the file that was planned` }
  const { linkTarget } = file.meta
  return {
    // what a link holds is where it leads; the file there is somebody else
    bytes: linkTarget === null ? file.bytes : hostBytes(linkTarget),
    meta: {
      what: spec.what,
      path: shown(path),
      pathBytes: base64(hostBytes(path)),
      meta: file.meta,
      method: linkTarget === null ? `read-file ${shown(path)}` : `read-link ${shown(path)}`,
      hostSha256: file.hostSha256,
      hostTime: null,
      truncated: file.truncated,
    },
  }
}

type ProcessRead = Extract<CaptureSpec['read'], { by: 'process' }>

async function readEntry(
  session: HostSession,
  spec: CaptureSpec,
  read: ProcessRead,
): Promise<Reading | CaptureFailure> {
  const reply = await session.run(processRequest(read, read.entry, Math.min(spec.limit, 4 * 1024 * 1024)), {
    lane: 'bulk',
  })
  const digest = /^([0-9a-f]{64}) /.exec(new TextDecoder().decode(reply.stderr))?.[1] ?? null
  if (reply.exit === 0 && digest === null) return { spec, why: 'missing', detail: 'no digest from the host' }
  return readReply(reply, spec, methodOf(read), digest)
}

/** An executable is read in ranges, each of which checks the process again; the digest over the whole is taken on the host. */
async function readExecutable(
  session: HostSession,
  spec: CaptureSpec,
  read: ProcessRead,
): Promise<Reading | CaptureFailure> {
  const digesting = session.run({ ...processRequest(read, 'exe-digest', 1024), timeLimit: 10_000 }, { lane: 'bulk' })
  const parts: Uint8Array[] = []
  let size = 0
  let last: HostReply | null = null
  for (let range = 0, more = true; more && size < spec.limit; range += rangesAhead) {
    const replies = await Promise.all(
      Array.from({ length: rangesAhead }, (_, ahead) => {
        const skip = String((range + ahead) * blocksPerRange)
        return session.run(processRequest(read, 'exe', blocksPerRange * blockBytes, skip, String(blocksPerRange)), {
          lane: 'bulk',
        })
      }),
    )
    for (const reply of replies) {
      if (!more) break
      const failure = failureOf(reply, spec)
      if (failure) {
        await digesting.catch(() => null) // its reply would say the same
        return failure
      }
      parts.push(reply.stdout)
      size += reply.stdout.length
      more = reply.stdout.length === blocksPerRange * blockBytes
      last = reply
    }
  }
  const digestReply = await digesting
  const digest =
    digestReply.exit === 0 ? (/^([0-9a-f]{64}) /.exec(new TextDecoder().decode(digestReply.stdout))?.[1] ?? null) : null
  if (digestReply.exit === 0 && digest === null) return { spec, why: 'missing', detail: 'no digest from the host' }
  const truncated = size > spec.limit || (last?.stdout.length === blocksPerRange * blockBytes && size >= spec.limit)
  const bytes = joined(parts, Math.min(size, spec.limit))
  return {
    bytes,
    meta: {
      ...bare(spec, methodOf(read)),
      hostSha256: truncated ? null : digest,
      hostTime: last?.clocks.hostEnd ?? null,
      truncated,
    },
  }
}

function readReply(
  reply: HostReply,
  spec: CaptureSpec,
  method: string,
  digest: string | null = null,
): Reading | CaptureFailure {
  const failure = failureOf(reply, spec)
  if (failure) return failure
  const truncated = reply.truncated.stdout
  return {
    bytes: reply.stdout,
    meta: { ...bare(spec, method), hostSha256: truncated ? null : digest, hostTime: reply.clocks.hostEnd, truncated },
  }
}

function failureOf(reply: HostReply, spec: CaptureSpec): CaptureFailure | null {
  if (reply.exit === 0) return null
  if (reply.timedOut) return { spec, why: 'missing', detail: 'time limit' }
  if (reply.exit === 20 && spec.read.by === 'process')
    return { spec, why: 'changed', detail: 'the process ended or is another one' }
  const words = shown(hostText(reply.stderr.subarray(0, 200)))
  return { spec, why: 'missing', detail: `exit ${String(reply.exit)} ${words}`.trim() }
}

function processRequest(
  read: ProcessRead,
  entry: string,
  stdoutLimit: number,
  ...range: readonly string[]
): HostRequest {
  return {
    argv: underCleanProc(processScript, 'capture-process', [String(read.pid), read.startTime, entry, ...range]),
    stdoutLimit,
  }
}

function methodOf(read: ProcessRead): string {
  return `capture-process ${String(read.pid)} ${read.startTime} ${read.entry}`
}

/** A request as one readable line: scripts by name, bytes in shown form. */
export function textOf(request: HostRequest): string {
  const words = wordsOf(request.argv)
  const text = words.map((word) => shown(typeof word === 'string' ? ownText(word) : hostText(word))).join(' ')
  return text.length > 400 ? `${text.slice(0, 397)}...` : text
}

function wordsOf(argv: HostRequest['argv']): HostRequest['argv'] {
  if (argv[0] !== 'sh' || argv[1] !== '-c') return argv
  return argv[3] === 'clean-proc' ? argv.slice(5) : argv.slice(3)
}

function bare(spec: CaptureSpec, method: string) {
  return { what: spec.what, path: null, pathBytes: null, meta: null, method }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    const fits = part.subarray(0, size - at)
    whole.set(fits, at)
    at += fits.length
  }
  return whole
}
