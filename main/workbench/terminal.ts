// One terminal: what the host says is recorded, then kept for a page to come, then sent to the page that is there, and held back at the host when that page
// cannot keep up. What a person types never waits behind any of it. It goes on without a page and ends with its shell or its link.

import type { Terminal } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { EventData } from '../core/case/events.ts'
import type { InputBy } from '../core/case/recording.ts'
import type { Clock, Ending, ScreenSize, TerminalChannel } from '../core/ports.ts'
import type { ByteSink, Frozen } from '../core/rpc/define.ts'
import { asError, wireError } from '../core/rpc/messages.ts'
import type { Recording } from '../platform/terminal-recording.ts'
import { Inbox } from './inbox.ts'
import { Scrollback } from './scrollback.ts'

/** One step of output: a screen has a few KiB, and what is typed meanwhile waits for one step at most. */
const step = 64 * 1024
/** Bytes recorded and not yet sent to the page that watches. */
const mostAhead = 64 * 1024
/** Bytes a millisecond while no page watches: about what a page can show. A runaway shell must not fill the disk faster than a person could have seen. */
const unwatchedPace = 8 * 1024
/** Bytes of output in one terminal; then it is hung up, because what cannot be recorded may not be shown. 2 GiB are an hour of a full-speed flood no page could show. */
const mostRecorded = 2 * 1024 ** 3
/** Bytes of output under way to the page at once. */
const piece = 32 * 1024
/**
 * After an interrupt, for so many milliseconds, nothing waits for the page: what the host had sent must be read before its answer is. Of more than `flood`
 * bytes the page gets the last `tail`, once nothing came for `lull` milliseconds: what was said before the interrupt bit, and the prompt behind it.
 */
const hurryFor = 1500
/** Bytes from an interrupt on after which the host waits again: many times what was under way, but whoever answers an interrupt with a flood must not fill the disk. */
const mostHurried = 4 * 1024 * 1024
const flood = 32 * 1024
const tail = 4 * 1024
const lull = 15
/** Ctrl-C and Ctrl-\\, as a terminal sends them. */
const interrupts: readonly string[] = ['\u0003', '\u001c']
/** Bytes typed or pasted that the host has not taken. */
const mostUntaken = 1024 * 1024
/** Milliseconds between two reports of how much is recorded. */
const tellEvery = 1000

type Outcome = Omit<EventData<'terminal-closed'>, 'terminal' | 'bytes' | 'segments'>

interface Watcher {
  /** place in the output up to which it was sent */
  at: number
  left: boolean
}

export interface TerminalParts {
  readonly about: Pick<Terminal, 'terminal' | 'link' | 'host' | 'address'>
  readonly channel: TerminalChannel
  readonly recording: Recording
  readonly clock: Clock
  /** the view has changed; must not throw */
  readonly changed: (view: Frozen<Terminal>) => void
  /** tests make them small */
  readonly limits?: { readonly recorded?: number }
}

export class OpenTerminal {
  /** Resolves when the terminal is over and its recording is in the case, or could not be. */
  readonly over: Promise<void>
  readonly #parts: TerminalParts
  readonly #inbox: Inbox
  readonly #scrollback = new Scrollback()
  #ended: { readonly error: TourniquetError | null } | null = null
  #watcher: Watcher | null = null
  #broken: unknown = null
  #hungUp = false
  #hurry = { until: 0, to: 0 }
  #untaken = 0
  #tellTimer: NodeJS.Timeout | null = null
  /** something to send, or nobody to send it to */
  #news: () => void = () => undefined
  #room: () => void = () => undefined

  constructor(parts: TerminalParts) {
    this.#parts = parts
    this.#inbox = new Inbox(parts.channel)
    this.over = this.#run()
  }

  view(): Frozen<Terminal> {
    const { about, recording } = this.#parts
    return {
      ...about,
      state: this.#ended === null ? 'open' : 'ended',
      error: this.#ended?.error ? wireError(this.#ended.error) : null,
      openedAt: recording.openedAt,
      recorded: recording.bytes,
    }
  }

