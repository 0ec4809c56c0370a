// What screens ask for and get at once: lists of exhibits, events, hosts, runs. Read from the index and the tables; nothing is changed.

import type { Answers } from '../channel.ts'
import type { ExhibitRow } from '../locker.ts'
import type { LockerAsks } from '../protocol.ts'
import type { HostText, JournalEvent } from '../case.ts'
import type { Copy } from './copy.ts'
import { ofCase2, type Database } from './database.ts'
import type { Entry } from './exhibit-index.ts'
import type { Lists } from './lists.ts'

/** Rows and events of one answer. */
const mostRows = 500
const mostEvents = 1000

type Table =
  'exhibits' | 'rows' | 'exhibit' | 'facets' | 'events' | 'chains' | 'hosts' | 'runs' | 'others' | 'redactions'

export function answersOf(current: () => Copy, lists: Lists, db: Database): Pick<Answers<LockerAsks>, Table> {
  return {
    exhibits: (query) => {
      const { places, bytes } = current().index.find(query)
      return Promise.resolve({ list: lists.add(places), total: places.length, bytes })
    },
    rows: async ({ list, from, count }) => {
      const copy = current()
      const places = [...lists.window(list, from, Math.min(count, mostRows))]
      return rowsOf(
        copy,
        places.flatMap((place) => copy.index.at(place) ?? []),
      )
    },
    exhibit: async ({ sha256 }) => {
      const entry = current().index.newest(sha256)
      return entry === null ? null : ((await rowsOf(current(), [entry]))[0] ?? null)
    },
    facets: () => Promise.resolve(current().index.facets()),
    events: ({ chain, from }) => current().parts().journal.read(chain, from, mostEvents),
    chains: () => Promise.resolve(current().parts().journal.chains()),
    hosts: async () =>
      (await ofCase2(db.hosts, '[caseId+host]', current().caseId).toArray()).map(
        ({ host, address, hostKey, machineId, at }) => ({ host, address, hostKey, machineId, at }),
      ),
    runs: async () =>
      (await ofCase2(db.runs, '[caseId+run]', current().caseId).toArray())
        .map(({ run, playbook, hosts, examiner, openedAt, closedAt, outcome }) => ({
          run,
          playbook,
          hosts,
          examiner,
          openedAt,
          closedAt,
          outcome,
        }))
        .sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)),
    others: async () => {
      const open = current().caseId
      const ids = (await db.cases.toCollection().primaryKeys()).filter((caseId) => caseId !== open)
      return Promise.all(
        ids.map(async (caseId) => {
          let [exhibits, bytes] = [0, 0]
          await ofCase2(db.exhibits, '[caseId+sha256]', caseId).each(({ size }) => {
            exhibits += 1
            bytes += size
          })
          return { caseId, exhibits, bytes }
        }),
      )
    },
    redactions: () =>
      Promise.resolve(
        current()
          .index.redactions()
          .map(({ entry: { sha256, what, path }, reason }) => ({ sha256, what, path: hostPath(path), reason })),
      ),
  }
}

async function rowsOf(copy: Copy, entries: readonly Entry[]): Promise<readonly ExhibitRow[]> {
  const events = await copy.parts().journal.tellings(entries)
  return entries.flatMap((entry, at) => {
    const event = events[at]
    return event?.type === 'exhibit-stored' ? [rowOf(copy, entry, event)] : []
  })
}

function rowOf(copy: Copy, entry: Entry, { data }: Extract<JournalEvent, { type: 'exhibit-stored' }>): ExhibitRow {
  const { row, sha256, size, what, path, chain, seq, at } = entry
  const { method, hostSha256, hostTime, truncated, meta } = data
  const note = copy.index.noteOf(sha256)
  const said = { note: note === null || note.text === '' ? null : note.text, tags: note?.tags ?? [] }
  const read = { method, hostSha256, hostTime, truncated, meta }
  return { row, sha256, size, what, path: hostPath(path), chain, seq, at, ...read, stored: copy.has(sha256), ...said }
}

/** The journal keeps a path in the escaped form that host text has. */
function hostPath(path: string | null): HostText | null {
  return path as HostText | null
}
