// Byte streams with credits. A receiver grants bytes, and grants again only what was consumed; a sender that sends more than it was granted, out of order
// or to nowhere breaks the wire. Memory on both sides is bounded by the window, whatever the other side does.

import { TourniquetError } from '../errors.ts'
import type { ByteSink, ByteSource, WireError } from './define.ts'
import { fromWire, type StreamMessage } from './messages.ts'
import { maxFrame, type Frame } from './wire.ts'

/** Bytes a receiver lets a sender be ahead: four frames keep a loopback wire busy. */
const streamWindow = 4 * maxFrame
/** No receiver of ours grants more; one that does is a stranger. */
const mostCredit = 16 * 1024 * 1024

export interface StreamPost {
  readonly control: (message: StreamMessage) => void
  readonly frame: (frame: Frame) => void
  /** the other side broke a rule: the wire is closed */
  readonly breach: (what: string) => void
}

/** All streams of one end of a wire. `usedBefore` tells a stream that has ended from one that never was: late credits for the former are no breach. */
export class Streams {
  readonly #post: StreamPost
  readonly #usedBefore: (id: number) => boolean
  readonly #sources = new Map<number, Source>()
  readonly #sinks = new Map<number, Sink>()

  constructor(post: StreamPost, usedBefore: (id: number) => boolean) {
    this.#post = post
    this.#usedBefore = usedBefore
  }

  /** `over` resolves when the sender has ended it or the wire is gone: only then is nothing more to come. */
  /** `window`: bytes the sender may be ahead */
  source(id: number, window = streamWindow): ByteSource & { readonly over: Promise<void> } {
    const source = new Source(id, this.#post, window)
    this.#sources.set(id, source)
    return source
  }

  /** The caller ends it with `end`, whatever happened; only the first end counts. */
  sink(id: number): ByteSink & { end(error: WireError | null): void } {
    const sink = new Sink(id, this.#post, () => this.#sinks.delete(id))
    this.#sinks.set(id, sink)
    return sink
  }

  frame(frame: Frame): void {
    const source = this.#sources.get(frame.stream)
    if (source) source.take(frame)
    else this.#post.breach('bytes for no stream')
  }

  message(message: StreamMessage): void {
    if (message.t === 'end') {
      const source = this.#sources.get(message.id)
      if (source) source.ended(message.frames, message.error)
      else this.#post.breach('end of no stream')
      this.#sources.delete(message.id)
      return
    }
    const sink = this.#sinks.get(message.id)
    if (sink === undefined) {
      if (!this.#usedBefore(message.id)) this.#post.breach(`${message.t} for no stream`)
      return
    }
    if (message.t === 'stop') sink.stopped()
    else sink.grant(message.bytes)
  }

  /** The wire is gone. */
  lost(error: TourniquetError): void {
    for (const source of this.#sources.values()) source.lost(error)
    for (const sink of this.#sinks.values()) sink.lost(error)
    this.#sources.clear()
    this.#sinks.clear()
  }
}

class Source implements ByteSource {
  readonly #id: number
  readonly #post: StreamPost
  readonly #queue: Uint8Array[] = []
  #granted: number
  #seq = 0
  /** bytes the reader holds and has not asked beyond */
  #held = 0
  #stopped = false
  #end: { readonly error: TourniquetError | null } | null = null
  #waiting: (() => void) | null = null
  readonly over: Promise<void>
  #isOver: () => void = () => undefined

  constructor(id: number, post: StreamPost, window: number) {
    this.#id = id
    this.#post = post
    this.#granted = window
    this.over = new Promise((resolve) => (this.#isOver = resolve))
    post.control({ t: 'credit', id, bytes: window })
  }

  take({ seq, bytes }: Frame): void {
    if (seq !== this.#seq) {
      this.#post.breach('bytes out of order')
      return
    }
    if (bytes.length > this.#granted) {
      this.#post.breach('more bytes than were granted')
      return
    }
    this.#seq += 1
    this.#granted -= bytes.length
    if (this.#stopped) return
    this.#queue.push(bytes)
    this.#wake()
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#waiting !== null) throw new TourniquetError('internal', { what: 'two readers of one stream' })
    this.#acknowledge()
    for (;;) {
      const next = this.#queue.shift()
      if (next !== undefined) {
        this.#held = next.length
        return next
      }
      if (this.#end?.error) throw this.#end.error
      if (this.#end || this.#stopped) return null
      await new Promise<void>((resolve) => (this.#waiting = resolve))
    }
  }

  stop(): void {
    if (this.#stopped || this.#end) return
    this.#stopped = true
    this.#queue.length = 0
    this.#post.control({ t: 'stop', id: this.#id })
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (let bytes = await this.read(); bytes !== null; bytes = await this.read()) yield bytes
    } finally {
      this.stop()
    }
  }

  ended(frames: number, error: WireError | null): void {
    if (frames !== this.#seq) {
      this.#post.breach('bytes are missing')
      return
    }
    this.#end = { error: error === null || this.#stopped ? null : fromWire(error) }
    this.#isOver()
    this.#wake()
  }

  lost(error: TourniquetError): void {
    this.#end ??= { error }
    this.#isOver()
    this.#wake()
  }

  #acknowledge(): void {
    if (this.#held === 0 || this.#stopped || this.#end) return
    this.#granted += this.#held
    this.#post.control({ t: 'credit', id: this.#id, bytes: this.#held })
    this.#held = 0
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.()
  }
}

class Sink implements ByteSink {
  readonly #id: number
  readonly #post: StreamPost
  readonly #gone: () => void
  #credit = 0
  #seq = 0
  #closed: TourniquetError | null = null
  #ended = false
  #waiting: (() => void) | null = null
  #last: Promise<void> = Promise.resolve()

  constructor(id: number, post: StreamPost, gone: () => void) {
    this.#id = id
    this.#post = post
    this.#gone = gone
  }

  /** Writes go out whole and in the order they were asked for. */
  write(bytes: Uint8Array): Promise<void> {
    const before = this.#last
    const written = before.then(() => this.#send(bytes))
    this.#last = written.catch(() => undefined) // the writer is told; those behind it find the stream closed
    return written
  }

  end(error: WireError | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#gone()
    this.#closed ??= new TourniquetError('internal', { what: 'a stream that has ended' })
    this.#post.control({ t: 'end', id: this.#id, frames: this.#seq, error })
    this.#wake()
  }

  grant(bytes: number): void {
    this.#credit += bytes
    if (this.#credit > mostCredit) this.#post.breach('more credit than there is room')
    this.#wake()
  }

  stopped(): void {
    this.#closed ??= new TourniquetError('cancelled')
    this.#wake()
  }

  lost(error: TourniquetError): void {
    this.#closed ??= error
    this.#wake()
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#closed) throw this.#closed
      if (this.#credit === 0) {
        await new Promise<void>((resolve) => (this.#waiting = resolve))
        continue
      }
      const size = Math.min(this.#credit, maxFrame, bytes.length - at)
      this.#credit -= size
      this.#post.frame({ stream: this.#id, seq: this.#seq, bytes: bytes.subarray(at, at + size) })
      this.#seq += 1
      at += size
    }
    if (this.#closed) throw this.#closed
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.()
  }
}
