// Values that every format of ours may hold: JSON without floats. 64-bit numbers travel as decimal strings, bytes as base64.
import type { HostText } from './host-text.ts'

export type Json = null | boolean | number | string | HostText | readonly Json[] | { readonly [key: string]: Json }

/** base64 with padding. */
export function base64(bytes: Uint8Array): string {
  let latin1 = ''
  for (let at = 0; at < bytes.length; at += 0x8000) latin1 += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(latin1)
}

/** Bytes of a base64 string. Throws on anything else. */
export function fromBase64(text: string): Uint8Array {
  const latin1 = atob(text)
  const bytes = new Uint8Array(latin1.length)
  for (let at = 0; at < latin1.length; at++) bytes[at] = latin1.charCodeAt(at)
  return bytes
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
