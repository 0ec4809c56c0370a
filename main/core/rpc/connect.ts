// The page's end of a contract: calls that resolve, streams that are read at the reader's pace, events. What main answers is checked like anything else.

import { TourniquetError } from '../errors.ts'
import type {
  ByteSink,
  ByteSource,
  ContractSpec,
  EventData,
  EventName,
  Input,
  MethodName,
  Output,
  PlainName,
  StreamName,
  UploadName,
  WireError,
} from './define.ts'
import { fromWire, toPage, wireError } from './messages.ts'
import { peer } from './peer.ts'
import { maxToMain, maxToPage, type Wire } from './wire.ts'

export interface CallOptions {
  /** Gives up waiting at once with `cancelled`, and tells main to stop. */
  readonly signal?: AbortSignal
}

export interface Client<C extends ContractSpec> {
  /** Rejects with main's error, `wire-closed`, `wire-invalid` or `cancelled`. */
  call<M extends PlainName<C>>(method: M, input: Input<C, M>, options?: CallOptions): Promise<Output<C, M>>
  /** The answer, and the bytes that follow it. Read them to the end or stop them: unread bytes hold a place on the wire. */
  stream<M extends StreamName<C>>(
    method: M,
    input: Input<C, M>,
    options?: CallOptions,
  ): Promise<{ readonly output: Output<C, M>; readonly bytes: ByteSource }>
  /**
   * Sends the bytes at main's pace and resolves with its answer. A source that throws ends the call with what it threw; main may also answer or fail
   * before the end, and then the source is read no further. Rejects as `call` does.
   */
  send<M extends UploadName<C>>(
    method: M,
    input: Input<C, M>,
    bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: CallOptions,
  ): Promise<Output<C, M>>
  /** Listeners must not throw. Returns the way to stop listening. */
  on<E extends EventName<C>>(name: E, listener: (data: EventData<C, E>) => void): () => void
  close(): void
}

interface Pending {
  readonly method: string
  readonly done: (output: unknown, bytes: ByteSource | null) => void
  readonly failed: (error: TourniquetError) => void
}

/** Opens a contract on a wire; `closed` is called once, with the reason. */
export function connect<C extends ContractSpec>(
  wire: Wire,
  contract: C,
  closed: (error: TourniquetError) => void,
): Client<C> {
  const pending = new Map<number, Pending>()
  /** calls nobody waits for any more; main still answers them */
  const abandoned = new Map<number, string>()
  const listeners = new Map<string, Set<(data: unknown) => void>>()
  let last = 0
  let over: TourniquetError | null = null

  const self = peer({
    wire,
    incoming: { schema: toPage, limit: maxToPage },
    outgoing: { limit: maxToMain },
    usedBefore: (id) => id <= last,
    message: (message) => {
      switch (message.t) {
        case 'event': {
          const read = Object.hasOwn(contract.events, message.name)
            ? contract.events[message.name]?.safeParse(message.data)
            : undefined
          if (read?.success !== true) self.breach(`event ${message.name} is not in the contract`)
          else for (const listener of listeners.get(message.name) ?? []) listener(read.data)
          return
        }
        case 'done':
          settle(message.id, (call) => {
            finish(message.id, call, message.output)
          })
          return
        case 'fail':
          settle(message.id, (call) => {
            call.failed(fromWire(message.error))
          })
      }
    },
    lost: (error) => {
      over = error
      for (const call of pending.values()) call.failed(error)
      pending.clear()
      closed(error)
    },
  })

  const settle = (id: number, end: (call: Pending) => void): void => {
    const call = pending.get(id)
    const method = abandoned.get(id)
    pending.delete(id)
    abandoned.delete(id)
    if (call) end(call)
    else if (method === undefined) self.breach('an answer to nothing')
    else end({ method, done: (_, bytes) => bytes?.stop(), failed: () => undefined })
  }

  const finish = (id: number, call: Pending, raw: unknown): void => {
    const spec = contract.methods[call.method]
    const output = spec?.output.safeParse(raw)
    if (output?.success === true)
      call.done(output.data, spec?.bytes === 'down' ? self.streams.source(id, spec.window) : null)
    else {
      const what = `answer of ${call.method} is not in the contract`
      call.failed(new TourniquetError('wire-invalid', { what }))
      self.breach(what)
    }
  }

  const request = (
    method: MethodName<C>,
    input: unknown,
    options: CallOptions,
    sent: (id: number) => void = () => undefined,
  ): Promise<{ readonly output: unknown; readonly bytes: ByteSource | null }> =>
    new Promise((resolve, reject) => {
      const { signal } = options
      const read = contract.methods[method]?.input.safeParse(input)
      if (over) throw over
      if (signal?.aborted) throw new TourniquetError('cancelled')
      if (read?.success !== true) throw new TourniquetError('wire-invalid', { what: method })
      const id = (last += 1)
      const onAbort = (): void => {
        if (!pending.delete(id)) return
        abandoned.set(id, method)
        self.send({ t: 'cancel', id })
        reject(new TourniquetError('cancelled'))
      }
      const ended = (): void => {
        signal?.removeEventListener('abort', onAbort)
      }
      pending.set(id, {
        method,
        done: (output, bytes) => {
          ended()
          resolve({ output, bytes })
        },
        failed: (error) => {
          ended()
          reject(error)
        },
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (self.send({ t: 'call', id, method, input: read.data })) {
        sent(id)
        return
      }
      pending.delete(id)
      ended()
      reject(new TourniquetError('wire-invalid', { what: `${method}: too large for one message` }))
    })

  return {
    call: async (method, input, options = {}) => (await request(method, input, options)).output as never,
    stream: async (method, input, options = {}) => (await request(method, input, options)) as never,
    async send(method, input, bytes, options = {}) {
      const own: { failure: { readonly cause: unknown } | null; end: () => void } = {
        failure: null,
        end: () => undefined,
      }
      try {
        const { output } = await request(method, input, options, (id) => {
          const sink = self.streams.sink(id)
          own.end = () => {
            sink.end(wireError(new TourniquetError('cancelled')))
          }
          void pump(bytes, sink).then((failure) => (own.failure = failure))
        })
        if (own.failure === null) return output as never
      } catch (error) {
        if (own.failure === null) throw error
      } finally {
        own.end()
      }
      throw own.failure.cause
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listener as (data: unknown) => void)
      return () => set.delete(listener as (data: unknown) => void)
    },
    close() {
      self.breach('closed')
    },
  }
}

/** Empties the source into the sink and ends it. What the source threw is the result; a receiver that wants no more is none. */
async function pump(
  bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sink: ByteSink & { end(error: WireError | null): void },
): Promise<{ readonly cause: unknown } | null> {
  try {
    for await (const piece of bytes) {
      const refused = await sink.write(piece).then(
        () => null,
        (cause: unknown) => wireError(cause),
      )
      if (refused === null) continue
      sink.end(refused)
      break
    }
    sink.end(null)
    return null
  } catch (cause) {
    sink.end(wireError(cause))
    return { cause }
  }
}
