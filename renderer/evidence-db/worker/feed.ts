// The case folder as the worker sees it: the page passes the questions on to main and hands the bytes over, or the worker fetches large exhibits itself where
// there is a server to fetch from. At most a bounded number of bytes is under way, and more come only when those before were consumed.

import { TourniquetError } from '../../../main/core/errors.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { fromWire } from '../../../main/core/rpc/messages.ts'
import type { Contract } from '../../../main/core/contract.ts'
import type { Channel } from '../channel.ts'
import type { FeedAsks, PageTells, WorkerTells } from '../protocol.ts'
import { Route } from './route.ts'

/** Bytes from which an exhibit is fetched: for a smaller one a request of its own costs more than the wire does. */
const fetchFrom = 256 * 1024

export type PageChannel = Channel<FeedAsks, WorkerTells>

export interface ExhibitStream {
  readonly header: Output<Contract, 'exhibit.read'>
  /** Null at the end. Rejects with main's error or `wire-closed`. What was read counts as consumed when the next is asked for. */
  read(): Promise<Uint8Array | null>
  /** No more is wanted. Harmless after the end. */
  stop(): void
}

interface Incoming {
  readonly queue: Uint8Array[]
  end: { readonly error: TourniquetError | null } | null
  wake: () => void
}

export class Feed {
  readonly #page: PageChannel
  readonly #incoming = new Map<number, Incoming>()
  readonly #route = new Route()
  #last = 0
  /** grows when everything under way was ended */
  #cuts = 0

  constructor(page: PageChannel) {
    this.#page = page
  }

  readonly ask: PageChannel['ask'] = (name, input, options) => this.#page.ask(name, input, options)

  /** The way past the wire, from now on; null where there is none. */
  readonly proof = (proof: string | null): void => {
    this.#route.open(proof)
  }

  /** Nobody keeps what comes any more: what is fetched past the wire ends with `cancelled`. */
  cut(): void {
    this.#cuts += 1
    this.#route.cut()
  }

  /** `size`: what the journal says it has. Whatever the short way lacks, at first or in the middle, comes over the wire. */
  async exhibit(sha256: string, size: number): Promise<ExhibitStream> {
    const cuts = this.#cuts
    const fetched = size < fetchFrom ? null : await this.#route.fetch(sha256)
    if (cuts !== this.#cuts) {
      fetched?.stop()
      throw new TourniquetError('cancelled')
    }
    if (fetched === null) return this.#overWire(sha256)
    let [stream, taken, stopped]: [Pick<ExhibitStream, 'read' | 'stop'>, number, boolean] = [fetched, 0, false]
    const next = async (): Promise<Uint8Array | null> => {
      const piece = await stream.read()
      taken += piece?.length ?? 0
      return piece
    }
    return {
      header: fetched.header,
      read: async () => {
        try {
          return await next()
        } catch (cause) {
          if (stream !== fetched || stopped) throw cause
          fetched.stop()
          if (cuts !== this.#cuts) throw new TourniquetError('cancelled', {}, cause)
        }
        stream = await this.#overWire(sha256)
        return after(taken, next)
      },
      stop: () => {
        stopped = true
        stream.stop()
      },
    }
  }

  async #overWire(sha256: string): Promise<ExhibitStream> {
    const stream = (this.#last += 1)
    const incoming: Incoming = { queue: [], end: null, wake: () => undefined }
    this.#incoming.set(stream, incoming)
    let header: ExhibitStream['header']
    try {
      header = await this.#page.ask('exhibit.open', { stream, sha256 })
    } catch (cause) {
      this.#incoming.delete(stream)
      throw cause
    }
    let held = 0
    return {
      header,
      read: async () => {
        if (held > 0) this.#page.tell('took', { stream, bytes: held })
        held = 0
        for (;;) {
          const next = incoming.queue.shift()
          if (next !== undefined) {
            held = next.length
            return next
          }
          if (incoming.end?.error) throw incoming.end.error
          if (incoming.end) return null
          await new Promise<void>((resolve) => (incoming.wake = resolve))
        }
      },
      stop: () => {
        if (!this.#incoming.delete(stream) || incoming.end !== null) return
        incoming.end = { error: new TourniquetError('cancelled') }
        this.#page.tell('stop', { stream })
      },
    }
  }

  took({ stream, bytes }: PageTells['bytes']): void {
    const incoming = this.#incoming.get(stream)
    incoming?.queue.push(bytes)
    incoming?.wake()
  }

  ended({ stream, error }: PageTells['end']): void {
    const incoming = this.#incoming.get(stream)
    if (incoming === undefined) return
    incoming.end = { error: error === null ? null : fromWire(error) }
    this.#incoming.delete(stream)
    incoming.wake()
  }
}

/** The first piece that goes beyond what was read before. */
async function after(read: number, next: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
  for (let left = read; ;) {
    const piece = await next()
    if (piece === null || piece.length > left) return piece?.subarray(left) ?? null
    left -= piece.length
  }
}
