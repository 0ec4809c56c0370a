// Main's end of a contract: checks what comes in, runs the handler, checks what goes out. A handler's failure is an answer; a broken rule ends the wire.

import { TourniquetError } from '../errors.ts'
import type {
  ByteSink,
  ByteSource,
  ContractSpec,
  EventData,
  EventName,
  Input,
  MethodName,
  MethodSpec,
  Output,
} from './define.ts'
import { toMain, wireError } from './messages.ts'
import { peer } from './peer.ts'
import { maxToMain, maxToPage, type Wire } from './wire.ts'

/** One call at work. The signal fires when the page cancels it or goes away. */
export interface Call {
  readonly signal: AbortSignal
}

/** One call that brings bytes. What the handler leaves unread when it is done is stopped, not waited for. */
export interface UploadCall extends Call {
  readonly bytes: ByteSource
}

/** The answer of a streaming method, and what sends its bytes after it. */
export interface Streaming<O> {
  readonly output: O
  send(sink: ByteSink): Promise<void>
}

/** What answers a method, by the way its bytes go. */
type Handler<C extends ContractSpec, M extends MethodName<C>> = C['methods'][M] extends { readonly bytes: 'up' }
  ? (input: Input<C, M>, call: UploadCall) => Promise<Output<C, M>>
  : C['methods'][M] extends { readonly bytes: 'down' }
    ? (input: Input<C, M>, call: Call) => Promise<Streaming<Output<C, M>>>
    : (input: Input<C, M>, call: Call) => Promise<Output<C, M>>

export type Handlers<C extends ContractSpec> = { readonly [M in MethodName<C>]: Handler<C, M> }

export interface Served<C extends ContractSpec> {
  /** Tells the page. An event that is not what the contract says ends the wire: showing half of what happens would be worse. */
  emit<E extends EventName<C>>(name: E, data: EventData<C, E>): void
  close(detail: string): void
}

/** Calls one page may have open; a page of ours has a handful. */
const mostCalls = 256

/** Serves a contract on a wire until it closes; `closed` is called once. */
export function serve<C extends ContractSpec>(
  wire: Wire,
  contract: C,
  handlers: Handlers<C>,
  closed: (error: TourniquetError) => void,
): Served<C> {
  const byName = handlers as Readonly<Record<string, (input: unknown, call: Call | UploadCall) => Promise<unknown>>>
  const calls = new Map<number, AbortController>()
  let last = 0

  const self = peer({
    wire,
    incoming: { schema: toMain, limit: maxToMain },
    outgoing: { limit: maxToPage },
    usedBefore: (id) => id <= last,
    message: (message) => {
      if (message.t === 'cancel') {
        if (message.id > last) self.breach('cancel of no call')
        else calls.get(message.id)?.abort()
        return
      }
      if (message.id <= last) {
        self.breach('a call number used twice')
        return
      }
      last = message.id
      if (calls.size >= mostCalls) self.breach('too many calls')
      else void answer(message.id, message.method, message.input)
    },
    lost: (error) => {
      for (const call of calls.values()) call.abort()
      closed(error)
    },
  })

  const fail = (id: number, cause: unknown): void => {
    if (!self.send({ t: 'fail', id, error: wireError(cause) }))
      self.send({ t: 'fail', id, error: wireError(tooLarge('error')) })
  }

  const answer = async (id: number, name: string, raw: unknown): Promise<void> => {
    const call = new AbortController()
    calls.set(id, call)
    try {
      if (!Object.hasOwn(contract.methods, name)) throw new TourniquetError('wire-invalid', { what: 'unknown method' })
      const spec = contract.methods[name]
      if (spec?.bytes === 'up') {
        await taken(id, name, spec, raw, call.signal)
        return
      }
      const result = await byName[name]?.(inputOf(spec, name, raw), { signal: call.signal })
      if (spec?.bytes === undefined) {
        done(id, name, checked(spec?.output.safeParse(result), name))
        return
      }
      const streaming = result as Streaming<unknown>
      done(id, name, checked(spec.output.safeParse(streaming.output), name))
      const sink = self.streams.sink(id)
      await streaming.send(sink).then(
        () => {
          sink.end(null)
        },
        (cause: unknown) => {
          sink.end(wireError(cause))
        },
      )
    } catch (cause) {
      fail(id, cause)
    } finally {
      calls.delete(id)
    }
  }

  /** The source is there before the input is judged: the page may have ended an empty stream by then. The call keeps its place until the page ends. */
  const taken = async (
    id: number,
    name: string,
    spec: MethodSpec,
    raw: unknown,
    signal: AbortSignal,
  ): Promise<void> => {
    const bytes = self.streams.source(id)
    try {
      const result = await byName[name]?.(inputOf(spec, name, raw), { signal, bytes })
      bytes.stop()
      done(id, name, checked(spec.output.safeParse(result), name))
    } catch (cause) {
      bytes.stop()
      fail(id, cause)
    }
    await bytes.over
  }

  const done = (id: number, name: string, output: unknown): void => {
    if (!self.send({ t: 'done', id, output })) throw tooLarge(name)
  }

  return {
    emit(name, data) {
      const read = contract.events[name]?.safeParse(data)
      if (read?.success !== true) self.breach(`event ${name}: ${where(read?.error)}`)
      else if (!self.send({ t: 'event', name, data: read.data })) self.breach(`event ${name} too large`)
    },
    close(detail) {
      self.breach(detail)
    },
  }
}

function inputOf(spec: MethodSpec | undefined, name: string, raw: unknown): unknown {
  const read = spec?.input.safeParse(raw)
  if (read?.success === true) return read.data
  throw new TourniquetError('wire-invalid', { what: `${name}: ${where(read?.error)}` })
}

function checked(
  read: { success: true; data: unknown } | { success: false; error: { issues: readonly Issue[] } } | undefined,
  name: string,
): unknown {
  if (read?.success === true) return read.data
  throw new TourniquetError('internal', { what: `answer of ${name}: ${where(read?.error)}` })
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** Where a value does not fit, never the value: it may be a secret. */
function where(error: { readonly issues: readonly Issue[] } | undefined): string {
  const issue = error?.issues[0]
  return issue ? `${issue.path.map(String).join('.') || 'value'}: ${issue.message}`.slice(0, 300) : 'not expected'
}

function tooLarge(what: string): TourniquetError {
  return new TourniquetError('wire-invalid', { what: `${what}: too large for one message` })
}
