// Bytes on their way to main, over both transports.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transports, turns } from '../../server/transports-fixture.ts'
import { both, code, counting, startMain } from './conformance-fixture.ts'
import { maxFrame } from './wire.ts'

describe.each(transports)('a contract over a $over', ({ ends }) => {
  describe('between honest ends', () => {
    it('takes bytes whole and in order, whatever their pieces, and answers after the last', async () => {
      const { page } = await both(ends)
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
      const { page } = await both(ends)
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
      const { page, main } = await both(ends)
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
      const { page, main } = await both(ends)
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
      const { page } = await both(ends)
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
      const { page, main } = await both(ends)
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
  })
})
