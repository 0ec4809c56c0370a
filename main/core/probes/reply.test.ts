import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mark, reply } from './reply-fixture.ts'
import { bytesOf, latin1, linesOf, markedContents, markedLinks, parseSections } from './reply.ts'

describe('sections of a reply', () => {
  it('come back byte by byte, whatever they hold but the mark', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }).map(latin1), { maxLength: 5 }), (bodies) => {
        const sections = parseSections(reply(...bodies.map((body, at) => [`s${at}`, body] as const), ['end', '']))
        expect(sections?.complete).toBe(true)
        for (const [at, body] of bodies.entries()) expect(sections?.get(`s${at}`)).toBe(body)
      }),
    )
  })

  it('are not believed without our opening, or twice the same', () => {
    expect(parseSections(bytesOf('hello'))).toBeNull()
    expect(parseSections(reply(['a', '1'], ['a', '2']))).toBeNull()
  })

  it('tell when the reply was cut: any prefix is incomplete, and what was whole stays so', () => {
    const whole = reply(['a', 'one'], ['b', 'two'], ['end', ''])
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        const sections = parseSections(whole.subarray(0, length))
        if (!sections) return
        expect(sections.complete && length < whole.length - 1).toBe(false)
        if (sections.whole('a')) expect(sections.get('a')).toBe('one')
      }),
    )
  })
})

describe('marked contents', () => {
  it('are exactly as many as were asked for, empty ones too', () => {
    const close = `M=${mark}\0`
    expect(markedContents(`a\0b${close}${close}\n@x${close}`, mark, 3)).toEqual(['a\0b', '', '\n@x'])
    expect(markedContents(`a${close}b`, mark, 1)).toBeNull()
    expect(markedContents(`a${close}`, mark, 2)).toBeNull()
  })

  it('give links with any target', () => {
    const links = markedLinks(
      `M=${mark} '/proc/1/exe' -> '/a'\nM=${mark} \nM=${mark} '/proc/2/exe' -> '/x' -> '\n/y'\n`,
      mark,
    )
    expect([...links]).toEqual([
      ['/proc/1/exe', '/a'],
      ['/proc/2/exe', "/x' -> '\n/y"],
    ])
  })
})

it('latin-1 keeps every byte', () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256)
  expect(bytesOf(latin1(bytes))).toEqual(bytes)
})

it('lines have no empty last one', () => {
  expect([linesOf(''), linesOf('a\n'), linesOf('a\n\nb')]).toEqual([[], ['a'], ['a', '', 'b']])
})
