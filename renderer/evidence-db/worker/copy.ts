// The copy of one case, open: what is here, what is missing, and the loops that fetch it. Journal first, then exhibits, small ones first. Every stop is one that
// the next opening goes on from.

import { isTourniquetError, TourniquetError } from '../../../main/core/errors.ts'
import { fromBase64 } from '../../../main/core/json.ts'
import { wireError } from '../../../main/core/rpc/messages.ts'
import type { JournalEvent } from '../case.ts'
import type { LockerState } from '../locker.ts'
import type { OpenedCase } from '../protocol.ts'
import { dropCase, ofCase2, sweepOrphans, type Database } from './database.ts'
import { ExhibitIndex, sumOf } from './exhibit-index.ts'
import type { Feed } from './feed.ts'
import { JournalCopy } from './journal-copy.ts'
import { receive, Writer, type ReceiveWorld } from './receive.ts'
import { Sealer } from './seal.ts'

/** Exhibits that are fetched at once, and the bytes of them together: small ones share round trips, a large one comes alone. */
const atOnce = { exhibits: 12, bytes: 80 * 1024 * 1024 }
/** Milliseconds before something that failed is tried again: a full disk, a disk error. */
const retryAfter = 3000

export type Phase = LockerState['phase']

export class Copy {
  readonly caseId: string
  readonly index = new ExhibitIndex()
  readonly #db: Database
  readonly #feed: Feed
  readonly #changed: () => void
  readonly #writer: Writer
  readonly #stored = new Map<string, number>()
  readonly #absent = new Map<string, number>()
  /** what main could not give whole: asked for again on the next connection */
  readonly #failed = new Map<string, TourniquetError>()
  readonly #fetching = new Set<string>()
  #missing: (readonly [string, number])[] = []
  #heads = new Map<string, number>()
  #sealer: Sealer | null = null
  #journal: JournalCopy | null = null
  #phase: Phase = 'opening'
  #error: TourniquetError | null = null
  #chainIntact = true
  #connected = true
  #closed = false
  #following: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined
  /** connections so far: what was true of the folder must be asked again after each */
  #connection = 1
  #agreed = 0

  constructor(db: Database, feed: Feed, opened: OpenedCase, changed: () => void) {
    this.caseId = opened.caseId
    this.#db = db
    this.#feed = feed
    this.#changed = changed
    this.#writer = new Writer(db)
    for (const { chain, events } of opened.chains) this.#heads.set(chain, events)
  }

  /** Opens what is here and begins to follow; never rejects, failures are in the state. */
  start(): void {
    this.#following = this.#follow()
  }

  /** Ends all writing; resolves when none is under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#feed.cut()
    this.#wake()
    await this.#following
  }

  state(): Pick<LockerState, 'phase' | 'have' | 'lag' | 'absent' | 'chainIntact' | 'error'> {
    const chains = this.#journal?.chains() ?? []
    const have = { ...sumOf(this.#stored.values()), events: chains.reduce((sum, { events }) => sum + events, 0) }
    const here = new Map(chains.map(({ chain, events }) => [chain, events]))
    const behind = [...this.#heads].reduce((sum, [chain, head]) => sum + Math.max(0, head - (here.get(chain) ?? 0)), 0)
    const lag = { ...sumOf(this.#lacking()), events: behind }
    const { exhibits, bytes } = sumOf(this.#absent.values())
    const [failed] = this.#failed.values()
    const error = this.#error ?? failed ?? null
    return {
      phase: this.#phase,
      have,
      lag,
      absent: { exhibits, bytes },
      chainIntact: this.#chainIntact,
      error: error === null ? null : { code: error.code, params: error.params },
    }
  }

  /** Main has this case open on a connection that just began. */
  connected(opened: OpenedCase): void {
    this.#connected = true
    this.#connection += 1
    this.#heads = new Map(opened.chains.map(({ chain, events }) => [chain, events]))
    this.#failed.clear()
    this.#absent.clear()
    this.#plan()
    this.#wake()
  }

  moved(chain: string, head: number): void {
    this.#heads.set(chain, Math.max(head, this.#heads.get(chain) ?? 0))
    this.#wake()
    this.#changed()
  }

