// A recording as others read it: every line is JSON, output is what came, and nothing that was typed can be read back.
import { describe, expect, it } from 'vitest'
import { asciicast, outputOf, veiled, type Recorded, type RecordingAbout } from './recording.ts'

const about: RecordingAbout = {
  terminal: 'terminal-1',
  host: 'host-a',
  address: 'root@192.0.2.7:22',
  by: 'Ada',
  openedAt: '2026-03-01T08:00:00.000Z',
  segment: 1,
  since: 2000,
  before: 100,
  columns: 80,
  rows: 24,
}
const bytes = (text: string) => new TextEncoder().encode(text)

async function* from(recorded: readonly Recorded[]): AsyncGenerator<Recorded> {
  for (const one of recorded) yield await Promise.resolve(one)
}

async function lines(recorded: readonly Recorded[]): Promise<readonly unknown[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of asciicast(about, from(recorded))) pieces.push(piece)
  const text = Buffer.concat(pieces).toString()
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

describe('asciicast', () => {
  it('begins with the size and the time of its segment, and tells what happened in seconds since', async () => {
    const [header, ...events] = await lines([
      { kind: 'output', at: 2500, bytes: bytes('# ') },
      { kind: 'input', at: 3000, by: 'typed', keys: veiled('ls\r') },
      { kind: 'output', at: 3001, bytes: bytes('ls\r\n"a"\\ \u0085\u2028') },
      { kind: 'resize', at: 4000, columns: 132, rows: 50 },
      { kind: 'input', at: 5000, by: 'pasted', keys: veiled('rm -rf x\n') },
      { kind: 'input', at: 6000, by: 'answered', keys: veiled('\x1b[?1;2c') },
    ])
    expect(header).toMatchObject({ version: 2, width: 80, height: 24, timestamp: 1772352002 })
    expect(events).toEqual([
      [0.5, 'o', '# '],
      [1, 'i', '••\r'],
      [1.001, 'o', 'ls\r\n"a"\\ \u0085\u2028'],
      [2, 'r', '132x50'],
      [3, 'm', 'pasted 9'],
      [3, 'i', '••••••••\n'],
      [4, 'm', 'answered 7'],
    ])
  })

  it('keeps a character whole that came in two pieces, and shows bytes that are none', async () => {
    const word = bytes('止')
    const [, ...events] = await lines([
      { kind: 'output', at: 2000, bytes: word.subarray(0, 1) },
      { kind: 'output', at: 2000, bytes: word.subarray(1) },
      { kind: 'output', at: 2000, bytes: Uint8Array.of(0xff, 0x00, 0xe6) },
    ])
    expect(events).toEqual([
      [0, 'o', '止'],
      [0, 'o', '\ufffd\0'],
      [0, 'o', '\ufffd'],
    ])
  })

  it('never goes back in time', async () => {
    const [, ...events] = await lines([
      { kind: 'output', at: 3000, bytes: bytes('a') },
      { kind: 'output', at: 1000, bytes: bytes('b') },
    ])
    expect(events).toEqual([
      [1, 'o', 'a'],
      [1, 'o', 'b'],
    ])
  })
})

describe('input', () => {
  it('keeps keys that are no text, and of all text only how much it was', () => {
    expect(veiled('hunter2\r')).toBe('•••••••\r')
    expect(veiled('\x03\t\x7f')).toBe('\x03\t\x7f')
    expect(veiled('密码🔑')).toBe('•••')
  })
})

describe('output', () => {
  it('is the bytes and nothing else', async () => {
    const pieces: Uint8Array[] = []
    const recorded: Recorded[] = [
      { kind: 'output', at: 0, bytes: Uint8Array.of(1, 255) },
      { kind: 'input', at: 0, by: 'typed', keys: '•' },
      { kind: 'output', at: 0, bytes: Uint8Array.of(0) },
    ]
    for await (const piece of outputOf(from(recorded))) pieces.push(piece)
    expect([...Buffer.concat(pieces)]).toEqual([1, 255, 0])
  })
})
