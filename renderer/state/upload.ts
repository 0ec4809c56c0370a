// A file of the person's on its way to the program: in pieces at the program's pace, told in bytes, stopped at once. The program keeps it only while it runs.

import type { Progress } from '../evidence-db/locker.ts'
import { wire } from './session.ts'

/** Bytes read from the file at a time: a few frames of the wire, and nothing a laptop would notice. */
const piece = 1024 * 1024

export interface Uploaded {
  /** what `case.import`, `bundle.verify` and attestations take */
  readonly upload: string
  readonly sha256: string
}

/** Rejects with `cancelled`, `disk-full`, `upload-damaged` (the file changed while it was read), `wire-closed`. */
export function upload(
  file: File,
  options: { readonly signal?: AbortSignal; readonly told?: (progress: Progress) => void } = {},
): Promise<Uploaded> {
  const { signal, told } = options
  return wire().send(
    'upload',
    { name: file.name.slice(0, 512) || 'file', size: file.size },
    pieces(file, told),
    signal === undefined ? {} : { signal },
  )
}

async function* pieces(file: File, told?: (progress: Progress) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += piece) {
    told?.({ done: at, total: file.size })
    yield new Uint8Array(await file.slice(at, at + piece).arrayBuffer())
  }
  told?.({ done: file.size, total: file.size })
}
