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

describe('from the wire onto the screen', () => {
  it('asks for more only when the last bytes were drawn', async () => {
    const source = sourceOf([new Uint8Array(10), new Uint8Array(20)])
    const waiting: (() => void)[] = []
    const ended = pump(source, { write: (_, drawn) => waiting.push(drawn) })
    await turn()
    expect({ asked: source.asked, drawing: waiting.length }).toEqual({ asked: 1, drawing: 1 })
    waiting.shift()?.()
    await turn()
    expect({ asked: source.asked, drawing: waiting.length }).toEqual({ asked: 2, drawing: 1 })
    waiting.shift()?.()
    await ended
  })

  it('tells how the stream ended', async () => {
    const lost = new TourniquetError('link-lost')
    const paper = {
      write: (_: Uint8Array, drawn: () => void): void => {
        drawn()
      },
    }
    const ended = pump(sourceOf([], lost), paper)
    await expect(ended).rejects.toBe(lost)
  })
})
