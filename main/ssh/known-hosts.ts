// The known_hosts file format of OpenSSH (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): parse, look up, write one line. Pure: no files here.
// A line we cannot use is reported with its reason, never dropped in silence.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { HostKey } from '../core/ports.ts'

export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly revoked: boolean
  /** The host patterns as written, or one hashed entry. */
  readonly names: string
  readonly key: HostKey
}

interface IgnoredLine {
  readonly file: string
  readonly line: number
  readonly why: string
}

export interface KnownHosts {
  readonly entries: readonly KnownHost[]
  readonly ignored: readonly IgnoredLine[]
}

/** A line longer than this is no key: RSA-16384 in base64 is below 4 KiB. */
const longestLine = 16_384

/** Reads one file's text. `file` is used in reports only. */
export function parseKnownHosts(text: string, file: string): KnownHosts {
  const entries: KnownHost[] = []
  const ignored: IgnoredLine[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const parsed = parseLine(line)
    if (typeof parsed === 'string') ignored.push({ file, line: index + 1, why: parsed })
    else entries.push({ file, line: index + 1, ...parsed })
  }
  return { entries, ignored }
}

/** Entries that speak of this host. A host at another port than 22 is known as `[host]:port` only. */
export function lookUp(known: KnownHosts, host: string, port: number): readonly KnownHost[] {
  const name = knownName(host, port)
  return known.entries.filter((entry) => matches(entry.names, name))
}

/** The name under which OpenSSH files a host. */
function knownName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** One line to append, newline included. */
export function knownLine(host: string, port: number, key: HostKey): string {
  return `${knownName(host, port)} ${key.type} ${key.blob}\n`
}

/** The key in every form a person compares; the type is read from the blob itself. Null when the blob is no SSH public key. */
export function describeHostKey(blob: Uint8Array): HostKey | null {
  const bytes = Buffer.from(blob)
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0
  const type = bytes.toString('latin1', 4, 4 + length)
  if (length === 0 || length > 64 || bytes.length <= 4 + length || !/^[a-z0-9@.-]+$/.test(type)) return null
  const md5 = createHash('md5').update(bytes).digest('hex')
  return {
    type,
    blob: bytes.toString('base64'),
    sha256: `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`,
    md5: `MD5:${(md5.match(/../g) ?? []).join(':')}`,
  }
}

function parseLine(line: string): Omit<KnownHost, 'file' | 'line'> | string {
  if (line.length > longestLine) return 'line too long'
  const fields = line.split(/[ \t]+/)
  const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined
  if (marker === '@cert-authority') return 'certificate authorities are not supported'
  if (marker !== undefined && marker !== '@revoked') return `unknown marker ${marker}`
  const [names, type, blob] = fields
  if (names === undefined || type === undefined || blob === undefined) return 'expected: names, key type, key'
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return 'the key is not base64'
  const key = describeHostKey(Buffer.from(blob, 'base64'))
  if (key?.type !== type) return 'the key is not of the type stated'
  return { revoked: marker === '@revoked', names, key }
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|')) return matchesHashed(names, name)
  const patterns = names.toLowerCase().split(',')
  const hit = (pattern: string) => globMatches(pattern, name)
  if (patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern))
}

function matchesHashed(entry: string, name: string): boolean {
  const [, version, salt, hash] = entry.split('|')
  if (version !== '1' || salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** `*` and `?` as in OpenSSH patterns; everything else, brackets too, stands for itself. Linear in both lengths apart from the last star. */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    const c = pattern[p]
    if (c === '*') {
      star = p++
      resume = t
    } else if (c === '?' || (c !== undefined && c === text[t])) {
      p++
      t++
    } else if (star !== -1) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
