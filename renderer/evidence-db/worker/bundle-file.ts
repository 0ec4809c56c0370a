// Where a bundle is written: a private file of the browser on disk, not memory. It stays until the page has saved it; what earlier pages left is swept.

import { TourniquetError } from '../../../main/core/errors.ts'

const folderName = 'bundles'

export interface BundleFile {
  /** Throws `locker-full` when the browser has no more room. */
  write(bytes: Uint8Array, position: number): void
  /** On disk and closed: it can be read from here on. */
  finish(): void
  file(): Promise<File>
  /** Closes and removes it. */
  discard(): Promise<void>
}

/** `name` without its ending. Each file has a name of its own on disk; the person sees `NAME.zip` when it is saved. */
export async function openBundleFile(name: string): Promise<BundleFile> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true })
  const onDisk = `${name}-${crypto.randomUUID()}.zip`
  const entry = await folder.getFileHandle(onDisk, { create: true })
  const handle = await entry.createSyncAccessHandle()
  return {
    write: (bytes, position) => {
      const written = handle.write(bytes, { at: position })
      if (written !== bytes.length) throw new TourniquetError('locker-full')
    },
    finish: () => {
      handle.flush()
      handle.close()
    },
    file: () => entry.getFile(),
    discard: async () => {
      handle.close()
      await folder.removeEntry(onDisk)
    },
  }
}

/** Removes bundles of pages that are gone. One that is still being written by another page is locked by it and stays. */
export async function sweepBundles(): Promise<void> {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(folderName, { create: true })
  for await (const name of folder.keys())
    await folder.removeEntry(name).catch((cause: unknown) => {
      if (!(cause instanceof DOMException) || cause.name !== 'NoModificationAllowedError') throw cause
    })
}
