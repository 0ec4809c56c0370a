// utmp records (wtmp: who was let in, btmp: who was not), read from raw bytes. Pure. Strings are latin-1. What is no record is counted, never guessed at:
// whoever had root could have written anything there.

import type { Arch } from '../host/toolbox.ts'
import { ipv6 } from './sockets.ts'

/** One login or refusal with an address. */
export interface LoginRecord {
  readonly outcome: 'accepted' | 'failed'
  readonly user: string
  /** address, or the name sshd resolved it to when the record has no address */
  readonly from: string
  /** seconds since 1970, host clock */
  readonly seconds: number
}

export interface LoginRecords {
  readonly records: readonly LoginRecord[]
  /** pieces that are no utmp record, and bytes at the end that do not make up one */
  readonly odd: number
}

/** Where the fields lie in glibc's struct utmp: 64-bit ARM has long session and time fields, x86-64 keeps those of 32 bits (bits/utmp.h, utmp(5)). */
const layouts = {
  x86_64: { size: 384, seconds: 340, address: 348 },
  aarch64: { size: 400, seconds: 344, address: 360 },
} as const

const user = { at: 44, length: 32 }
const host = { at: 76, length: 256 }
/** ut_type: USER_PROCESS in wtmp is a login; sshd and login write LOGIN_PROCESS or USER_PROCESS to btmp. Others are boots, run levels, ends. */
const loginProcess = 6
const userProcess = 7
const lastType = 9

/**
 * Records in `bytes`, which begin at byte `start` of a file that is read as `outcome`. Logins at the console, inside tmux or on an X display come from
 * no address and are left out.
 */
export function parseLoginRecords(
  bytes: Uint8Array,
  start: number,
  arch: Arch,
  outcome: LoginRecord['outcome'],
): LoginRecords {
  const layout = layouts[arch]
  const first = (layout.size - (start % layout.size)) % layout.size
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: LoginRecord[] = []
  let odd = 0
  let at = first
  for (; at + layout.size <= bytes.length; at += layout.size) {
    const type = view.getUint16(at, true)
    if (type > lastType) {
      odd += 1
      continue
    }
    if (type !== userProcess && !(outcome === 'failed' && type === loginProcess)) continue
    const from =
      addressOf(bytes.subarray(at + layout.address, at + layout.address + 16)) ?? nameOf(text(bytes, at, host))
    if (from === null) continue
    records.push({ outcome, user: text(bytes, at, user), from, seconds: view.getUint32(at + layout.seconds, true) })
  }
  return { records, odd: odd + (at < bytes.length ? 1 : 0) }
}

function text(bytes: Uint8Array, record: number, field: { readonly at: number; readonly length: number }): string {
  const piece = bytes.subarray(record + field.at, record + field.at + field.length)
  const end = piece.indexOf(0)
  return String.fromCharCode(...piece.subarray(0, end === -1 ? piece.length : end))
}

/** In network order; the last three words are zero for IPv4. Null when there is none. */
function addressOf(bytes: Uint8Array): string | null {
  if (bytes.every((byte) => byte === 0)) return null
  return bytes.subarray(4).every((byte) => byte === 0) ? bytes.subarray(0, 4).join('.') : ipv6([...bytes])
}

/** `tmux(77).%0`, `:0` and `:pts/1:S.0` are no hosts. */
function nameOf(name: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+\.?$/.test(name) ? name : null
}
