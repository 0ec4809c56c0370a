import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Frame } from './frames.ts'
import { FrameParser, encodeRequest, limitsOf, preambleCap, requestCap, wordCap } from './frames.ts'

const marker = '0123456789abcdef0123456789abcdef'

function frame(id: number, stdout: Uint8Array, stderr: Uint8Array, exit = '0', kind = 'r', flags = '000'): Buffer {
  const head = `${marker} ${id} ${kind} ${exit} ${stdout.length} ${stderr.length} ${flags} 1795295978.946736 1795295979.000001\n`
  return Buffer.concat([Buffer.from(head), stdout, stderr])
}

/** Feeds `bytes` cut at the given places. */
function parse(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): { readonly frames: Frame[]; readonly parser: FrameParser } {
  const parser = new FrameParser(marker)
  const frames: Frame[] = []
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let at = 0
  for (const place of places) {
    parser.push(bytes.subarray(at, place), (one) => frames.push(one))
    at = place
  }
  return { frames, parser }
}

describe('frames', () => {
  it('come out the same however the bytes are cut, payloads that look like frames included', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(frame(7, Buffer.from('x'), Buffer.from('y'))),
      fc.constant(Buffer.from(`${marker} 1 r 0 0 0 000 1.000000 1.000000\n`)),
    )
    const replies = fc.array(fc.tuple(payload, payload), { minLength: 1, maxLength: 6 })
    const noise = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(replies, noise, fc.array(fc.nat(), { maxLength: 30 }), (list, before, cuts) => {
        const bytes = Buffer.concat([before, ...list.map(([out, err], id) => frame(id + 1, out, err))])
        const { frames, parser } = parse(bytes, cuts)
        expect(frames.map(({ id }) => id)).toEqual(list.map((_, id) => id + 1))
        frames.forEach((one, index) => {
          expect(Buffer.from(one.stdout)).toEqual(Buffer.from(list[index]![0]))
          expect(Buffer.from(one.stderr)).toEqual(Buffer.from(list[index]![1]))
        })
        expect(Buffer.from(parser.preamble)).toEqual(Buffer.from(before))
      }),
    )
  })

  it('come out byte by byte', () => {
    const bytes = Buffer.concat([
      Buffer.from('Last login: …\n'),
      frame(1, Buffer.from('out'), Buffer.from('err'), '143', 'k', '101'),
    ])
    const { frames } = parse(
      bytes,
      Array.from(bytes, (_, at) => at),
    )
    expect(frames).toHaveLength(1)
    expect(frames[0]).toMatchObject({
      id: 1,
      kind: 'k',
      exit: 143,
      stdoutCut: true,
      stderrCut: false,
      timedOut: true,
      hostStart: '1795295978946736',
    })
  })

  it('never accept garbage in place of a frame, and keep what came whole before it', () => {
    const good = frame(1, Buffer.from('fine'), Buffer.alloc(0))
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        (garbage, cuts) => {
          fc.pre(
            !Buffer.from(marker)
              .subarray(0, garbage.length)
              .equals(Buffer.from(garbage.subarray(0, marker.length))),
          )
          const parser = new FrameParser(marker)
          const frames: Frame[] = []
          const bytes = Buffer.concat([good, garbage])
          const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
          let at = 0
          expect(() => {
            for (const place of places) {
              parser.push(bytes.subarray(at, place), (one) => frames.push(one))
              at = place
            }
          }).toThrow('frame-garbled')
          expect(frames).toHaveLength(1)
        },
      ),
    )
  })

  it.each([
    ['a head that never ends', `${marker} ${'9'.repeat(300)}`],
    ['a length beyond every limit', `${marker} 1 r 0 9999999 0 000 1.000000 1.000000\n`],
    ['a negative length', `${marker} 1 r 0 -1 0 000 1.000000 1.000000\n`],
    ['an unknown kind', `${marker} 1 z 0 0 0 000 1.000000 1.000000\n`],
    ['a missing field', `${marker} 1 r 0 0 000 1.000000 1.000000\n`],
    ['bytes that are not text', Buffer.concat([Buffer.from(marker), Buffer.from([0x20, 0xff, 0xfe, 0x0a])])],
  ])('refuse %s', (_, bytes) => {
    expect(() => parse(Buffer.from(bytes))).toThrow('frame-garbled')
  })

  it('give up on a preamble without end, however it is cut', () => {
    const parser = new FrameParser(marker)
    expect(() => {
      for (let sent = 0; sent <= 2 * preambleCap; sent += 1000) parser.push(Buffer.alloc(1000, 0x78), () => undefined)
    }).toThrow('host-flooded')
    expect(() =>
      parse(Buffer.concat([Buffer.alloc(preambleCap + 1, 0x78), frame(1, Buffer.alloc(0), Buffer.alloc(0))])),
    ).toThrow('host-flooded')
  })
})

describe('a request', () => {
  it('carries any bytes but NUL as words, and any bytes as stdin', () => {
    const bytes = encodeRequest(3, {
      argv: ['echo', Uint8Array.of(0x81, 0x0a, 0x27)],
      env: { A: 'b' },
      stdin: Uint8Array.of(0, 1),
      once: 'act-0001',
      timeLimit: 1500,
    })
    expect(Buffer.from(bytes).toString('latin1')).toBe(
      'run 3 1.500 1048576 65536 2 1 2 act-0001\nA=b\0echo\0\x81\n\x27\0\0\x01',
    )
  })

  it.each([
    ['no program', { argv: [] }, 'param-invalid'],
    ['a relative path, which would be the host’s choice', { argv: ['./x'] }, 'param-invalid'],
    ['an option in place of the program', { argv: ['-c'] }, 'param-invalid'],
    ['a variable in place of the program', { argv: ['A=b'] }, 'param-invalid'],
    ['NUL in a word', { argv: ['echo', 'a\0b'] }, 'param-invalid'],
    ['a name that is none', { argv: ['echo'], env: { 'A B': '' } }, 'param-invalid'],
    ['a once key with a path in it', { argv: ['echo'], once: '../../../x' }, 'param-invalid'],
    ['a time limit of nothing', { argv: ['echo'], timeLimit: 10 }, 'param-invalid'],
    ['a time limit beyond ten seconds', { argv: ['echo'], timeLimit: 10_001 }, 'request-too-large'],
    ['an output limit beyond 4 MiB', { argv: ['echo'], stdoutLimit: 5e6 }, 'request-too-large'],
    ['a word the kernel would refuse', { argv: ['echo', 'x'.repeat(wordCap + 1)] }, 'request-too-large'],
    [
      'too many words',
      { argv: ['echo', ...Array.from({ length: 20 }, () => 'x'.repeat(60_000))] },
      'request-too-large',
    ],
    ['more than 4 MiB', { argv: ['cat'], stdin: new Uint8Array(requestCap) }, 'request-too-large'],
  ])('is refused with %s', (_, request, code) => {
    expect(() => encodeRequest(1, request)).toThrow(code)
  })

  it('has limits when none are named', () => {
    expect(limitsOf({ argv: ['true'] })).toEqual({ timeLimit: 5000, stdoutLimit: 1024 * 1024, stderrLimit: 64 * 1024 })
  })
})
