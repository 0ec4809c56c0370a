// A main that breaks the rules of the wire, over both transports: the page closes it and says why.

import { describe, expect, it } from 'vitest'
import { transports, turns } from '../../server/transports-fixture.ts'
import type { Client } from './connect.ts'
import { code, counting, frame, startPage, type C } from './conformance-fixture.ts'
import { maxFrame } from './wire.ts'

describe.each(transports)('a contract over a $over', ({ ends }) => {
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
