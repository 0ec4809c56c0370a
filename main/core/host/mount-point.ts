// How the kernel writes a path in its mount tables, so that a line there can be compared with a path byte for byte.

import { hostBytes, type HostText } from '../host-text.ts'

/** Bytes that would end a field there, and the sign they are written with: blank, tab, newline, backslash. */
const escaped: readonly number[] = [0x20, 0x09, 0x0a, 0x5c]

/** A path as /proc/self/mountinfo writes it: awkward bytes as a backslash and three octal digits. */
export function mountPointText(path: HostText): Uint8Array {
  const octal = (byte: number) => new TextEncoder().encode(`\\${byte.toString(8).padStart(3, '0')}`)
  return Uint8Array.from([...hostBytes(path)].flatMap((byte) => (escaped.includes(byte) ? [...octal(byte)] : [byte])))
}
