// One line of an authorized_keys file as sshd parses it (auth2-pubkeyfile.c): options, type, blob, comment. Pure; text is latin-1.
// A line that sshd would skip has no fingerprint; nothing here decides whether a key is good.

import { fromBase64 } from '../json.ts'
import type { Hashing } from '../ports.ts'

export interface KeyLine {
  readonly type: string
  /** `SHA256:…` without padding; null when the line is no key */
  readonly fingerprint: string | null
  readonly options: string | null
  readonly comment: string
}

/** Null for blank lines and comments. */
export function parseKeyLine(raw: string, hashing: Hashing): KeyLine | null {
  // to sshd a line is a C string
  const end = raw.indexOf('\0')
  const line = (end === -1 ? raw : raw.slice(0, end)).replace(/^[ \t]+/, '').replace(/\r$/, '')
  if (line === '' || line.startsWith('#')) return null
  const bare = readKey(line, hashing)
  if (bare) return { ...bare, options: null }
  const at = endOfOptions(line)
  const key = readKey(line.slice(at).replace(/^[ \t]+/, ''), hashing)
  if (key) return { ...key, options: line.slice(0, at) }
  return { type: '', fingerprint: null, options: null, comment: line }
}

function readKey(text: string, hashing: Hashing): Omit<KeyLine, 'options'> | null {
  const match = /^([A-Za-z0-9@.-]{4,64})[ \t]+([A-Za-z0-9+/]+={0,3})(?:[ \t]+([^]*))?$/.exec(text)
  if (!match?.[1] || !match[2]) return null
  const blob = decode(match[2])
  if (!blob || nameIn(blob) !== match[1]) return null
  const hex = hashing.sha256().update(blob).hex()
  const digest = btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))))
  return { type: match[1], fingerprint: `SHA256:${digest.replace(/=+$/, '')}`, comment: (match[3] ?? '').trimEnd() }
}

function decode(text: string): Uint8Array | null {
  try {
    return fromBase64(text)
  } catch {
    return null // not base64: no key, and the line is told as one that is none
  }
}

/** The name a key blob begins with: sshd refuses a line whose word says something else. */
function nameIn(blob: Uint8Array): string | null {
  if (blob.length < 8) return null
  const length = new DataView(blob.buffer, blob.byteOffset).getUint32(0)
  if (length > 64 || blob.length < 4 + length) return null
  return String.fromCharCode(...blob.subarray(4, 4 + length))
}

/** Options end at the first blank outside of quotes. */
function endOfOptions(line: string): number {
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    const char = line[at]
    if (char === '\\' && line[at + 1] === '"') at += 1
    else if (char === '"') quoted = !quoted
    else if (!quoted && (char === ' ' || char === '\t')) return at
  }
  return line.length
}
