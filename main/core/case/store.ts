// The case as the engine sees it: append and be sure, store bytes and be sure. An adapter (main/platform) keeps it in a folder with fsync.

import type { AnyEvent, EventData, EventType, ExhibitMeta, JournalEvent } from './events.ts'

declare const durableBrand: unique symbol

/** Proof that an exhibit is on stable storage with matching digests. Only a CaseStore can make it. */
export interface Durable {
  readonly [durableBrand]: 'durable'
  readonly sha256: string
  readonly meta: ExhibitMeta
}

export interface CaseInfo {
  readonly format: 'tourniquet.case/1'
  readonly caseId: string
  readonly number: string | null
  readonly customer: string | null
  readonly examiner: string
  /** who allowed the work: a person, a contract, a ticket */
  readonly authority: string | null
  /** IANA name; in which zone the customer reads times */
  readonly timeZone: string | null
  readonly createdAt: string
}

/** One writer at a time. Every promise resolves only after fsync. */
export interface CaseStore {
  readonly info: CaseInfo
  /** Appends to `case` or a host's chain. Rejects with disk-full, disk-error or journal-broken; then nothing was appended. */
  append<T extends EventType>(chain: string, type: T, data: EventData<T>): Promise<JournalEvent<T>>
  /**
   * Stores the bytes (encrypted at rest, content-addressed, once) and journals `exhibit-stored` on the chain.
   * Rejects with `exhibit-mismatch` when a host digest is given and differs, or when a size above zero comes with no bytes.
   */
  keep(chain: string, bytes: Uint8Array, meta: Omit<ExhibitMeta, 'sha256' | 'size'>): Promise<Durable>
  /** Bytes of an exhibit, digest checked. Rejects with exhibit-damaged or case-missing. */
  exhibit(sha256: string): Promise<Uint8Array>
  has(sha256: string): boolean
  /** All events of one chain in order, verified when the case was opened. */
  events(chain: string): readonly AnyEvent[]
  chains(): readonly string[]
  /** Called after each append; must not throw. */
  onEvent(listener: (event: AnyEvent) => void): () => void
  close(): Promise<void>
}

/** Digests of an exhibit, vouched for by an archive that checks every chunk it gives out. */
export interface Digests {
  readonly sha256: string
  /** to be awaited after the last chunk; rejects when the chunks were not read to the end */
  sha512(): Promise<string>
}

/** A case to read from beginning to end, big exhibits piece by piece. */
export interface CaseArchive {
  events(chain: string): readonly AnyEvent[]
  chains(): readonly string[]
  /** The plain bytes in pieces, in order; ends with `exhibit-damaged` when they are not what the digest says. */
  exhibitChunks(sha256: string): AsyncIterable<Uint8Array>
  /**
   * For an archive that checks its chunks against digests of their own, so that nobody has to hash them once more. Asked before the chunks of an exhibit are
   * read; null or absent: whoever reads hashes.
   */
  digests?(sha256: string, size: number): Digests | null
}
