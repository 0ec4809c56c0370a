// What the page sent: bundles to look into, files a person attaches. They lie in a private folder until the workbench closes; what becomes evidence is copied
// into the case, sealed and journaled, before anything relies on it.

import { createReadStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { casesFolder } from '../compose.ts'
import type { Durable } from '../core/case/store.ts'
import type { Contract } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import { ownText, shown } from '../core/host-text.ts'
import { base64, hex } from '../core/json.ts'
import type { Input, Output } from '../core/rpc/define.ts'
import type { UploadCall } from '../core/rpc/serve.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { systemRandom } from '../platform/random.ts'
import { UploadSpool, type Spooled } from '../platform/upload-spool.ts'

/** One upload as it arrived. `name` is what the person's file is called; it is shown and recorded, and never a path here. */
export interface Upload extends Spooled {
  readonly upload: string
  readonly name: string
}

/** Bytes read at once when an upload becomes an exhibit. */
const readSize = 1024 * 1024

export class Uploads {
  readonly #spool: UploadSpool
  readonly #known = new Map<string, Upload>()

  private constructor(spool: UploadSpool) {
    this.#spool = spool
  }

  /** Sweeps what an earlier run left. Rejects with `disk-full` or `disk-error`. */
  static async open(): Promise<Uploads> {
    return new Uploads(await UploadSpool.open(join(dirname(casesFolder()), 'uploads'), nodeHashing, systemRandom))
  }

  /** Rejects as `UploadSpool.take` does. */
  async take({ name, size }: Input<Contract, 'upload'>, { bytes }: UploadCall): Promise<Output<Contract, 'upload'>> {
    const upload = `upload-${hex(systemRandom.bytes(8))}`
    const spooled = await this.#spool.take(upload, size, bytes)
    this.#known.set(upload, { ...spooled, upload, name })
    return { upload, sha256: spooled.sha256 }
  }

  /** Throws `file-unreadable` for one that never arrived or is gone. */
  get(upload: string): Upload {
    const known = this.#known.get(upload)
    if (known === undefined) throw new TourniquetError('file-unreadable', { file: upload, detail: 'no such upload' })
    return known
  }

  /** Forgets it and removes its bytes. */
  async drop(upload: string): Promise<void> {
    const known = this.#known.get(upload)
    if (known === undefined) return
    this.#known.delete(upload)
    await this.#spool.remove(known)
  }

  async close(): Promise<void> {
    this.#known.clear()
    await this.#spool.close()
  }
}

/**
 * Keeps what a person attached to an answer as exhibits on the chain of the host it is about, in their order. Call it before the answer is journaled.
 * Rejects with what `CaseFolder.keepParts` rejects with, and `file-unreadable` when an upload is gone; then the answer must not count.
 */
export async function keepAttachments(
  store: Pick<CaseFolder, 'keepParts'>,
  chain: string,
  uploads: readonly Upload[],
  by: string,
): Promise<readonly Durable[]> {
  const kept: Durable[] = []
  for (const { path, name, sha256 } of uploads) {
    const parts = (): AsyncIterable<Uint8Array> => readParts(path, name)
    kept.push(
      await store.keepParts(chain, parts, {
        what: 'attachment',
        path: shown(ownText(name)),
        pathBytes: base64(new TextEncoder().encode(name)),
        meta: null,
        method: `attached by ${by}`,
        hostSha256: null,
        hostTime: null,
        truncated: false,
      }),
    )
    if (kept.at(-1)?.sha256 !== sha256) throw new TourniquetError('exhibit-mismatch', { what: name, here: sha256 })
  }
  return kept
}

async function* readParts(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: readSize })) yield piece as Uint8Array
  } catch (cause) {
    throw new TourniquetError('file-unreadable', { file: name }, cause)
  }
}
