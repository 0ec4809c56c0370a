// Canonical JSON (RFC 8785): one value, one string, one digest. It refuses what two readers could read differently: floats, huge numbers, undefined.

import canonicalize from 'canonicalize'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'

const encoder = new TextEncoder()

/** The canonical text of a JSON value. Throws `internal` on floats, numbers beyond 2^53, undefined, functions, lone surrogates. */
export function canonicalJson(value: unknown): string {
  refuseUnsafe(value, '$')
  let text: string | undefined
  try {
    text = canonicalize(value)
  } catch (cause) {
    throw new TourniquetError('internal', { what: 'not canonical JSON' }, cause)
  }
  if (text === undefined) throw new TourniquetError('internal', { what: 'not JSON' })
  return text
}

/** Lower-case hex SHA-256 over the canonical text in UTF-8. */
export function canonicalDigest(hashing: Hashing, value: unknown): string {
  return hashing
    .sha256()
    .update(encoder.encode(canonicalJson(value)))
    .hex()
}

function refuseUnsafe(value: unknown, path: string): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TourniquetError('internal', { what: `not a whole number: ${path}` })
      return
    case 'object':
      if (value === null) return
      if (Array.isArray(value)) {
        value.forEach((item, index) => {
          refuseUnsafe(item, `${path}[${String(index)}]`)
        })
        return
      }
      for (const [key, item] of Object.entries(value)) refuseUnsafe(item, `${path}.${key}`)
      return
    default:
      throw new TourniquetError('internal', { what: `not JSON: ${path}` })
  }
}
