// What the page's locker is fed with: journal events by number, exhibits as bytes with a digest for every chunk. Read from the case folder, never changed.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { exhibitChunk, pageSize, type Contract } from '../core/contract.ts'
import type { CaseStore } from '../core/case/store.ts'
import { TourniquetError } from '../core/errors.ts'
import type { ByteSink, Output } from '../core/rpc/define.ts'
import type { Streaming } from '../core/rpc/serve.ts'
import { maxFrame } from '../core/rpc/wire.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { systemCode } from '../platform/files.ts'
import { nodeHashing } from '../platform/hashing.ts'
import type { Emit } from './emit.ts'

export function readJournal(store: CaseStore, chain: string, from: number): Output<Contract, 'journal.read'> {
  const events = store.events(chain)
  return { head: events.length, events: events.slice(from, from + pageSize) }
}

/** Tells that chains have grown, once a turn however many events came. Returns the way to stop. */
export function tellJournal(store: CaseStore, emit: Emit): () => void {
  const moved = new Set<string>()
  return store.onEvent(({ chain }) => {
    if (moved.size === 0)
      setImmediate(() => {
        for (const one of moved) emit('journal-moved', { chain: one, head: store.events(one).length })
        moved.clear()
      })
    moved.add(chain)
  })
}

/** Reads the exhibit twice, so that the digests stand before the first byte leaves; memory stays at one piece. Rejects with `cancelled` once nobody waits. */
export async function readExhibit(
  store: CaseFolder,
  sha256: string,
  signal: AbortSignal,
): Promise<Streaming<Output<Contract, 'exhibit.read'>>> {
  if (!store.has(sha256)) throw new TourniquetError('case-missing', { path: sha256 })
  const chunks: string[] = []
  let size = 0
  let digest = nodeHashing.sha256()
  for await (const piece of store.exhibitChunks(sha256)) {
    if (signal.aborted) throw new TourniquetError('cancelled')
    for (let at = 0; at < piece.length;) {
      const room = exhibitChunk - (size % exhibitChunk)
      const part = piece.subarray(at, at + room)
      digest.update(part)
      at += part.length
      size += part.length
      if (size % exhibitChunk === 0) {
        chunks.push(digest.hex())
        digest = nodeHashing.sha256()
      }
    }
  }
  if (size % exhibitChunk !== 0) chunks.push(digest.hex())
  return {
    output: { sha256, size, chunkBytes: exhibitChunk, chunks },
    async send(sink) {
      for await (const piece of store.exhibitChunks(sha256)) await sink.write(piece)
    },
  }
}

/** A file we wrote. Rejects with `file-unreadable`. */
export async function readFileOut(path: string): Promise<Streaming<{ readonly name: string; readonly size: number }>> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new TourniquetError('file-unreadable', { path, detail: systemCode(cause) ?? 'unknown' }, cause)
  })
  return {
    output: { name: basename(path), size },
    async send(sink: ByteSink) {
      for await (const piece of createReadStream(path, { highWaterMark: maxFrame }))
        await sink.write(piece as Uint8Array)
    },
  }
}
