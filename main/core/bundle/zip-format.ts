// The one ZIP form of a bundle (APPNOTE 6.3): stored, no data descriptors, no comments, sizes and CRC before the bytes, one time for all, entries in
// order without gaps. Given names, sizes and CRCs every other byte follows; the reader rebuilds them and compares, so no byte is without a check.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'

export interface ZipEntry {
  /** plain ASCII, see `isBundlePath` */
  readonly name: string
  /** bytes, below 2^53 */
  readonly size: number
  readonly crc: number
  /** of its local header */
  readonly offset: number
}

/** Date and time as DOS keeps them, from RFC 3339 in UTC; even seconds, 1980 to 2107. */
export interface DosTime {
  readonly date: number
  readonly time: number
}

export const localSize = 30
export const centralSize = 46
export const endSize = 22
const zip64EndSize = 56
const locatorSize = 20
/** This value in a 32-bit field says: the number is in the ZIP64 field. */
const all32 = 0xffffffff
const all16 = 0xffff
/** version 4.5 is the one that knows ZIP64; 1.0 is enough for the rest */
const version = { plain: 10, zip64: 45 } as const
const madeByUnix = 3

export function dosTime(rfc3339: string): DosTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z$/.exec(rfc3339)?.slice(1, 7) ?? []
  ).map(Number)
  if (year < 1980 || year > 2107) throw new TourniquetError('internal', { what: 'a time that ZIP cannot tell' })
  return { date: ((year - 1980) << 9) | (month << 5) | day, time: (hour << 11) | (minute << 5) | (second >> 1) }
}

/** verify.sh is meant to be run; nothing else is. */
function modeOf(name: string): number {
  return name.endsWith('/verify.sh') ? 0o100755 : 0o100644
}

/** Length of the local header with name and ZIP64 field. */
export function localLength(name: string, size: number): number {
  return localSize + name.length + (size >= all32 ? 20 : 0)
}

export function localHeader(entry: ZipEntry, at: DosTime): Uint8Array {
  const zip64 = entry.size >= all32
  const extra = zip64 ? [n16(1), n16(16), n64(entry.size), n64(entry.size)] : []
  return concatBytes([
    n32(0x04034b50),
    n16(zip64 ? version.zip64 : version.plain),
    ...common(entry, at, extra),
    ascii(entry.name),
    ...extra,
  ])
}

export function centralHeader(entry: ZipEntry, at: DosTime): Uint8Array {
  const big = entry.size >= all32
  const far = entry.offset >= all32
  const fields = [...(big ? [n64(entry.size), n64(entry.size)] : []), ...(far ? [n64(entry.offset)] : [])]
  const extra = fields.length === 0 ? [] : [n16(1), n16(8 * fields.length), ...fields]
  return concatBytes([
    n32(0x02014b50),
    n16((madeByUnix << 8) | version.zip64),
    n16(big || far ? version.zip64 : version.plain),
    ...common(entry, at, extra),
    n16(0), // comment
    n16(0), // disk
    n16(0), // internal attributes
    n16(0),
    n16(modeOf(entry.name)),
    n32(Math.min(entry.offset, all32)),
    ascii(entry.name),
    ...extra,
  ])
}

/** Everything behind the central directory. */
export function endRecords(count: number, size: number, offset: number): Uint8Array {
  const zip64 = count >= all16 || size >= all32 || offset >= all32
  const extended = zip64
    ? [
        n32(0x06064b50),
        n64(zip64EndSize - 12),
        n16((madeByUnix << 8) | version.zip64),
        n16(version.zip64),
        n32(0),
        n32(0),
        n64(count),
        n64(count),
        n64(size),
        n64(offset),
        n32(0x07064b50),
        n32(0),
        n64(offset + size),
        n32(1),
      ]
    : []
  const [shortCount, shortSize, shortOffset] = [Math.min(count, all16), Math.min(size, all32), Math.min(offset, all32)]
  return concatBytes([
    ...extended,
    n32(0x06054b50),
    n16(0),
    n16(0),
    n16(shortCount),
    n16(shortCount),
    n32(shortSize),
    n32(shortOffset),
    n16(0),
  ])
}

/** Where the central directory lies, read from the last bytes of a file (at most the 98 that `endRecords` makes). Null when this is no ZIP of ours. */
export function readEnd(
  tail: Uint8Array,
): { readonly count: number; readonly size: number; readonly offset: number } | null {
  if (tail.length < endSize) return null
  const end = tail.length - endSize
  const found = { count: le(tail, end + 10, 2), size: le(tail, end + 12, 4), offset: le(tail, end + 16, 4) }
  if (found.count < all16 && found.size < all32 && found.offset < all32) return found
  const extended = end - locatorSize - zip64EndSize
  if (extended < 0) return null
  return { count: le(tail, extended + 32, 8), size: le(tail, extended + 40, 8), offset: le(tail, extended + 48, 8) }
}

/** The longest `endRecords`. */
export const longestEnd = endSize + locatorSize + zip64EndSize

/** Reads the entry at `at` of a central directory and how long its record is; null when it runs out. What it claims is for the caller to rebuild. */
export function readCentral(
  directory: Uint8Array,
  at: number,
): { readonly entry: ZipEntry; readonly next: number } | null {
  if (at + centralSize > directory.length) return null
  const nameLength = le(directory, at + 28, 2)
  const extraLength = le(directory, at + 30, 2)
  const next = at + centralSize + nameLength + extraLength
  if (next > directory.length) return null
  const name = String.fromCharCode(...directory.subarray(at + centralSize, at + centralSize + nameLength))
  let size = le(directory, at + 24, 4)
  let offset = le(directory, at + 42, 4)
  let field = at + centralSize + nameLength + 4
  if (size === all32) {
    size = field + 16 <= next ? le(directory, field, 8) : -1
    field += 16
  }
  if (offset === all32) offset = field + 8 <= next ? le(directory, field, 8) : -1
  return { entry: { name, size, crc: le(directory, at + 16, 4), offset }, next }
}

/** Time and date as a central directory's first record tells them. */
export function readTime(directory: Uint8Array): DosTime {
  return { time: le(directory, 12, 2), date: le(directory, 14, 2) }
}

/** The fields that local and central headers share, from flags to the length of the extra field. */
function common(entry: ZipEntry, at: DosTime, extra: readonly Uint8Array[]): Uint8Array[] {
  const size = Math.min(entry.size, all32)
  const extraLength = extra.reduce((sum, part) => sum + part.length, 0)
  return [
    n16(0),
    n16(0),
    n16(at.time),
    n16(at.date),
    n32(entry.crc),
    n32(size),
    n32(size),
    n16(entry.name.length),
    n16(extraLength),
  ]
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function n16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8)
}

function n32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24)
}

function n64(value: number): Uint8Array {
  return concatBytes([n32(value % 0x100000000), n32(Math.floor(value / 0x100000000))])
}

/** Little-endian; above 2^53 it is not exact, and the rebuilt bytes will then differ. */
function le(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}
