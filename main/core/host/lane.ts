// Our end of one lane: requests are written the moment they come, replies are matched in order. It never waits for a reply before it sends,
// never guesses after a garbled frame, and always answers every request, if only with why not.

import { TourniquetError, isTourniquetError } from '../errors.ts'
import { hostText, shown } from '../host-text.ts'
import type { Channel, Clock, Ending } from '../ports.ts'
import type { Frame } from './frames.ts'
import { FrameParser, encodeRequest, limitsOf } from './frames.ts'
import type { HostReply, HostRequest } from './session.ts'

/**
 * Milliseconds beyond the host-side limit before we give a lane up: a loaded host needs seconds to fork, and a slow link seconds to carry.
 * A lane that stays silent longer holds a child that cannot be killed, or a host that plays dead.
 */
export const replyGrace = 15_000
/** Slowest link we wait for, bytes per millisecond (8 KiB/s): bounds how long one reply or one upload may take. */
const slowest = 8
/** Diagnostics kept of the lane's stderr; our shell writes there only when the host is in trouble (cannot fork, disk full). */
const stderrKept = 4096

/** Milliseconds between a failed write and the channel's own ending, which knows why. */
const endingGrace = 1000

interface Pending {
  readonly id: number
  readonly request: HostRequest
  readonly sent: string
  readonly limit: number
  /** bytes we had to send: the host cannot have begun before they arrived */
  readonly size: number
  settled: boolean
  unlisten: () => void
  readonly resolve: (reply: HostReply) => void
  readonly reject: (error: TourniquetError) => void
}

export interface LaneOptions {
  readonly clock: Clock
  readonly marker: string
  readonly onReply?: (id: number, request: HostRequest, reply: HostReply | null) => void
}

/** Owned by the session. `feed` and `end` are called with what the channel brings: the arrival listens to it from before the lane exists. */
export class Lane {
  private readonly channel: Channel
  private readonly options: LaneOptions
  private readonly parser: FrameParser
  private readonly pending: Pending[] = []
  private readonly endedListeners: ((error: TourniquetError) => void)[] = []
  private watch: AbortController | null = null
  private nextId = 1
  /** bytes said since the last frame: the toolbox, above all, which is on the wire ahead of the first request */
  private said = 0
  private dead: TourniquetError | null = null
  private errorText: Uint8Array = new Uint8Array()

  constructor(channel: Channel, options: LaneOptions) {
    this.channel = channel
    this.options = options
    this.parser = new FrameParser(options.marker)
  }

  /** Why it can no longer be used, or null. */
  get death(): TourniquetError | null {
    return this.dead
  }

  /** What introduces every frame; an adopted folder is spoken to with the same. */
  get marker(): string {
    return this.options.marker
  }

  /** True once the host's end has answered anything. */
  get answered(): boolean {
    return this.parser.answered
  }

  get preamble(): Uint8Array {
    return this.parser.preamble
  }

  /** The last words of our shell on stderr, for a diagnosis. */
  get stderr(): Uint8Array {
    return this.errorText
  }

  onEnded(listener: (error: TourniquetError) => void): void {
    if (this.dead) listener(this.dead)
    else this.endedListeners.push(listener)
  }

  /** Raw bytes ahead of the first request (the marker) or instead of one (`detach`). */
  async say(bytes: Uint8Array): Promise<void> {
    if (this.dead) throw this.dead
    this.said += bytes.length
    await this.channel.write(bytes)
  }

