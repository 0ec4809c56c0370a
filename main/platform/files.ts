// Files that are either whole and on stable storage, or not there. Every write here is fsynced, file and folder, before it resolves;
// nothing half-written ever bears its final name.

import { open, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TourniquetError } from '../core/errors.ts'

/** Names that end so are unfinished writes; whoever opens a folder for writing sweeps them. */
export const temporarySuffix = '.part'

/** The code of a Node system error, or null. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** ENOSPC, EDQUOT and EFBIG are `disk-full`, other system errors `disk-error`; ours pass through, and a mistake in the program is `internal`. */
export function diskError(error: unknown, path: string): TourniquetError {
  if (error instanceof TourniquetError) return error
  const code = systemCode(error)
  if (code === null) return new TourniquetError('internal', { what: String(error) }, error)
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  return new TourniquetError(full ? 'disk-full' : 'disk-error', { path, code }, error)
}

/** Makes the names in a folder durable. Windows cannot open folders and keeps its own order; there it does nothing. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Creates a folder (0700) whose parent exists, durably. An existing one is fine. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return
    throw diskError(error, path)
  }
  await syncFolder(dirname(path))
}

/**
 * Writes a whole file (0600 unless told) durably: temp name, fsync, rename, fsync of the folder. Replaces an existing one.
 * Rejects with `disk-full` or `disk-error`; then the temp file is gone and an older file of that name untouched.
 */
export async function writeWhole(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mode = 0o600,
): Promise<void> {
  const temporary = `${path}.${String(process.pid)}${temporarySuffix}`
  try {
    const handle = await open(temporary, 'w', mode)
    try {
      for await (const piece of pieces) await writeAll(handle, piece)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw diskError(error, path)
  }
}

/** Writes every byte at `position` (default: where the file stands); a short write is gone on with, so that its end is an error and not a silence. */
export async function writeAll(
  handle: { write(b: Uint8Array, o: number, l: number, p: number | null): Promise<{ bytesWritten: number }> },
  bytes: Uint8Array,
  position: number | null = null,
): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const at = position === null ? null : position + done
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at)
    done += bytesWritten
  }
}

/** The bytes of a file, or null when there is none. Other failures reject with `disk-error`. */
export async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw diskError(error, path)
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw diskError(error, path)
  }
}

/** Removes what unfinished writes left in a folder. Only for whoever alone may write there. */
export async function sweepTemporary(path: string): Promise<void> {
  try {
    for (const name of await readdir(path))
      if (name.endsWith(temporarySuffix)) await rm(join(path, name), { force: true })
  } catch (error) {
    throw diskError(error, path)
  }
}
