// Is this the host we mean? An exact pin, the known_hosts files, or, when asked for, the first key seen, written down before any credential
// leaves us. There is no way to accept a key that none of these vouches for.

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, fstatSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { TourniquetError } from '../core/errors.ts'
import type { Dialled, HostKey } from '../core/ports.ts'
import { knownLine, lookUp, parseKnownHosts, type KnownHost, type KnownHosts } from './known-hosts.ts'

/** How host keys are judged. New keys are written to the first file. */
export interface HostKeyPolicy {
  readonly files: readonly string[]
  readonly trustNew: boolean
  /** `SHA256:…` of the one key accepted for the target itself; jump hosts are judged by the files. */
  readonly pin?: string
}

/** Where OpenSSH keeps them; the first is the user's own, to which new keys go. */
export function defaultKnownHosts(): readonly string[] {
  return [join(homedir(), '.ssh', 'known_hosts'), join(homedir(), '.ssh', 'known_hosts2'), '/etc/ssh/ssh_known_hosts']
}

export interface HostCheck {
  /** Key types on file for this host, to be offered first. */
  readonly knownTypes: readonly string[]
  /** Throws `host-key-unknown`, `host-key-changed` or `host-key-mismatch`. */
  judge(key: HostKey): Dialled['keyTrust']
  /** Writes a first-seen key down; call once the host has proven that it holds the key. Throws `file-unreadable`. */
  remember(key: HostKey): void
}

/** Reads the files now, so that the verdict needs no waiting in mid-handshake. Throws `file-unreadable`, and `usage` for a malformed pin. */
export function hostCheck(policy: HostKeyPolicy, host: string, port: number, pinned: boolean): HostCheck {
  const pin = pinned ? normalPin(policy.pin) : undefined
  const known = readAll(policy.files)
  const entries = lookUp(known, host, port)
  const valid = entries.filter((entry) => !entry.revoked)
  const where = { host, port }

  return {
    knownTypes: [...new Set(valid.map((entry) => entry.key.type))],
    judge(key) {
      const shown = { ...where, type: key.type, sha256: key.sha256, md5: key.md5 }
      const revoked = entries.find((entry) => entry.revoked && entry.key.blob === key.blob)
      if (revoked) throw new TourniquetError('host-key-mismatch', { ...shown, revoked: place(revoked) })
      if (pin !== undefined) {
        if (pin === key.sha256 || pin === key.md5) return 'pinned'
        throw new TourniquetError('host-key-mismatch', { ...shown, expected: pin })
      }
      if (valid.some((entry) => entry.key.blob === key.blob)) return 'known-hosts'
      // A key of a type not on file is as suspect as another key: an impostor would simply offer the type we cannot compare.
      if (valid.length > 0) {
        const old = valid.map((entry) => `${entry.key.sha256} (${entry.key.type}, ${place(entry)})`).join(', ')
        throw new TourniquetError('host-key-changed', { ...shown, old })
      }
      if (policy.trustNew && policy.files.length > 0) return 'first-seen'
      throw new TourniquetError('host-key-unknown', { ...shown, ignored: ignoredLines(known) })
    },
    remember(key) {
      const file = policy.files[0]
      if (file !== undefined) append(file, knownLine(host, port, key))
    },
  }
}

function readAll(files: readonly string[]): KnownHosts {
  const parts = files.map((file) => {
    try {
      return parseKnownHosts(readFileSync(file, 'utf8'), file)
    } catch (cause) {
      if (isMissing(cause)) return { entries: [], ignored: [] }
      throw new TourniquetError('file-unreadable', { file, detail: String(cause) }, cause)
    }
  })
  return { entries: parts.flatMap((part) => part.entries), ignored: parts.flatMap((part) => part.ignored) }
}

/** One O_APPEND write of one whole line: two workbenches pinning at once cannot tear each other's lines. */
function append(file: string, line: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const fd = openSync(file, 'a+', 0o600)
    try {
      const size = fstatSync(fd).size
      const last = Buffer.alloc(1)
      const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a
      writeSync(fd, torn ? `\n${line}` : line)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    throw new TourniquetError('file-unreadable', { file, detail: String(cause) }, cause)
  }
}

function normalPin(pin: string | undefined): string | undefined {
  if (pin === undefined) return undefined
  const text = pin.trim().replace(/=+$/, '')
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return text
  if (/^MD5:([0-9a-f]{2}:){15}[0-9a-f]{2}$/.test(text)) return text
  throw new TourniquetError('usage', { what: '--host-key', text: pin, expected: 'SHA256: and 43 base64 characters' })
}

function ignoredLines(known: KnownHosts): string {
  return known.ignored.map((line) => `${line.file}:${line.line} ${line.why}`).join('; ')
}

function place(entry: KnownHost): string {
  return `${entry.file}:${entry.line}`
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}
