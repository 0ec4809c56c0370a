// From the wire onto the screen, at the screen's pace: the next bytes are asked for when the last ones were drawn, so a flood stays where it comes from.

import type { ByteSource } from '../../../main/core/rpc/define.ts'

/** What is drawn on. */
export interface Paper {
  /** `drawn` is called when it is on the screen. */
  write(data: Uint8Array | string, drawn: () => void): void
}

/** Bytes of each piece that are still drawn while the person waits for an interrupt to bite. */
const tail = 4 * 1024
/** Milliseconds after an interrupt in which floods are cut: what was on its way drains in far less. */
const hurryFor = 1500
/** Pieces below this are never cut: a prompt, an error, a screen. */
const flood = 32 * 1024

export interface Pump {
  /** The person pressed an interrupt: what was on its way is drawn in excerpts (the recording has all of it), so that the prompt is there at once. */
  hurry(): void
  /** Resolves when the stream has ended; rejects with its error. */
  readonly ended: Promise<void>
  stop(): void
}

export function pump(
  source: ByteSource,
  paper: Paper,
  options: { readonly now: () => number; readonly skipped: (bytes: number) => string },
): Pump {
  let hurryUntil = 0
  const draw = (data: Uint8Array | string): Promise<void> =>
    new Promise((resolve) => {
      paper.write(data, resolve)
    })
  const run = async (): Promise<void> => {
    for (let bytes = await source.read(); bytes !== null; bytes = await source.read()) {
      if (options.now() < hurryUntil && bytes.length > flood) {
        await draw(options.skipped(bytes.length - tail))
        await draw(bytes.subarray(bytes.length - tail))
      } else await draw(bytes)
    }
  }
  return {
    hurry() {
      hurryUntil = options.now() + hurryFor
    },
    ended: run(),
    stop() {
      source.stop()
    },
  }
}
