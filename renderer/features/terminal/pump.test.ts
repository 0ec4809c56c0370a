import { describe, expect, it } from 'vitest'
import { TourniquetError } from '../../../main/core/errors.ts'
import type { ByteSource } from '../../../main/core/rpc/define.ts'
import { pump } from './pump.ts'

/** A source that counts how often it was asked. */
function sourceOf(pieces: readonly Uint8Array[], error?: Error): ByteSource & { asked: number } {
  const left = [...pieces]
  return {
    asked: 0,
    read() {
      this.asked += 1
      const next = left.shift()
      if (next === undefined && error) return Promise.reject(error)
      return Promise.resolve(next ?? null)
    },
    stop: () => undefined,
    async *[Symbol.asyncIterator]() {
      for (let piece = await this.read(); piece; piece = await this.read()) yield piece
    },
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
const skipped = (bytes: number): string => `(${String(bytes)})`

describe('from the wire onto the screen', () => {
  it('asks for more only when the last bytes were drawn', async () => {
    const source = sourceOf([new Uint8Array(10), new Uint8Array(20)])
    const waiting: (() => void)[] = []
    const { ended } = pump(source, { write: (_, drawn) => waiting.push(drawn) }, { now: () => 0, skipped })
    await turn()
    expect({ asked: source.asked, drawing: waiting.length }).toEqual({ asked: 1, drawing: 1 })
    waiting.shift()?.()
    await turn()
    expect({ asked: source.asked, drawing: waiting.length }).toEqual({ asked: 2, drawing: 1 })
    waiting.shift()?.()
    await ended
  })

  it('draws only the end of a flood after an interrupt, says how much it left out, and draws small pieces whole', async () => {
    const drawn: string[] = []
    const flood = new Uint8Array(100_000).fill(0x79)
    const source = sourceOf([flood, new TextEncoder().encode('$ ')])
    const paper = {
      write: (data: Uint8Array | string, done: () => void): void => {
        drawn.push(typeof data === 'string' ? data : `${String(data.length)} bytes`)
        done()
      },
    }
    const running = pump(source, paper, { now: () => 0, skipped })
    running.hurry()
    await running.ended
    expect(drawn.slice(-3)).toEqual(['(95904)', '4096 bytes', '2 bytes'])
  })

  it('tells how the stream ended', async () => {
    const lost = new TourniquetError('link-lost')
    const { ended } = pump(
      sourceOf([], lost),
      {
        write: (_, drawn) => {
          drawn()
        },
      },
      { now: () => 0, skipped },
    )
    await expect(ended).rejects.toBe(lost)
  })
})
