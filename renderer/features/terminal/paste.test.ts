import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyText, readPaste, safeTitle } from './paste.ts'

describe('what may be pasted into a shell', () => {
  it('lets one short line pass without asking, as it is', () => {
    expect(readPaste('ls -la /tmp')).toEqual({ text: 'ls -la /tmp', removed: 0, lines: 1, ask: false })
    expect(readPaste('备份\t# 注释').text).toBe('备份\t# 注释')
  })

  it('asks before several lines, before a line that would run at once, and before a long one', () => {
    expect(readPaste('a\nb').ask).toBe(true)
    expect(readPaste('reboot\n').ask).toBe(true)
    expect(readPaste('x'.repeat(1025)).ask).toBe(true)
  })

  it('takes the end of a bracketed paste out, also when it is wrapped around itself', () => {
    expect(readPaste('safe\u001b[201~\rrm -rf /\r').text).toBe('safe[201~\nrm -rf /\n')
    expect(readPaste('\u001b\u001b[201~[201~').text).not.toContain('\u001b')
  })

  it('leaves nothing that a terminal obeys or that nobody sees, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const { text } = readPaste(raw)
        expect(text).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u)
        expect(readPaste(text).text).toBe(text)
      }),
    )
  })

  it('copies what is on the screen without the blanks that fill its lines', () => {
    expect(copyText('one   \ntwo\u001b[0m\t\n')).toBe('one\ntwo[0m\n')
  })

  it('shows a title of the host as one short line', () => {
    expect(safeTitle('\u202eroot\u0007@host\n x')).toBe('root@host x')
    expect(safeTitle('y'.repeat(500))).toHaveLength(80)
  })
})
