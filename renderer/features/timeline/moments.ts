// Everything that has a time, as one list: logins, file changes, process starts, the journal, findings. Pure. Times of a host are the host's own claim; what
// was worked out rather than read says so.

import { shown } from '../../../main/core/contract.ts'
import type { JournalEvent } from '../../evidence-db/case.ts'
import type { FactView, Look } from '../../state/looks.ts'

export const lanes = ['login', 'file', 'process', 'journal', 'finding'] as const
export type Lane = (typeof lanes)[number]

export type MomentParams = Readonly<Record<string, string | number>>

export interface Moment {
  /** milliseconds since 1970, UTC */
  readonly at: number
  readonly lane: Lane
  /** key of the words of this room */
  readonly what: string
  /** values for the words; host text in shown form */
  readonly params: MomentParams
  readonly host: string
  readonly hostile: boolean
  /** how the time was come by, when it was not read as such: key of words */
  readonly basis: 'loginTime' | 'processTime' | null
  readonly finding: string | null
  readonly exhibit: string | null
}

/** Sorted by time, oldest first. */
export function momentsOf(looks: readonly Look[], journal: readonly JournalEvent[]): readonly Moment[] {
  const all = [...looks.flatMap(momentsOfLook), ...journal.flatMap(momentOfEvent)]
  return all.filter(({ at }) => Number.isFinite(at) && at > 0).sort((a, b) => a.at - b.at)
}

function momentsOfLook(look: Look): readonly Moment[] {
  if (look.facts === null || look.at === null) return []
  const lookedAt = Date.parse(look.at)
  const suspects = suspectsOf(look)
  const seen = new Set<string>()
  return look.facts.flatMap((fact) => momentsOfFact(fact, { host: look.host, lookedAt, suspects, seen }))
}

interface Suspects {
  readonly processes: ReadonlyMap<string, string>
  readonly paths: ReadonlyMap<string, string>
}

/** Findings by the process or path they are about. */
function suspectsOf({ findings }: Look): Suspects {
  const processes = new Map<string, string>()
  const paths = new Map<string, string>()
  for (const { id, kind, target, score } of findings) {
    if (kind === 'scheduler-daemon' || score < hostileFrom) continue
    if (target.kind === 'process') processes.set(`${String(target.identity.pid)} ${target.identity.startTime}`, id)
    if (target.kind === 'file' || target.kind === 'line')
      paths.set(shown(target.path), paths.get(shown(target.path)) ?? id)
  }
  return { processes, paths }
}

/** As the tables draw them red. */
const hostileFrom = 60

interface About {
  readonly host: string
  readonly lookedAt: number
  readonly suspects: Suspects
  /** files already told of: schedules of one file share its times */
  readonly seen: Set<string>
}

function momentsOfFact(fact: FactView, about: About): readonly Moment[] {
  const { host, lookedAt, suspects } = about
  switch (fact.kind) {
    case 'login':
      return [
        {
          at: logTime(shown(fact.last), lookedAt),
          lane: 'login',
          what: `login-${fact.what}`,
          params: { user: shown(fact.user), from: shown(fact.from), count: fact.count },
          host,
          hostile: fact.what === 'accepted-after-burst',
          basis: 'loginTime',
          finding: null,
          exhibit: null,
        },
      ]
    case 'process': {
      const finding = suspects.processes.get(`${String(fact.identity.pid)} ${fact.identity.startTime}`) ?? null
      return [
        {
          at: lookedAt - fact.ageSeconds * 1000,
          lane: 'process',
          what: 'processStart',
          params: { name: shown(fact.comm), pid: fact.identity.pid },
          host,
          hostile: finding !== null,
          basis: 'processTime',
          finding,
          exhibit: null,
        },
      ]
    }
    case 'file':
      return fileMoments(fact.meta, about)
    case 'schedule':
    case 'preload':
      return fileMoments(fact.file, about)
    default:
      return []
  }
}

