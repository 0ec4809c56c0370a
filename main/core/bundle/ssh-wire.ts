// The wire forms of SSH (RFC 4251, section 5): strings with a length before them, in and out. Reading is strict: a value has one form here.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'

const encoder = new TextEncoder()

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

export function wireNumber(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

export function wireString(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? encoder.encode(value) : value
  return concatBytes([wireNumber(bytes.length), bytes])
}

/** A positive integer as `mpint`: no leading zeros but the one that keeps it positive. */
export function wireInteger(bigEndian: Uint8Array): Uint8Array {
  let start = 0
  while (start < bigEndian.length && bigEndian[start] === 0) start++
  const digits = bigEndian.subarray(start)
  return wireString((digits[0] ?? 0) >= 0x80 ? concatBytes([Uint8Array.of(0), digits]) : digits)
}

export interface WireReader {
  number(): number
  string(): Uint8Array
  /** a string that must be plain ASCII */
  word(): string
  /** the bytes of a positive `mpint` left-padded with zeros to `length`; refuses any but the shortest form */
  integer(length: number): Uint8Array
  take(length: number): Uint8Array
  /** refuses what is left over */
  end(): void
}

/** Reads wire values in order; throws `bundle-invalid` naming `file` at the first that is not there or not in its one form. */
export function wireReader(bytes: Uint8Array, file: string): WireReader {
  let at = 0
  const refuse = (why: string): TourniquetError => new TourniquetError('bundle-invalid', { file, why })
  const reader: WireReader = {
    take: (length) => {
      if (at + length > bytes.length) throw refuse('ends too early')
      at += length
      return bytes.subarray(at - length, at)
    },
    number: () => reader.take(4).reduce((value, byte) => value * 256 + byte, 0),
    string: () => reader.take(reader.number()),
    word: () => {
      const word = String.fromCharCode(...reader.string())
      if (!/^[\x21-\x7e]*$/.test(word)) throw refuse('a name is not plain text')
      return word
    },
    integer: (length) => {
      const value = reader.string()
      const digits = value[0] === 0 ? value.subarray(1) : value
      if (digits.length > length || !sameBytes(wireInteger(digits), wireString(value)))
        throw refuse('a number is not in its one form')
      return concatBytes([new Uint8Array(length - digits.length), digits])
    },
    end: () => {
      if (at !== bytes.length) throw refuse('has bytes left over')
    },
  }
  return reader
}
