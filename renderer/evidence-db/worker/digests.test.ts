import { createHash } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32, scriptHashing } from './digests.ts'

describe('checksums of the locker', () => {
  it('are those of zlib, whatever the length and the place in memory, and go on from one piece to the next', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), fc.nat(300), (bytes, offset, cut) => {
        const memory = new Uint8Array(bytes.length + offset)
        memory.set(bytes, offset)
        const view = memory.subarray(offset)
        expect(crc32(view, 0)).toBe(zlibCrc32(bytes))
        expect(crc32(view.subarray(cut), crc32(view.subarray(0, cut), 0))).toBe(zlibCrc32(bytes))
      }),
    )
  })

  it('and digests are those of OpenSSL', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (bytes, cut) => {
        for (const name of ['sha256', 'sha512'] as const)
          expect(scriptHashing[name]().update(bytes.subarray(0, cut)).update(bytes.subarray(cut)).hex()).toBe(
            createHash(name).update(bytes).digest('hex'),
          )
      }),
    )
  })
})
