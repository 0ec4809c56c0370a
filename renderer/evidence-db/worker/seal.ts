// Exhibits at rest in the browser: AES-256-GCM chunk by chunk, by WebCrypto with a key that cannot be read back out. A chunk is bound to its case, its exhibit,
// its place and the exhibit's size: chunks cannot be swapped, moved or shortened unseen.

import { TourniquetError } from '../../../main/core/errors.ts'
import { hex } from '../../../main/core/json.ts'

/** Where a chunk belongs and what its plain bytes must be. */
export interface Place {
  readonly sha256: string
  /** bytes of the whole exhibit */
  readonly size: number
  readonly index: number
  /** SHA-256 of the plain chunk */
  readonly digest: string
}

export type Bytes = Uint8Array<ArrayBuffer>

const nonceSize = 12
const tagSize = 16
const encoder = new TextEncoder()

export class Sealer {
  readonly caseId: string
  readonly #key: CryptoKey
  readonly #bare: CryptoKey

  private constructor(caseId: string, key: CryptoKey, bare: CryptoKey) {
    this.caseId = caseId
    this.#key = key
    this.#bare = bare
  }

  /** `key` is 32 bytes, and is wiped. */
  static async of(caseId: string, key: Bytes): Promise<Sealer> {
    const imported = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
    const bare = await crypto.subtle.importKey('raw', key, 'AES-CTR', false, ['decrypt'])
    key.fill(0)
    return new Sealer(caseId, imported, bare)
  }

  async seal(place: Place, plain: Bytes): Promise<Bytes> {
    const iv = await this.#nonce(place)
    const additionalData = this.#boundTo(place)
    return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, this.#key, plain))
  }

  /** The plain chunk; null when it is not what was sealed for that place. */
  async open(place: Place, sealed: Bytes): Promise<Bytes | null> {
    const iv = await this.#nonce(place)
    const additionalData = this.#boundTo(place)
    try {
      return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, this.#key, sealed))
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'OperationError') return null
      throw cause
    }
  }

  /** SHA-256 of what a damaged chunk would be, for the record: GCM is counter mode from 2 on (NIST SP 800-38D), and this leaves out its check. */
  async digestOfDamaged(place: Place, sealed: Bytes): Promise<string> {
    const counter = new Uint8Array(16)
    counter.set(await this.#nonce(place))
    counter[15] = 2
    const body = sealed.subarray(0, Math.max(0, sealed.length - tagSize))
    return sha256(
      new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CTR', counter, length: 32 }, this.#bare, body)),
    )
  }

  /**
   * The nonce follows from what is sealed: the same chunk twice gives the same bytes, and two different ones, even both claimed to be the same chunk of the
   * same exhibit, never share a nonce.
   */
  async #nonce({ sha256: exhibit, index, digest }: Place): Promise<Bytes> {
    const text = `tourniquet locker nonce\n${exhibit}\n${String(index)}\n${digest}\n`
    return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))).slice(0, nonceSize)
  }

  #boundTo({ sha256: exhibit, size, index }: Place): Bytes {
    return encoder.encode(`tourniquet locker 1\n${this.caseId}\n${exhibit}\n${String(index)}\n${String(size)}\n`)
  }
}

/** Lower-case hex, by WebCrypto. */
export async function sha256(bytes: Bytes): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

/** The bytes of a row, wherever they lie. Rejects with `locker-damaged` when the file of a blob is gone. */
export async function bytesOf(sealed: Blob | Bytes, of: string): Promise<Bytes> {
  if (!(sealed instanceof Blob)) return sealed
  try {
    return new Uint8Array(await sealed.arrayBuffer())
  } catch (cause) {
    throw new TourniquetError('locker-damaged', { what: of }, cause)
  }
}
