// The latest output of a terminal, for a page that was not there when it came. Bytes have a place that counts from the opening of the terminal.

import { concatBytes } from '../core/bytes.ts'

/** What a page's own scrollback holds of ordinary output; the recording has everything. */
export const scrollbackBytes = 1024 * 1024
/** How far into what is left a line may begin; text without line ends is shown from wherever it was cut. */
const mostLine = 4096
const newline = 0x0a

export class Scrollback {
  readonly #ring: Uint8Array
  /** place of the next byte */
  end = 0

  constructor(size = scrollbackBytes) {
    this.#ring = new Uint8Array(size)
  }

  /** Place of the oldest byte that is still here. */
  get start(): number {
    return Math.max(0, this.end - this.#ring.length)
  }

  push(bytes: Uint8Array): void {
    const size = this.#ring.length
    const kept = bytes.subarray(Math.max(0, bytes.length - size))
    this.end += bytes.length - kept.length
    const at = this.end % size
    this.#ring.set(kept.subarray(0, size - at), at)
    this.#ring.set(kept.subarray(size - at), 0)
    this.end += kept.length
  }

  /** At most `most` bytes from a place on, copied; the place must be from `start` to `end`. */
  slice(from: number, most: number): Uint8Array {
    const size = this.#ring.length
    const at = from % size
    const length = Math.min(most, this.end - from)
    const first = this.#ring.slice(at, Math.min(size, at + length))
    return first.length === length ? first : concatBytes([first, this.#ring.slice(0, length - first.length)])
  }

  /** Where to begin showing: at the beginning, or behind a line end, so that no escape sequence or character is cut in two where it can be helped. */
  beginning(): number {
    const { start } = this
    if (start === 0) return 0
    const line = this.slice(start, mostLine).indexOf(newline)
    return line === -1 ? start : start + line + 1
  }
}
