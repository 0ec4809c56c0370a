// One chain on disk. Appends are whole or undone: what could not be made durable is cut off again before anyone is told.

import { constants, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { nextEvent, type ChainHead } from '../core/case/journal.ts'
import type { AnyEvent, EventData, EventType } from '../core/case/events.ts'
import type { TourniquetError } from '../core/errors.ts'
import type { Hashing } from '../core/ports.ts'
import { diskError, syncFolder, writeAll } from './files.ts'

/** An event before it has a place in its chain. */
export interface Entry {
  readonly type: EventType
  readonly data: EventData<EventType>
  readonly at: string
  readonly mono: number
}

/** The writing end of one chain; one owner, which closes it. Not for concurrent use: the case folder queues. */
export class JournalFile {
  readonly #file: FileHandle
  readonly #path: string
  readonly #chain: string
  readonly #hashing: Hashing
  #head: ChainHead | null
  #length: number
  #spoiled: TourniquetError | null = null

  private constructor(
    file: FileHandle,
    path: string,
    chain: string,
    hashing: Hashing,
    at: { head: ChainHead | null; length: number },
  ) {
    this.#file = file
    this.#path = path
    this.#chain = chain
    this.#hashing = hashing
    this.#head = at.head
    this.#length = at.length
  }

  /** Opens (or creates, durably) the file to go on after `length` bytes, which end with `head`. What lies behind them is cut off. */
  static async open(
    path: string,
    chain: string,
    hashing: Hashing,
    at: { readonly head: ChainHead | null; readonly length: number },
  ): Promise<JournalFile> {
    try {
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
      await file.truncate(at.length)
      await file.sync()
      await syncFolder(dirname(path))
      return new JournalFile(file, path, chain, hashing, at)
    } catch (error) {
      throw diskError(error, path)
    }
  }

  /**
   * Appends all entries with one write and one fsync. Resolves with their events once they are durable. When that fails, none of them is in the
   * file and the chain goes on from where it stood; if not even that can be made sure, every later append rejects with the same error.
   */
  async append(entries: readonly Entry[]): Promise<readonly AnyEvent[]> {
    if (this.#spoiled !== null) throw this.#spoiled
    const events: AnyEvent[] = []
    const lines: string[] = []
    let head = this.#head
    for (const entry of entries) {
      const { event, line } = nextEvent(this.#hashing, this.#chain, head, entry)
      events.push(event as AnyEvent)
      lines.push(line)
      head = event
    }
    const bytes = new TextEncoder().encode(lines.join(''))
    try {
      await writeAll(this.#file, bytes, this.#length)
      await this.#file.datasync()
    } catch (error) {
      await this.#cutBack(error)
      throw diskError(error, this.#path)
    }
    this.#head = head
    this.#length += bytes.length
    return events
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #cutBack(reason: unknown): Promise<void> {
    try {
      await this.#file.truncate(this.#length)
      await this.#file.sync()
    } catch {
      this.#spoiled = diskError(reason, this.#path) // what is on the disk is no longer known: reading it anew decides
    }
  }
}
