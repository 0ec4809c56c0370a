import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createScreen, jsonLine } from './screen.ts'

/** What a window would get. */
function written(live: boolean, show: (screen: ReturnType<typeof createScreen>) => void): string {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough
  Object.assign(stream, { isTTY: live, columns: 80 })
  show(createScreen(stream, { TERM: 'xterm' }))
  return String(stream.read() ?? '')
}

const hostile = 'a\u001b]0;owned\u0007b\u009b31mc\u202ed\r\u001b[2Ke\u200b\u2028f\u007f'
const shown = 'a\\u{1b}]0;owned\\u{7}b\\u{9b}31mc\\u{202e}d\\u{d}\\u{1b}[2Ke\\u{200b}\\u{2028}f\\u{7f}'

describe('the screen', () => {
  it('shows what a terminal would obey, whoever forgot to escape it', () => {
    expect(
      written(true, (screen) => {
        screen.line(hostile)
      }),
    ).toBe(`${shown}\n`)
    expect(
      written(true, (screen) => {
        screen.status(hostile)
      }),
    ).toBe(shown)
  })

  it('paints with its own colours only, and with none on a pipe', () => {
    const paint = (screen: ReturnType<typeof createScreen>): void => {
      screen.line(screen.paint('red', '止血\tdone'))
    }
    expect(written(true, paint)).toBe('\u001b[31m止血\tdone\u001b[39m\n')
    expect(written(false, paint)).toBe('止血\tdone\n')
    expect(
      written(false, (screen) => {
        screen.line('\u001b[31mx')
      }),
    ).toBe('\\u{1b}[31mx\n')
  })
})

describe('a JSON line', () => {
  it('is the same value, and nothing a terminal obeys', () => {
    const value = { type: 'error', text: `${hostile}\u{e0041}` }
    const line = jsonLine(value)
    expect(JSON.parse(line)).toEqual(value)
    expect(line.slice(0, -1)).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u)
  })
})
