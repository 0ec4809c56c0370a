// What came from a terminal's channel and was not taken yet. Holds the host back when it is full, so that memory stays small whatever the host says.

import { concatBytes } from '../core/bytes.ts'
import type { Ending, TerminalChannel } from '../core/ports.ts'

/** Bytes held before the host has to wait, and those left when it may go on. What was under way then still comes: the channel has its own bound. */
const full = 64 * 1024
const low = 16 * 1024

export class Inbox {
  ending: Ending | null = null
  readonly #channel: TerminalChannel
  readonly #pieces: Uint8Array[] = []
  #held = 0
  #arrived: () => void = () => undefined

  constructor(channel: TerminalChannel) {
    this.#channel = channel
    const take = (bytes: Uint8Array): void => {
      this.#pieces.push(bytes)
      this.#held += bytes.length
      if (this.#held >= full) channel.pause()
      this.#arrived()
    }
    channel.listen({
      stdout: take,
      stderr: take, // a terminal has one stream; a host that uses two shows both
      closed: (ending) => {
        this.ending = ending
        this.#arrived()
      },
    })
  }

  /** Everything that is here, at most `most` bytes of it; waits for the first. Null at the end. One taker at a time. */
  async take(most: number): Promise<Uint8Array | null> {
    while (this.#pieces.length === 0) {
      if (this.ending) return null
      await new Promise<void>((arrived) => (this.#arrived = arrived))
    }
    const taken: Uint8Array[] = []
    for (let room = most; room > 0 && this.#pieces.length > 0;) {
      const piece = this.#pieces.shift() ?? new Uint8Array()
      const part = piece.subarray(0, room)
      if (part.length < piece.length) this.#pieces.unshift(piece.subarray(room))
      taken.push(part)
      room -= part.length
      this.#held -= part.length
    }
    if (this.#held <= low) this.#channel.resume()
    return concatBytes(taken)
  }
}
