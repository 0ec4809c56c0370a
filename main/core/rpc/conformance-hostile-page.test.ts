// A page that breaks the rules of the wire, over both transports: main closes it and says why, or answers with an error.

import { describe, expect, it } from 'vitest'
import { transports } from '../../server/transports-fixture.ts'
import { frame, startMain } from './conformance-fixture.ts'
import { maxFrame, maxToMain } from './wire.ts'

describe.each(transports)('a contract over a $over', ({ ends }) => {
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
      ['bytes for no stream', [frame(0, 1)], 'bytes for no stream'],
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
})
