// One table of cases, run over both transports: whatever a MessagePort does, a WebSocket must do, and the other way round.
// Here: calls, events, and bytes on their way to the page.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { transports, turns } from '../../server/transports-fixture.ts'
import { both, code, takeAll } from './conformance-fixture.ts'
import { maxFrame, maxToMain } from './wire.ts'

describe.each(transports)('a contract over a $over', ({ ends }) => {
  describe('between honest ends', () => {
    it('carries every JSON value there and back unchanged', async () => {
      const { page } = await both(ends)
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (value) => {
          const plain = JSON.parse(JSON.stringify(value)) as z.infer<ReturnType<typeof z.json>>
          expect(await page.client.call('echo', { value: plain })).toEqual({ value: plain })
        }),
        { numRuns: 60 },
      )
    })

    it('carries an error with its code and parameters, and a fault of ours as internal', async () => {
      const { page } = await both(ends)
      await expect(page.client.call('fail', {})).rejects.toMatchObject({
        code: 'disk-full',
        params: { path: '/x', size: 3 },
      })
      await expect(page.client.call('crash', {})).rejects.toMatchObject({ code: 'internal', params: { what: 'a bug' } })
    })

    it('refuses an answer that is not in the contract before it leaves main', async () => {
      const { page } = await both(ends)
      expect(await code(page.client.call('lie', {}))).toBe('internal')
    })

    it('refuses input that does not fit before it leaves the page', async () => {
      const { page } = await both(ends)
      expect(await code(page.client.call('echo', {} as never))).toBe('wire-invalid')
      expect(await code(page.client.call('echo', { value: 'x'.repeat(maxToMain) }))).toBe('wire-invalid')
      expect(await page.client.call('echo', { value: 1 })).toEqual({ value: 1 })
    })

    it('tells events to those who listen, in order, until they stop', async () => {
      const { page, main } = await both(ends)
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
      const { page, main } = await both(ends)
      const giveUp = new AbortController()
      const hanging = code(page.client.call('hang', {}, { signal: giveUp.signal }))
      await page.client.call('echo', { value: 1 })
      giveUp.abort()
      expect(await hanging).toBe('cancelled')
      await page.client.call('echo', { value: 1 })
      expect(main.seen.aborted).toBe(1)
    })

    it('streams bytes whole and in order, whatever their pieces', async () => {
      const { page } = await both(ends)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 4 }), async (sizes) => {
          const { output, bytes } = await page.client.stream('bytes', { sizes, then: 'end' })
          expect(await takeAll(bytes)).toEqual({ total: output.total, wrong: 0 })
        }),
        { numRuns: 12 },
      )
    })

    it('holds the sender back until bytes were consumed, not merely received', async () => {
      const { page, main } = await both(ends)
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
      const { page, main } = await both(ends)
      const { bytes } = await page.client.stream('drops', {})
      await turns()
      expect(main.seen.sent).toBe(1000)
      let total = 0
      for await (const piece of bytes) total += piece.length
      expect(total).toBe(3000)
    })

    it('lets control messages pass while a stream is held back', async () => {
      const { page } = await both(ends)
      await page.client.stream('bytes', { sizes: [8 * maxFrame], then: 'end' })
      expect(await page.client.call('echo', { value: 'through' })).toEqual({ value: 'through' })
    })

    it('ends a stream with its error after the bytes that came before', async () => {
      const { page } = await both(ends)
      const { bytes } = await page.client.stream('bytes', { sizes: [10], then: 'fail' })
      expect((await bytes.read())?.length).toBe(10)
      expect(await code(bytes.read())).toBe('exhibit-damaged')
    })

    it('stops a sender whose reader has had enough, and the wire lives on', async () => {
      const { page, main } = await both(ends)
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
      const { page } = await both(ends)
      const giveUp = new AbortController()
      const streaming = code(page.client.stream('bytes', { sizes: [9 * maxFrame], then: 'end' }, giveUp))
      giveUp.abort()
      expect(await streaming).toBe('cancelled')
      await turns()
      expect(await page.client.call('echo', { value: 1 })).toEqual({ value: 1 })
    })
    it('tells everyone who waits when the wire closes, in the middle of a stream too', async () => {
      const { page, main } = await both(ends)
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
})
