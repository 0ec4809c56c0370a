// For tests: a contract with one method for each thing a wire must withstand, a main that answers it and counts what happened, and a page that calls it.

import { z } from 'zod'
import { TourniquetError } from '../errors.ts'
import { connect, type Client } from './connect.ts'
import type { ByteSink, ByteSource } from './define.ts'
import type { Ends } from './port-fixture.ts'
import { serve, type Served } from './serve.ts'
import { encodeFrame, type Wire } from './wire.ts'

const contract = {
  methods: {
    echo: { input: z.strictObject({ value: z.json() }), output: z.strictObject({ value: z.json() }) },
    fail: { input: z.strictObject({}), output: z.strictObject({}) },
    crash: { input: z.strictObject({}), output: z.strictObject({}) },
    lie: { input: z.strictObject({}), output: z.strictObject({ count: z.number() }) },
    hang: { input: z.strictObject({}), output: z.strictObject({}) },
    bytes: {
      input: z.strictObject({ sizes: z.array(z.number()), then: z.enum(['end', 'fail', 'hang']) }),
      output: z.strictObject({ total: z.number() }),
      bytes: 'down',
    },
    drops: {
      input: z.strictObject({}),
      output: z.strictObject({}),
      bytes: 'down',
      window: 1000,
    },
    take: {
      input: z.strictObject({ then: z.enum(['all', 'none', 'first', 'fail', 'hang']) }),
      output: z.strictObject({ total: z.number(), wrong: z.number() }),
      bytes: 'up',
    },
  },
  events: { tick: z.strictObject({ n: z.number() }) },
} as const
export type C = typeof contract

/** What main has done: calls given up, bytes sent, and how a stream down and one up ended where they failed. */
interface Seen {
  aborted: number
  sent: number
  sinkError: unknown
  takeError: unknown
}

/** Bytes that count on from 0. */
export function* counting(sizes: readonly number[]): Generator<Uint8Array> {
  let value = 0
  for (const size of sizes) yield new Uint8Array(size).map(() => value++)
}

/** Reads to the end; `wrong` is how many bytes do not count on from 0. */
export async function takeAll(bytes: ByteSource): Promise<{ readonly total: number; readonly wrong: number }> {
  let total = 0
  let wrong = 0
  for (let piece = await bytes.read(); piece !== null; piece = await bytes.read()) {
    piece.forEach((byte, at) => (wrong += byte === ((total + at) & 0xff) ? 0 : 1))
    total += piece.length
  }
  return { total, wrong }
}

/** A main; `closed` is why it gave the wire up. */
export function startMain(wire: Wire): { served: Served<C>; seen: Seen; closed: Promise<TourniquetError> } {
  const seen: Seen = { aborted: 0, sent: 0, sinkError: null, takeError: null }
  let ended: (error: TourniquetError) => void = () => undefined
  const closed = new Promise<TourniquetError>((resolve) => (ended = resolve))
  const hang = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        seen.aborted += 1
        reject(new TourniquetError('cancelled'))
      })
    })
  const served = serve(
    wire,
    contract,
    {
      echo: ({ value }) => Promise.resolve({ value }),
      fail: () => failing(new TourniquetError('disk-full', { path: '/x', size: 3 })),
      crash: () => failing(new RangeError('a bug')),
      lie: () => Promise.resolve({ count: 'many' } as never),
      hang: (_, { signal }) => hang(signal),
      bytes: ({ sizes, then }, { signal }) =>
        Promise.resolve({
          output: { total: sizes.reduce((sum, size) => sum + size, 0) },
          async send(sink: ByteSink) {
            try {
              let value = 0
              for (const size of sizes) {
                await sink.write(new Uint8Array(size).map(() => value++))
                seen.sent += size
              }
            } catch (cause) {
              seen.sinkError = cause
              throw cause
            }
            if (then === 'fail') throw new TourniquetError('exhibit-damaged', { what: 'x' })
            if (then === 'hang') await hang(signal)
          },
        }),
      drops: () =>
        Promise.resolve({
          output: {},
          async send(sink: ByteSink) {
            for (let drop = 0; drop < 30; drop++, seen.sent += 100) await sink.write(new Uint8Array(100))
          },
        }),
      take: async ({ then }, { signal, bytes }) => {
        if (then === 'none') return { total: 0, wrong: 0 }
        if (then === 'fail') throw new TourniquetError('disk-full', { path: '/x', size: 3 })
        if (then === 'first') return { total: (await bytes.read())?.length ?? 0, wrong: 0 }
        if (then === 'hang') return hang(signal)
        return takeAll(bytes).catch((cause: unknown) => {
          seen.takeError = cause
          throw cause
        })
      },
    },
    ended,
  )
  return { served, seen, closed }
}

/** A page; `closed` is why it gave the wire up. */
export function startPage(wire: Wire): { client: Client<C>; closed: Promise<TourniquetError> } {
  let ended: (error: TourniquetError) => void = () => undefined
  const closed = new Promise<TourniquetError>((resolve) => (ended = resolve))
  return { client: connect(wire, contract, ended), closed }
}

const failing = (error: Error): Promise<never> => Promise.reject(error)

/** How a call came out: the code of its error, or the error itself where it is none of ours. */
export const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof TourniquetError ? error.code : error),
  )

/** An honest page and an honest main on one wire. */
export async function both(ends: () => Promise<Ends>) {
  const { page, main } = await ends()
  return { main: startMain(main), page: startPage(page) }
}

/** A piece of the stream of call 1, as it goes over the wire. */
export const frame = (seq: number, size: number): Uint8Array =>
  encodeFrame({ stream: 1, seq, bytes: new Uint8Array(size) })
