// One table of cases, run over both transports. Whatever a MessagePort does, a WebSocket must do, and the other way round.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { TourniquetError } from '../errors.ts'
import { connect, type Client } from './connect.ts'
import type { ByteSink, ByteSource } from './define.ts'
import { electronPort } from './port-fixture.ts'
import { portWire } from './port-wire.ts'
import { serve, type Served } from './serve.ts'
import { socketWire } from './socket-wire.ts'
import { decodeFrame, encodeFrame, maxFrame, maxToMain, type Wire } from './wire.ts'

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
type C = typeof contract

interface Ends {
  readonly page: Wire
  readonly main: Wire
  dispose(): void
}

function overPorts(): Promise<Ends> {
  const { port1, port2 } = new MessageChannel()
  return Promise.resolve({
    page: portWire(electronPort(port1)),
    main: portWire(electronPort(port2)),
    dispose: () => {
      port1.close()
    },
  })
}

async function overSockets(): Promise<Ends> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`)
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown]
  return {
    page: socketWire(client),
    main: socketWire(accepted),
    dispose: () => {
      client.terminate()
      server.close()
    },
  }
}

interface Seen {
  aborted: number
  sent: number
  sinkError: unknown
  /** bytes main has taken of an upload, and how it ended */
  taken: number
  takeError: unknown
}

/** Counts what does not follow 0, 1, 2 … */
async function takeAll(bytes: ByteSource, seen: Seen): Promise<{ total: number; wrong: number }> {
  let total = 0
  let wrong = 0
  for (let piece = await bytes.read(); piece !== null; piece = await bytes.read()) {
    piece.forEach((byte, at) => (wrong += byte === ((total + at) & 0xff) ? 0 : 1))
    total += piece.length
    seen.taken = total
  }
  return { total, wrong }
}

function* counting(sizes: readonly number[]): Generator<Uint8Array> {
  let value = 0
  for (const size of sizes) yield new Uint8Array(size).map(() => value++)
}

function startMain(wire: Wire): { served: Served<C>; seen: Seen; closed: Promise<TourniquetError> } {
  const seen: Seen = { aborted: 0, sent: 0, sinkError: null, taken: 0, takeError: null }
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
        return takeAll(bytes, seen).catch((cause: unknown) => {
          seen.takeError = cause
          throw cause
        })
      },
    },
    ended,
  )
  return { served, seen, closed }
}

function startPage(wire: Wire): { client: Client<C>; closed: Promise<TourniquetError> } {
  let ended: (error: TourniquetError) => void = () => undefined
  const closed = new Promise<TourniquetError>((resolve) => (ended = resolve))
  return { client: connect(wire, contract, ended), closed }
}

const failing = (error: Error): Promise<never> => Promise.reject(error)

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof TourniquetError ? error.code : error),
  )

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

const open: Ends[] = []
afterEach(() => {
  for (const ends of open.splice(0)) ends.dispose()
})

describe.each([
  { over: 'MessagePort', make: overPorts },
  { over: 'WebSocket', make: overSockets },
])('a contract over a $over', ({ make }) => {
  const ends = async (): Promise<Ends> => {
    const made = await make()
    open.push(made)
    return made
  }
  const both = async () => {
    const { page, main } = await ends()
    return { main: startMain(main), page: startPage(page) }
  }

  describe('between honest ends', () => {
    it('carries every JSON value there and back unchanged', async () => {
      const { page } = await both()
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (value) => {
          const plain = JSON.parse(JSON.stringify(value)) as z.infer<ReturnType<typeof z.json>>
          expect(await page.client.call('echo', { value: plain })).toEqual({ value: plain })
        }),
        { numRuns: 60 },
      )
    })

    it('carries an error with its code and parameters, and a fault of ours as internal', async () => {
      const { page } = await both()
      await expect(page.client.call('fail', {})).rejects.toMatchObject({
        code: 'disk-full',
        params: { path: '/x', size: 3 },
      })
      await expect(page.client.call('crash', {})).rejects.toMatchObject({ code: 'internal', params: { what: 'a bug' } })
    })

    it('refuses an answer that is not in the contract before it leaves main', async () => {
      const { page } = await both()
      expect(await code(page.client.call('lie', {}))).toBe('internal')
    })

    it('refuses input that does not fit before it leaves the page', async () => {
      const { page } = await both()
      expect(await code(page.client.call('echo', {} as never))).toBe('wire-invalid')
      expect(await code(page.client.call('echo', { value: 'x'.repeat(maxToMain) }))).toBe('wire-invalid')
      expect(await page.client.call('echo', { value: 1 })).toEqual({ value: 1 })
    })

    it('tells events to those who listen, in order, until they stop', async () => {
      const { page, main } = await both()
      const heard: number[] = []
      const stop = page.client.on('tick', ({ n }) => heard.push(n))
      for (const n of [1, 2, 3]) main.served.emit('tick', { n })
      await page.client.call('echo', { value: null })
      stop()
      main.served.emit('tick', { n: 4 })
      await page.client.call('echo', { value: null })
      expect(heard).toEqual([1, 2, 3])
    })

    it('gives up at once when cancelled, and main stops', async () => {
      const { page, main } = await both()
      const giveUp = new AbortController()
      const hanging = code(page.client.call('hang', {}, { signal: giveUp.signal }))
      await page.client.call('echo', { value: 1 })
      giveUp.abort()
      expect(await hanging).toBe('cancelled')
      await page.client.call('echo', { value: 1 })
      expect(main.seen.aborted).toBe(1)
    })

    it('streams bytes whole and in order, whatever their pieces', async () => {
      const { page } = await both()
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 4 }), async (sizes) => {
          const { output, bytes } = await page.client.stream('bytes', { sizes, then: 'end' })
          let total = 0
          let wrong = 0
          for await (const piece of bytes) {
            piece.forEach((byte, at) => (wrong += byte === ((total + at) & 0xff) ? 0 : 1))
            total += piece.length
          }
          expect({ total, wrong }).toEqual({ total: output.total, wrong: 0 })
        }),
        { numRuns: 12 },
      )
    })

    it('holds the sender back until bytes were consumed, not merely received', async () => {
      const { page, main } = await both()
      const sizes = Array.from({ length: 12 }, () => maxFrame)
      const { bytes } = await page.client.stream('bytes', { sizes, then: 'end' })
      await turns()
      expect(main.seen.sent).toBe(4 * maxFrame)
      await bytes.read()
      await turns()
      expect(main.seen.sent).toBe(4 * maxFrame)
      await bytes.read()
      await turns()
      expect(main.seen.sent).toBe(5 * maxFrame)
    })

    it('lets the sender be no further ahead than the method says', async () => {
      const { page, main } = await both()
      const { bytes } = await page.client.stream('drops', {})
      await turns()
      expect(main.seen.sent).toBe(1000)
      let total = 0
      for await (const piece of bytes) total += piece.length
      expect(total).toBe(3000)
    })

    it('lets control messages pass while a stream is held back', async () => {
      const { page } = await both()
      await page.client.stream('bytes', { sizes: [8 * maxFrame], then: 'end' })
      expect(await page.client.call('echo', { value: 'through' })).toEqual({ value: 'through' })
    })

    it('ends a stream with its error after the bytes that came before', async () => {
      const { page } = await both()
      const { bytes } = await page.client.stream('bytes', { sizes: [10], then: 'fail' })
      expect((await bytes.read())?.length).toBe(10)
      expect(await code(bytes.read())).toBe('exhibit-damaged')
    })

    it('stops a sender whose reader has had enough, and the wire lives on', async () => {
      const { page, main } = await both()
      const { bytes } = await page.client.stream('bytes', { sizes: [40 * maxFrame], then: 'end' })
      for await (const piece of bytes) {
        expect(piece.length).toBe(maxFrame)
        break
      }
      await turns()
      expect(main.seen.sinkError).toMatchObject({ code: 'cancelled' })
      expect(await page.client.call('echo', { value: 1 })).toEqual({ value: 1 })
    })

    it('drops the stream of a call that was cancelled on the way', async () => {
      const { page } = await both()
      const giveUp = new AbortController()
      const streaming = code(page.client.stream('bytes', { sizes: [9 * maxFrame], then: 'end' }, giveUp))
      giveUp.abort()
      expect(await streaming).toBe('cancelled')
      await turns()
      expect(await page.client.call('echo', { value: 1 })).toEqual({ value: 1 })
    })

    it('takes bytes whole and in order, whatever their pieces, and answers after the last', async () => {
      const { page } = await both()
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 4 }), async (sizes) => {
          expect(await page.client.send('take', { then: 'all' }, counting(sizes))).toEqual({
            total: sizes.reduce((sum, size) => sum + size, 0),
            wrong: 0,
          })
        }),
        { numRuns: 12 },
      )
    })

    it('reads no further from a source than main has consumed, and a window', async () => {
      const { page } = await both()
      let read = 0
      const source = function* (): Generator<Uint8Array> {
        for (;;) {
          read += 1
          yield new Uint8Array(maxFrame)
        }
      }
      const giveUp = new AbortController()
      const sending = code(page.client.send('take', { then: 'hang' }, source(), giveUp))
      await turns()
      expect(read).toBe(5) // four in the window, the fifth waits in the sender
      expect(await page.client.call('echo', { value: 'through' })).toEqual({ value: 'through' })
      giveUp.abort()
      expect(await sending).toBe('cancelled')
    })

    it('stops main when the sender gives up', async () => {
      const { page, main } = await both()
      const giveUp = new AbortController()
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(10)
        giveUp.abort()
        await new Promise(() => undefined) // a disk that never answers again
      }
      expect(await code(page.client.send('take', { then: 'all' }, source(), giveUp))).toBe('cancelled')
      await turns()
      expect(main.seen.takeError).toMatchObject({ code: 'cancelled' })
      expect(await page.client.send('take', { then: 'all' }, counting([3]))).toEqual({ total: 3, wrong: 0 })
    })

    it('rejects with what the source threw, and main hears of it', async () => {
      const { page, main } = await both()
      const broken = new RangeError('the file is gone')
      const source = function* (): Generator<Uint8Array> {
        yield new Uint8Array(10)
        throw broken
      }
      expect(await code(page.client.send('take', { then: 'all' }, source()))).toBe(broken)
      expect(main.seen.takeError).toMatchObject({ code: 'internal', params: { what: 'the file is gone' } })
    })

    it.each([
      ['fails', 'fail', 'disk-full'],
      ['has had enough', 'first', 'resolved'],
      ['wants none of it', 'none', 'resolved'],
    ] as const)('stops the sender when main %s, and the wire lives on', async (_, then, outcome) => {
      const { page } = await both()
      let returned = false
      const source = function* (): Generator<Uint8Array> {
        try {
          for (;;) yield new Uint8Array(maxFrame)
        } finally {
          returned = true
        }
      }
      for (let round = 0; round < 3; round += 1) {
        returned = false
        expect(await code(page.client.send('take', { then }, source()))).toBe(outcome)
        await turns()
        expect(returned).toBe(true)
      }
      expect(await page.client.send('take', { then: 'all' }, [])).toEqual({ total: 0, wrong: 0 })
    })

    it('answers an upload whose input does not fit, and takes the next', async () => {
      const { page, main } = await ends()
      startMain(main)
      const heard: string[] = []
      page.listen({ message: (message) => heard.push(String(message)), closed: (detail) => heard.push(detail) })
      page.post('{"t":"call","id":1,"method":"take","input":{"then":"eat"}}')
      page.post('{"t":"end","id":1,"frames":0,"error":null}')
      page.post('{"t":"call","id":2,"method":"take","input":{"then":"all"}}')
      page.post('{"t":"end","id":2,"frames":0,"error":null}')
      await turns()
      const told = heard.map((message) => JSON.parse(message) as { t: string; id: number })
      expect(told.filter(({ t }) => t !== 'credit' && t !== 'stop')).toMatchObject([
        { t: 'fail', id: 1, error: { code: 'wire-invalid' } },
        { t: 'done', id: 2, output: { total: 0, wrong: 0 } },
      ])
    })

    it('tells main when the wire closes in the middle of an upload', async () => {
      const { page, main } = await both()
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(10)
        await turns()
        page.client.close()
        yield new Uint8Array(10)
      }
      expect(await code(page.client.send('take', { then: 'all' }, source()))).toBe('wire-closed')
      await main.closed
      await turns()
      expect(main.seen.takeError).toMatchObject({ code: 'wire-closed' })
    })

    it('tells everyone who waits when the wire closes, in the middle of a stream too', async () => {
      const { page, main } = await both()
      const hanging = code(page.client.call('hang', {}))
      const { bytes } = await page.client.stream('bytes', { sizes: [40 * maxFrame], then: 'end' })
      await bytes.read()
      main.served.close('going away')
      expect(await hanging).toBe('wire-closed')
      await expect(
        (async () => {
          while ((await bytes.read()) !== null);
        })(),
      ).rejects.toMatchObject({ code: 'wire-closed' })
      await page.closed
      expect((await main.closed).code).toBe('wire-closed')
      await turns()
      expect(main.seen).toMatchObject({ aborted: 1, sinkError: { code: 'wire-closed' } })
      expect(await code(page.client.call('echo', { value: 1 }))).toBe('wire-closed')
    })
  })

  describe('against a hostile page', () => {
    const attack = async (messages: readonly (string | Uint8Array)[]): Promise<string> => {
      const { page, main } = await ends()
      const { closed } = startMain(main)
      page.listen({ message: () => undefined, closed: () => undefined })
      for (const message of messages) page.post(message)
      return String((await closed).params['detail'])
    }
    const call = (id: number, method: string, input: unknown): string =>
      JSON.stringify({ t: 'call', id, method, input })
    const start = call(1, 'bytes', { sizes: [9 * maxFrame], then: 'hang' })
    const upload = call(1, 'take', { then: 'hang' })
    const frame = (seq: number, size: number): Uint8Array =>
      encodeFrame({ stream: 1, seq, bytes: new Uint8Array(size) })
    const end = (frames: number): string => `{"t":"end","id":1,"frames":${String(frames)},"error":null}`

    it.each([
      ['text that is not JSON', ['{'], 'not a message of this contract'],
      ['an unknown kind of message', ['{"t":"eval"}'], 'not a message of this contract'],
      ['an extra key', ['{"t":"cancel","id":1,"x":1}'], 'not a message of this contract'],
      ['a prototype key', ['{"__proto__":{"t":"cancel"},"id":1}'], 'not a message of this contract'],
      ['an answer, which only main gives', ['{"t":"done","id":1,"output":{}}'], 'not a message of this contract'],
      ['a number that is no call number', [call(0, 'echo', {})], 'not a message of this contract'],
      ['a call number used twice', [call(1, 'hang', {}), call(1, 'hang', {})], 'a call number used twice'],
      ['a cancel of nothing', ['{"t":"cancel","id":7}'], 'cancel of no call'],
      ['an oversized message', [call(1, 'echo', { value: 'x'.repeat(maxToMain) })], 'not a message of this contract'],
      ['bytes that are no frame', [new Uint8Array([9, 9, 9])], 'not a frame'],
      ['a frame that is too long', [new Uint8Array(maxFrame + 10).fill(1)], 'not a frame'],
      ['bytes for no stream', [encodeFrame({ stream: 1, seq: 0, bytes: new Uint8Array(1) })], 'bytes for no stream'],
      ['the end of no stream', ['{"t":"end","id":1,"frames":0,"error":null}'], 'end of no stream'],
      ['credit for no stream', ['{"t":"credit","id":1,"bytes":5}'], 'credit for no stream'],
      ['negative credit', [start, '{"t":"credit","id":1,"bytes":-5}'], 'not a message of this contract'],
      [
        'an upload beyond its credit',
        [upload, ...Array.from({ length: 5 }, (_, seq) => frame(seq, maxFrame))],
        'more bytes than were granted',
      ],
      [
        'an upload that goes on after it was stopped and has spent its credit',
        [call(1, 'take', { then: 'fail' }), ...Array.from({ length: 5 }, (_, seq) => frame(seq, maxFrame))],
        'more bytes than were granted',
      ],
      ['an upload out of order', [upload, frame(1, 5)], 'bytes out of order'],
      ['an upload with a frame twice', [upload, frame(0, 5), frame(0, 5)], 'bytes out of order'],
      ['an upload with bytes left out at the end', [upload, frame(0, 5), end(2)], 'bytes are missing'],
      ['an upload after its end', [upload, end(0), frame(0, 5)], 'bytes for no stream'],
      ['an upload with two ends', [upload, end(0), end(0)], 'end of no stream'],
      ['bytes before their call', [frame(0, 5), upload], 'bytes for no stream'],
      [
        'credit for a stream that goes the other way',
        [upload, '{"t":"credit","id":9,"bytes":5}'],
        'credit for no stream',
      ],
    ])('closes on %s', async (_, messages, reason) => {
      expect(await attack(messages)).toBe(reason)
    })

    it('closes when granted more credit than there is room for', async () => {
      const { page, main } = await ends()
      const { closed } = startMain(main)
      page.listen({
        message: (message) => {
          if (typeof message === 'string' && message.includes('"done"'))
            page.post(JSON.stringify({ t: 'credit', id: 1, bytes: 64 * 1024 * 1024 }))
        },
        closed: () => undefined,
      })
      page.post(start)
      expect((await closed).params['detail']).toBe('more credit than there is room')
    })

    it('closes on a flood of uploads that were answered and never ended', async () => {
      const flood = Array.from({ length: 300 }, (_, at) => call(at + 1, 'take', { then: 'fail' }))
      expect(await attack(flood)).toBe('too many calls')
    })

    it('closes on a flood of calls', async () => {
      expect(await attack(Array.from({ length: 300 }, (_, at) => call(at + 1, 'hang', {})))).toBe('too many calls')
    })

    it.each([
      ['an unknown method', 'format-disk', {}, 'unknown method'],
      ['a method that every object has', 'constructor', {}, 'unknown method'],
      ['input that does not fit', 'bytes', { sizes: 1, then: 'end' }, 'bytes: sizes: '],
      ['input with an extra key', 'fail', { more: 1 }, 'fail: value: '],
    ])('answers %s with an error, and does nothing', async (_, method, input, what) => {
      const { page, main } = await ends()
      startMain(main)
      const answer = new Promise<string>((resolve) => {
        page.listen({
          message: (message) => {
            resolve(String(message))
          },
          closed: resolve,
        })
      })
      page.post(call(1, method, input))
      expect(JSON.parse(await answer)).toMatchObject({
        t: 'fail',
        id: 1,
        error: { code: 'wire-invalid', params: { what: expect.stringContaining(what) as string } },
      })
    })
  })

  describe('against a hostile main', () => {
    /** Answers the first call with these, one after the other. */
    const attack = async (
      answers: readonly (string | Uint8Array)[],
      use: (client: Client<C>) => Promise<unknown>,
    ): Promise<{ readonly used: unknown; readonly reason: string }> => {
      const { page, main } = await ends()
      const { client, closed } = startPage(page)
      main.listen({
        message: (message) => {
          if (typeof message === 'string' && message.includes('"call"')) for (const one of answers) main.post(one)
        },
        closed: () => undefined,
      })
      const used = code(use(client))
      return { used: await used, reason: String((await closed).params['detail']) }
    }
    const echo = (client: Client<C>) => client.call('echo', { value: 1 })
    const stream = async (client: Client<C>) => {
      const { bytes } = await client.stream('bytes', { sizes: [], then: 'end' })
      await turns()
      while ((await bytes.read()) !== null);
    }
    const header = '{"t":"done","id":1,"output":{"total":1}}'
    const frame = (seq: number, size: number) => encodeFrame({ stream: 1, seq, bytes: new Uint8Array(size) })
    const send = (client: Client<C>) => client.send('take', { then: 'all' }, counting([40 * maxFrame]))

    it.each([
      ['an answer to nothing', ['{"t":"done","id":9,"output":{}}'], echo, 'wire-closed', 'an answer to nothing'],
      [
        'an answer that is not in the contract',
        ['{"t":"done","id":1,"output":{"more":1}}'],
        echo,
        'wire-invalid',
        'answer of echo is not in the contract',
      ],
      [
        'an unknown error code',
        ['{"t":"fail","id":1,"error":{"code":"x","params":{}}}'],
        echo,
        'wire-closed',
        'not a message of this contract',
      ],
      [
        'an unknown event',
        ['{"t":"event","name":"toString","data":{}}'],
        echo,
        'wire-closed',
        'event toString is not in the contract',
      ],
      [
        'a stream beyond its credit',
        [header, ...Array.from({ length: 5 }, (_, seq) => frame(seq, maxFrame))],
        stream,
        'wire-closed',
        'more bytes than were granted',
      ],
      ['bytes out of order', [header, frame(1, 5)], stream, 'wire-closed', 'bytes out of order'],
      [
        'bytes left out at the end',
        [header, frame(0, 5), '{"t":"end","id":1,"frames":2,"error":null}'],
        stream,
        'wire-closed',
        'bytes are missing',
      ],
      [
        'bytes after the end',
        [header, '{"t":"end","id":1,"frames":0,"error":null}', frame(0, 5)],
        stream,
        'resolved',
        'bytes for no stream',
      ],
      [
        'more credit than there is room for',
        ['{"t":"credit","id":1,"bytes":99000000}'],
        send,
        'wire-closed',
        'more credit than there is room',
      ],
      ['bytes for a stream that goes up', [frame(0, 5)], send, 'wire-closed', 'bytes for no stream'],
      ['a stop of nothing', ['{"t":"stop","id":9}'], send, 'wire-closed', 'stop for no stream'],
    ] as const)('closes on %s', async (_, answers, use, used, reason) => {
      expect(await attack(answers, use)).toEqual({ used, reason })
    })
  })
})

describe('frames', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        (stream, seq, bytes) => {
          const frame = decodeFrame(encodeFrame({ stream, seq, bytes }))
          expect(frame && { ...frame, bytes: [...frame.bytes] }).toEqual({ stream, seq, bytes: [...bytes] })
        },
      ),
    )
  })

  it('are never read out of other bytes by mistake', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
        const frame = decodeFrame(bytes)
        if (frame === null) expect(bytes.length <= 9 || bytes[0] !== 1).toBe(true)
        else expect(encodeFrame(frame)).toEqual(bytes)
      }),
    )
  })
})