  /** Sends at once. Rejections as in session.ts. */
  run(request: HostRequest, signal?: AbortSignal): Promise<HostReply> {
    if (signal?.aborted) return Promise.reject(new TourniquetError('cancelled'))
    if (this.dead) return Promise.reject(this.dead)
    const id = this.nextId
    let bytes: Uint8Array
    try {
      bytes = encodeRequest(id, request)
    } catch (error) {
      return Promise.reject(asError(error))
    }
    this.nextId++
    const { timeLimit } = limitsOf(request)
    const sent = this.options.clock.now()
    return new Promise<HostReply>((resolve, reject) => {
      const entry: Pending = {
        id,
        request,
        sent,
        limit: timeLimit,
        size: bytes.length,
        settled: false,
        unlisten: () => undefined,
        resolve,
        reject,
      }
      // The host goes on with a cancelled request, bounded by its limit; its reply is taken off the wire and dropped.
      const onAbort = (): void => {
        this.fail(entry, new TourniquetError('cancelled'))
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      entry.unlisten = () => signal?.removeEventListener('abort', onAbort)
      this.pending.push(entry)
      if (this.pending.length === 1) this.guardHead()
      this.channel.write(bytes).catch((cause: unknown) => {
        void this.writeFailed(cause)
      })
    })
  }

  feed(bytes: Uint8Array): void {
    if (this.dead) return
    try {
      this.parser.push(bytes, (frame) => {
        this.settle(frame)
      })
    } catch (error) {
      this.end(asError(error))
    }
  }

  feedError(bytes: Uint8Array): void {
    const all = new Uint8Array(this.errorText.length + bytes.length)
    all.set(this.errorText)
    all.set(bytes, this.errorText.length)
    this.errorText = all.slice(-stderrKept)
  }

  /** The ending of the channel as every pending request will see it. */
  endingError(ending: Ending): TourniquetError {
    const detail = shown(hostText(this.errorText.slice(-400)))
    return new TourniquetError(ending.reason === 'flooded' ? 'host-flooded' : 'link-lost', {
      reason: ending.reason,
      exit: ending.exit ?? -1,
      detail,
    })
  }

  /** No more input: the host's loop leaves after what it is doing. */
  hangUp(): void {
    this.channel.end()
  }

  /** Ends the lane with a reason; every pending request is rejected with it. */
  end(error: TourniquetError): void {
    if (this.dead) return
    this.dead = error
    this.watch?.abort()
    this.channel.close()
    for (const entry of this.pending.splice(0)) this.fail(entry, error)
    for (const listener of this.endedListeners.splice(0)) listener(error)
  }

  /** A write that fails says less than the ending which follows it: that one is waited for, shortly. */
  private async writeFailed(cause: unknown): Promise<void> {
    await this.options.clock.sleep(endingGrace)
    this.end(new TourniquetError('link-lost', { reason: 'write' }, cause))
  }

  private settle(frame: Frame): void {
    const entry = this.pending[0]
    if (entry?.id !== frame.id) {
      throw new TourniquetError('frame-garbled', {
        detail: `reply ${frame.id} where ${entry?.id ?? 'none'} was expected`,
      })
    }
    const { stdoutLimit, stderrLimit } = limitsOf(entry.request)
    if (frame.kind === 'r' && (frame.stdout.length > stdoutLimit || frame.stderr.length > stderrLimit)) {
      throw new TourniquetError('frame-garbled', { detail: 'more output than was asked for' })
    }
    this.pending.shift()
    this.said = 0
    this.guardHead()
    if (frame.kind === 'x') {
      this.fail(entry, new TourniquetError('host-disk-full', { what: 'input of a request' }))
    } else if (frame.kind === 'b') {
      this.fail(entry, new TourniquetError('request-timeout', { what: 'once', key: entry.request.once ?? '' }))
    } else if (!entry.settled) {
      const reply = this.replyOf(frame, entry)
      entry.settled = true
      entry.unlisten()
      this.options.onReply?.(entry.id, entry.request, reply)
      entry.resolve(reply)
    }
  }

  private replyOf(frame: Frame, entry: Pending): HostReply {
    return {
      exit: frame.exit,
      stdout: frame.stdout,
      stderr: frame.stderr,
      truncated: { stdout: frame.stdoutCut, stderr: frame.stderrCut },
      timedOut: frame.timedOut,
      replayed: frame.kind === 'k',
      clocks: {
        hostStart: frame.hostStart,
        hostEnd: frame.hostEnd,
        sent: entry.sent,
        received: this.options.clock.now(),
      },
    }
  }

  private fail(entry: Pending, error: TourniquetError): void {
    if (entry.settled) return
    entry.settled = true
    entry.unlisten()
    this.options.onReply?.(entry.id, entry.request, null)
    entry.reject(error)
  }

  /** A deadline for the request at the head of the line; the ones behind it get theirs when it is their turn. */
  private guardHead(): void {
    this.watch?.abort()
    this.watch = null
    const head = this.pending[0]
    if (!head) return
    const { stdoutLimit, stderrLimit } = limitsOf(head.request)
    const waits = head.request.once === undefined ? head.limit : 2 * head.limit // a kept result that still runs is waited for once more
    const silent = waits + replyGrace + (head.size + this.said) / slowest
    const carrying = (stdoutLimit + stderrLimit) / slowest
    const watch = new AbortController()
    this.watch = watch
    void this.waitFor(silent, carrying, watch.signal)
  }

  /** Ends the lane when nothing came in `silent`, or a frame that began then is not whole after `carrying` more. Milliseconds. */
  private async waitFor(silent: number, carrying: number, signal: AbortSignal): Promise<void> {
    try {
      await this.options.clock.sleep(silent, signal)
      if (this.parser.midFrame) await this.options.clock.sleep(carrying, signal)
    } catch {
      return // answered in time
    }
    this.overdue()
  }

  private overdue(): void {
    this.end(new TourniquetError('request-timeout', { what: 'lane' }))
  }
}

function asError(error: unknown): TourniquetError {
  return isTourniquetError(error) ? error : new TourniquetError('internal', { what: 'lane' }, error)
}
