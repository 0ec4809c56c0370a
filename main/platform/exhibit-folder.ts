// Sealed exhibits by the digest of their plain bytes: `exhibits/ab/SHA256`. Written once, never rewritten, and there only when whole.

import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { isTourniquetError, TourniquetError } from '../core/errors.ts'
import type { Hashing, Random } from '../core/ports.ts'
import { readHeader, seal, sealParts, unseal } from './exhibit-cipher.ts'
import { diskError, makeFolder, syncFolder, systemCode, temporarySuffix, writeWhole } from './files.ts'

export class ExhibitFolder {
  readonly #path: string
  readonly #key: Uint8Array
  readonly #world: { readonly random: Random; readonly hashing: Hashing }
  readonly #known: Set<string>
  /** written or read whole by this process: only these are kept for sure */
  readonly #proven = new Set<string>()
  readonly #writing = new Map<string, Promise<void>>()
  readonly #shelves = new Map<string, Promise<void>>()

  private constructor(path: string, key: Uint8Array, world: { random: Random; hashing: Hashing }, known: Set<string>) {
    this.#path = path
    this.#key = key
    this.#world = world
    this.#known = known
  }

  /** Lists what is there; `sweep` removes what a crash left unfinished. */
  static async open(
    path: string,
    key: Uint8Array,
    world: { readonly random: Random; readonly hashing: Hashing },
    sweep: boolean,
  ): Promise<ExhibitFolder> {
    const known = new Set<string>()
    try {
      await mkdir(path, { recursive: true, mode: 0o700 })
      const shelves = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory())
      for (const { name: shelf } of shelves) {
        for (const name of await readdir(join(path, shelf))) {
          if (/^[0-9a-f]{64}$/.test(name) && name.startsWith(shelf)) known.add(name)
          else if (sweep && name.endsWith(temporarySuffix)) await rm(join(path, shelf, name))
        }
        // names that a crash left unsynced are durable from here on: `put` relies on what is known
        if (sweep) await syncFolder(join(path, shelf))
      }
      if (sweep) await syncFolder(path)
    } catch (error) {
      throw diskError(error, path)
    }
    return new ExhibitFolder(path, key, world, known)
  }

  has(sha256: string): boolean {
    return this.#known.has(sha256)
  }

  /**
   * Resolves once the bytes are sealed and durable. `sha256` must be theirs: the case folder has just computed it. What an earlier process left under that
   * name is read before it counts, and replaced by the same bytes where it is damaged: an act is about to rely on it.
   */
  async put(sha256: string, bytes: Uint8Array): Promise<void> {
    await this.#once(sha256, () => seal(bytes, sha256, this.#key, this.#world.random))
  }

  /** The same for bytes too many to hold at once: `size` bytes, given in parts. */
  async putParts(sha256: string, size: number, parts: () => AsyncIterable<Uint8Array>): Promise<void> {
    await this.#once(sha256, () => sealParts(parts(), size, sha256, this.#key, this.#world.random))
  }

  /** Plain pieces in order. Ends with `case-missing` when it is not there, `exhibit-damaged` when anything differs. */
  async *read(sha256: string): AsyncGenerator<Uint8Array> {
    const file = await this.#open(sha256)
    try {
      const digest = this.#world.hashing.sha256()
      for await (const piece of unseal(file, sha256, this.#key)) {
        digest.update(piece)
        yield piece
      }
      if (digest.hex() !== sha256) throw new TourniquetError('exhibit-damaged', { sha256, where: 'digest' })
    } finally {
      await file.close()
    }
  }

  /** Bytes of the plain exhibit, as its header has them. Rejects like `read`. */
  async size(sha256: string): Promise<number> {
    const file = await this.#open(sha256)
    try {
      return (await readHeader(file, sha256)).size
    } finally {
      await file.close()
    }
  }

  async #open(sha256: string): Promise<FileHandle> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TourniquetError('internal', { what: 'not a digest' })
    const path = this.#pathOf(sha256)
    try {
      return await open(path, 'r')
    } catch (error) {
      if (systemCode(error) === 'ENOENT') throw new TourniquetError('case-missing', { path, sha256 }, error)
      throw diskError(error, path)
    }
  }

  async #once(sha256: string, sealed: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#proven.has(sha256)) return
    let writing = this.#writing.get(sha256)
    if (writing === undefined) {
      writing = this.#secure(sha256, sealed).finally(() => this.#writing.delete(sha256))
      this.#writing.set(sha256, writing)
    }
    await writing
  }

  async #secure(sha256: string, sealed: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    if (!this.#known.has(sha256) || !(await this.#isWhole(sha256))) await this.#write(sha256, sealed())
    this.#proven.add(sha256)
  }

  async #isWhole(sha256: string): Promise<boolean> {
    try {
      const pieces = this.read(sha256)
      while ((await pieces.next()).done !== true);
      return true
    } catch (error) {
      if (isTourniquetError(error, 'exhibit-damaged') || isTourniquetError(error, 'case-missing')) return false
      throw error
    }
  }

  async #write(sha256: string, sealed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    await this.#shelf(sha256.slice(0, 2))
    await writeWhole(this.#pathOf(sha256), sealed)
    this.#known.add(sha256)
  }

  /** A shelf is made durable once; exhibits that come together wait for the same making. */
  #shelf(name: string): Promise<void> {
    const made = this.#shelves.get(name) ?? makeFolder(join(this.#path, name))
    this.#shelves.set(name, made)
    made.catch(() => this.#shelves.delete(name))
    return made
  }

  #pathOf(sha256: string): string {
    return join(this.#path, sha256.slice(0, 2), sha256)
  }
}
