// Lists that screens have open: the places of what matched, as it stood when it was asked for.

import { TourniquetError } from '../../../main/core/errors.ts'

/** Lists a page may have open. One that forgets to close its lists loses the oldest. */
const mostLists = 256

export class Lists {
  readonly #open = new Map<number, Uint32Array>()
  #last = 0

  add(places: Uint32Array): number {
    const list = (this.#last += 1)
    this.#open.set(list, places)
    const [oldest] = this.#open.keys()
    if (this.#open.size > mostLists && oldest !== undefined) this.#open.delete(oldest)
    return list
  }

  /** Throws `case-not-open` for a list of a case that is closed by now. */
  window(list: number, from: number, count: number): Uint32Array {
    const places = this.#open.get(list)
    if (places === undefined) throw new TourniquetError('case-not-open')
    return places.subarray(from, from + count)
  }

  close(list: number): void {
    this.#open.delete(list)
  }

  clear(): void {
    this.#open.clear()
  }
}
