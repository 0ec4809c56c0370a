import { describe, expect, it } from 'vitest'
import { libraryCandidates, parseCarriers, parsePreloadFile, preloadEntries } from './preload.ts'
import { mark, reply } from './reply-fixture.ts'
import { bytesOf } from './reply.ts'

const fileReply = (state: string, content: string) => reply(['state', `${state}\n`], ['content', content], ['end', ''])
const notes: string[] = []
const into = { unknown: (what: string, reason: string) => notes.push(`${what}: ${reason}`) }

describe('the preload file', () => {
  it('is read byte by byte', () => {
    expect(parsePreloadFile(fileReply('file', `/a.so\n\xff\x1b\nM=${mark}`), into)).toBe('/a.so\n\xff\x1b\n')
    expect(parsePreloadFile(fileReply('absent', ''), into)).toBeNull()
  })

  it('that is there but cannot be read is unknown, not absent', () => {
    notes.length = 0
    expect(parsePreloadFile(fileReply('file', ''), into)).toBeNull()
    expect(parsePreloadFile(fileReply('other', ''), into)).toBeNull()
    expect(notes).toEqual(['/etc/ld.so.preload: not-permitted', '/etc/ld.so.preload: failed'])
  })

  it('says when it was cut, and nothing when the reply was', () => {
    notes.length = 0
    parsePreloadFile(fileReply('file', `${'x'.repeat(65_537)}M=${mark}`), into)
    expect(notes).toEqual(['/etc/ld.so.preload: truncated'])
    expect(parsePreloadFile(reply(), into)).toBeUndefined()
  })

  it('is divided as the loader divides it', () => {
    expect(
      preloadEntries('# x\n/a.so:/b.so  c.so # /d.so\n\n\t/e.so\r\n').map(({ line, library }) => [line, library]),
    ).toEqual([
      [2, '/a.so'],
      [2, '/b.so'],
      [2, 'c.so'],
      [4, '/e.so'],
    ])
  })
})

describe('a library', () => {
  it('is looked for where the loader looks', () => {
    expect(libraryCandidates('/x.so')).toEqual(['/x.so'])
    expect(libraryCandidates('x.so')).toContain('/usr/lib/x86_64-linux-gnu/x.so')
    expect(libraryCandidates('/usr/$LIB/x.so')).toContain('/usr/lib64/x.so')
    expect(libraryCandidates('/o/${PLATFORM}/x.so')).toContain('/o/x86_64/x.so')
  })

  it('is carried by who maps exactly it, deleted or not', () => {
    const lines = [
      '/proc/7/maps:7f00-7f01 r-xp 00001000 fe:00 1234                       /l/x.so',
      '/proc/8/maps:7f00-7f01 r-xp 00001000 fe:00 1234                       /l/x.so (deleted)',
      '/proc/9/maps:7f00-7f01 r-xp 00001000 fe:00 1234                       /l/x.so.1',
      '/proc/10/maps:7f00-7f01 r-xp 00001000 fe:00 1234                      /real/y.so',
    ]
    const carriers = parseCarriers(
      bytesOf(`resolved\0/l/x.so\0/l/x.so\0resolved\0/l/y.so\0/real/y.so\0${lines.join('\n')}\n\0end\0`),
    )
    expect([...(carriers ?? [])]).toEqual([
      ['/l/x.so', [7, 8]],
      ['/l/y.so', [10]],
    ])
    expect(parseCarriers(bytesOf('resolved\0/l/x.so\0/l/x'))).toBeNull()
  })
})
