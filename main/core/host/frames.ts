// The wire between us and the lane on the host: requests out, frames back. Lengths and fixed fields, never a search inside a payload.
// Only before the first frame do we search, because login chains print what they like there. Anything else unexpected is `frame-garbled`.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'
import type { Arg, HostRequest } from './session.ts'

/** Bytes of one request with everything in it (session.ts promises 4 MiB). */
export const requestCap = 4 * 1024 * 1024
/** Linux refuses a single argv or environment string of 32 pages or more (MAX_ARG_STRLEN); we say so before the host does. */
export const wordCap = 128 * 1024 - 1
/** All words of a request together: an eighth of the 8 MiB stack is safe on every kernel since 2.6.23. */
export const wordsCap = 1024 * 1024
/** Streams kept of one reply, each. */
export const streamCap = 4 * 1024 * 1024
/** What a login chain may print before our first frame; motd and rc noise is a few KiB, beyond this someone is flooding. */
export const preambleCap = 256 * 1024

/** The limits of a request after defaults, as the lane wants them. */
export interface Limits {
  readonly timeLimit: number
  readonly stdoutLimit: number
  readonly stderrLimit: number
}

/** Defaults and bounds of session.ts. Throws `request-too-large` beyond them. */
export function limitsOf(request: HostRequest): Limits {
  return {
    timeLimit: within('timeLimit', request.timeLimit ?? 5000, 100, 10_000),
    stdoutLimit: within('stdoutLimit', request.stdoutLimit ?? 1024 * 1024, 0, streamCap),
    stderrLimit: within('stderrLimit', request.stderrLimit ?? 64 * 1024, 0, streamCap),
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const nul = Uint8Array.of(0)

/**
 * One request as the lane reads it: `run ID SECONDS OUT ERR ARGS ENVS STDIN ONCE\n`, the environment and the words each ended by NUL, then raw stdin.
 * Throws `request-too-large` or `param-invalid` (NUL in a word, a name that could leave the toolbox).
 */
export function encodeRequest(id: number, request: HostRequest): Uint8Array {
  const { timeLimit, stdoutLimit, stderrLimit } = limitsOf(request)
  const words = request.argv.map(wordBytes)
  checkProgram(request.argv[0])
  const env = Object.entries(request.env ?? {}).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new TourniquetError('param-invalid', { what: `environment name ${JSON.stringify(name)}` })
    return wordBytes(`${name}=${value}`)
  })
  const key = request.once ?? '-'
  if (request.once !== undefined && !/^[a-z0-9-]{8,64}$/.test(key))
    throw new TourniquetError('param-invalid', { what: 'once key' })
  const stdin = request.stdin ?? new Uint8Array()
  const seconds = (timeLimit / 1000).toFixed(3)
  const head = `run ${id} ${seconds} ${stdoutLimit} ${stderrLimit} ${words.length} ${env.length} ${stdin.length} ${key}\n`
  const allWords = [...env, ...words]
  const wordBytesTotal = allWords.reduce((sum, word) => sum + word.length + 1, 0)
  if (wordBytesTotal > wordsCap) throw tooLarge('argv', wordBytesTotal, wordsCap)
  if (wordBytesTotal + stdin.length > requestCap) throw tooLarge('request', wordBytesTotal + stdin.length, requestCap)
  return concatBytes([encoder.encode(head), ...allWords.flatMap((word) => [word, nul]), stdin])
}

/** One frame from the lane. `kind`: r a reply, k a kept reply, b the kept one still runs, x the host could not store our stdin. */
export interface Frame {
  readonly id: number
  readonly kind: 'r' | 'k' | 'b' | 'x'
  /** null when cut by the time limit */
  readonly exit: number | null
  readonly stdoutCut: boolean
  readonly stderrCut: boolean
  readonly timedOut: boolean
  /** microseconds since the epoch */
  readonly hostStart: string
  readonly hostEnd: string
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/** id, kind, exit, two lengths, three flags, two clocks with six decimals */
const fields =
  /^ (\d{1,9}) ([rkbx]) (-|\d{1,3}) (\d{1,7}) (\d{1,7}) ([01])([01])([01]) (\d{1,12})\.(\d{6}) (\d{1,12})\.(\d{6})$/
const headCap = 160
const newline = 0x0a
const slash = 0x2f

/**
 * Takes the lane's stdout in pieces of any size. What came before the first is `preamble`.
 * Throws `host-flooded` when the preamble passes its cap and `frame-garbled` on anything that is not the next frame; after that the lane is dead.
 */
export class FrameParser {
  private readonly marker: Uint8Array
  private readonly chunks: Uint8Array[] = []
  private held = 0
  private begun = false
  private head: {
    readonly frame: Omit<Frame, 'stdout' | 'stderr'>
    readonly out: number
    readonly err: number
  } | null = null
  private before: Uint8Array = new Uint8Array()

  /** `marker` must be unguessable to the login chain: 32 hex digits, sent to the lane only after that chain has gone by. */
  constructor(marker: string) {
    this.marker = encoder.encode(marker)
  }

  /** What the login chain printed; whole once the first frame has been seen. */
  get preamble(): Uint8Array {
    return this.begun ? this.before : concatBytes(this.chunks)
  }

