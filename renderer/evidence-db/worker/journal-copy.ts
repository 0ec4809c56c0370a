// The journal in the locker: every event is checked to follow the one before it, by the same code that checks the case folder, before it is written. Hosts, runs and the index of exhibits are made from it.

import { checkEvent, type ChainHead } from '../../../main/core/case/journal.ts'
import { TourniquetError } from '../../../main/core/errors.ts'
import type { JournalEvent } from '../case.ts'
import { Dexie } from 'dexie'
import { ofCase2, type Database, type JournalRow } from './database.ts'
import { scriptHashing } from './digests.ts'
import type { ExhibitIndex } from './exhibit-index.ts'

/** Rows of one read: large enough that the round trip vanishes. */
const page = 2000

const key = '[caseId+chain+seq]'

export class JournalCopy {
  readonly #db: Database
  readonly #caseId: string
  readonly #index: ExhibitIndex
  readonly #heads = new Map<string, ChainHead>()
  #nextRow = 0

  private constructor(db: Database, caseId: string, index: ExhibitIndex) {
    this.#db = db
    this.#caseId = caseId
    this.#index = index
  }

  /** Reads what is here into the index. Rejects with `journal-broken` when the links do not fit; the hashes were checked when they came. */
  static async load(db: Database, caseId: string, index: ExhibitIndex): Promise<JournalCopy> {
    const self = new JournalCopy(db, caseId, index)
    const told: { readonly row: number; readonly event: Extract<JournalEvent, { type: 'exhibit-stored' }> }[] = []
    const noted: Extract<JournalEvent, { type: 'exhibit-noted' }>[] = []
    for await (const { chain, seq, event, row } of self.#rows('', 0, null)) {
      const head = self.#heads.get(chain)
      if (seq !== (head === undefined ? 0 : head.seq + 1) || event.prev !== (head?.hash ?? null) || event.seq !== seq)
        throw broken(chain, seq)
      self.#heads.set(chain, { seq, hash: event.hash })
      if (event.type === 'exhibit-stored') {
        if (row === undefined) throw broken(chain, seq)
        told.push({ row, event })
      } else if (event.type === 'exhibit-noted') noted.push(event)
    }
    for (const { row, event } of told.sort((a, b) => a.row - b.row)) index.add(row, event)
    for (const event of noted.sort((a, b) => (a.at < b.at ? -1 : 1))) index.note(event)
    self.#nextRow = (told.at(-1)?.row ?? -1) + 1
    return self
  }

  head(chain: string): ChainHead | null {
    return this.#heads.get(chain) ?? null
  }

  chains(): readonly { readonly chain: string; readonly events: number }[] {
    return [...this.#heads].map(([chain, { seq }]) => ({ chain, events: seq + 1 }))
  }

  /** Appends what follows the head. Rejects with `journal-broken`, `case-version`, `busy` (another page writes here), or what IndexedDB says. */
  async append(chain: string, events: readonly JournalEvent[]): Promise<void> {
    const before = this.head(chain)
    let head = before
    for (const event of events) {
      const checked = checkEvent(scriptHashing, chain, head, event, `journal/${chain}.jsonl`)
      head = { seq: checked.seq, hash: checked.hash }
    }
    if (head === null || events.length === 0) return
    let nextRow = this.#nextRow
    const rows = events.map((event): JournalRow => {
      const place = { caseId: this.#caseId, chain, seq: event.seq, event }
      return event.type === 'exhibit-stored' ? { ...place, row: nextRow++ } : place
    })
    const { dexie, journal, hosts, runs } = this.#db
    await dexie.transaction('rw', journal, hosts, runs, async () => {
      await this.#assertAlone(chain, before)
      await journal.bulkPut(rows)
      for (const event of events) await this.#tabulate(event)
    })
    this.#heads.set(chain, head)
    this.#nextRow = nextRow
    for (const { row, event } of rows) {
      if (event.type === 'exhibit-stored') this.#index.add(row ?? 0, event)
      else if (event.type === 'exhibit-noted') this.#index.note(event)
    }
  }

  /** Events of a chain from a number on, at most `count`. */
  async read(chain: string, from: number, count: number): Promise<readonly JournalEvent[]> {
    const events: JournalEvent[] = []
    for await (const { event } of this.#rows(chain, from, from + count)) events.push(event)
    return events
  }

  /** A chain up to `events` events, every link and hash checked once more. Rejects with `journal-broken`. */
  async proven(chain: string, events: number): Promise<readonly JournalEvent[]> {
    const all = await this.read(chain, 0, events)
    let head: ChainHead | null = null
    for (const event of all) head = checkEvent(scriptHashing, chain, head, event, `journal/${chain}.jsonl`)
    if (all.length !== events) throw broken(chain, all.length)
    return all
  }

  /** Full rows of exhibits, in the order asked for. */
  async tellings(
    places: readonly { readonly chain: string; readonly seq: number }[],
  ): Promise<readonly (JournalEvent | null)[]> {
    const keys = places.map(({ chain, seq }) => [this.#caseId, chain, seq] as const)
    return (await this.#db.journal.bulkGet(keys)).map((row) => row?.event ?? null)
  }

  /** `chain` empty: all of them. `to` null: to the end; it is not included. */
  async *#rows(chain: string, from: number, to: number | null): AsyncGenerator<JournalRow> {
    const all = chain === ''
    const end = all ? [this.#caseId, Dexie.maxKey, Dexie.maxKey] : [this.#caseId, chain, to ?? Dexie.maxKey]
    let start: readonly unknown[] = [this.#caseId, all ? Dexie.minKey : chain, from]
    for (let first = true; ; first = false) {
      const rows = await this.#db.journal
        .where(key)
        .between(start, end, first, to === null)
        .limit(page)
        .toArray()
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < page) return
      start = [this.#caseId, last.chain, last.seq]
    }
  }

  /** A page that was sent away may still have a write under way: what is here must be what we know. */
  async #assertAlone(chain: string, head: ChainHead | null): Promise<void> {
    const { journal } = this.#db
    const last = await journal
      .where(key)
      .between([this.#caseId, chain, Dexie.minKey], [this.#caseId, chain, Dexie.maxKey])
      .last()
    const row = await ofCase2(journal, '[caseId+row]', this.#caseId).last()
    if ((last?.seq ?? -1) !== (head?.seq ?? -1) || (row?.row ?? -1) >= this.#nextRow)
      throw new TourniquetError('busy', { what: 'locker' })
  }

  async #tabulate(event: JournalEvent): Promise<void> {
    const caseId = this.#caseId
    const { hosts, runs } = this.#db
    if (event.type === 'host-added') await hosts.put({ caseId, ...event.data, at: event.at })
    else if (event.type === 'run-opened') {
      const { run, playbook, hosts: named, examiner } = event.data
      const open = { openedAt: event.at, closedAt: null, outcome: null }
      await runs.put({ caseId, run, playbook, hosts: named, examiner, ...open })
    } else if (event.type === 'run-closed')
      await runs.update([caseId, event.data.run], { closedAt: event.at, outcome: event.data.outcome })
  }
}

function broken(chain: string, seq: number): TourniquetError {
  return new TourniquetError('journal-broken', {
    file: `journal/${chain}.jsonl`,
    line: seq + 1,
    why: 'the copy in the browser',
  })
}