function fileMoments(meta: Extract<FactView, { kind: 'file' }>['meta'], about: About): readonly Moment[] {
  const path = shown(meta.path)
  if (about.seen.has(path)) return []
  about.seen.add(path)
  const finding = about.suspects.paths.get(path) ?? null
  const times = [
    ['file-btime', meta.btime],
    ['file-mtime', meta.mtime],
    ['file-ctime', meta.ctime],
  ] as const
  const told = new Set<number>()
  return times.flatMap(([what, time]) => {
    const at = time === null ? NaN : Math.round(Number(time) * 1000)
    const second = Math.floor(at / 1000)
    if (!Number.isFinite(at) || told.has(second)) return [] // a file just made has three times that are one event
    told.add(second)
    return [
      {
        at,
        lane: 'file' as const,
        what,
        params: { path },
        host: about.host,
        hostile: finding !== null,
        basis: null,
        finding,
        exhibit: meta.identity.sha256,
      },
    ]
  })
}

/** `Nov 21 21:51:08` of a log has no year and no zone: the latest such moment before the look, in UTC. An RFC 3339 time is taken as it is. */
export function logTime(text: string, before: number): number {
  if (/^\d{4}-/.test(text)) return Date.parse(text)
  const year = new Date(before).getUTCFullYear()
  const at = Date.parse(`${text} ${String(year)} UTC`)
  return at > before + dayMs ? Date.parse(`${text} ${String(year - 1)} UTC`) : at
}

const dayMs = 86_400_000

/** Events people want to see on an axis: what was kept and intended stands with the act. */
function momentOfEvent(event: JournalEvent): readonly Moment[] {
  const told = wordsOf(event)
  if (told === null) return []
  const { hostile = false, exhibit = null, lane = 'journal', ...params } = told
  return [
    {
      at: Date.parse(event.at),
      lane,
      what: event.type,
      params,
      host: event.chain,
      hostile,
      basis: null,
      finding: null,
      exhibit,
    },
  ]
}

type Told = { readonly hostile?: boolean; readonly exhibit?: string; readonly lane?: Lane } & {
  readonly [K in 'what' | 'who' | 'outcome']?: string
} & { readonly n?: number }

function wordsOf(event: JournalEvent): Told | null {
  switch (event.type) {
    case 'case-opened':
    case 'case-taken-over':
      return { who: event.data.examiner }
    case 'host-key-accepted':
      return { who: event.data.by, what: event.data.address }
    case 'host-added':
    case 'host-key-changed':
      return { what: event.data.address }
    case 'run-opened':
      return { what: event.data.playbook.id }
    case 'run-closed':
      return { what: event.data.outcome }
    case 'exported':
      return { what: event.data.exportId }
    case 'arrived':
      return {}
    case 'departed':
      return { what: event.data.reason }
    case 'looked':
      return {
        lane: 'finding',
        what: event.data.verdict,
        n: event.data.unknowns,
        exhibit: event.data.findings,
        hostile: event.data.verdict === 'infected' || event.data.verdict === 'rebuild-advised',
      }
    case 'step-started':
      return { what: event.data.step }
    case 'step-ended':
      return { what: event.data.step, outcome: event.data.outcome }
    case 'attested':
      return { who: event.data.by, what: event.data.step }
    case 'planned':
      return { what: event.data.step, n: event.data.items, exhibit: event.data.plan }
    case 'approved':
    case 'refused':
      return { who: event.data.by, what: event.data.step, exhibit: event.data.plan }
    case 'acted':
    case 'undone':
      return { what: event.data.step, outcome: event.data.outcome }
    case 'verified':
      return { what: event.data.step, outcome: event.data.result }
    case 'exhibit-noted':
      return { who: event.data.by, exhibit: event.data.sha256 }
    case 'terminal-opened':
    case 'terminal-closed':
      return {}
    case 'chain-anchored':
    case 'exhibit-stored':
    case 'gap':
    case 'evidence-kept':
    case 'intended':
      return null
  }
}
