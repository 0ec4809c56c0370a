// From opinions to findings: every kind tells of its things, the files behind them follow, and of twins one stays. Nothing is weighed here any more.

import { ownText, shown } from '../host-text.ts'
import type { Hashing } from '../ports.ts'
import type { SchedulerDaemonFact } from '../probes/facts.ts'
import { triOf } from '../tri.ts'
import type { Finding, Reason, Target } from './finding.ts'
import type { Ids } from './finding-ids.ts'
import { plainKinds } from './kinds/index.ts'
import { idsBy, worthShowing, type IdOf, type Telling } from './kinds/kind.ts'
import { preloadFinding } from './kinds/preload.ts'
import { processFinding } from './kinds/process.ts'
import { starterFinding, wholeFiles } from './kinds/starter.ts'
import { preloadKey, starterKey, type Links } from './links.ts'
import type { Opinions } from './opinions.ts'
import { payloadsOf } from './payloads.ts'
import type { Scene } from './scene.ts'
import { excerpt } from './text.ts'
import { compare } from './weigh.ts'

/** Everything worth showing, highest score first. Things below the `note` band are left out; scheduler daemons are always listed. */
export function findingsOf(scene: Scene, opinions: Opinions, links: Links, hashing: Hashing): readonly Finding[] {
  const idOf = idsBy(hashing)
  const ids = nameAll(scene, opinions, idOf)
  const telling: Telling = { scene, links, ids }
  const judged = [
    ...worthShowing(opinions.processes).map((one) => processFinding(one, telling)),
    ...worthShowing(opinions.starters).map((one) => starterFinding(one, telling)),
    ...worthShowing(opinions.preloads).map((one) => preloadFinding(one, telling)),
    ...plainKinds.flatMap((kind) => kind.findings(telling, idOf)),
  ]
  const files = payloadsOf(scene, opinions, ids).map((one) => ({ ...one, id: ids.file(one.target) }))
  const all = [...judged, ...files]
  const infected = all.some((one) => one.proposed === 'yes')
  const daemons = scene.of('scheduler-daemon').map((one) => daemonFinding(one, scene, infected, all, idOf))
  return withoutTwins([...all, ...daemons])
}

function nameAll(scene: Scene, opinions: Opinions, idOf: IdOf): Ids {
  const process = (pid: number) => {
    const identity = scene.byPid.get(pid)?.identity
    return idOf('process', identity?.bootId ?? '', pid, identity?.startTime ?? '')
  }
  // Equal lines of one file are told apart by their order, not by their number: lines above may come and go.
  const starterIds = new Map<string, string>()
  const seen = new Map<string, number>()
  const whole = wholeFiles(scene, opinions)
  for (const one of scene.starters) {
    const path = shown(one.file.path)
    if (whole.has(path)) {
      starterIds.set(starterKey(one), idOf(one.kind, path))
      continue
    }
    const text = `${path}\0${one.form}\0${shown(one.raw)}`
    const nth = seen.get(text) ?? 0
    seen.set(text, nth + 1)
    starterIds.set(starterKey(one), idOf(one.kind, text, nth))
  }
  const starter: Ids['starter'] = (one) => starterIds.get(starterKey(one)) ?? ''
  const preload = (key: string) => idOf('preload', key)
  const file = (target: Target) =>
    target.kind === 'file' ? idOf('file', shown(target.path), target.identity.dev, target.identity.inode) : ''
  const visible = [
    ...worthShowing(opinions.processes).map((one) => process(one.subject.identity.pid)),
    ...worthShowing(opinions.starters).map((one) => starter(one.subject)),
    ...worthShowing(opinions.preloads).map((one) => preload(preloadKey(one.subject))),
  ]
  return { process, starter, preload, file, whole, shown: new Set(visible) }
}

/** Schedulers are no suspects: pausing one is proposed only while something hostile could come back through it. */
function daemonFinding(
  daemon: SchedulerDaemonFact,
  scene: Scene,
  infected: boolean,
  all: readonly Finding[],
  idOf: IdOf,
): Finding {
  const { identity, name, exe, paused } = daemon
  const process = scene.byPid.get(identity.pid)
  const reason = (signal: string): Reason => ({ signal, effect: 'note', group: 'belonging', permille: 0, params: {} })
  return {
    id: idOf('scheduler-daemon', identity.bootId, identity.pid, identity.startTime),
    kind: 'scheduler-daemon',
    title: 'scheduler-daemon.runs',
    params: { name, pid: identity.pid, exe: excerpt(exe) },
    target: {
      kind: 'process',
      identity,
      exe,
      cmdline: process?.cmdline ?? exe,
      cgroup: process?.cgroup ?? ownText(''),
    },
    score: 0,
    proposed: triOf(infected),
    reasons: [
      ...(infected ? [reason('could-restart-hostile-work')] : []),
      ...(paused ? [reason('scheduler-paused')] : []),
    ],
    tags: ['reviver'],
    related: infected
      ? all.filter((one) => one.kind === 'schedule' && one.proposed === 'yes').map((one) => one.id)
      : [],
  }
}

/** Highest score first; of two findings about the same thing the higher stays. */
function withoutTwins(findings: readonly Finding[]): readonly Finding[] {
  const sorted = [...findings].sort((a, b) => b.score - a.score || compare(a.kind, b.kind) || compare(a.id, b.id))
  const seen = new Set<string>()
  return sorted.filter((one) => {
    if (seen.has(one.id)) return false
    seen.add(one.id)
    return true
  })
}
