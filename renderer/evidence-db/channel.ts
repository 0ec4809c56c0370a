// Asking and telling across a MessagePort, the same at both ends: typed names, progress, cancel, errors with their code. Both ends are code of ours from one
// build, so what arrives is not checked again; bytes are handed over, not copied.

import { TourniquetError } from '../../main/core/errors.ts'
import { fromWire, wireError } from '../../main/core/rpc/messages.ts'
import type { WireError } from '../../main/core/rpc/define.ts'

/** What can be asked: by name, what goes in, what comes out, and what is told in between. */
export type Asks = Readonly<
  Record<string, { readonly input: unknown; readonly output: unknown; readonly told?: unknown }>
>
/** What can be told without an answer, by name. */
export type Tells = Readonly<Record<string, unknown>>

type Told<A> = A extends { readonly told: infer T } ? T : never

export interface AskOptions<T = never> {
  readonly signal?: AbortSignal | undefined
  readonly told?: ((value: T) => void) | undefined
}

export type Answers<A> = {
  readonly [K in keyof A]: A[K] extends { readonly input: infer I; readonly output: infer O }
    ? (input: I, call: { readonly signal: AbortSignal; readonly tell: (value: Told<A[K]>) => void }) => Promise<O>
    : never
}
export type Listeners<T> = { readonly [K in keyof T]: (value: T[K]) => void }

export interface Channel<A extends Asks, T extends Tells> {
  /** Rejects with the other side's error, `cancelled`, or `wire-closed` after `close`. */
  ask<K extends keyof A & string>(
    name: K,
    input: A[K]['input'],
    options?: AskOptions<Told<A[K]>>,
  ): Promise<A[K]['output']>
  tell<K extends keyof T & string>(name: K, value: T[K], transfer?: readonly Transferable[]): void
  close(): void
}

type Message =
  | { readonly t: 'ask'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly t: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly t: 'fail'; readonly id: number; readonly error: WireError }
  | { readonly t: 'told'; readonly id: number; readonly value: unknown }
  | { readonly t: 'cancel'; readonly id: number }
  | { readonly t: 'tell'; readonly name: string; readonly value: unknown }

interface Pending {
  readonly done: (output: unknown) => void
  readonly failed: (error: TourniquetError) => void
  readonly told: (value: unknown) => void
}

/** Opens this end. `answers` and `listeners` are for what the other side asks and tells. */
export function openChannel<Mine extends Asks, Heard extends Tells, Theirs extends Asks, Said extends Tells>(
  port: MessagePort,
  answers: Answers<Mine>,
  listeners: Listeners<Heard>,
): Channel<Theirs, Said> {
  const byName = answers as Readonly<
    Record<string, (input: unknown, call: { signal: AbortSignal; tell: (value: unknown) => void }) => Promise<unknown>>
  >
  const heard = listeners as Readonly<Record<string, (value: unknown) => void>>
  const pending = new Map<number, Pending>()
  const working = new Map<number, AbortController>()
  let last = 0
  let over = false

  const post = (message: Message, transfer: readonly Transferable[] = []): void => {
    if (!over) port.postMessage(message, [...transfer])
  }

  const answer = async (id: number, name: string, input: unknown): Promise<void> => {
    const call = new AbortController()
    working.set(id, call)
    try {
      const work = byName[name]
      if (work === undefined) throw new TourniquetError('internal', { what: `nobody answers ${name}` })
      const tell = (value: unknown): void => {
        post({ t: 'told', id, value })
      }
      post({ t: 'answer', id, output: await work(input, { signal: call.signal, tell }) })
    } catch (cause) {
      post({ t: 'fail', id, error: wireError(cause) })
    } finally {
      working.delete(id)
    }
  }

  port.onmessage = ({ data }: MessageEvent<Message>): void => {
    switch (data.t) {
      case 'ask':
        void answer(data.id, data.name, data.input)
        return
      case 'cancel':
        working.get(data.id)?.abort()
        return
      case 'tell':
        heard[data.name]?.(data.value)
        return
      case 'told':
        pending.get(data.id)?.told(data.value)
        return
      case 'answer':
        pending.get(data.id)?.done(data.output)
        return
      case 'fail':
        pending.get(data.id)?.failed(fromWire(data.error))
    }
  }

  return {
    ask: (name, input, options = {}) =>
      new Promise<unknown>((resolve, reject) => {
        const { signal, told } = options
        if (over) throw new TourniquetError('wire-closed', { detail: 'locker closed' })
        if (signal?.aborted === true) throw new TourniquetError('cancelled')
        const id = (last += 1)
        const cancel = (): void => {
          post({ t: 'cancel', id })
        }
        const ended = (): void => {
          pending.delete(id)
          signal?.removeEventListener('abort', cancel)
        }
        pending.set(id, {
          done: (output) => {
            ended()
            resolve(output)
          },
          failed: (error) => {
            ended()
            reject(error)
          },
          told: (value) => {
            told?.(value as never)
          },
        })
        signal?.addEventListener('abort', cancel, { once: true })
        post({ t: 'ask', id, name, input })
      }),
    tell: (name, value, transfer) => {
      post({ t: 'tell', name, value }, transfer)
    },
    close: () => {
      if (over) return
      over = true
      port.close()
      const error = new TourniquetError('wire-closed', { detail: 'locker closed' })
      for (const one of [...pending.values()]) one.failed(error)
      for (const call of working.values()) call.abort()
    },
  }
}
