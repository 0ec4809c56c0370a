// SSHSIG: the signatures that `ssh-keygen -Y` makes and checks (openssh-portable, PROTOCOL.sshsig). A signature is bound to a namespace, so that
// one made for a bundle can never pass for one made for something else.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'
import { base64, fromBase64 } from '../json.ts'
import type { Hashing } from '../ports.ts'
import { sameBytes, wireNumber, wireReader, wireString } from './ssh-wire.ts'

/** What a bundle's signature is for. */
export const bundleNamespace = 'tourniquet-bundle'

/** Who signs. The private key stays behind this port: a file, an agent, the case's own key. */
export interface Signer {
  /** public key in wire form, as base64-decoded from the middle of a `.pub` line */
  readonly publicKey: Uint8Array
  /** the name to show for it: the key's comment, or what it is */
  readonly label: string
  /** `case` is a key made with the case: it proves that nothing changed since, not who exported */
  readonly kind: 'person' | 'case'
  /** The signature over `data` in wire form (algorithm name and blob). RSA keys sign with rsa-sha2-512. Rejects with `sign-key-unusable`. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/** Checks one signature in wire form with a public key in wire form. Throws `bundle-invalid` on a form it does not know. */
export type CheckSignature = (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean

export interface Sshsig {
  readonly publicKey: Uint8Array
  readonly namespace: string
  readonly hash: string
  readonly signature: Uint8Array
}

const magic = new TextEncoder().encode('SSHSIG')
const begin = '-----BEGIN SSH SIGNATURE-----\n'
const end = '-----END SSH SIGNATURE-----\n'
/** as ssh-keygen breaks its lines */
const lineLength = 70

/** Signs `message` for `namespace`; resolves with the armored text that `ssh-keygen -Y verify` takes. */
export async function signSshsig(
  hashing: Hashing,
  signer: Signer,
  namespace: string,
  message: Uint8Array,
): Promise<string> {
  const signature = await signer.sign(signedData(hashing, namespace, message))
  return armorSshsig({ publicKey: signer.publicKey, namespace, hash: 'sha512', signature })
}

/** True when the signature is over exactly this message and namespace by the key it carries. Whose key that is is another question. */
export function checkSshsig(
  hashing: Hashing,
  check: CheckSignature,
  sshsig: Sshsig,
  namespace: string,
  message: Uint8Array,
): boolean {
  if (sshsig.namespace !== namespace || sshsig.hash !== 'sha512') return false
  return check(sshsig.publicKey, signedData(hashing, namespace, message), sshsig.signature)
}

/** Reads an armored signature; only the exact form that `armorSshsig` makes is taken. Throws `bundle-invalid` naming `file`. */
export function parseSshsig(text: string, file: string): Sshsig {
  const refuse = (why: string): TourniquetError => new TourniquetError('bundle-invalid', { file, why })
  if (!text.startsWith(begin) || !text.endsWith(end)) throw refuse('not an SSH signature')
  let bytes: Uint8Array
  try {
    bytes = fromBase64(text.slice(begin.length, -end.length).replaceAll('\n', ''))
  } catch {
    throw refuse('not base64')
  }
  const reader = wireReader(bytes, file)
  if (String.fromCharCode(...reader.take(magic.length)) !== 'SSHSIG') throw refuse('not an SSH signature')
  if (reader.number() !== 1) throw refuse('another version of SSH signature')
  const publicKey = reader.string()
  const namespace = reader.word()
  if (reader.string().length > 0) throw refuse('reserved field is not empty')
  const sshsig = { publicKey, namespace, hash: reader.word(), signature: reader.string() }
  reader.end()
  if (armorSshsig(sshsig) !== text) throw refuse('not in its one form')
  return sshsig
}

export function armorSshsig(sshsig: Sshsig): string {
  const blob = concatBytes([
    magic,
    wireNumber(1),
    wireString(sshsig.publicKey),
    wireString(sshsig.namespace),
    wireString(''),
    wireString(sshsig.hash),
    wireString(sshsig.signature),
  ])
  const lines = base64(blob).match(new RegExp(`.{1,${String(lineLength)}}`, 'g')) ?? []
  return `${begin}${lines.join('\n')}\n${end}`
}

/**
 * Throws `bundle-invalid` unless the bytes are, in their one form, what a signature of this namespace signs. Whoever lends a key to sign them then knows that
 * it signs nothing else: no login, no other namespace.
 */
export function assertSignedData(data: Uint8Array, namespace: string): void {
  const file = 'data to sign'
  const refuse = (why: string): TourniquetError => new TourniquetError('bundle-invalid', { file, why })
  const reader = wireReader(data, file)
  if (!sameBytes(reader.take(magic.length), magic)) throw refuse('not what an SSH signature signs')
  if (reader.word() !== namespace) throw refuse('another namespace')
  if (reader.string().length > 0) throw refuse('reserved field is not empty')
  if (reader.word() !== 'sha512') throw refuse('another hash')
  if (reader.string().length !== 64) throw refuse('not a SHA-512 digest')
  reader.end()
}

/** `SHA256:…` as OpenSSH prints it. */
export function fingerprint(hashing: Hashing, publicKey: Uint8Array): string {
  return `SHA256:${base64(fromHex(hashing.sha256().update(publicKey).hex())).replace(/=+$/, '')}`
}

/** Type name and base64 of a public key, as in a `.pub` file. */
export function publicKeyText(publicKey: Uint8Array): string {
  const type = wireReader(publicKey, 'public key').word()
  return `${type} ${base64(publicKey)}`
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function signedData(hashing: Hashing, namespace: string, message: Uint8Array): Uint8Array {
  const digest = fromHex(hashing.sha512().update(message).hex())
  return concatBytes([magic, wireString(namespace), wireString(''), wireString('sha512'), wireString(digest)])
}
