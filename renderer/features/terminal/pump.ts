// From the wire onto the screen, at the screen's pace: the next bytes are asked for when the last ones were drawn, so a flood stays where it comes from.

import type { ByteSource } from '../../../main/core/rpc/define.ts'

/** What is drawn on. */
export interface Paper {
  /** `drawn` is called when it is on the screen. */
  write(data: Uint8Array, drawn: () => void): void
}

/** Resolves when the stream has ended; rejects with its error. */
export async function pump(source: ByteSource, paper: Paper): Promise<void> {
  for (let bytes = await source.read(); bytes !== null; bytes = await source.read()) {
    const piece = bytes
    await new Promise<void>((drawn) => {
      paper.write(piece, drawn)
    })
  }
}
