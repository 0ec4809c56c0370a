// Sessions of the intruder that are open now: sshd's own process for the connection, and everything that was started in it. Told by the connection, never
// by the account: the owner logs in as root as well.

import { shown } from '../../host-text.ts'
import type { ProcessFact, SocketFact } from '../../probes/facts.ts'
import { band, sheets } from '../catalogue.ts'
import { noLinks, type Links } from '../links.ts'
import type { Scene } from '../scene.ts'
import { canonicalPath, plain } from '../text.ts'
import { weigh } from '../weigh.ts'
import { keyJudging } from './key.ts'
import { look } from './predicate.ts'

/** Failures from one address before a login there is a guessed password and not a person who mistyped hers. */
const guesses = 20
/** Generations followed from a process to its session. */
const maxDepth = 32

interface Session {
  readonly from: string
  /** the hostile key it came in with, else null: then the address guessed passwords before */
  readonly key: string | null
}

const known = new WeakMap<Scene, ReadonlyMap<number, Session>>()

/** Processes of the intruder's open sessions, by pid. Ours are never among them, and whoever shares our address is not told by address. */
export function intruderSessions(scene: Scene): ReadonlyMap<number, Session> {
  const before = known.get(scene)
  if (before) return before
  const doors = doorsOf(scene)
  const scopes = new Map(
    [...doors].flatMap(([pid, door]) => {
      const cgroup = scopeOf(scene.byPid.get(pid))
      return cgroup === null ? [] : [[cgroup, door] as const]
    }),
  )
  const sessions = new Map<number, Session>()
  for (const process of scene.processes) {
    if (process.ours || process.identity.pid <= 2) continue
    const door = doorOf(process, scene, doors) ?? scopes.get(scopeOf(process) ?? '')
    if (door) sessions.set(process.identity.pid, door)
  }
  known.set(scene, sessions)
  return sessions
}

export function fromGuesser(process: ProcessFact, scene: Scene): string | null {
  const session = intruderSessions(scene).get(process.identity.pid)
  return session?.key === null ? session.from : null
}

export function byHostileKey(
  process: ProcessFact,
  scene: Scene,
): { readonly from: string; readonly key: string } | null {
  const session = intruderSessions(scene).get(process.identity.pid)
  return session === undefined || session.key === null ? null : { from: session.from, key: session.key }
}

/** More is wrong with this host than the session itself: only then is it the intruder's and not a person's who mistyped often. */
export function somethingElseIsHostile(scene: Scene, links: Links): boolean {
  const sessions = intruderSessions(scene)
  return (
    links.starters.size > 0 || [...links.processes].some((pid) => !sessions.has(pid)) || hostileKeys(scene).size > 0
  )
}

/** sshd's processes that hold a connection of the intruder. */
function doorsOf(scene: Scene): ReadonlyMap<number, Session> {
  const doors = new Map<number, Session>()
  const keys = hostileKeys(scene)
  const guessers = guessersOf(scene)
  const ours = new Set(
    scene.processes
      .filter(({ ours: own }) => own)
      .flatMap((own) => connections(own, scene).map(({ remoteAddress }) => remoteAddress)),
  )
  for (const process of scene.processes) {
    if (!isSshd(process) || process.ours || scene.byPid.get(process.ppid)?.exe == null) continue
    const sockets = scene.socketsOf(process.identity.pid)
    if (sockets.some(({ state }) => state === 'listen')) continue
    for (const { remoteAddress: from, remotePort } of connections(process, scene)) {
      const used = scene
        .of('login')
        .filter((login) => plain(login.from) === from)
        .flatMap(({ sessions }) =>
          sessions.filter(({ port, key }) => port === remotePort && key !== null && keys.has(key)),
        )
      const key = used.at(-1)?.key ?? null
      if (key !== null || (guessers.has(from) && !ours.has(from))) doors.set(process.identity.pid, { from, key })
    }
  }
  return doors
}

function isSshd(process: ProcessFact): boolean {
  return process.exe !== null && /\/sshd(-session)?$/.test(canonicalPath(plain(process.exe)))
}

function connections(process: ProcessFact, scene: Scene): readonly SocketFact[] {
  return scene
    .socketsOf(process.identity.pid)
    .filter(({ protocol, state }) => protocol === 'tcp' && state === 'established')
}

function guessersOf(scene: Scene): ReadonlySet<string> {
  const logins = scene.of('login')
  const many = new Set(
    logins.filter(({ what, count }) => what === 'failed-burst' && count >= guesses).map(({ from }) => plain(from)),
  )
  return new Set(
    logins
      .filter(({ what }) => what === 'accepted-after-burst')
      .map(({ from }) => plain(from))
      .filter((from) => many.has(from)),
  )
}

/** The session a process belongs to by its parents; never beyond one of ours. */
function doorOf(process: ProcessFact, scene: Scene, doors: ReadonlyMap<number, Session>): Session | null {
  let one: ProcessFact | undefined = process
  for (let depth = 0; one && depth < maxDepth; depth++) {
    if (one.ours) return null
    const door = doors.get(one.identity.pid)
    if (door) return door
    if (one.ppid <= 1) return null
    one = scene.byPid.get(one.ppid)
  }
  return null
}

/** The scope logind makes for one login: who went into the background stays in it. */
function scopeOf(process: ProcessFact | undefined): string | null {
  const group = process === undefined ? '' : shown(process.cgroup)
  return /\/session-[^/]+\.scope/.exec(group)?.[0] ?? null
}

const keysKnown = new WeakMap<Scene, ReadonlySet<string>>()

/** Fingerprints of the keys proposed to be taken out. */
function hostileKeys(scene: Scene): ReadonlySet<string> {
  const before = keysKnown.get(scene)
  if (before) return before
  const found = new Set(
    scene.of('authorized-key').flatMap((key) => {
      const { signals, guards } = look(keyJudging, key, scene, noLinks)
      const weighed = weigh(sheets.key, signals, guards, band.note)
      return weighed.proposed === 'yes' && key.fingerprint !== null ? [key.fingerprint] : []
    }),
  )
  keysKnown.set(scene, found)
  return found
}