  /** True once the first frame has begun. */
  get answered(): boolean {
    return this.begun
  }

  /** True while a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.head !== null || (this.begun && this.held > 0)
  }

  /** `sink` gets every frame that is whole, also those ahead of garbage in the same piece; it may throw to refuse one. */
  push(bytes: Uint8Array, sink: (frame: Frame) => void): void {
    // While a payload is incomplete, pieces are only collected: joining at every piece would be quadratic over a large reply.
    this.chunks.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)) // a subclass's slice may not copy
    this.held += bytes.length
    if (this.head && this.held < this.head.out + this.head.err) return
    let rest = concatBytes(this.chunks)
    for (;;) {
      const step = this.take(rest)
      if (!step) break
      rest = step.rest
      if (step.frame) sink(step.frame)
    }
    this.chunks.length = 0
    if (rest.length > 0) this.chunks.push(rest)
    this.held = rest.length
  }

  private take(rest: Uint8Array): { readonly rest: Uint8Array; readonly frame: Frame | null } | null {
    if (this.head) {
      const { frame, out, err } = this.head
      if (rest.length < out + err) return null
      this.head = null
      return {
        rest: rest.subarray(out + err),
        frame: { ...frame, stdout: rest.slice(0, out), stderr: rest.slice(out, out + err) },
      }
    }
    if (!this.begun) {
      const at = indexOf(rest, this.marker)
      if (at === -1 ? rest.length > preambleCap + this.marker.length : at > preambleCap) {
        throw new TourniquetError('host-flooded', { bytes: rest.length, limit: preambleCap })
      }
      if (at === -1) return null
      this.begun = true
      this.before = rest.slice(0, at)
      return { rest: rest.subarray(at), frame: null }
    }
    if (rest.length === 0) return null
    for (let i = 0; i < Math.min(rest.length, this.marker.length); i++)
      if (rest[i] !== this.marker[i]) throw garbled('a frame was expected')
    const end = rest.indexOf(newline)
    if (end === -1) {
      if (rest.length > headCap) throw garbled('a frame head without an end')
      return null
    }
    this.head = parseHead(rest.subarray(this.marker.length, end))
    return { rest: rest.subarray(end + 1), frame: null }
  }
}

function parseHead(line: Uint8Array): { frame: Omit<Frame, 'stdout' | 'stderr'>; out: number; err: number } {
  const match = line.length <= headCap ? fields.exec(ascii(line)) : null
  if (!match) throw garbled('a frame head that cannot be read')
  const [, id, kind, exit, out, err, outCut, errCut, timedOut, start, startMicro, end, endMicro] = match
  if (Number(out) > streamCap || Number(err) > streamCap) throw garbled('a frame longer than any limit')
  return {
    out: Number(out),
    err: Number(err),
    frame: {
      id: Number(id),
      kind: kind as Frame['kind'],
      exit: exit === '-' ? null : Number(exit),
      stdoutCut: outCut === '1',
      stderrCut: errCut === '1',
      timedOut: timedOut === '1',
      hostStart: `${start ?? ''}${startMicro ?? ''}`,
      hostEnd: `${end ?? ''}${endMicro ?? ''}`,
    },
  }
}

/** First position of `needle`, or -1. */
export function indexOf(haystack: Uint8Array, needle: Uint8Array): number {
  const first = needle[0]
  if (first === undefined) return 0
  for (let at = haystack.indexOf(first); at !== -1; at = haystack.indexOf(first, at + 1)) {
    let same = 1
    while (same < needle.length && haystack[at + same] === needle[same]) same++
    if (same === needle.length) return at
  }
  return -1
}

/**
 * A bare name is looked up among applets and our own tools only, an absolute path is the host's tool. `=` would make env take the word for a variable,
 * were it not for the setsid before it; `-` first would be an option of setsid.
 */
function checkProgram(program: Arg | undefined): void {
  const bytes =
    program === undefined ? new Uint8Array() : typeof program === 'string' ? encoder.encode(program) : program
  if (bytes[0] !== slash && !/^[A-Za-z0-9[][A-Za-z0-9._[-]*$/.test(ascii(bytes)))
    throw new TourniquetError('param-invalid', { what: 'argv[0] must be an applet or an absolute path' })
}

function wordBytes(word: Arg): Uint8Array {
  const bytes = typeof word === 'string' ? encoder.encode(word) : word
  if (bytes.includes(0))
    throw new TourniquetError('param-invalid', { what: 'a NUL byte cannot be part of an argument' })
  if (bytes.length > wordCap) throw tooLarge('argument', bytes.length, wordCap)
  return bytes
}

function within(what: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least) throw new TourniquetError('param-invalid', { what, value, least })
  if (value > most) throw tooLarge(what, value, most)
  return value
}

function tooLarge(what: string, size: number, limit: number): TourniquetError {
  return new TourniquetError('request-too-large', { what, size, limit })
}

function garbled(detail: string): TourniquetError {
  return new TourniquetError('frame-garbled', { detail })
}

/** Bytes as text when they are UTF-8, else the empty string, which no pattern here accepts. */
function ascii(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return ''
  }
}
