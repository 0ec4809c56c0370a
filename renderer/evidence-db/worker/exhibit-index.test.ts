import { describe, expect, it } from 'vitest'
import type { ExhibitQuery } from '../locker.ts'
import { ExhibitIndex } from './exhibit-index.ts'

type Stored = Parameters<ExhibitIndex['add']>[1]

const everything: ExhibitQuery = {
  text: '',
  chains: [],
  what: [],
  tags: [],
  order: 'at',
  descending: false,
}

function stored(seq: number, data: Partial<Stored['data']> = {}, chain = 'host-a'): Stored {
  const sha256 = seq.toString(16).padStart(64, '0')
  const at = new Date(Date.UTC(2026, 2, 1) + seq * 1000).toISOString()
  const meta = { pathBytes: null, meta: null, method: 'cat', hostSha256: null, hostTime: null, truncated: false }
  return {
    format: 'tourniquet.journal/1',
    chain,
    seq,
    prev: null,
    at,
    mono: 0,
    type: 'exhibit-stored',
    data: { sha256, size: seq, what: 'file', path: `/srv/${String(seq)}`, ...meta, ...data },
    hash: '',
  }
}

function indexOf(...events: readonly Stored[]): ExhibitIndex {
  const index = new ExhibitIndex()
  for (const [row, event] of events.entries()) index.add(row, event)
  return index
}

const found = (index: ExhibitIndex, query: Partial<ExhibitQuery>): readonly (number | undefined)[] =>
  [...index.find({ ...everything, ...query }).places].map((place) => index.at(place)?.row)

describe('the index of exhibits', () => {
  it('finds rows in which every word occurs, in any letter case, whichever part they are in', () => {
    const index = indexOf(
      stored(0, { path: '/TMP/.X11/kdevtmpfsi', what: 'process/exe' }),
      stored(1, { path: null, what: 'probe/sockets', method: 'ss -tnp' }),
      stored(2, { path: '/etc/crontab' }),
    )
    expect(found(index, { text: 'tmp KDEV' })).toEqual([0])
    expect(found(index, { text: ' ss   sockets ' })).toEqual([1])
    expect(found(index, { text: 'crontab kdev' })).toEqual([])
    expect(found(index, { what: ['process/', 'probe/'] })).toEqual([0, 1])
  })

  it('orders by each column both ways, what has no path last', () => {
    const index = indexOf(
      stored(3, { path: '/b', what: 'z' }),
      stored(1, { path: null, what: 'a' }),
      stored(2, { path: '/a', what: 'm' }),
    )
    expect(found(index, { order: 'at' })).toEqual([1, 2, 0])
    expect(found(index, { order: 'size', descending: true })).toEqual([0, 2, 1])
    expect(found(index, { order: 'what' })).toEqual([1, 2, 0])
    expect(found(index, { order: 'path' })).toEqual([2, 0, 1])
    index.add(3, stored(0, { path: '/0' }))
    expect(found(index, { order: 'path' })).toEqual([3, 2, 0, 1])
  })

  it('counts the bytes of a digest once however often it is told of, and shows its newest telling', () => {
    const same = 'f'.repeat(64)
    const index = indexOf(stored(1, { sha256: same, size: 10 }), stored(2, { sha256: same, size: 10, path: '/again' }))
    expect(index.find(everything)).toMatchObject({ bytes: 10 })
    expect(index.find(everything).places).toHaveLength(2)
    expect(index.newest(same)?.path).toBe('/again')
    expect([...index.digests()]).toEqual([[same, 10]])
  })

  it('holds back a digest when any of its tellings is a secret', () => {
    const same = 'e'.repeat(64)
    const index = indexOf(stored(1, { sha256: same }), stored(2, { sha256: same, path: '/etc/shadow' }), stored(3))
    expect(index.redactions().map(({ entry, reason }) => [entry.sha256, reason])).toEqual([[same, 'password-file']])
  })

  it('answers over 100,000 rows while a person types, at less than a kibibyte a row', () => {
    const rows = 100_000
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const index = new ExhibitIndex()
    for (let seq = 0; seq < rows; seq++)
      index.add(
        seq,
        stored(seq, { path: `/var/lib/docker/overlay2/${String(seq * 7919)}/diff/usr/bin/tool-${String(seq % 977)}` }),
      )
    const bytes = (process.memoryUsage().heapUsed - before) / rows
    index.find({ ...everything, order: 'path' }) // sorts, once until a row is added
    const began = performance.now()
    const { places } = index.find({ ...everything, order: 'path', descending: true, text: 'docker tool-97' })
    const ms = performance.now() - began
    expect(places.length).toBeGreaterThan(500)
    console.log(`index: ${bytes.toFixed(0)} bytes a row, ${ms.toFixed(0)} ms a question`)
    expect(bytes).toBeLessThan(2048) // garbage of the making included
    expect(ms).toBeLessThan(1000) // a quarter of it on an idle machine
  })
})
