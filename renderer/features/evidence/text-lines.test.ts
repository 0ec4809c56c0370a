import { describe, expect, it } from 'vitest'
import { shown } from '../../../main/core/contract.ts'
import { contentOf, hexRow, lineWidth, textLines, wholeLines } from './text-lines.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const lines = (text: string): readonly string[] => textLines(bytes(text)).map((line) => shown(line.text))

describe('bytes as lines', () => {
  it('ends a line at each line feed and makes no line of the end of the last', () => {
    expect(lines('a\nb\n')).toEqual(['a', 'b'])
    expect(lines('a\n\nb')).toEqual(['a', '', 'b'])
    expect(lines('')).toEqual([''])
  })

  it('writes out what a screen would obey or hide', () => {
    expect(lines('\u001b[2Jx\r\n\u202eevil\u200b')).toEqual(['\\x1b[2Jx\\x0d', '\\xe2\\x80\\xaeevil\\xe2\\x80\\x8b'])
  })

  it('goes on in the next line where one is too wide, without cutting an escape, and loses nothing', () => {
    const wide = `${'y'.repeat(lineWidth - 2)}\u001b${'z'.repeat(400)}`
    const all = textLines(bytes(wide))
    expect(all.map(({ number }) => number)).toEqual([1, null, null, null])
    expect(all.every(({ text }) => shown(text).length <= lineWidth)).toBe(true)
    expect(all.map(({ text }) => shown(text)).join('')).toBe(wide.replace('\u001b', '\\x1b'))
    expect(shown(all[1]?.text ?? ('' as never)).startsWith('\\x1b')).toBe(true)
  })

  it('keeps a read that ends within a line for the next', () => {
    expect(wholeLines(bytes('ab\ncd'))).toBe(3)
    expect(wholeLines(bytes('abcd'))).toBe(4)
  })
})

describe('what bytes look like', () => {
  it('never takes an image for text', () => {
    expect(contentOf(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d))).toBe('image')
    expect(contentOf(Uint8Array.of(...bytes('RIFF....WEBPVP8 ')))).toBe('image')
  })
  it('tells programs from text with a few NULs', () => {
    expect(contentOf(bytes('a record\0another record\0'))).toBe('text')
    expect(contentOf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0))).toBe('binary')
    expect(contentOf(new Uint8Array())).toBe('empty')
  })
  it('shows a row of bytes with dots for what has no letter', () => {
    expect(hexRow(Uint8Array.of(0, 0x41, 0x7f)).letters).toBe('.A.')
    expect(hexRow(bytes('0123456789')).hex).toBe('30 31 32 33 34 35 36 37  38 39')
  })
})
