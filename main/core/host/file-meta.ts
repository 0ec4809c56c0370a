// What stands on the host under many names, in one round trip: metadata enough to put a file back, and its digest. Absent is an answer; unreadable is unknown.

import { concatBytes } from '../bytes.ts'
import type { HostText } from '../host-text.ts'
import { hostBytes, hostText, shown } from '../host-text.ts'
import script from './file-meta.sh?raw'
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

/** Paths and bytes of paths per request: they are arguments of each tool, and every kernel takes 128 KiB of those. */
const batchPaths = 400
const batchBytes = 64 * 1024
const timeLimit = 10_000
const outputLimit = 4 * 1024 * 1024
/** A batch that was cut is asked again in halves: after a time limit only so often, because one file on a dead server would cost it every time. */
const timedOutHalvings = 2

/**
 * One reading per path, in order. Batches are sent together, so it costs one round trip for any number. Paths must be absolute.
 * A file that changed while it was hashed is unknown. Rejects only as `session.run` does.
 */
export async function statFiles(
  session: HostSession,
  paths: readonly HostText[],
  options: StatOptions = {},
): Promise<readonly FileReading[]> {
  const named = paths.map((path) => ({ path, name: latin1(hostBytes(path)) }))
  const batches: Named[][] = []
  let bytes = batchBytes
  for (const one of named) {
    const last = batches.at(-1)
    bytes += one.name.length + 1
    if (last && last.length < batchPaths && bytes <= batchBytes) last.push(one)
    else {
      batches.push([one])
      bytes = one.name.length + 1
    }
  }
  const readings = await Promise.all(batches.map((some) => readBatch(session, some, options, timedOutHalvings)))
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

/** A path with its bytes as a string of one char per byte, which compares and searches fast. */
interface Named {
  readonly path: HostText
  readonly name: string
}

async function readBatch(
  session: HostSession,
  files: readonly Named[],
  options: StatOptions,
  halvings: number,
): Promise<readonly FileReading[]> {
  const { hashCap = 16 * 1024 * 1024, follow = false, lane = 'bulk', signal } = options
  const plain = files.filter(({ name }) => !name.includes('\n'))
  const odd = files.filter(({ name }) => name.includes('\n'))
  const reply = await session.run(
    {
      argv: ['sh', '-c', script, 'file-meta', String(hashCap), follow ? 'follow' : 'link', String(plain.length)],
      stdin: concatBytes([...plain, ...odd].flatMap(({ path }) => [hostBytes(path), Uint8Array.of(0)])),
      timeLimit,
      stdoutLimit: outputLimit,
    },
    { lane, ...(signal ? { signal } : {}) },
  )
  const cut = reply.timedOut || reply.truncated.stdout
  if (cut && files.length > 1 && (!reply.timedOut || halvings > 0)) {
    const half = Math.ceil(files.length / 2)
    const left = reply.timedOut ? halvings - 1 : halvings
    const both = [files.slice(0, half), files.slice(half)].map((some) => readBatch(session, some, options, left))
    return (await Promise.all(both)).flat()
  }
  const fields = nulFields(reply.stdout).map(latin1)
  const passes = [...(plain.length > 0 ? [plain] : []), ...odd.map((one) => [one])]
  const read = new Map<Named, FileReading>()
  let at = 0
  for (const some of passes) {
    const pass = readPass(fields, at, some, hashCap)
    if (!pass) break
    at = pass.end
    readingsOf(some, pass).forEach((reading, index) => some[index] && read.set(some[index], reading))
  }
  const missing = reply.timedOut
    ? unknown('timed-out', 'the time limit was reached')
    : reply.truncated.stdout
      ? unknown('truncated', 'too much to say')
      : unknown('failed', `exit ${String(reply.exit)}: ${shown(hostText(reply.stderr.slice(0, 200)))}`)
  return files.map((one) => read.get(one) ?? missing)
}

/** What the tools said in one pass, by name. */
interface Pass {
  /** stat lines with `NAME[ -> TARGET]`, in the order of the paths; those that are not there are missing */
  readonly records: readonly (readonly [facts: string, name: string])[]
  readonly complaints: readonly string[]
  readonly flags: ReadonlyMap<string, string>
  readonly attributes: Attributes
  readonly digests: ReadonlyMap<string, string>
  readonly after: ReadonlyMap<string, string>
  readonly hashCap: number
  readonly end: number
}

/** Null when the reply ends within the pass. */
function readPass(fields: readonly string[], start: number, files: readonly Named[], hashCap: number): Pass | null {
  const first = pairs(fields, start)
  const [said, flags, dump, refused, digests] = fields.slice(first.end, first.end + 5)
  if (said === undefined || flags === undefined || dump === undefined || refused === undefined) return null
  const second = pairs(fields, first.end + 5)
  if (digests === undefined || second.end > fields.length) return null
  // a name with a newline is alone in its pass: whatever is said is of it
  const only = files.find(({ name }) => name.includes('\n'))?.name
  const lines = (text: string): string[] => (only !== undefined && text !== '' ? [text] : linesOf(text))
  return {
    records: first.pairs,
    // a link that cannot be read is there all the same
    complaints: linesOf(said).filter((line) => !/^\S*stat: cannot read symbolic link /.test(line)),
    flags: new Map(
      lines(flags).map((line) => [only ?? line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
    ),
    attributes: readAttributes(dump, refused),
    digests: new Map(lines(digests).map((line) => [only ?? line.slice(66), line.slice(0, 64)])),
    after: new Map(second.pairs.map(([facts, name]) => [name, facts])),
    hashCap,
    end: second.end,
  }
}

/** Fields two by two up to an empty one; `end` lies behind that, beyond the fields when it never came. */
function pairs(fields: readonly string[], start: number): { pairs: (readonly [string, string])[]; end: number } {
  const found: (readonly [string, string])[] = []
  let at = start
  for (; at < fields.length && fields[at] !== ''; at += 2) found.push([fields[at] ?? '', fields[at + 1] ?? ''])
  return { pairs: found, end: at + 1 }
}

/** Records and complaints each come in the order of the paths, so that walking along both tells which belongs to which. */
function readingsOf(files: readonly Named[], pass: Pass): FileReading[] {
  let record = 0
  let complaint = 0
  const told = pass.records.length + pass.complaints.length === files.length
  return files.map((file) => {
    const [facts, name] = pass.records[record] ?? []
    if (facts !== undefined && name !== undefined && (name === file.name || name.startsWith(`${file.name} -> `))) {
      record += 1
      return readRecord(file, facts, name, pass)
    }
    const said = pass.complaints[complaint++]
    return told && said !== undefined ? refusal(said) : unknown('failed', 'no record of it')
  })
}

function refusal(said: string): FileReading {
  if (/(?:No such file or directory|Not a directory|No such process)$/.test(said)) return { state: 'absent' }
  const reason = /(?:Permission denied|Operation not permitted)$/.test(said) ? 'not-permitted' : 'failed'
  return unknown(reason, shown(hostText(bytesOf(said.slice(-200)))))
}

function readRecord(file: Named, facts: string, name: string, pass: Pass): FileReading {
  const match = /^(\d+) (\d+) ([0-9a-f]+) ([0-7]+) (\d+) (\d+) (\d+) (\d+) (-?\d+\.\d{9}) (-?\d+\.\d{9}) (\S+)$/.exec(
    facts,
  )
  const type = match ? types[match[3]?.slice(0, -3) ?? ''] : undefined
  if (!match || !type) return unknown('failed', 'metadata that cannot be read')
  const [, dev = '', inode = '', , mode = '', uid, gid, size = '', nlink, mtime = '', ctime = '', btime = ''] = match
  const hashed = type === 'file' && pass.hashCap > 0 && BigInt(size) <= BigInt(pass.hashCap)
  const digest = pass.digests.get(file.name) ?? ''
  if (hashed && pass.after.get(file.name) !== [dev, inode, size, mtime, ctime].join(' '))
    return unknown('failed', 'changed while it was read')
  if (hashed && !/^[0-9a-f]{64}$/.test(digest)) return unknown('not-permitted', 'its bytes could not be read')
  return {
    state: 'present',
    meta: {
      path: file.path,
      identity: { dev, inode, sha256: hashed ? digest : null },
      type,
      mode: mode.padStart(4, '0'),
      uid: Number(uid),
      gid: Number(gid),
      size,
      nlink: Number(nlink),
      mtime,
      ctime,
      btime: /^[1-9]\d*\.\d{9}$/.test(btime) ? btime : null,
      flags: pass.flags.get(file.name)?.replaceAll('-', '') ?? null,
      xattrs: pass.attributes(file.name),
      linkTarget: type === 'symlink' && name !== file.name ? hostText(bytesOf(name.slice(file.name.length + 4))) : null,
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

type Attributes = (name: string) => Readonly<Record<string, string>> | null

/**
 * getfattr's dump: for each file that has attributes a comment with its name (newlines and backslashes in octal), then `attribute=0sBASE64` lines.
 * A file it complained of, or with a line of another shape, gets null; so does every file that is not named, unless getfattr ended well or with complaints.
 */
function readAttributes(dump: string, ending: string): Attributes {
  const found = new Map<string, Record<string, string> | null>()
  let name = ''
  for (const line of linesOf(dump)) {
    if (line.startsWith('# file: ')) {
      name = line
        .slice(8)
        .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
      found.set(name, {})
    } else if (line !== '') {
      const match = /^([^=]+)(?:=(?:0s([A-Za-z0-9+/]*={0,2})|""))?$/.exec(line)
      const attributes = found.get(name)
      if (match && attributes) attributes[match[1] ?? ''] = match[2] ?? ''
      else found.set(name, null)
    }
  }
  const [, exit, refused = ''] = /^(\d+) ([^]*)$/.exec(ending) ?? []
  const complaints = linesOf(refused)
  // `getfattr: NAME: REASON`, or `getfattr: NAME: ATTRIBUTE: REASON`
  for (const complaint of complaints) {
    const words = complaint.split(': ').slice(1)
    for (let end = 1; end < words.length; end++) found.set(words.slice(0, end).join(': '), null)
  }
  const whole = exit === '0' || (exit === '1' && complaints.every((line) => /^\S*getfattr: /.test(line)))
  return (wanted) => found.get(wanted) ?? (whole && !found.has(wanted) ? {} : null)
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

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return text
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}
