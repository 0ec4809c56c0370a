// The locker's worker: one database, one open case. It may import the journal's and the bundle's own code from main/core, which the rest of the page may not: a
// chain is then checked, and a bundle written, by the code that does it for the case folder, and the two cannot drift apart.

import { z } from 'zod'
import { TourniquetError } from '../../../main/core/errors.ts'
import { openChannel, type Channel } from '../channel.ts'
import type { LockerState } from '../locker.ts'
import type { FeedAsks, LockerAsks, OpenedCase, PageTells, WorkerTells } from '../protocol.ts'
import { sweepBundles } from './bundle-file.ts'
import { Copy, forget, known } from './copy.ts'
import { openDatabase } from './database.ts'
import { Feed } from './feed.ts'
import { Lists } from './lists.ts'
import { readBytes, recheck } from './read.ts'
import { writeBundle } from './write-bundle.ts'
import { answersOf } from './tables.ts'

// its compiler of schemas would only be refused by the page's policy, loudly
z.config({ jitless: true })

/** Milliseconds between two tellings of the state: more often than a person sees is waste. */
const tellEvery = 100
/** Milliseconds between two measures of the room left. */
const measureEvery = 10_000

addEventListener(
  'message',
  ({ ports: [port] }: MessageEvent) => {
    if (port) serve(port)
  },
  { once: true },
)

function serve(port: MessagePort): void {
  const db = openDatabase()
  const lists = new Lists()
  let copy: Copy | null = null
  let room: LockerState['room'] = null
  let lost: TourniquetError | null = null
  let telling: ReturnType<typeof setTimeout> | null = null
  /** openings, closings and rebuilds, one after the other */
  let turn: Promise<unknown> = Promise.resolve()

  const current = (): Copy => {
    if (lost !== null) throw lost
    if (copy === null) throw new TourniquetError('case-not-open')
    return copy
  }
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined) // whoever asked is told
    return done
  }

  const channel: Channel<FeedAsks, WorkerTells> = openChannel<LockerAsks, PageTells, FeedAsks, WorkerTells>(
    port,
    {
      ...answersOf(current, lists, db),
      rebuild: () =>
        inTurn(async () => {
          const { caseId } = current()
          await copy?.close()
          await forget(db, caseId)
          copy = null
          const opened = latest?.caseId === caseId ? latest : null
          if (opened !== null) begin(opened)
          return {}
        }),
      forgetCase: ({ caseId }) =>
        inTurn(async () => {
          if (copy?.caseId === caseId) throw new TourniquetError('busy', { what: 'case' })
          await forget(db, caseId)
          await measure()
          return {}
        }),
      bytes: ({ sha256, from, length }) => readBytes(current(), sha256, from, length),
      recheck: ({ digests }, call) => recheck(current(), digests, call),
      writeBundle: (input, call) => writeBundle(current(), feed, input, call),
    },
    {
      proof: ({ proof }) => {
        feed.proof(proof)
      },
      opened: (opened) => {
        latest = opened
        void inTurn(() => follow(opened))
      },
      moved: ({ chain, head }) => {
        copy?.moved(chain, head)
      },
      bytes: (bytes) => {
        feed.took(bytes)
      },
      end: (end) => {
        feed.ended(end)
      },
      forget: ({ list }) => {
        lists.close(list)
      },
    },
  )
  const feed = new Feed(channel)
  let latest: OpenedCase | null = null

  const begin = (opened: OpenedCase): void => {
    lists.clear()
    copy = new Copy(db, feed, opened, changed)
    copy.start()
    tellNow() // whoever asked for it must not take the state of the copy before for this one's
  }
  const follow = async (opened: OpenedCase | null): Promise<void> => {
    if (lost !== null) return
    if (copy !== null && copy.caseId === opened?.caseId) {
      copy.connected(opened)
      return
    }
    await copy?.close()
    copy = null
    if (opened === null) tellNow()
    else begin(opened)
  }

  const state = (): LockerState => {
    const nothing = { events: 0, exhibits: 0, bytes: 0 }
    const none = { phase: 'off' as const, have: nothing, lag: nothing, chainIntact: true, error: null }
    const base = { caseId: copy?.caseId ?? null, persistent: null, room, ...(copy?.state() ?? none) }
    return lost === null ? base : { ...base, phase: 'stuck', error: { code: lost.code, params: lost.params } }
  }
  const tellNow = (): void => {
    if (telling !== null) clearTimeout(telling)
    telling = null
    channel.tell('state', state())
  }
  const changed = (): void => {
    telling ??= setTimeout(tellNow, tellEvery)
  }
  const measure = async (): Promise<void> => {
    const { usage = 0, quota = 0 } = await navigator.storage.estimate()
    room = { used: usage, free: Math.max(0, quota - usage) }
    changed()
  }
  const lose = (error: TourniquetError): void => {
    lost = error
    void inTurn(async () => copy?.close())
    changed()
  }

  // one page at a time: a newer one takes over, and this one never writes again
  void inTurn(
    () =>
      new Promise<void>((granted) => {
        navigator.locks
          .request('tourniquet-locker', { steal: true }, () => {
            granted()
            return new Promise(() => undefined)
          })
          .catch(() => {
            lose(new TourniquetError('busy', { what: 'locker' }))
          })
      }),
  )
  void inTurn(() => Promise.all([sweepBundles(), measure()])).catch((cause: unknown) => {
    lose(known(cause))
  })
  db.dexie.on('close', () => {
    lose(new TourniquetError('locker-damaged', { what: 'closed by the browser' }))
  })
  setInterval(() => void measure(), measureEvery)
}
