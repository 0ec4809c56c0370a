// SSH key and signature forms over Node's crypto: Ed25519, ECDSA on the three NIST curves, RSA with SHA-512. Nothing older is made or believed.

import { concatBytes } from '../core/bytes.ts'
import { createPublicKey, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import { sameBytes, wireInteger, wireReader, wireString } from '../core/bundle/ssh-wire.ts'
import { TourniquetError } from '../core/errors.ts'

/** SSH curve names, the names JSON web keys have for them, hashes (RFC 5656) and bytes per coordinate. */
const curves = [
  { ssh: 'nistp256', jwk: 'P-256', hash: 'sha256', length: 32 },
  { ssh: 'nistp384', jwk: 'P-384', hash: 'sha384', length: 48 },
  { ssh: 'nistp521', jwk: 'P-521', hash: 'sha512', length: 66 },
] as const

/** Shorter RSA keys are refused by OpenSSH's own defaults of today. */
const leastRsaBits = 2048

/** The wire form of the public half. Throws `sign-key-unusable` for kinds we do not sign with. */
export function publicWire(key: KeyObject): Uint8Array {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  const part = (value: string | undefined): Buffer => Buffer.from(value ?? '', 'base64url')
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519')
    return concatBytes([wireString('ssh-ed25519'), wireString(part(jwk.x))])
  if (jwk.kty === 'RSA') {
    if (part(jwk.n).length * 8 < leastRsaBits) throw unusable('RSA key shorter than 2048 bits')
    return concatBytes([wireString('ssh-rsa'), wireInteger(part(jwk.e)), wireInteger(part(jwk.n))])
  }
  const curve = curves.find(({ jwk: name }) => name === jwk.crv)
  if (jwk.kty !== 'EC' || curve === undefined) throw unusable(`key kind ${jwk.kty ?? 'unknown'}`)
  const point = concatBytes([Uint8Array.of(4), part(jwk.x), part(jwk.y)])
  return concatBytes([wireString(`ecdsa-sha2-${curve.ssh}`), wireString(curve.ssh), wireString(point)])
}

/** A signature over `data` in wire form. */
export function signWire(key: KeyObject, data: Uint8Array): Uint8Array {
  const type = wireReader(publicWire(key), 'public key').word()
  if (type === 'ssh-ed25519') return concatBytes([wireString(type), wireString(sign(null, data, key))])
  if (type === 'ssh-rsa') return concatBytes([wireString('rsa-sha2-512'), wireString(sign('sha512', data, key))])
  const curve = curveOf(type)
  const both = sign(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' })
  const [r, s] = [both.subarray(0, curve.length), both.subarray(curve.length)]
  return concatBytes([wireString(type), wireString(concatBytes([wireInteger(r), wireInteger(s)]))])
}

/** True when the signature holds. Throws `bundle-invalid` on forms that are not exactly what SSH writes, or kinds we do not believe. */
export function checkWire(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = keyOf(publicKey)
  const file = 'signature'
  const reader = wireReader(signature, file)
  const algorithm = reader.word()
  const blob = reader.string()
  reader.end()
  const expected = key.type === 'ssh-rsa' ? 'rsa-sha2-512' : key.type
  if (algorithm !== expected) throw new TourniquetError('bundle-invalid', { file, why: `algorithm ${algorithm}` })
  if (key.type === 'ssh-ed25519') return verify(null, data, key.object, blob)
  if (key.type === 'ssh-rsa') return verify('sha512', data, key.object, blob)
  const curve = curveOf(key.type)
  const numbers = wireReader(blob, file)
  const both = concatBytes([numbers.integer(curve.length), numbers.integer(curve.length)])
  numbers.end()
  return verify(curve.hash, data, { key: key.object, dsaEncoding: 'ieee-p1363' }, both)
}

function keyOf(publicKey: Uint8Array): { readonly type: string; readonly object: KeyObject } {
  const reader = wireReader(publicKey, 'public key')
  const type = reader.word()
  let jwk: JsonWebKey
  if (type === 'ssh-ed25519') jwk = { kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) }
  else if (type === 'ssh-rsa') jwk = { kty: 'RSA', e: url(strip(reader.string())), n: url(strip(reader.string())) }
  else {
    const curve = curveOf(type)
    const name = reader.word()
    const point = reader.string()
    if (name !== curve.ssh || point.length !== 1 + 2 * curve.length || point[0] !== 4) throw unbelieved(type)
    jwk = {
      kty: 'EC',
      crv: curve.jwk,
      x: url(point.subarray(1, 1 + curve.length)),
      y: url(point.subarray(1 + curve.length)),
    }
  }
  reader.end()
  let object: KeyObject
  try {
    object = createPublicKey({ key: jwk, format: 'jwk' })
    if (!sameBytes(publicWire(object), publicKey)) throw unbelieved(type)
  } catch (cause) {
    throw new TourniquetError('bundle-invalid', { file: 'public key', why: 'not a key we believe' }, cause)
  }
  return { type, object }
}

function curveOf(type: string): (typeof curves)[number] {
  const curve = curves.find(({ ssh }) => type === `ecdsa-sha2-${ssh}`)
  if (curve === undefined) throw unbelieved(type)
  return curve
}

function strip(integer: Uint8Array): Uint8Array {
  return integer[0] === 0 ? integer.subarray(1) : integer
}

function url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function unbelieved(type: string): TourniquetError {
  return new TourniquetError('bundle-invalid', { file: 'public key', why: `key kind ${type}` })
}

function unusable(why: string): TourniquetError {
  return new TourniquetError('sign-key-unusable', { why })
}
