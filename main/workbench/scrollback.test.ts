// The latest output, whatever the pieces it came in.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Scrollback } from './scrollback.ts'

describe('scrollback', () => {
  it('holds the last bytes of everything pushed, readable from any place that is left', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (size, pieces, most) => {
          const scrollback = new Scrollback(size)
          for (const piece of pieces) scrollback.push(piece)
          const whole = Buffer.concat(pieces)
          expect(scrollback.end).toBe(whole.length)
          expect(scrollback.start).toBe(Math.max(0, whole.length - size))
          for (let at = scrollback.start; at < scrollback.end; at += 7) {
            const slice = scrollback.slice(at, most)
            expect(Buffer.from(slice).equals(whole.subarray(at, at + most))).toBe(true)
          }
        },
      ),
    )
  })

  it('gives copies: what comes later does not change them', () => {
    const scrollback = new Scrollback(4)
    scrollback.push(Uint8Array.of(1, 2, 3, 4))
    const slice = scrollback.slice(0, 4)
    scrollback.push(Uint8Array.of(9, 9, 9, 9))
    expect([...slice]).toEqual([1, 2, 3, 4])
  })

  it('begins at the beginning, or behind a line end once something is lost', () => {
    const scrollback = new Scrollback(8)
    const push = (text: string): void => {
      scrollback.push(new TextEncoder().encode(text))
    }
    push('ab')
    expect(scrollback.beginning()).toBe(0)
    push('\x1b[31m\nred')
    expect(new TextDecoder().decode(scrollback.slice(scrollback.beginning(), 8))).toBe('red')
    push('noline-end')
    expect(scrollback.beginning()).toBe(scrollback.start)
  })
})
