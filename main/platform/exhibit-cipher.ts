// Exhibits at rest: AES-256-GCM in pieces of 1 MiB, so that live malware lies on no disk in plain bytes and a big exhibit streams.
// Each piece is bound to its exhibit, its place and whether it is the last: pieces cannot be swapped, dropped or cut off unseen.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { TourniquetError } from '../core/errors.ts'
import type { Random } from '../core/ports.ts'

/** A whole piece in memory is small beside everything else, and big enough that 28 bytes of overhead vanish. */
export const pieceSize = 1024 * 1024
const nonceSize = 12
const tagSize = 16
const headerSize = 24
/** ends in the version of the layout */
const magic = Buffer.from('TQEXHBT\x01', 'latin1')

/** The sealed form of `plain`: header, then nonce, ciphertext and tag of each piece. `sha256` is the digest of the plain bytes, `key` 32 bytes. */
export function* seal(plain: Uint8Array, sha256: string, key: Uint8Array, random: Random): Generator<Uint8Array> {
  const sealing = sealer(plain.length, sha256, key, random)
  yield sealing.header
  for (let index = 0; index < sealing.pieces; index++)
    yield sealing.piece(plain.subarray(index * pieceSize, (index + 1) * pieceSize), index)
}

/** The same for bytes that come in parts of any length; memory stays at one piece. Throws `internal` when they are not `size` bytes. */
export async function* sealParts(
  parts: AsyncIterable<Uint8Array>,
  size: number,
  sha256: string,
  key: Uint8Array,
  random: Random,
): AsyncGenerator<Uint8Array> {
  const sealing = sealer(size, sha256, key, random)
  yield sealing.header
  const piece = Buffer.alloc(Math.min(pieceSize, size))
  let [filled, index] = [0, 0]
  for await (const part of parts) {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + pieceSize - filled)
      if (index * pieceSize + filled + taken.length > size) throw changed()
      piece.set(taken, filled)
      filled += taken.length
      at += taken.length
      if (filled < pieceSize) continue
      yield sealing.piece(piece, index)
      index += 1
      filled = 0
    }
  }
  if (index * pieceSize + filled !== size) throw changed()
  if (index < sealing.pieces) yield sealing.piece(piece.subarray(0, filled), index)
}

/** Plain pieces of a sealed file in order. Throws `exhibit-damaged` at the first byte that is not as it was written. */
export async function* unseal(file: FileHandle, sha256: string, key: Uint8Array): AsyncGenerator<Uint8Array> {
  const { header, size, pieces } = await readHeader(file, sha256)
  for (let index = 0, at = headerSize; index < pieces; index++) {
    const length = Math.min(pieceSize, size - index * pieceSize) + nonceSize + tagSize
    const sealed = await readExactly(file, length, at, sha256)
    at += length
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceSize), { authTagLength: tagSize })
    decipher.setAAD(boundTo(header, sha256, index, index === pieces - 1))
    decipher.setAuthTag(sealed.subarray(length - tagSize))
    const plain = decipher.update(sealed.subarray(nonceSize, length - tagSize))
    try {
      decipher.final()
    } catch (cause) {
      throw damaged(sha256, `piece ${String(index)}`, cause)
    }
    if (plain.length > 0) yield plain
  }
}

/** What the header of a sealed file says, where the file is as long as it says. Throws `exhibit-damaged`. */
export async function readHeader(
  file: FileHandle,
  sha256: string,
): Promise<{ readonly header: Buffer; readonly size: number; readonly pieces: number }> {
  const header = await readExactly(file, headerSize, 0, sha256)
  const size = header.readBigUInt64BE(16)
  const { size: fileSize } = await file.stat({ bigint: true })
  if (!makeHeader(size).equals(header)) throw damaged(sha256, 'header')
  const pieces = pieceCount(Number(size))
  if (fileSize !== BigInt(headerSize) + size + BigInt(pieces * (nonceSize + tagSize))) throw damaged(sha256, 'length')
  return { header, size: Number(size), pieces }
}

function sealer(size: number, sha256: string, key: Uint8Array, random: Random) {
  const header = makeHeader(size)
  const pieces = pieceCount(size)
  return {
    header,
    pieces,
    piece(plain: Uint8Array, index: number): Uint8Array {
      const nonce = random.bytes(nonceSize)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(boundTo(header, sha256, index, index === pieces - 1))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
  }
}

function changed(): TourniquetError {
  return new TourniquetError('internal', { what: 'an exhibit changed while it was kept' })
}

function makeHeader(size: number | bigint): Buffer {
  const header = Buffer.alloc(headerSize)
  magic.copy(header)
  header.writeUInt32BE(pieceSize, 8)
  header.writeBigUInt64BE(BigInt(size), 16)
  return header
}

/** An empty exhibit still has one (empty) piece: its absence would be a file anyone can make. */
function pieceCount(size: number): number {
  return Math.max(1, Math.ceil(size / pieceSize))
}

function boundTo(header: Buffer, sha256: string, index: number, last: boolean): Buffer {
  const place = Buffer.alloc(5)
  place.writeUInt32BE(index)
  place.writeUInt8(last ? 1 : 0, 4)
  return Buffer.concat([header, Buffer.from(sha256, 'hex'), place])
}

async function readExactly(file: FileHandle, length: number, position: number, sha256: string): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) throw damaged(sha256, 'length')
    done += bytesRead
  }
  return buffer
}

function damaged(sha256: string, where: string, cause?: unknown): TourniquetError {
  return new TourniquetError('exhibit-damaged', { sha256, where }, cause)
}
