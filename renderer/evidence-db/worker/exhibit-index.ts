// Every telling of an exhibit, in memory, so that a filter over 100,000 rows answers while a person types. It holds what is searched and sorted by; the rest of a
// row is read from the journal when the row is shown. Costs about 0.6 KiB a row.

import { redactionReason } from '../../../main/core/bundle/redact.ts'
import type { ExhibitOrder, ExhibitQuery, LockerState } from '../locker.ts'
import type { JournalEvent } from '../case.ts'

export interface Entry {
  readonly row: number
  /** number of its digest, counted from 0 as they came */
  readonly digest: number
  readonly sha256: string
  readonly size: number
  readonly what: string
  readonly path: string | null
  readonly chain: string
  readonly seq: number
  readonly at: string
  /** what words are looked for in, lower case */
  readonly text: string
}

export interface Note {
  readonly text: string
  readonly tags: readonly string[]
  readonly at: string
  readonly search: string
}

type Stored = Extract<JournalEvent, { type: 'exhibit-stored' }>
type Noted = Extract<JournalEvent, { type: 'exhibit-noted' }>

/** Characters of a digest that can be searched for: nobody types more. */
const digestSearched = 16

export class ExhibitIndex {
  readonly #entries: Entry[] = []
  readonly #digests = new Map<string, number>()
  /** by number of digest: place of its newest telling, and how many there are */
  readonly #newest: number[] = []
  readonly #tellings: number[] = []
  readonly #notes = new Map<string, Note>()
  readonly #words = new Map<string, string>()
  readonly #orders = new Map<ExhibitOrder, Uint32Array>()

  /** Rows come with growing numbers. */
  add(row: number, { chain, seq, at, data }: Stored): Entry {
    const { size, path } = data
    const what = this.#shared(data.what)
    const digest = this.#digests.get(data.sha256) ?? this.#digests.size
    const sha256 =
      digest < this.#newest.length ? (this.#entries[this.#newest[digest] ?? 0]?.sha256 ?? data.sha256) : data.sha256
    this.#digests.set(sha256, digest)
    const text = `${path ?? ''}\n${what}\n${data.method}\n${sha256.slice(0, digestSearched)}`.toLowerCase()
    const entry = { row, digest, sha256, size, what, path, chain: this.#shared(chain), seq, at, text }
    this.#newest[digest] = this.#entries.length
    this.#tellings[digest] = (this.#tellings[digest] ?? 0) + 1
    this.#entries.push(entry)
    this.#orders.clear()
    return entry
  }

  /** The last word on a digest counts. */
  note({ at, data }: Noted): void {
    const { sha256, text, tags } = data
    const before = this.#notes.get(sha256)
    if (before !== undefined && before.at > at) return
    this.#notes.set(sha256, { text, tags, at, search: [text, ...tags].join('\n').toLowerCase() })
  }

  noteOf(sha256: string): Note | null {
    return this.#notes.get(sha256) ?? null
  }

  get size(): number {
    return this.#entries.length
  }

  at(place: number): Entry | undefined {
    return this.#entries[place]
  }

  newest(sha256: string): Entry | null {
    const digest = this.#digests.get(sha256)
    return digest === undefined ? null : (this.#entries[this.#newest[digest] ?? -1] ?? null)
  }

  /** Each digest once, with its size. */
  *digests(): Generator<readonly [string, number]> {
    for (const [sha256, digest] of this.#digests) {
      const entry = this.#entries[this.#newest[digest] ?? -1]
      if (entry) yield [sha256, entry.size]
    }
  }

  /** What an export holds back: any one telling of a digest is enough. */
  redactions(): readonly { readonly entry: Entry; readonly reason: string }[] {
    const found = new Map<string, { entry: Entry; reason: string }>()
    for (const entry of this.#entries) {
      const reason = found.has(entry.sha256) ? null : redactionReason(entry)
      if (reason !== null) found.set(entry.sha256, { entry, reason })
    }
    return [...found.values()]
  }

  /** Places of the entries that match, in order, and the bytes of their digests, each once. */
  find(query: ExhibitQuery): { readonly places: Uint32Array; readonly bytes: number } {
    const words = query.text.toLowerCase().split(/\s+/).filter(Boolean)
    const chains = new Set(query.chains)
    const tags = new Set(query.tags)
    const seen = new Uint8Array(this.#digests.size)
    const order = this.#sorted(query.order)
    const places = new Uint32Array(order.length)
    let total = 0
    let bytes = 0
    for (const place of query.descending ? order.toReversed() : order) {
      const entry = this.#entries[place]
      if (entry === undefined || !this.#matches(entry, words, chains, tags, query.what)) continue
      places[total++] = place
      if (seen[entry.digest] === 0) bytes += entry.size
      seen[entry.digest] = 1
    }
    return { places: places.slice(0, total), bytes }
  }

  facets(): { what: Map<string, number>; tags: Map<string, number>; chains: Map<string, number> } {
    const what = new Map<string, number>()
    const chains = new Map<string, number>()
    const tags = new Map<string, number>()
    for (const entry of this.#entries) {
      what.set(entry.what, (what.get(entry.what) ?? 0) + 1)
      chains.set(entry.chain, (chains.get(entry.chain) ?? 0) + 1)
    }
    for (const [sha256, note] of this.#notes) {
      const tellings = this.#tellings[this.#digests.get(sha256) ?? -1] ?? 0
      for (const tag of note.tags) tags.set(tag, (tags.get(tag) ?? 0) + tellings)
    }
    return { what, tags, chains }
  }

  #matches(
    entry: Entry,
    words: readonly string[],
    chains: ReadonlySet<string>,
    tags: ReadonlySet<string>,
    what: readonly string[],
  ): boolean {
    if (chains.size > 0 && !chains.has(entry.chain)) return false
    if (what.length > 0 && !what.some((start) => entry.what.startsWith(start))) return false
    const note = tags.size > 0 || words.length > 0 ? this.#notes.get(entry.sha256) : undefined
    if (tags.size > 0 && !note?.tags.some((tag) => tags.has(tag))) return false
    return words.every((word) => entry.text.includes(word) || note?.search.includes(word) === true)
  }

  #sorted(order: ExhibitOrder): Uint32Array {
    const known = this.#orders.get(order)
    if (known) return known
    const entries = this.#entries
    const key = (place: number): string | number => {
      const entry = entries[place]
      if (entry === undefined) return ''
      // what has no path comes after what has one: no path begins with this
      return order === 'path' ? (entry.path ?? '\uffff') : entry[order]
    }
    const keys = entries.map((_, place) => key(place))
    const sorted = Uint32Array.from(keys.keys()).sort((a, b) => {
      const [x, y] = [keys[a] ?? '', keys[b] ?? '']
      return x < y ? -1 : x > y ? 1 : a - b
    })
    this.#orders.set(order, sorted)
    return sorted
  }

  /** Few different words, said a hundred thousand times: each is kept once. */
  #shared(word: string): string {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    this.#words.set(word, word)
    return word
  }
}

/** Adds up what a set of digests holds. */
export function sumOf(sizes: Iterable<number>): LockerState['lag'] & { events: 0 } {
  let exhibits = 0
  let bytes = 0
  for (const size of sizes) {
    exhibits += 1
    bytes += size
  }
  return { events: 0, exhibits, bytes }
}
