// What the page's locker is fed with: journal events by number, exhibits as bytes. Read from the case folder, never changed.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { journalPage, type Contract } from '../core/contract.ts'
import type { CaseStore } from '../core/case/store.ts'
import { TourniquetError } from '../core/errors.ts'
import type { ByteSink, Output } from '../core/rpc/define.ts'
import type { Streaming } from '../core/rpc/serve.ts'
import { maxFrame } from '../core/rpc/wire.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { systemCode } from '../platform/files.ts'
import type { Emit } from './emit.ts'

export function readJournal(store: CaseStore, chain: string, from: number): Output<Contract, 'journal.read'> {
  const events = store.events(chain)
  let end = from
  // always one at least, however long: else whoever reads would never get past it
  for (let bytes = 0; end < events.length && end - from < journalPage.events && bytes < journalPage.bytes; end++)
    bytes += JSON.stringify(events[end]).length
  return { head: events.length, events: events.slice(from, end) }
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

/** Rejects with `case-missing` or `exhibit-damaged`; damage further on ends the stream with it. Memory stays at one piece. */
export async function readExhibit(
  store: CaseFolder,
  sha256: string,
): Promise<Streaming<Output<Contract, 'exhibit.read'>>> {
  const size = await store.exhibitSize(sha256)
  return {
    output: { sha256, size },
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
