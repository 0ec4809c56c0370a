// What we offer a server: ssh2's own defaults, minus what this runtime's crypto cannot do, plus the old ones when a person asked for them.
// An algorithm that throws in mid-handshake must never be offered: Electron's BoringSSL lacks groups and ciphers that Node's OpenSSL has.

import { createDiffieHellmanGroup, getCiphers, getHashes } from 'node:crypto'
import type { Algorithms } from 'ssh2'

/** What the runtime can do, asked once; injected in tests. */
export interface CryptoProbe {
  readonly group: (name: string) => boolean
  readonly ciphers: () => readonly string[]
  readonly hashes: () => readonly string[]
}

export const nodeCrypto: CryptoProbe = {
  group(name) {
    try {
      createDiffieHellmanGroup(name)
      return true
    } catch {
      return false // the probe's answer: this runtime does not know the group
    }
  },
  ciphers: getCiphers,
  hashes: getHashes,
}

/** Fixed Diffie-Hellman groups in ssh2's own offer, by the name crypto knows them under. */
const groups: Readonly<Record<string, string>> = {
  'diffie-hellman-group14-sha256': 'modp14',
  'diffie-hellman-group15-sha512': 'modp15',
  'diffie-hellman-group16-sha512': 'modp16',
  'diffie-hellman-group17-sha512': 'modp17',
  'diffie-hellman-group18-sha512': 'modp18',
}

/** Asked about only when wanted: OpenSSL proves modp2's prime anew at each question, 140 ms that every connect would pay. */
const legacyGroups: Readonly<Record<string, string>> = {
  'diffie-hellman-group14-sha1': 'modp14',
  'diffie-hellman-group1-sha1': 'modp2',
}

/** For appliances and servers older than 2014. A choice per host, recorded in the case: each of these is weak. */
const legacy = {
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  cipher: {
    'aes256-cbc': 'aes-256-cbc',
    'aes192-cbc': 'aes-192-cbc',
    'aes128-cbc': 'aes-128-cbc',
    '3des-cbc': 'des-ede3-cbc',
  },
  mac: { 'hmac-md5': 'md5', 'hmac-sha1-96': 'sha1' },
  hostKey: ['ssh-dss'],
} as const

/** Signature algorithms a server may answer with for a stored key type. */
const signaturesOf: Readonly<Record<string, readonly string[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}

interface OfferOptions {
  readonly legacy: boolean
  /** Host key types already known for this host: offered first, so that a server with several keys shows the one we can check. */
  readonly knownKeyTypes: readonly string[]
}

/** The offer for ssh2. Compression is off: it hides bombs and gains nothing for a shell. */
export function offer(options: OfferOptions, probe: CryptoProbe = nodeCrypto): Algorithms {
  const absent = Object.entries(groups)
    .filter(([, group]) => !probe.group(group))
    .map(([name]) => name)
  const preferred = options.knownKeyTypes.flatMap((type) => signaturesOf[type] ?? [type])
  const old = options.legacy ? legacyOffer(probe) : { kex: [], cipher: [], hmac: [], serverHostKey: [] }
  // Expressions instead of names (ssh2 takes both, its type package knows one): ssh2 throws on a name that it left out itself for
  // want of crypto, and skips an expression that matches nothing.
  const lists = {
    kex: { append: exactly(old.kex), prepend: [], remove: exactly(absent) },
    cipher: { append: exactly(old.cipher), prepend: [], remove: [] },
    hmac: { append: exactly(old.hmac), prepend: [], remove: [] },
    serverHostKey: { remove: exactly(preferred), prepend: exactly(preferred), append: exactly(old.serverHostKey) },
    compress: ['none'],
  }
  return lists as unknown as Algorithms
}

function legacyOffer(probe: CryptoProbe) {
  const ciphers = probe.ciphers()
  const hashes = probe.hashes().map((name) => name.toLowerCase())
  return {
    kex: legacy.kex.filter((name) => legacyGroups[name] === undefined || probe.group(legacyGroups[name])),
    cipher: Object.entries(legacy.cipher).flatMap(([name, inner]) => (ciphers.includes(inner) ? [name] : [])),
    hmac: Object.entries(legacy.mac).flatMap(([name, inner]) => (hashes.includes(inner) ? [name] : [])),
    serverHostKey: [...legacy.hostKey],
  }
}

function exactly(names: readonly string[]): RegExp[] {
  return names.map((name) => new RegExp(`^${name.replace(/[.+]/g, '\\$&')}$`))
}
