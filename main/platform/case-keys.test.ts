import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { lockerKey } from './case-keys.ts'

describe('the key of the locker', () => {
  it('is HKDF-SHA-256 of the sealing key (RFC 5869, no salt), so that it tells nothing of it', () => {
    const sealing = new Uint8Array(32).map((_, at) => at)
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(sealing).digest()
    const expected = createHmac('sha256', extracted).update('tourniquet-locker/1').update(Buffer.of(1)).digest()
    expect(Buffer.from(lockerKey({ sealing }))).toEqual(expected)
    expect(Buffer.from(lockerKey({ sealing: sealing.map((byte) => byte ^ 1) }))).not.toEqual(expected)
  })
})
