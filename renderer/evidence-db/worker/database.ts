// The locker's tables in IndexedDB. Every transaction is strict: when it says done, the bytes are on disk. An exhibit is there when its row is there, and its row
// is written last; chunks without a row are nobody's and are swept.

import { Dexie, type Table } from 'dexie'
import type { HostRow, RunRow } from '../locker.ts'
import type { JournalEvent } from '../case.ts'

export interface CaseRow {
  readonly caseId: string
  readonly format: 1
  /** the case's id sealed with the key of the day it was first seen: another key cannot open what is here */
  readonly proof: Uint8Array
}

export interface JournalRow {
  readonly caseId: string
  readonly chain: string
  readonly seq: number
  /** of an event that tells of an exhibit: its place in the locker */
  readonly row?: number
  readonly event: JournalEvent
}

/** The commit of an exhibit: all its chunks are there. */
export interface StoredRow {
  readonly caseId: string
  readonly sha256: string
  readonly size: number
  /** SHA-256 of the plain bytes of each chunk, in order */
  readonly chunks: readonly string[]
}

export interface ChunkRow {
  readonly caseId: string
  readonly sha256: string
  readonly index: number
  /** ciphertext and tag. Large ones are blobs, which Chromium keeps as files beside the database */
  readonly sealed: Blob | Uint8Array<ArrayBuffer>
}

export interface Database {
  readonly dexie: Dexie
  readonly cases: Table<CaseRow, string>
  readonly hosts: Table<HostRow & { readonly caseId: string }, readonly [string, string]>
  readonly runs: Table<RunRow & { readonly caseId: string }, readonly [string, string]>
  readonly journal: Table<JournalRow, readonly [string, string, number]>
  readonly exhibits: Table<StoredRow, readonly [string, string]>
  readonly chunks: Table<ChunkRow, readonly [string, string, number]>
}

/** Bytes of a chunk of an exhibit; the last one is shorter. What is here already is cut this way. */
export const exhibitChunk = 4 * 1024 * 1024
/** Below this a chunk lies in the database itself: a file of its own for each of 100,000 small ones would be slower and larger. */
export const blobFrom = 64 * 1024

const name = 'tourniquet-locker'

export function openDatabase(): Database {
  const dexie = new Dexie(name, { chromeTransactionDurability: 'strict', cache: 'disabled' })
  dexie.version(1).stores({
    cases: 'caseId',
    hosts: '[caseId+host]',
    runs: '[caseId+run]',
    journal: '[caseId+chain+seq],[caseId+row]',
    exhibits: '[caseId+sha256]',
    chunks: '[caseId+sha256+index]',
  })
  return {
    dexie,
    cases: dexie.table('cases'),
    hosts: dexie.table('hosts'),
    runs: dexie.table('runs'),
    journal: dexie.table('journal'),
    exhibits: dexie.table('exhibits'),
    chunks: dexie.table('chunks'),
  }
}

/** Everything of one case in a table whose key has two parts. */
export function ofCase2<T, K>(table: Table<T, K>, key: string, caseId: string) {
  return table.where(key).between([caseId, Dexie.minKey], [caseId, Dexie.maxKey])
}

/** Everything of one case in a table whose key has three parts. */
export function ofCase3<T, K>(table: Table<T, K>, key: string, caseId: string) {
  return table.where(key).between([caseId, Dexie.minKey, Dexie.minKey], [caseId, Dexie.maxKey, Dexie.maxKey])
}

/** Throws the copy of a case away. The row of each exhibit goes before its chunks, so that a crash in between leaves orphans and no half exhibit. */
export async function dropCase(db: Database, caseId: string): Promise<void> {
  await ofCase2(db.exhibits, '[caseId+sha256]', caseId).delete()
  await ofCase3(db.chunks, '[caseId+sha256+index]', caseId).delete()
  await ofCase3(db.journal, '[caseId+chain+seq]', caseId).delete()
  await ofCase2(db.hosts, '[caseId+host]', caseId).delete()
  await ofCase2(db.runs, '[caseId+run]', caseId).delete()
  await db.cases.delete(caseId)
}

/** Removes chunks whose exhibit was never committed: a page that died, a disk that was full. Resolves with how many. */
export async function sweepOrphans(db: Database, caseId: string): Promise<number> {
  return db.dexie.transaction('rw', db.exhibits, db.chunks, async () => {
    const whole = new Set(
      (await ofCase2(db.exhibits, '[caseId+sha256]', caseId).primaryKeys()).map(([, sha256]) => sha256),
    )
    const orphans = (await ofCase3(db.chunks, '[caseId+sha256+index]', caseId).primaryKeys()).filter(
      ([, sha256]) => !whole.has(sha256),
    )
    await db.chunks.bulkDelete(orphans)
    return orphans.length
  })
}
