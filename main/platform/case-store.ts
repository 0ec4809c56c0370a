// A case that is open: appends share their fsyncs without changing their order, exhibits are sealed before they are journaled, and every promise
// resolves after fsync. It never changes or removes a journal line or an exhibit. `case-folder.ts` makes and opens it.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEvent, caseChain } from '../core/case/journal.ts'
import type { AnyEvent, EventData, EventType, ExhibitMeta, JournalEvent } from '../core/case/events.ts'
import type { CaseArchive, CaseInfo, CaseStore, Durable } from '../core/case/store.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Clock, Hashing, Random } from '../core/ports.ts'
import type { CaseKeys } from './case-keys.ts'
import { fileOf, type CaseReading, type TornLine } from './case-reading.ts'
import { ExhibitFolder } from './exhibit-folder.ts'
import { JournalFile, type Entry } from './journal-file.ts'
import type { Lease } from './lease.ts'

export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly hashing: Hashing
}

/** Hosts' heads are anchored at the latest after so many events of theirs, so that a cut-off chain is noticed early. */
const anchorEvery = 256

interface Pending {
  readonly chain: string
  readonly entry: Entry
  readonly done: (event: AnyEvent) => void
  readonly failed: (error: unknown) => void
}

/** A case on disk. Owner closes it; reading methods go on working afterwards. */
export class CaseFolder implements CaseStore, CaseArchive {
  readonly info: CaseInfo
  readonly path: string
  readonly keys: CaseKeys
  readonly writable: boolean
  readonly #world: World
  readonly #lease: Lease | null
  readonly #exhibits: ExhibitFolder
  readonly #events: Map<string, AnyEvent[]>
  readonly #lengths: ReadonlyMap<string, number>
  readonly #files = new Map<string, JournalFile>()
  readonly #anchored = new Map<string, number>()
  readonly #listeners = new Set<(event: AnyEvent) => void>()
  readonly #openedAt: number
  #queue: Pending[] = []
  #committing: Promise<void> | null = null
  #closed = false

  private constructor(parts: CaseParts, exhibits: ExhibitFolder) {
    this.info = parts.reading.info
    this.path = parts.path
    this.keys = parts.keys
    this.writable = parts.lease !== null
    this.#world = parts.world
    this.#lease = parts.lease
    this.#exhibits = exhibits
    this.#events = new Map([...parts.reading.chains].map(([chain, { events }]) => [chain, [...events]]))
    this.#lengths = new Map([...parts.reading.chains].map(([chain, { length }]) => [chain, length]))
    this.#openedAt = parts.world.clock.monotonic()
    for (const event of this.events(caseChain)) this.#noteAnchor(event)
  }

  /** Only for `openCaseFolder`. */
  static async open(parts: CaseParts): Promise<CaseFolder> {
    const { path, keys, world, lease } = parts
    return new CaseFolder(parts, await ExhibitFolder.open(join(path, 'exhibits'), keys.sealing, world, lease !== null))
  }

