// Opens the evidence locker: starts its worker, passes its questions on to main and hands main's bytes over to it, untouched. Everything else happens there.

import type { Contract, OpenCase } from '../../main/core/contract.ts'
import { TourniquetError } from '../../main/core/errors.ts'
import type { Client } from '../../main/core/rpc/connect.ts'
import type { ByteSource, Frozen } from '../../main/core/rpc/define.ts'
import { wireError } from '../../main/core/rpc/messages.ts'
import { openChannel, type Channel } from './channel.ts'
import type { Locker, LockerState } from './locker.ts'
import type { FeedAsks, LockerAsks, PageTells, WorkerTells } from './protocol.ts'

/** What the locker needs of a connection to main. */
export type FeedClient = Pick<Client<Contract>, 'call' | 'stream' | 'on'>

/** What the page gives. */
export interface LockerFeed {
  /** Told for every connection that is made from now on, and for the one that stands. Returns the way to stop listening. */
  onConnect(listener: (client: FeedClient) => void): () => void
  /** Proves to the server that a request is the page's; asked for with every connection. Null in the desktop program, which has no server. */
  proof(): string | null
}

/** Bytes of one exhibit handed to the worker that it has not consumed yet: two chunks, one being sealed and one arriving. */
const handedOver = 8 * 1024 * 1024

const nothing = { events: 0, exhibits: 0, bytes: 0 }
const off: LockerState = {
  phase: 'off',
  caseId: null,
  have: nothing,
  lag: nothing,
  chainIntact: true,
  persistent: null,
  room: null,
  error: null,
}

/** Opens the locker; it follows the case that main has open, whichever that is, until it is closed. */
export function openLocker(feed: LockerFeed): Locker {
  const worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module', name: 'evidence-locker' })
  const { port1, port2 } = new MessageChannel()
  const listeners = new Set<(state: LockerState) => void>()
  const streams = new Map<number, Handing>()
  let told: LockerState = off
  let persistent: boolean | null = null
  let client: FeedClient | null = null
  let quiet: (() => void)[] = []

  const main = (): FeedClient => {
    if (client === null) throw new TourniquetError('wire-closed', { detail: '' })
    return client
  }
  const publish = (state: LockerState): void => {
    told = { ...state, persistent }
    for (const listener of listeners) listener(told)
  }
  const channel: Channel<LockerAsks, PageTells> = openChannel<FeedAsks, WorkerTells, LockerAsks, PageTells>(
    port1,
    {
      'journal.read': async (input, call) => main().call('journal.read', input, call),
      'locker.key': async (input, call) => main().call('locker.key', input, call),
      'bundle.prepare': async (input, call) => main().call('bundle.prepare', input, call),
      'bundle.sign': async (input, call) => main().call('bundle.sign', input, call),
      'bundle.sealed': async (input, call) => main().call('bundle.sealed', input, call),
      'exhibit.open': async ({ stream, sha256 }, call) => {
        const { output, bytes } = await main().stream('exhibit.read', { sha256 }, call)
        const handing = new Handing(bytes)
        streams.set(stream, handing)
        void handing.run(channel, stream).finally(() => streams.delete(stream))
        return output
      },
    },
    {
      state: publish,
      took: ({ stream, bytes }) => streams.get(stream)?.took(bytes),
      stop: ({ stream }) => streams.get(stream)?.stop(),
    },
  )

  const follow = async (mine: FeedClient): Promise<void> => {
    for (const stop of quiet) stop()
    client = mine
    channel.tell('proof', { proof: feed.proof() })
    const opened = (one: Frozen<OpenCase> | null): void => {
      if (client === mine) channel.tell('opened', one === null ? null : { caseId: one.caseId, chains: one.chains })
    }
    quiet = [
      mine.on('case', opened),
      mine.on('journal-moved', ({ chain, head }) => {
        channel.tell('moved', { chain, head })
      }),
    ]
    const state = await mine.call('state', {}).catch(() => null) // the connection is gone again: the next one tells
    if (state !== null) opened(state.case)
  }
  const disconnect = feed.onConnect((mine) => void follow(mine))
  worker.postMessage(null, [port2])
  void navigator.storage.persisted().then((already) => {
    if (already) persistent = true
    publish(told)
  })

  return {
    state: () => told,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    persist: async () => {
      persistent = await navigator.storage.persist()
      publish(told)
      return persistent
    },
    rebuild: async () => {
      await channel.ask('rebuild', {})
    },
    exhibits: async (query) => {
      const { list, total, bytes } = await channel.ask('exhibits', query)
      return {
        total,
        bytes,
        rows: (from, count) => channel.ask('rows', { list, from, count }),
        close: () => {
          channel.tell('forget', { list })
        },
      }
    },
    exhibit: (sha256) => channel.ask('exhibit', { sha256 }),
    facets: () => channel.ask('facets', {}) as ReturnType<Locker['facets']>,
    bytes: (sha256, from, length) => channel.ask('bytes', { sha256, from, length }),
    recheck: (digests, options) => channel.ask('recheck', { digests }, options),
    events: (chain, from) => channel.ask('events', { chain, from }),
    chains: () => channel.ask('chains', {}),
    hosts: () => channel.ask('hosts', {}),
    runs: () => channel.ask('runs', {}),
    others: () => channel.ask('others', {}),
    forgetCase: async (caseId) => {
      await channel.ask('forgetCase', { caseId })
    },
    redactions: () => channel.ask('redactions', {}),
    writeBundle: ({ exportId, includeSecrets, signer, signal, told: progress }) =>
      channel.ask('writeBundle', { exportId, includeSecrets, signer }, { signal, told: progress }),
    close: () => {
      disconnect()
      for (const stop of quiet) stop()
      for (const handing of streams.values()) handing.stop()
      channel.close()
      worker.terminate()
      listeners.clear()
    },
  }
}

/** One exhibit on its way through: read from main when the worker has room, handed over with its memory. */
class Handing {
  readonly #bytes: ByteSource
  #ahead = 0
  #wake: () => void = () => undefined

  constructor(bytes: ByteSource) {
    this.#bytes = bytes
  }

  async run(channel: Channel<LockerAsks, PageTells>, stream: number): Promise<void> {
    try {
      for (let bytes = await this.#bytes.read(); bytes !== null; bytes = await this.#bytes.read()) {
        this.#ahead += bytes.length
        // the message of the wire this came in is ours alone: its memory goes along
        channel.tell('bytes', { stream, bytes }, [bytes.buffer as ArrayBuffer])
        while (this.#ahead > handedOver) await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      channel.tell('end', { stream, error: null })
    } catch (cause) {
      channel.tell('end', { stream, error: wireError(cause) })
    }
  }

  took(bytes: number): void {
    this.#ahead -= bytes
    this.#wake()
  }

  stop(): void {
    this.#bytes.stop()
    this.#ahead = -Infinity
    this.#wake()
  }
}
