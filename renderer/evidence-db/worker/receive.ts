// One exhibit on its way in: every chunk is hashed, sealed and written, the whole is checked against the digest the journal names, and only then is the exhibit
// committed, with the digests of its chunks. Whatever ends this early leaves chunks that nobody sees and the next opening sweeps.

import { TourniquetError } from '../../../main/core/errors.ts'
import type { Digest } from '../../../main/core/ports.ts'
import { blobFrom, exhibitChunk, type ChunkRow, type Database, type StoredRow } from './database.ts'
import { scriptHashing, wholeLimit } from './digests.ts'
import type { ExhibitStream, Feed } from './feed.ts'
import { sha256 as digestOf, type Bytes, type Place, type Sealer } from './seal.ts'

/** Chunks of one exhibit that are being sealed and written while the next arrives: two keep disk and wire busy at once. */
const underWay = 2
/** Writes that share one transaction, and so one flush of the disk. */
const batchSize = 64

interface Write {
  readonly chunks: readonly ChunkRow[]
  readonly row: StoredRow | null
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

/** Writes chunks and commit rows; what is asked for while a transaction runs goes into the next one together. */
export class Writer {
  readonly #db: Database
  #queue: Write[] = []
  #writing: Promise<void> | null = null

  constructor(db: Database) {
    this.#db = db
  }

  /** Resolves when it is on disk. `row` is written after the chunks and only when all chunks of the exhibit are there. */
  write(chunks: readonly ChunkRow[], row: StoredRow | null): Promise<void> {
    return new Promise((done, failed) => {
      this.#queue.push({ chunks, row, done, failed })
      this.#writing ??= this.#flush()
    })
  }

  async #flush(): Promise<void> {
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, batchSize)
      try {
        await this.#transact(batch)
        for (const { done } of batch) done()
      } catch (cause) {
        for (const { failed } of batch) failed(cause)
      }
    }
    this.#writing = null
  }

  async #transact(batch: readonly Write[]): Promise<void> {
    const { dexie, chunks, exhibits } = this.#db
    const rows = batch.flatMap(({ row }) => (row === null ? [] : [row]))
    await dexie.transaction('rw', chunks, exhibits, async () => {
      const news = batch.flatMap((write) => write.chunks)
      if (news.length > 0) await chunks.bulkPut(news)
      for (const row of rows.filter((one) => one.chunks.length > 1)) {
        const { caseId, sha256 } = row
        const range = chunks.where('[caseId+sha256+index]').between([caseId, sha256, 0], [caseId, sha256, Infinity])
        if ((await range.count()) !== row.chunks.length)
          throw new TourniquetError('locker-damaged', { what: `chunks of ${sha256}` })
      }
      if (rows.length > 0) await exhibits.bulkPut(rows)
    })
  }
}

export interface ReceiveWorld {
  readonly feed: Pick<Feed, 'exhibit'>
  readonly sealer: Sealer
  readonly writer: Writer
}

/**
 * Fetches an exhibit and commits it. Rejects with what main says (`case-missing`, `exhibit-damaged`, `wire-closed`), with `exhibit-damaged` when the bytes are
 * not those of the digest, and with what IndexedDB says.
 */
export async function receive(world: ReceiveWorld, sha256: string, size: number): Promise<StoredRow> {
  const stream = await world.feed.exhibit(sha256, size)
  try {
    const { header } = stream
    if (header.sha256 !== sha256 || header.size !== size) throw damaged(sha256, 'header')
    return await (size <= exhibitChunk ? receiveOne : receiveMany)(world, stream, sha256, size)
  } finally {
    stream.stop()
  }
}

/** Its only chunk and its commit in one transaction. The digest of the only chunk is the exhibit's own. */
async function receiveOne(
  { sealer, writer }: ReceiveWorld,
  stream: ExhibitStream,
  sha256: string,
  size: number,
): Promise<StoredRow> {
  const plain = new Uint8Array(size)
  await fill(stream, plain, sha256)
  if ((await digestOf(plain)) !== sha256) throw damaged(sha256, 'digest')
  const chunk = size === 0 ? [] : [await sealed(sealer, { sha256, size, index: 0, digest: sha256 }, plain)]
  await expectEnd(stream, sha256)
  const row: StoredRow = { caseId: sealer.caseId, sha256, size, chunks: chunk.map(() => sha256) }
  await writer.write(chunk, row)
  return row
}

async function receiveMany(
  { sealer, writer }: ReceiveWorld,
  stream: ExhibitStream,
  sha256: string,
  size: number,
): Promise<StoredRow> {
  const whole = size <= wholeLimit ? new Uint8Array(size) : null
  const running: Digest | null = whole === null ? scriptHashing.sha256() : null
  const chunks: string[] = []
  const keep = async (index: number, plain: Bytes): Promise<void> => {
    const digest = (chunks[index] = await digestOf(plain))
    await writer.write([await sealed(sealer, { sha256, size, index, digest }, plain)], null)
  }
  const writes: Promise<void>[] = []
  for (let index = 0; index * exhibitChunk < size; index++) {
    const at = index * exhibitChunk
    const length = Math.min(exhibitChunk, size - at)
    const plain = whole?.subarray(at, at + length) ?? new Uint8Array(length)
    await fill(stream, plain, sha256)
    running?.update(plain)
    const write = keep(index, plain)
    write.catch(() => undefined) // awaited below: a failure must not go unheard, nor be heard as nobody's
    writes.push(write)
    if (writes.length > underWay) await writes.shift()
  }
  await expectEnd(stream, sha256)
  const found = running?.hex() ?? (await digestOf(whole ?? new Uint8Array()))
  await Promise.all(writes)
  if (found !== sha256) throw damaged(sha256, 'digest')
  const row: StoredRow = { caseId: sealer.caseId, sha256, size, chunks }
  await writer.write([], row)
  return row
}

async function sealed(sealer: Sealer, place: Place, plain: Bytes): Promise<ChunkRow> {
  const bytes = await sealer.seal(place, plain)
  const { sha256, index } = place
  return { caseId: sealer.caseId, sha256, index, sealed: bytes.length < blobFrom ? bytes : new Blob([bytes]) }
}

export function placeOf({ sha256, size, chunks }: StoredRow, index: number): Place {
  const digest = chunks[index]
  if (digest === undefined) throw new TourniquetError('internal', { what: `chunk ${String(index)} of ${sha256}` })
  return { sha256, size, index, digest }
}

/** Pieces of the stream that reach over the end of a chunk are kept for the next. */
const rests = new WeakMap<ExhibitStream, Uint8Array>()

async function fill(stream: ExhibitStream, into: Uint8Array, sha256: string): Promise<void> {
  for (let at = 0; at < into.length;) {
    const piece = rests.get(stream) ?? (await stream.read())
    rests.delete(stream)
    if (piece === null) throw damaged(sha256, 'length')
    const part = piece.subarray(0, into.length - at)
    into.set(part, at)
    at += part.length
    if (part.length < piece.length) rests.set(stream, piece.subarray(part.length))
  }
}

async function expectEnd(stream: ExhibitStream, sha256: string): Promise<void> {
  if (rests.has(stream) || (await stream.read()) !== null) throw damaged(sha256, 'length')
}

function damaged(sha256: string, where: string): TourniquetError {
  return new TourniquetError('exhibit-damaged', { sha256, where: `${where} on arrival` })
}