  append<T extends EventType>(chain: string, type: T, data: EventData<T>): Promise<JournalEvent<T>> {
    const { clock } = this.#world
    const entry: Entry = { type, data, at: clock.now(), mono: Math.floor(clock.monotonic() - this.#openedAt) }
    return new Promise((done, failed) => {
      this.#assertWritable()
      assertEvent(chain, type, data)
      this.#queue.push({ chain, entry, done: done as (event: AnyEvent) => void, failed })
      this.#committing ??= this.#commit()
    })
  }

  async keep(chain: string, bytes: Uint8Array, meta: Omit<ExhibitMeta, 'sha256' | 'size'>): Promise<Durable> {
    this.#assertWritable()
    const sha256 = this.#world.hashing.sha256().update(bytes).hex()
    if (meta.hostSha256 !== null && meta.hostSha256 !== sha256) {
      throw new TourniquetError('exhibit-mismatch', { what: meta.what, host: meta.hostSha256, here: sha256 })
    }
    if (bytes.length === 0 && saysItHasBytes(meta)) {
      throw new TourniquetError('exhibit-mismatch', { what: meta.what, host: 'a size above zero', here: 'no bytes' })
    }
    await this.#exhibits.put(sha256, bytes)
    return this.#told(chain, { ...meta, sha256, size: bytes.length })
  }

  /** `keep` for bytes made here that are too many to hold: `parts` is read twice and must give the same both times (else `internal`). */
  async keepParts(
    chain: string,
    parts: () => AsyncIterable<Uint8Array>,
    meta: Omit<ExhibitMeta, 'sha256' | 'size'>,
  ): Promise<Durable> {
    this.#assertWritable()
    const digest = this.#world.hashing.sha256()
    let size = 0
    for await (const part of parts()) {
      digest.update(part)
      size += part.length
    }
    const sha256 = digest.hex()
    if (meta.hostSha256 !== null && meta.hostSha256 !== sha256) {
      throw new TourniquetError('exhibit-mismatch', { what: meta.what, host: meta.hostSha256, here: sha256 })
    }
    await this.#exhibits.putParts(sha256, size, () => sameAs(parts(), sha256, this.#world.hashing))
    return this.#told(chain, { ...meta, sha256, size })
  }

  async exhibit(sha256: string): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.exhibitChunks(sha256)) pieces.push(piece)
    return new Uint8Array(Buffer.concat(pieces))
  }

  /** Bytes of an exhibit. Rejects with `case-missing` when it is not there, `exhibit-damaged` when it does not say. */
  exhibitSize(sha256: string): Promise<number> {
    return this.#exhibits.size(sha256)
  }

  exhibitChunks(sha256: string): AsyncIterable<Uint8Array> {
    return this.#exhibits.read(sha256)
  }

  has(sha256: string): boolean {
    return this.#exhibits.has(sha256)
  }

  events(chain: string): readonly AnyEvent[] {
    return this.#events.get(chain) ?? []
  }

