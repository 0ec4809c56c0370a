import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeHashing } from '../../platform/hashing.ts'
import { TourniquetError } from '../errors.ts'
import { canonicalJson } from './canonical.ts'
import type { AnyEvent } from './events.ts'
import { checkAnchors, nextEvent, readChain, type ChainHead } from './journal.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function chainOf(details: readonly string[], chain = 'host-1'): { text: string; events: AnyEvent[] } {
  let head: ChainHead | null = null
  let text = ''
  const events: AnyEvent[] = []
  for (const detail of details) {
    const data = { run: null, step: null, probe: 'p', what: 'w', reason: 'failed', detail }
    const next: { event: ChainHead; line: string } = nextEvent(nodeHashing, chain, head, {
      type: 'gap',
      data,
      at: '2026-01-02T03:04:05.678Z',
      mono: 7,
    })
    head = next.event
    text += next.line
    events.push(next.event as AnyEvent)
  }
  return { text, events }
}

function problemOf(act: () => unknown): { code: string; line: unknown } {
  try {
    act()
  } catch (error) {
    if (error instanceof TourniquetError) return { code: error.code, line: error.params['line'] }
    throw error
  }
  throw new Error('was accepted')
}

describe('a chain', () => {
  it('reads back what was appended, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 }), (details) => {
        const { text, events } = chainOf(details)
        const read = readChain(nodeHashing, 'host-1', encode(text), 'f')
        expect(read.events).toEqual(events)
        expect(read.torn).toBeNull()
      }),
    )
  })

  it('is refused with the line after any single changed byte, except that a lost last newline is a torn line', () => {
    const { text } = chainOf(['one', 'two — zwei', 'three'])
    const bytes = encode(text)
    const lines = text.split('\n').map((line) => encode(line).length + 1)
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x01
      if (at === bytes.length - 1) {
        expect(readChain(nodeHashing, 'host-1', changed, 'f').torn).not.toBeNull()
        continue
      }
      const line = at < lines[0]! ? 1 : at < lines[0]! + lines[1]! ? 2 : 3
      expect(problemOf(() => readChain(nodeHashing, 'host-1', changed, 'f'))).toEqual({ code: 'journal-broken', line })
    }
  })

  it('cut anywhere behind its first byte loses at most the lines that were cut, and keeps the torn bytes', () => {
    const { text, events } = chainOf(['one', 'two', 'three'])
    const bytes = encode(text)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
        const cut = bytes.slice(0, length)
        const read = readChain(nodeHashing, 'host-1', cut, 'f')
        expect(events.slice(0, read.events.length)).toEqual(read.events)
        expect(read.length + (read.torn?.length ?? 0)).toBe(length)
      }),
    )
  })

  it('refuses a removed, a repeated and a swapped line', () => {
    const lines = chainOf(['one', 'two', 'three']).text.split('\n').slice(0, 3)
    const read = (order: number[]): unknown =>
      readChain(nodeHashing, 'host-1', encode(order.map((at) => `${lines[at]!}\n`).join('')), 'f')
    expect(problemOf(() => read([0, 2]))).toEqual({ code: 'journal-broken', line: 2 })
    expect(problemOf(() => read([0, 1, 1]))).toEqual({ code: 'journal-broken', line: 3 })
    expect(problemOf(() => read([1, 0, 2]))).toEqual({ code: 'journal-broken', line: 1 })
  })

  it('refuses a line moved in from another chain', () => {
    const { text } = chainOf(['one'], 'host-2')
    expect(problemOf(() => readChain(nodeHashing, 'host-1', encode(text), 'f')).code).toBe('journal-broken')
  })

  it('asks for a newer version when it meets an event kind it does not know', () => {
    const body = { format: 'tourniquet.journal/1', chain: 'case', seq: 0, prev: null, at: '2026-01-02T03:04:05Z' }
    const later = { ...body, mono: 0, type: 'teleported', data: {} }
    const hash = nodeHashing
      .sha256()
      .update(encode(canonicalJson(later)))
      .hex()
    const line = `${canonicalJson({ ...later, hash })}\n`
    expect(problemOf(() => readChain(nodeHashing, 'case', encode(line), 'f')).code).toBe('case-version')
  })

  it('does not take data that is not of its kind, nor a float', () => {
    const at = { at: '2026-01-02T03:04:05Z', mono: 0 }
    const wrong = { type: 'departed', data: { reason: 'x', detached: 'no' } }
    expect(() => nextEvent(nodeHashing, 'host-1', null, { ...at, ...wrong } as never)).toThrow(TourniquetError)
    const float = { type: 'arrived', data: { arrival: { load: 0.5 }, preamble: null } } as const
    expect(() => nextEvent(nodeHashing, 'host-1', null, { ...at, ...float })).toThrow(TourniquetError)
  })
})

describe('anchors', () => {
  const anchored = (host: readonly AnyEvent[], seq: number): ReadonlyMap<string, readonly AnyEvent[]> => {
    const data = { chain: 'host-1', seq, hash: chainOf(['one', 'two', 'three']).events[seq]!.hash }
    const { event } = nextEvent(nodeHashing, 'case', null, {
      type: 'chain-anchored',
      data,
      at: '2026-01-02T03:04:05Z',
      mono: 0,
    })
    return new Map<string, readonly AnyEvent[]>([
      ['case', [event]],
      ['host-1', host],
    ])
  }

  it('hold while the host chain only grows', () => {
    expect(() => {
      checkAnchors(anchored(chainOf(['one', 'two', 'three']).events, 1), (chain) => chain)
    }).not.toThrow()
  })

  it('break when the host chain is cut short or written anew', () => {
    for (const events of [chainOf(['one']).events, chainOf(['one', 'other', 'three']).events, []]) {
      expect(
        problemOf(() => {
          checkAnchors(anchored(events, 1), (chain) => chain)
        }),
      ).toEqual({ code: 'journal-broken', line: 2 })
    }
  })
})
