// Reading evidence back: any part of an exhibit, or everything once more. No byte leaves here that was not opened with the case's key and compared with the
// digest of its chunk.

import { TourniquetError } from '../../../main/core/errors.ts'
import type { Progress, Recheck } from '../locker.ts'
import type { Copy } from './copy.ts'
import { exhibitChunk, type Database, type StoredRow } from './database.ts'
import { placeOf } from './receive.ts'
import { bytesOf, sha256 as digestOf, type Bytes, type Sealer } from './seal.ts'

/** Bytes of one answer: what a preview or a hex view can want, and no more than a page should hold at once. */
const longestRead = 16 * 1024 * 1024

interface World {
  readonly db: Database
  readonly sealer: Sealer
}

/** Rejects with `case-missing` when the exhibit is not here, `locker-damaged` when it is not what was written, `usage` beyond 16 MiB. */
export async function readBytes(copy: Copy, sha256: string, from: number, length: number): Promise<Bytes> {
  if (from < 0 || length < 0 || length > longestRead)
    throw new TourniquetError('usage', {
      what: 'range',
      text: `${String(from)}+${String(length)}`,
      expected: 'at most 16 MiB',
    })
  const world = copy.parts()
  const row = await rowOf(world, sha256).catch((cause: unknown) => {
    copy.prefer(sha256)
    throw cause
  })
  const end = Math.min(row.size, from + length)
  const out = new Uint8Array(Math.max(0, end - from))
  for (let index = Math.floor(from / exhibitChunk); index * exhibitChunk < end; index++) {
    const plain = await openChunk(world, row, index)
    const start = index * exhibitChunk
    const part = plain.subarray(Math.max(0, from - start), end - start)
    out.set(part, Math.max(0, start - from))
  }
  return out
}

/** The commit row. Rejects with `case-missing`. */
export async function rowOf({ db, sealer }: World, sha256: string): Promise<StoredRow> {
  const row = await db.exhibits.get([sealer.caseId, sha256])
  if (row === undefined) throw new TourniquetError('case-missing', { path: sha256 })
  return row
}

/** The plain chunk. Rejects with `locker-damaged`. */
export async function openChunk(world: World, row: StoredRow, index: number): Promise<Bytes> {
  const looked = await lookAt(world, row, index)
  if ('plain' in looked) return looked.plain
  throw new TourniquetError('locker-damaged', { what: `${row.sha256} chunk ${String(index)}` })
}

/** Reads exhibits again from beginning to end. Progress in bytes. Rejects with `cancelled`. */
export async function recheck(
  copy: Copy,
  digests: readonly string[] | null,
  call: { readonly signal: AbortSignal; readonly tell: (progress: Progress) => void },
): Promise<readonly Recheck[]> {
  const world = copy.parts()
  const wanted = digests ?? [...copy.index.digests()].map(([sha256]) => sha256)
  const total = wanted.reduce((sum, sha256) => sum + (copy.has(sha256) ? (copy.index.newest(sha256)?.size ?? 0) : 0), 0)
  if (digests === null)
    for (const { chain, events } of world.journal.chains()) await world.journal.proven(chain, events)
  const results: Recheck[] = []
  let done = 0
  for (const sha256 of wanted) {
    if (!copy.has(sha256)) {
      results.push({ sha256, result: 'absent', damage: null })
      continue
    }
    const row = await world.db.exhibits.get([world.sealer.caseId, sha256])
    const damage =
      row === undefined
        ? { chunk: 0, expected: sha256, found: '' }
        : await damageOf(world, row, (bytes) => {
            if (call.signal.aborted) throw new TourniquetError('cancelled')
            done += bytes
            call.tell({ done, total })
          })
    results.push({ sha256, result: damage === null ? 'intact' : 'damaged', damage })
  }
  return results
}

async function damageOf(world: World, row: StoredRow, passed: (bytes: number) => void): Promise<Recheck['damage']> {
  passed(0)
  for (let index = 0; index < row.chunks.length; index++) {
    const looked = await lookAt(world, row, index)
    if ('found' in looked) return { chunk: index, expected: row.chunks[index] ?? '', found: looked.found }
    passed(looked.plain.length)
  }
  const [only] = row.chunks
  return row.chunks.length === 1 && only !== row.sha256 ? { chunk: 0, expected: row.sha256, found: only ?? '' } : null
}

/** A chunk as it must be, or the digest of what is there instead (empty: nothing is). */
async function lookAt(
  { db, sealer }: World,
  row: StoredRow,
  index: number,
): Promise<{ readonly plain: Bytes } | { readonly found: string }> {
  const place = placeOf(row, index)
  const chunk = await db.chunks.get([sealer.caseId, row.sha256, index])
  if (chunk === undefined) return { found: '' }
  const sealed = await bytesOf(chunk.sealed, row.sha256).catch(() => null)
  if (sealed === null) return { found: '' }
  const plain = await sealer.open(place, sealed)
  if (plain === null) return { found: await sealer.digestOfDamaged(place, sealed) }
  const found = await digestOf(plain)
  return found === place.digest ? { plain } : { found }
}
