// The spool of one segment of a terminal recording: records appended as they happen, each sealed by itself, so that a crash costs the record that was being
// written and none before it. Nothing of a terminal lies in it in plain bytes. It is bound to its file and its order: records cannot be swapped or taken out.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { constants, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inputBy, recordingAbout, type Recorded, type RecordingAbout } from '../core/case/recording.ts'
import type { TourniquetError } from '../core/errors.ts'
import type { Random } from '../core/ports.ts'
import { diskError, syncFolder, writeAll } from './files.ts'

/** ends in the version of the layout */
const magic = Buffer.from('TQSPOOL\x01', 'latin1')
const saltSize = 16
const headerSize = magic.length + saltSize
const nonceSize = 12
const tagSize = 16
/** A record is far smaller; a length beyond it is damage. */
const mostSealed = 4 * 1024 * 1024
/** Milliseconds that the system may hold back what was written: what a power cut costs at most. A crash of the program costs nothing that was written. */
const syncEvery = 1000

const kinds = { output: 1, input: 2, resize: 3 } as const

/** The writing end; one owner, which closes it. Not for concurrent use. */
export class Spool {
  readonly path: string
  readonly #file: FileHandle
  readonly #key: Uint8Array
  readonly #salt: Uint8Array
  readonly #random: Random
  #index = 0
  #at = headerSize
  #unsynced = false
  readonly #syncing: NodeJS.Timeout
  #failed: TourniquetError | null = null

  private constructor(path: string, file: FileHandle, key: Uint8Array, salt: Uint8Array, random: Random) {
    this.path = path
    this.#file = file
    this.#key = key
    this.#salt = salt
    this.#random = random
    this.#syncing = setInterval(() => {
      if (!this.#unsynced) return
      this.#unsynced = false
      this.#file.datasync().catch((error: unknown) => {
        this.#failed ??= diskError(error, path) // the next append says so: nobody is shown what may be lost
      })
    }, syncEvery)
    this.#syncing.unref()
  }

  /** Makes the file, which must not exist, with what it is about as its first record, durably. Rejects with `disk-full`, `disk-error`. */
  static async create(path: string, about: RecordingAbout, key: Uint8Array, random: Random): Promise<Spool> {
    const salt = random.bytes(saltSize)
    let file: FileHandle | null = null
    try {
      file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
      await writeAll(file, Buffer.concat([magic, salt]), 0)
      const spool = new Spool(path, file, key, salt, random)
      await spool.#write(Buffer.from(JSON.stringify(about)))
      await file.datasync()
      await syncFolder(dirname(path))
      return spool
    } catch (error) {
      await file?.close()
      throw diskError(error, path)
    }
  }

  /** Resolves when the record is in the file. Rejects with `disk-full`, `disk-error`; then it is as if it had not been appended. */
  async append(record: Recorded): Promise<void> {
    try {
      if (this.#failed !== null) throw this.#failed
      await this.#write(encoded(record))
      this.#unsynced = true
    } catch (error) {
      throw diskError(error, this.path)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#syncing)
    try {
      await this.#file.datasync()
    } catch (error) {
      throw diskError(error, this.path)
    } finally {
      await this.#file.close()
    }
  }

  /** A record that was not written whole is written over by the next one: the place moves on only afterwards. */
  async #write(plain: Uint8Array): Promise<void> {
    const nonce = this.#random.bytes(nonceSize)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    cipher.setAAD(boundTo(this.#salt, this.#index))
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sealed.length)
    await writeAll(this.#file, Buffer.concat([length, sealed]), this.#at)
    this.#at += length.length + sealed.length
    this.#index += 1
  }
}

/** What the spool is about; null when not even its first record can be read. Rejects with `disk-error`. */
export async function spoolAbout(path: string, key: Uint8Array): Promise<RecordingAbout | null> {
  for await (const plain of records(path, key)) {
    try {
      return recordingAbout.parse(JSON.parse(plain.toString('utf8')))
    } catch {
      return null // sealed by us and yet not ours to read: another version's
    }
  }
  return null
}

/** What was recorded, up to the first record that is not whole: a torn one is the last. Rejects with `disk-error`. */
export async function* readSpool(path: string, key: Uint8Array): AsyncGenerator<Recorded> {
  let first = true
  for await (const plain of records(path, key)) {
    if (!first) yield decoded(plain)
    first = false
  }
}

async function* records(path: string, key: Uint8Array): AsyncGenerator<Buffer> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    throw diskError(error, path)
  }
  try {
    const header = await readAt(file, 0, headerSize)
    if (header === null || !header.subarray(0, magic.length).equals(magic)) return
    const salt = header.subarray(magic.length)
    for (let at = headerSize, index = 0; ; index++) {
      const size = (await readAt(file, at, 4))?.readUInt32BE() ?? 0
      if (size < nonceSize + tagSize || size > mostSealed) return
      const sealed = await readAt(file, at + 4, size)
      const plain = sealed === null ? null : unsealed(sealed, key, salt, index)
      if (plain === null) return
      yield plain
      at += 4 + size
    }
  } finally {
    await file.close()
  }
}

function unsealed(sealed: Buffer, key: Uint8Array, salt: Uint8Array, index: number): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceSize), { authTagLength: tagSize })
  decipher.setAAD(boundTo(salt, index))
  decipher.setAuthTag(sealed.subarray(-tagSize))
  const plain = decipher.update(sealed.subarray(nonceSize, -tagSize))
  try {
    decipher.final()
    return plain
  } catch {
    return null // torn, or not as it was written: what follows cannot be believed either
  }
}

function boundTo(salt: Uint8Array, index: number): Buffer {
  const place = Buffer.alloc(8)
  place.writeBigUInt64BE(BigInt(index))
  return Buffer.concat([magic, salt, place])
}

/** One byte of kind, the time in eight, then the bytes of the output or the rest as JSON. */
function encoded(record: Recorded): Buffer {
  const { kind, at, ...rest } = record
  const head = Buffer.alloc(9)
  head.writeUInt8(kinds[kind])
  head.writeBigUInt64BE(BigInt(at), 1)
  return Buffer.concat([head, record.kind === 'output' ? record.bytes : Buffer.from(JSON.stringify(rest))])
}

function decoded(plain: Buffer): Recorded {
  const at = Number(plain.readBigUInt64BE(1))
  const rest = plain.subarray(9)
  switch (plain.readUInt8()) {
    case kinds.output:
      return { kind: 'output', at, bytes: rest }
    case kinds.input: {
      const { by, keys } = JSON.parse(rest.toString('utf8')) as { by: unknown; keys: unknown }
      return { kind: 'input', at, by: inputBy.parse(by), keys: String(keys) }
    }
    default: {
      const { columns, rows } = JSON.parse(rest.toString('utf8')) as { columns: unknown; rows: unknown }
      return { kind: 'resize', at, columns: Number(columns), rows: Number(rows) }
    }
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer | null> {
  const buffer = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) return null
    done += bytesRead
  }
  return buffer
}
