// Digests and checksums where WebCrypto cannot help: it hashes only what lies in memory as a whole. Plain JavaScript hashes at a tenth of its speed, so these
// are for small things and for exhibits too large to hold.

import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { hex } from '../../../main/core/json.ts'
import type { Digest, Hashing } from '../../../main/core/ports.ts'

/**
 * Bytes of an exhibit up to which it is held in memory to be hashed by WebCrypto. Larger ones are hashed piece by piece: measured here, 30 MB/s for SHA-256
 * and 17 for SHA-512 against 430 and 200. A captured executable is at most this large.
 */
export const wholeLimit = 64 * 1024 * 1024

/** The core's port, for the journal and the small files of a bundle. */
export const scriptHashing: Hashing = { sha256: () => digest(sha256.create()), sha512: () => digest(sha512.create()) }

function digest(hash: { update(bytes: Uint8Array): unknown; digest(): Uint8Array }): Digest {
  const self: Digest = {
    update: (bytes) => {
      hash.update(bytes)
      return self
    },
    hex: () => hex(hash.digest()),
  }
  return self
}

/** Eight tables take eight bytes a step ("slicing by 8", Kounavis and Berry 2005). */
const slices = 8
const tables = makeTables()

/** CRC-32 of ZIP, going on from `before` (0 at first). */
export function crc32(bytes: Uint8Array, before: number): number {
  const t = tables
  let crc = ~before
  let at = 0
  const end = bytes.length
  for (; at < end && (bytes.byteOffset + at) % 4 !== 0; at++) crc = at32(t, (crc ^ at8(bytes, at)) & 255) ^ (crc >>> 8)
  const words = (end - at) >>> 3
  // a view needs an aligned start even when it is empty
  const view = words === 0 ? new Int32Array() : new Int32Array(bytes.buffer, bytes.byteOffset + at, words * 2)
  for (let word = 0; word < view.length; word += 2) {
    const low = (view[word] as number) ^ crc
    const high = view[word + 1] as number
    crc =
      at32(t, 1792 + (low & 255)) ^
      at32(t, 1536 + ((low >>> 8) & 255)) ^
      at32(t, 1280 + ((low >>> 16) & 255)) ^
      at32(t, 1024 + (low >>> 24)) ^
      at32(t, 768 + (high & 255)) ^
      at32(t, 512 + ((high >>> 8) & 255)) ^
      at32(t, 256 + ((high >>> 16) & 255)) ^
      at32(t, high >>> 24)
  }
  for (at += words * 8; at < end; at++) crc = at32(t, (crc ^ at8(bytes, at)) & 255) ^ (crc >>> 8)
  return ~crc >>> 0
}

function at32(table: Int32Array, index: number): number {
  return table[index] as number
}

function at8(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}

/** All tables one after the other. Words are read as the machine lays them out: every machine that runs Chromium is little-endian. */
function makeTables(): Int32Array {
  const all = new Int32Array(slices * 256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
    all[n] = crc
  }
  for (let n = 256; n < all.length; n++) {
    const before = at32(all, n - 256)
    all[n] = at32(all, before & 255) ^ (before >>> 8)
  }
  return all
}
