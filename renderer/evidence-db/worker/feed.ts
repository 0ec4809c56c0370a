// The case folder as the worker sees it: the page passes the questions on to main and hands the bytes over. At most a bounded number of bytes is under way, and
// more come only when those before were consumed.

import { TourniquetError } from '../../../main/core/errors.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { fromWire } from '../../../main/core/rpc/messages.ts'
import type { Contract } from '../../../main/core/contract.ts'
import type { Channel } from '../channel.ts'
import type { FeedAsks, PageTells, WorkerTells } from '../protocol.ts'

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
  #last = 0

  constructor(page: PageChannel) {
    this.#page = page
  }

  readonly ask: PageChannel['ask'] = (name, input, options) => this.#page.ask(name, input, options)

  async exhibit(sha256: string): Promise<ExhibitStream> {
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
