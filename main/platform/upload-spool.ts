// A private place for bytes on their way: files nobody else may read, named by us, gone when the program ends. What an earlier run left behind when it was
// killed is swept before anything is written.

import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { TourniquetError } from '../core/errors.ts'
import { hex } from '../core/json.ts'
import type { Hashing, Random } from '../core/ports.ts'
import { diskError, systemCode, writeAll } from './files.ts'
import { isMarkAlive, processMark } from './lease.ts'

/** One file that arrived whole. */
export interface Spooled {
  readonly path: string
  readonly size: number
  readonly sha256: string
}

export class UploadSpool {
  readonly #folder: string
  readonly #hashing: Hashing

  private constructor(folder: string, hashing: Hashing) {
    this.#folder = folder
    this.#hashing = hashing
  }

  /** Sweeps what dead processes left in `parent` and takes a folder (0700) of its own there. Rejects with `disk-full` or `disk-error`. */
  static async open(parent: string, hashing: Hashing, random: Random): Promise<UploadSpool> {
    const folder = join(parent, `${processMark()}.${hex(random.bytes(4))}`)
    try {
      await mkdir(parent, { recursive: true, mode: 0o700 })
      for (const name of await readdir(parent)) {
        if (!isMarkAlive(name)) await rm(join(parent, name), { recursive: true, force: true })
      }
      await mkdir(folder, { mode: 0o700 })
    } catch (error) {
      throw diskError(error, folder)
    }
    return new UploadSpool(folder, hashing)
  }

  /**
   * Writes the bytes to a file (0600) of that name, which must be ours. Rejects with `disk-full` (said before the first byte where it can be known),
   * `disk-error`, `upload-damaged` when there are more or fewer than `size`, and what the source rejects with; then nothing of it is left.
   */
  async take(name: string, size: number, bytes: AsyncIterable<Uint8Array>): Promise<Spooled> {
    const path = join(this.#folder, name)
    try {
      await this.#makeSure(size)
      const digest = this.#hashing.sha256()
      let got = 0
      const file = await open(path, 'wx', 0o600)
      try {
        for await (const piece of bytes) {
          got += piece.length
          if (got > size) throw new TourniquetError('upload-damaged', { got, size })
          digest.update(piece)
          await writeAll(file, piece)
        }
      } finally {
        await file.close()
      }
      if (got !== size) throw new TourniquetError('upload-damaged', { got, size })
      return { path, size, sha256: digest.hex() }
    } catch (error) {
      await rm(path, { force: true })
      throw diskError(error, path)
    }
  }

  /** Removes one; one that is gone already is no mistake. */
  async remove(file: Spooled): Promise<void> {
    await rm(file.path, { force: true })
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #makeSure(size: number): Promise<void> {
    const free = await statfs(this.#folder, { bigint: true }).catch((error: unknown) => {
      if (systemCode(error) === 'ENOSYS') return null // a filesystem that does not tell: writing will
      throw error
    })
    if (free !== null && free.bavail * free.bsize < BigInt(size)) {
      throw new TourniquetError('disk-full', { path: this.#folder, size })
    }
  }
}
