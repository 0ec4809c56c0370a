// Frames as they go over the wire: read back as they were written, and never out of other bytes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame } from './wire.ts'

describe('frames', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        (stream, seq, bytes) => {
          const frame = decodeFrame(encodeFrame({ stream, seq, bytes }))
          expect(frame && { ...frame, bytes: [...frame.bytes] }).toEqual({ stream, seq, bytes: [...bytes] })
        },
      ),
    )
  })

  it('are never read out of other bytes by mistake', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
        const frame = decodeFrame(bytes)
        if (frame === null) expect(bytes.length <= 9 || bytes[0] !== 1).toBe(true)
        else expect(encodeFrame(frame)).toEqual(bytes)
      }),
    )
  })
})