  /** The journal, the key and the tables, once open. Throws `case-not-open` before, `locker-damaged` when it must be rebuilt. */
  parts(): { readonly journal: JournalCopy; readonly sealer: Sealer; readonly db: Database } {
    if (this.#phase === 'damaged') throw this.#error ?? new TourniquetError('locker-damaged', { what: this.caseId })
    if (this.#journal === null || this.#sealer === null) throw new TourniquetError('case-not-open')
    return { journal: this.#journal, sealer: this.#sealer, db: this.#db }
  }

  has(sha256: string): boolean {
    return this.#stored.has(sha256)
  }

  /** Why an exhibit cannot come, or null while it still may. */
  hopeless(sha256: string): TourniquetError | null {
    if (this.#absent.has(sha256)) return new TourniquetError('case-missing', { path: sha256 })
    return this.#failed.get(sha256) ?? null
  }

  stored(): readonly string[] {
    return [...this.#stored.keys()]
  }

  /** Fetches it before everything else. */
  prefer(sha256: string): void {
    const at = this.#missing.findIndex(([digest]) => digest === sha256)
    const [one] = at === -1 ? [] : this.#missing.splice(at, 1)
    if (one) this.#missing.push(one)
  }

  *#lacking(): Generator<number> {
    for (const [sha256, size] of this.index.digests())
      if (!this.#stored.has(sha256) && !this.#absent.has(sha256)) yield size
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#open()
        await this.#catchUp()
        this.#set('following', null)
        await this.#woken(null)
      } catch (cause) {
        if (this.#isClosed()) return
        const error = known(cause)
        if (error.code === 'wire-closed') {
          this.#connected = false
          this.#changed()
          await this.#woken(null)
        } else if (error.code === 'locker-damaged') {
          this.#set('damaged', error)
          return
        } else {
          if (error.code === 'journal-broken') this.#chainIntact = false
          this.#set('stuck', error)
          await this.#woken(retryAfter)
        }
      }
    }
  }

  async #open(): Promise<void> {
    if (this.#journal !== null) return
    const { caseId, key } = await this.#feed.ask('locker.key', {})
    if (caseId !== this.caseId) throw new TourniquetError('case-not-open')
    const sealer = await Sealer.of(caseId, new Uint8Array(fromBase64(key)))
    await proveKey(this.#db, sealer)
    await sweepOrphans(this.#db, caseId)
    const journal = await JournalCopy.load(this.#db, caseId, this.index).catch((cause: unknown) => {
      this.#chainIntact = !isTourniquetError(cause, 'journal-broken')
      throw isTourniquetError(cause) ? new TourniquetError('locker-damaged', { what: 'journal' }, cause) : cause
    })
    await ofCase2(this.#db.exhibits, '[caseId+sha256]', caseId).each(({ sha256, size }) => {
      this.#stored.set(sha256, size)
    })
    this.#sealer = sealer
    this.#journal = journal
    this.#plan()
    this.#changed()
  }

  async #catchUp(): Promise<void> {
    const { journal } = this.parts()
    await this.#agree(journal)
    // until nothing is missing: both may grow while either is fetched
    for (let idle = false; !idle && !this.#closed;) {
      const events = await this.#readJournals(journal)
      idle = !(await this.#fetchSome()) && events === 0
    }
  }

  /** Once a connection: what is here must be the beginning of what the folder has. A folder put back from a backup has another history, or a shorter one. */
  async #agree(journal: JournalCopy): Promise<void> {
    const connection = this.#connection
    if (this.#agreed === connection) return
    for (const { chain, events } of journal.chains()) {
      const page = await this.#feed.ask('journal.read', { chain, from: events - 1 })
      if (page.events[0]?.hash !== journal.head(chain)?.hash)
        throw new TourniquetError('locker-damaged', { what: `journal/${chain}.jsonl` })
      this.#heads.set(chain, page.head)
    }
    this.#agreed = connection
  }

  async #readJournals(journal: JournalCopy): Promise<number> {
    let read = 0
    // the case chain last: what it anchors is then here
    const chains = [...this.#heads.keys()].sort((a, b) => (a === 'case' ? 1 : b === 'case' ? -1 : a < b ? -1 : 1))
    for (const chain of chains) {
      let from = (journal.head(chain)?.seq ?? -1) + 1
      while (from < (this.#heads.get(chain) ?? 0) && !this.#closed) {
        const { head, events } = await this.#feed.ask('journal.read', { chain, from })
        if (events.length === 0) break
        await journal.append(chain, events as readonly JournalEvent[]) // read-only on the wire: nothing here changes them
        this.#heads.set(chain, Math.max(head, this.#heads.get(chain) ?? 0))
        from += events.length
        read += events.length
        this.#changed()
      }
    }
    if (read > 0) this.#plan()
    return read
  }

  /** Fetches until nothing is missing or the journal has grown. True when there is more to do. */
  async #fetchSome(): Promise<boolean> {
    const world: ReceiveWorld = { feed: this.#feed, sealer: this.parts().sealer, writer: this.#writer }
    const running = new Set<Promise<void>>()
    let bytes = 0
    const end: { error: TourniquetError | null } = { error: null }
    const grown = (): boolean =>
      [...this.#heads].some(([chain, head]) => head > (this.#journal?.head(chain)?.seq ?? -1) + 1)
    const fetchOne = async ([sha256, size]: readonly [string, number]): Promise<void> => {
      this.#fetching.add(sha256)
      bytes += size
      try {
        await receive(world, sha256, size)
        this.#stored.set(sha256, size)
      } catch (cause) {
        const error = known(cause)
        if (error.code === 'case-missing') this.#absent.set(sha256, size)
        else if (error.code === 'exhibit-damaged') this.#failed.set(sha256, error)
        else {
          this.#missing.push([sha256, size])
          end.error ??= error
        }
      } finally {
        this.#fetching.delete(sha256)
        bytes -= size
        this.#changed()
      }
    }
    while (!this.#closed && end.error === null) {
      const next = this.#missing.at(-1)
      const room = running.size < atOnce.exhibits && (running.size === 0 || bytes + (next?.[1] ?? 0) <= atOnce.bytes)
      if (next !== undefined && room && !grown()) {
        this.#missing.pop()
        const one: Promise<void> = fetchOne(next).finally(() => running.delete(one))
        running.add(one)
      } else if (running.size > 0) await Promise.race(running)
      else break
    }
    await Promise.all(running)
    if (end.error !== null) throw end.error
    return this.#missing.length > 0 || grown()
  }

  /** What is told of and not here, the smallest last: that is where the next is taken from. */
  #plan(): void {
    this.#missing = [...this.index.digests()]
      .filter(
        ([sha256]) =>
          !this.#stored.has(sha256) &&
          !this.#absent.has(sha256) &&
          !this.#failed.has(sha256) &&
          !this.#fetching.has(sha256),
      )
      .sort((a, b) => b[1] - a[1])
  }

  #isClosed(): boolean {
    return this.#closed
  }

  #set(phase: Phase, error: TourniquetError | null): void {
    this.#phase = phase
    this.#error = error
    this.#changed()
  }

  #woken(limit: number | null): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = limit === null ? null : setTimeout(resolve, limit)
      this.#wake = () => {
        if (timer !== null) clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Throws away the copy of a case and resolves when it is gone. */
export async function forget(db: Database, caseId: string): Promise<void> {
  await dropCase(db, caseId)
}

/** What was sealed with another key cannot be opened: the copy is of no use and is rebuilt. */
async function proveKey(db: Database, sealer: Sealer): Promise<void> {
  const { caseId } = sealer
  const place = { sha256: '', size: 0, index: 0, digest: 'proof' }
  const known = await db.cases.get(caseId)
  if (known === undefined) {
    const proof = await sealer.seal(place, new TextEncoder().encode(caseId))
    await db.cases.put({ caseId, format: 1, proof })
  } else if ((await sealer.open(place, new Uint8Array(known.proof))) === null)
    throw new TourniquetError('locker-damaged', { what: 'key' })
}

/** Any failure as one of ours. IndexedDB says a full disk in several ways. */
export function known(cause: unknown): TourniquetError {
  if (isTourniquetError(cause)) return cause
  for (let at: unknown = cause; typeof at === 'object' && at !== null; at = 'inner' in at ? at.inner : null)
    if ('name' in at && at.name === 'QuotaExceededError') return new TourniquetError('locker-full', {}, cause)
  const { code, params } = wireError(cause)
  return new TourniquetError(code, params, cause)
}