  /**
   * Sends what is still here and what comes, until the end; `skipped`, its `{n}` the bytes, in place of what an interrupt cut. One page watches at a time: the
   * one before is let go. Rejects when the page does not take it.
   */
  async watch(
    sink: ByteSink,
    { signal, skipped }: { readonly signal: AbortSignal; readonly skipped: string },
  ): Promise<void> {
    if (this.#watcher) this.#leave(this.#watcher)
    const watcher: Watcher = { at: this.#scrollback.beginning(), left: signal.aborted }
    this.#watcher = watcher
    const onAbort = (): void => {
      this.#leave(watcher)
    }
    signal.addEventListener('abort', onAbort)
    try {
      while (!watcher.left) {
        const isFar = this.#isHurrying() && this.#scrollback.end - watcher.at > flood
        if (isFar || watcher.at < this.#scrollback.start) {
          const left = await this.#cut(watcher)
          if (this.#watcher !== watcher) break
          await sink.write(
            new TextEncoder().encode(`\r\n\u001b[2m${skipped.replace('{n}', String(left))}\u001b[0m\r\n`),
          )
        } else if (watcher.at < this.#scrollback.end) {
          const bytes = this.#scrollback.slice(watcher.at, piece)
          await sink.write(bytes)
          watcher.at += bytes.length
          this.#room()
        } else if (this.#ended) return
        else await new Promise<void>((news) => (this.#news = news))
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#leave(watcher)
    }
  }

  /** Goes to the host at once. Throws `terminal-gone`, or `busy` when the host takes nothing any more. */
  write(by: InputBy, text: string): void {
    const { channel, recording, about } = this.#parts
    this.#assertOpen()
    if (interrupts.includes(text)) this.#beginHurry()
    const bytes = new TextEncoder().encode(text)
    if (this.#untaken + bytes.length > mostUntaken) throw new TourniquetError('busy', { what: about.address })
    this.#untaken += bytes.length
    const taken = (): void => {
      this.#untaken -= bytes.length
    }
    channel.write(bytes).then(taken, taken) // a channel that is gone tells so by its end
    recording.input(by, text).catch(this.#break)
  }

  /** Throws `terminal-gone`. */
  resize(size: ScreenSize): void {
    this.#assertOpen()
    this.#parts.channel.resize(size)
    this.#parts.recording.resize(size).catch(this.#break)
  }

  /** From here on nothing waits for the page: what had come is recorded, and sent as far as the page takes it. */
  hangUp(): void {
    this.#hungUp = true
    this.#parts.channel.close()
    this.#room()
  }

  async #run(): Promise<void> {
    const { recording } = this.#parts
    try {
      for (let bytes = await this.#inbox.take(step); bytes !== null; bytes = await this.#inbox.take(step)) {
        await recording.output(bytes)
        this.#scrollback.push(bytes)
        this.#news()
        this.#tellSoon()
        this.#assertBounded()
        await this.#makeRoom(bytes.length)
      }
    } catch (cause) {
      this.#break(cause)
    }
    const { outcome, error } = this.#outcome(this.#inbox.ending)
    this.#end(error)
    try {
      await recording.end(outcome)
    } catch (cause) {
      this.#end(asError(cause)) // shown, and still in the spool: the next opening of the case tries again
    }
  }

  #end(error: TourniquetError | null): void {
    this.#ended = { error }
    if (this.#tellTimer) clearTimeout(this.#tellTimer)
    this.#parts.changed(this.view())
    this.#news()
  }

  /** The recording failed, or went too far: nothing more may be shown. */
  readonly #break = (cause: unknown): void => {
    this.#broken ??= cause
    this.#parts.channel.close()
  }

  #assertBounded(): void {
    const limit = this.#parts.limits?.recorded ?? mostRecorded
    if (this.#parts.recording.bytes >= limit) throw new TourniquetError('host-flooded', { what: 'terminal', limit })
  }

  async #makeRoom(size: number): Promise<void> {
    if (this.#watcher === null && size >= step / 4) await this.#parts.clock.sleep(Math.ceil(size / unwatchedPace))
    while (this.#watcher && !this.#hungUp && !this.#isHurrying() && this.#scrollback.end - this.#watcher.at > mostAhead)
      await new Promise<void>((room) => (this.#room = room))
  }

  #beginHurry(): void {
    this.#hurry = { until: performance.now() + hurryFor, to: this.#scrollback.end + mostHurried }
    this.#room()
  }

  #isHurrying(): boolean {
    return performance.now() < this.#hurry.until && this.#scrollback.end < this.#hurry.to
  }

  /** Waits until a flood pauses, and moves the watcher near its end. Resolves with the bytes it was moved by. */
  async #cut(watcher: Watcher): Promise<number> {
    for (let seen = -1; seen !== this.#scrollback.end && this.#isHurrying();) {
      seen = this.#scrollback.end
      await this.#parts.clock.sleep(lull)
    }
    const from = watcher.at
    watcher.at = this.#scrollback.end - tail
    this.#room()
    return watcher.at - from
  }

  #leave(watcher: Watcher): void {
    watcher.left = true
    if (this.#watcher === watcher) this.#watcher = null
    this.#news()
    this.#room()
  }

  #outcome(ending: Ending | null): { readonly outcome: Outcome; readonly error: TourniquetError | null } {
    const { address: host } = this.#parts.about
    const exit = ending?.exit ?? null
    const signal = ending?.signal ?? null
    const detail = ending?.detail ?? ''
    const of = (outcome: Outcome['outcome'], error: TourniquetError | null, why = detail) => ({
      outcome: { outcome, exit, signal, detail: why },
      error,
    })
    if (this.#broken !== null) {
      const error = asError(this.#broken)
      return of(error.code === 'host-flooded' ? 'flooded' : 'unrecorded', error, error.code)
    }
    switch (ending?.reason) {
      case 'closed-by-us':
        return of('hung-up', null)
      case 'flooded':
        return of('flooded', new TourniquetError('host-flooded', { host, what: detail }))
      case 'closed-by-host':
        if (exit !== null || signal !== null) return of('exited', null)
        return of('link-lost', new TourniquetError('link-lost', { host, detail: detail || 'closed by the host' }))
      case 'link-lost':
      case 'timeout':
      case undefined:
        return of('link-lost', new TourniquetError('link-lost', { host, detail }))
    }
  }

  #tellSoon(): void {
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = null
      this.#parts.changed(this.view())
    }, tellEvery).unref()
  }

  #assertOpen(): void {
    if (this.#ended || this.#inbox.ending)
      throw new TourniquetError('terminal-gone', { terminal: this.#parts.about.terminal })
  }
}
