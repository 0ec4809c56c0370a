import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteBytes, quoteText } from './quote.ts'

/** What a real sh makes of the word. */
function asShellSees(word: Uint8Array): Buffer {
  const script = Buffer.concat([Buffer.from('printf %s '), word])
  return execFileSync('/bin/sh', { input: script })
}

describe('a quoted word', () => {
  it('comes out of a real shell byte for byte, whatever it holds', () => {
    const bytes = fc.uint8Array({ min: 1, max: 255, maxLength: 200 })
    fc.assert(
      fc.property(bytes, (raw) => {
        expect(asShellSees(quoteBytes(raw))).toEqual(Buffer.from(raw))
      }),
      { numRuns: 60 },
    )
  })

  it('holds what shells obey: quotes, expansions, newlines, and no second command', () => {
    for (const text of ["'; echo pwned; '", '$(id)', '`id`', "it's", '\n\n', '', '\\', '-n', '!!']) {
      expect(asShellSees(Buffer.from(quoteText(text))).toString()).toBe(text)
    }
  })

  it('refuses NUL, which no word can hold', () => {
    expect(() => quoteBytes(Uint8Array.of(65, 0))).toThrow('param-invalid')
    expect(() => quoteText('a\0')).toThrow('param-invalid')
  })
})