  /** `case` first, then hosts by name. */
  chains(): readonly string[] {
    return [...this.#events.keys()].sort((a, b) => (a === caseChain ? -1 : b === caseChain ? 1 : a < b ? -1 : 1))
  }

  onEvent(listener: (event: AnyEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Writes the head of every host chain that moved since into the case chain. Done by itself at the end of a run, every 256 events, and on close. */
  async anchor(): Promise<void> {
    const moved = this.chains().flatMap((chain) => {
      const last = this.events(chain).at(-1)
      return chain === caseChain || last === undefined || this.#anchored.get(chain) === last.seq ? [] : [last]
    })
    await Promise.all(
      moved.map(async ({ chain, seq, hash }) => {
        const before = this.#anchored.get(chain) ?? -1
        this.#anchored.set(chain, seq)
        try {
          await this.append(caseChain, 'chain-anchored', { chain, seq, hash })
        } catch (error) {
          this.#anchored.set(chain, before)
          throw error
        }
      }),
    )
  }

  async close(): Promise<void> {
    if (this.#closed || this.#lease === null) return
    try {
      await this.#committing
      await this.anchor()
    } finally {
      this.#closed = true
      await this.#committing
      for (const file of this.#files.values()) await file.close()
      await this.#lease.release()
    }
  }

  /** Only for `openCaseFolder`: what a crash tore off becomes evidence of the crash. */
  async keepTorn(torn: readonly TornLine[]): Promise<void> {
    for (const { chain, bytes, aside } of torn) {
      const file = fileOf(chain)
      const kept = await this.keep(chain, bytes, {
        what: 'journal/torn-line',
        path: null,
        pathBytes: null,
        meta: null,
        method: `left behind the last whole line of ${file}`,
        hostSha256: null,
        hostTime: null,
        truncated: true,
      })
      await this.append(chain, 'gap', {
        run: null,
        step: null,
        probe: 'journal',
        what: file,
        reason: 'truncated',
        detail: `a crash tore the line that was being written; its ${String(bytes.length)} bytes are exhibit ${kept.sha256}`,
      })
      if (aside !== null) await rm(aside)
    }
  }

  /** The only place that makes the proof: the bytes are durable by now. */
  async #told(chain: string, meta: ExhibitMeta): Promise<Durable> {
    await this.append(chain, 'exhibit-stored', meta)
    return { sha256: meta.sha256, meta } as unknown as Durable
  }

  async #commit(): Promise<void> {
    // one turn later, so that what is appended together shares one fsync
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = new Map<string, Pending[]>()
      for (const pending of this.#queue.splice(0)) {
        const ofChain = batch.get(pending.chain)
        if (ofChain === undefined) batch.set(pending.chain, [pending])
        else ofChain.push(pending)
      }
      await Promise.all([...batch].map(([chain, pending]) => this.#commitChain(chain, pending)))
    }
    this.#committing = null
  }

  async #commitChain(chain: string, pending: readonly Pending[]): Promise<void> {
    let events: readonly AnyEvent[]
    try {
      const file = await this.#fileOf(chain)
      events = await file.append(pending.map(({ entry }) => entry))
    } catch (error) {
      for (const { failed } of pending) failed(error)
      return
    }
    const known = this.#events.get(chain) ?? []
    this.#events.set(chain, known)
    for (const [index, event] of events.entries()) {
      known.push(event)
      this.#noteAnchor(event)
      pending[index]?.done(event)
      for (const listener of this.#listeners) listener(event)
    }
    this.#anchorInTime(chain, events)
  }

  #anchorInTime(chain: string, events: readonly AnyEvent[]): void {
    const due =
      chain === caseChain
        ? events.some(({ type }) => type === 'run-closed')
        : (events.at(-1)?.seq ?? 0) - (this.#anchored.get(chain) ?? -1) >= anchorEvery
    // a failed anchor is tried again at the next occasion; close() reports it
    if (due && !this.#closed) this.anchor().catch(() => undefined)
  }

  #noteAnchor(event: AnyEvent): void {
    if (event.type === 'chain-anchored') this.#anchored.set(event.data.chain, event.data.seq)
  }

  async #fileOf(chain: string): Promise<JournalFile> {
    const open = this.#files.get(chain)
    if (open !== undefined) return open
    const path = join(this.path, fileOf(chain))
    const file = await JournalFile.open(path, chain, this.#world.hashing, {
      head: this.events(chain).at(-1) ?? null,
      length: this.#lengths.get(chain) ?? 0,
    })
    this.#files.set(chain, file)
    return file
  }

  #assertWritable(): void {
    if (this.writable && !this.#closed) return
    throw new TourniquetError('case-locked', {
      path: this.path,
      reason: this.#closed ? 'closed' : 'opened for reading',
    })
  }
}

interface CaseParts {
  readonly path: string
  readonly world: World
  readonly keys: CaseKeys
  readonly reading: CaseReading
  readonly lease: Lease | null
}

/** Ends in `internal` when the parts are not those of the digest: what is stored under it would not be what it says. */
async function* sameAs(parts: AsyncIterable<Uint8Array>, sha256: string, hashing: Hashing): AsyncGenerator<Uint8Array> {
  const digest = hashing.sha256()
  for await (const part of parts) {
    digest.update(part)
    yield part
  }
  if (digest.hex() !== sha256) throw new TourniquetError('internal', { what: 'an exhibit changed while it was kept' })
}

/** An empty digest with a size above zero is how a blocked read looks: it must never pass for evidence. */
function saysItHasBytes(meta: Omit<ExhibitMeta, 'sha256' | 'size'>): boolean {
  const file: unknown = meta.meta
  if (typeof file !== 'object' || file === null || !('size' in file)) return false
  return Number(file.size) > 0
}
