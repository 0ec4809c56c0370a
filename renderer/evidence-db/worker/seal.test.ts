import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Sealer, type Place } from './seal.ts'

const key = (fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(fill)
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('a sealed chunk', () => {
  const plain = new Uint8Array(randomBytes(1000))
  const place: Place = { sha256: 'a'.repeat(64), size: 5000, index: 1, digest: digest(plain) }

  it('opens with its key at its place, and nowhere else', async () => {
    const sealer = await Sealer.of('case-1', key(1))
    const sealed = await sealer.seal(place, plain)
    expect(sealed).toHaveLength(plain.length + 16)
    expect(await sealer.open(place, sealed)).toEqual(plain)
    for (const other of [
      { ...place, sha256: 'b'.repeat(64) },
      { ...place, size: 4999 },
      { ...place, index: 0 },
      { ...place, digest: 'c'.repeat(64) },
    ])
      expect(await sealer.open(other, sealed)).toBeNull()
    expect(await (await Sealer.of('case-2', key(1))).open(place, sealed)).toBeNull()
    expect(await (await Sealer.of('case-1', key(2))).open(place, sealed)).toBeNull()
    expect(await sealer.open(place, sealed.subarray(0, 900))).toBeNull()
  })

  it('never shares its key stream with other bytes that claim the same place', async () => {
    const sealer = await Sealer.of('case-1', key(1))
    const other = plain.map((byte) => byte ^ 255)
    const [a, b] = [await sealer.seal(place, plain), await sealer.seal({ ...place, digest: digest(other) }, other)]
    const difference = a.subarray(0, 1000).map((byte, at) => byte ^ (b[at] ?? 0))
    expect(difference.every((byte) => byte === 255)).toBe(false)
    expect(await sealer.seal(place, plain)).toEqual(a)
  })

  it('tells what it has become when a bit of it fell over', async () => {
    const sealer = await Sealer.of('case-1', key(1))
    const sealed = await sealer.seal(place, plain)
    sealed[7] = (sealed[7] ?? 0) ^ 4
    const changed = plain.slice()
    changed[7] = (changed[7] ?? 0) ^ 4
    expect(await sealer.open(place, sealed)).toBeNull()
    expect(await sealer.digestOfDamaged(place, sealed)).toBe(digest(changed))
  })
})
