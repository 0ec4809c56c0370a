// From opinions to findings: who it is, what to call it, what it belongs with. Nothing is weighed here any more.

import { ownText, shown } from '../host-text.ts'
import type { Hashing } from '../ports.ts'
import type { ScheduleFact, SchedulerDaemonFact } from '../probes/facts.ts'
import { triOf } from '../tri.ts'
import { band } from './catalogue.ts'
import type { Finding, FindingKind, Reason, Target } from './finding.ts'
import { handlesOfProcess, handlesOfSchedule, preloadKey, runsForTimer, scheduleKey, type Links } from './links.ts'
import type { Opinion, Opinions } from './opinions.ts'
import type { Ids } from './finding-ids.ts'
import { payloadsOf } from './payloads.ts'
import { ownershipOf, type Scene } from './scene.ts'
import type { HiddenProcesses } from './signals/host.ts'
import { excerpt, plain } from './text.ts'
import { compare, type Weighed } from './weigh.ts'

const encoder = new TextEncoder()

/** Everything worth showing, highest score first. Things below the `note` band are left out; scheduler daemons are always listed. */
export function findingsOf(scene: Scene, opinions: Opinions, links: Links, hashing: Hashing): readonly Finding[] {
  const idOf = (kind: FindingKind, ...parts: readonly (string | number | null)[]) =>
    hashing
      .sha256()
      .update(encoder.encode(JSON.stringify([kind, ...parts])))
      .hex()
      .slice(0, 16)
  const ids = nameAll(scene, opinions, idOf)
  const judged = [
    ...shownOnly(opinions.processes).map((one) => processFinding(one, scene, links, ids)),
    ...shownOnly(opinions.schedules).map((one) => scheduleFinding(one, scene, links, ids)),
    ...shownOnly(opinions.preloads).map((one) => preloadFinding(one, scene, ids)),
    ...shownOnly(opinions.mounts).map(({ subject, weighed }) =>
      finding('mount', idOf('mount', shown(subject.point), subject.mountId), weighed, {
        title: /^\/proc\//.test(shown(subject.point)) ? 'mount.over-process' : 'mount.over-system',
        params: { point: excerpt(subject.point), source: excerpt(subject.source) },
        target: { kind: 'mount', point: subject.point, mountId: subject.mountId },
        tags: ['hidden'],
      }),
    ),
    ...shownOnly(opinions.sockets).map(({ subject, weighed }) =>
      finding('socket', idOf('socket', subject.remoteAddress, subject.remotePort, subject.inode), weighed, {
        title: weighed.groups.has('pool') ? 'socket.pool' : 'socket.ownerless',
        params: { address: subject.remoteAddress, port: subject.remotePort },
        target: { kind: 'host' },
        tags: weighed.groups.has('pool') ? ['hidden', 'pool'] : ['hidden'],
      }),
    ),
    ...shownOnly(opinions.logins).map(({ subject, weighed }) =>
      finding(
        'login',
        idOf('login', subject.what, shown(subject.user), shown(subject.from), shown(subject.source)),
        weighed,
        {
          title: `login.${subject.what}`,
          params: { user: excerpt(subject.user), from: excerpt(subject.from), count: subject.count },
          target: { kind: 'host' },
          tags: ['entry'],
        },
      ),
    ),
    ...hijackFindings(opinions.hijack, ids, idOf),
  ]
  const files = payloadsOf(scene, opinions, ids).map((one) => ({ ...one, id: ids.file(one.target) }))
  const all = [...judged, ...files]
  const infected = all.some((one) => one.proposed === 'yes')
  const daemons = scene.of('scheduler-daemon').map((one) => daemonFinding(one, scene, infected, all, idOf))
  return withoutTwins([...all, ...daemons])
}

type IdOf = (kind: FindingKind, ...parts: readonly (string | number | null)[]) => string

function nameAll(scene: Scene, opinions: Opinions, idOf: IdOf): Ids {
  const process = (pid: number) => {
    const identity = scene.byPid.get(pid)?.identity
    return idOf('process', identity?.bootId ?? '', pid, identity?.startTime ?? '')
  }
  // Equal lines of one file are told apart by their order, not by their number: lines above may come and go.
  const scheduleIds = new Map<string, string>()
  const seen = new Map<string, number>()
  const whole = wholeFiles(scene, opinions)
  for (const one of scene.schedules) {
    const path = shown(one.file.path)
    if (whole.has(path)) {
      scheduleIds.set(scheduleKey(one), idOf('schedule', path))
      continue
    }
    const text = `${path}\0${one.form}\0${shown(one.raw)}`
    const nth = seen.get(text) ?? 0
    seen.set(text, nth + 1)
    scheduleIds.set(scheduleKey(one), idOf('schedule', text, nth))
  }
  const schedule = (one: ScheduleFact) => scheduleIds.get(scheduleKey(one)) ?? ''
  const preload = (key: string) => idOf('preload', key)
  const file = (target: Target) =>
    target.kind === 'file' ? idOf('file', shown(target.path), target.identity.dev, target.identity.inode) : ''
  const visible = [
    ...shownOnly(opinions.processes).map((one) => process(one.subject.identity.pid)),
    ...shownOnly(opinions.schedules).map((one) => schedule(one.subject)),
    ...shownOnly(opinions.preloads).map((one) => preload(preloadKey(one.subject))),
  ]
  return { process, schedule, preload, file, whole, shown: new Set(visible) }
}

/**
 * Files of cron.d that no package owns and whose every job is proposed: the intruder dropped the file, not a line. And binary crontabs that are proposed
 * themselves: the jobs in a dump go with it.
 */
function wholeFiles(scene: Scene, opinions: Opinions): ReadonlySet<string> {
  const spared = new Set<string>()
  const candidates = new Set<string>()
  for (const { subject, weighed } of opinions.schedules) {
    if (subject.form === 'binary' && weighed.proposed === 'yes') candidates.add(shown(subject.file.path))
    if (subject.scheduler !== 'cron.d' || subject.line === 0 || subject.form === 'environment') continue
    const path = shown(subject.file.path)
    const taken = weighed.proposed === 'yes' && ownershipOf(scene, plain(subject.file.path)).owned === 'no'
    if (taken) candidates.add(path)
    else spared.add(path)
  }
  return new Set([...candidates].filter((path) => !spared.has(path)))
}

function shownOnly<Subject>(opinions: readonly Opinion<Subject>[]): readonly Opinion<Subject>[] {
  return opinions.filter((one) => one.weighed.score >= band.note)
}

interface Shape {
  readonly title: string
  readonly params: Finding['params']
  readonly target: Target
  readonly tags: readonly string[]
  readonly related?: readonly string[]
}

function finding(kind: FindingKind, id: string, weighed: Weighed, shape: Shape): Finding {
  return {
    id,
    kind,
    title: shape.title,
    params: shape.params,
    target: shape.target,
    score: weighed.score,
    proposed: weighed.proposed,
    reasons: weighed.reasons,
    tags: [...new Set(shape.tags)].sort(compare),
    related: [...new Set(shape.related ?? [])].sort(compare),
  }
}

function processFinding(one: Opinions['processes'][number], scene: Scene, links: Links, ids: Ids): Finding {
  const { subject, weighed } = one
  const hidden = has(weighed, 'hidden-from-host-ps', 'hidden-from-readdir', 'over-mounted')
  const related = scene.schedules.filter((schedule) => {
    if (!links.schedules.has(scheduleKey(schedule))) return false
    const started = handlesOfSchedule(scene, schedule)
    return handlesOfProcess(scene, subject).some((path) => started.includes(path)) || runsForTimer(subject, schedule)
  })
  const tags = [
    ...(weighed.groups.has('pool') ? ['pool'] : []),
    ...(hidden ? ['hidden'] : []),
    ...(links.processes.has(subject.ppid) ? ['child'] : []),
  ]
  return finding('process', ids.process(subject.identity.pid), weighed, {
    title: weighed.groups.has('pool')
      ? 'process.miner'
      : hidden
        ? 'process.hidden'
        : weighed.groups.has('disguise')
          ? 'process.disguised'
          : 'process.suspicious',
    params: {
      pid: subject.identity.pid,
      name: excerpt(subject.comm),
      exe: subject.exe === null ? '' : excerpt(subject.exe),
      uid: subject.uid,
    },
    target: {
      kind: 'process',
      identity: subject.identity,
      exe: subject.exe,
      cmdline: subject.cmdline,
      cgroup: subject.cgroup,
    },
    tags,
    related: related.map((schedule) => ids.schedule(schedule)).filter((id) => ids.shown.has(id)),
  })
}

function scheduleFinding(one: Opinions['schedules'][number], scene: Scene, links: Links, ids: Ids): Finding {
  const { subject, weighed } = one
  const whole = subject.line === 0 || ids.whole.has(shown(subject.file.path))
  const started = handlesOfSchedule(scene, subject)
  const related = [...links.processes].filter((pid) => {
    const process = scene.byPid.get(pid)
    if (process === undefined) return false
    return handlesOfProcess(scene, process).some((path) => started.includes(path)) || runsForTimer(process, subject)
  })
  const hostile = weighed.proposed === 'yes' || weighed.score >= band.investigate
  return finding('schedule', ids.schedule(subject), weighed, {
    title: has(weighed, 'fetch-and-run', 'fetch-then-run')
      ? 'schedule.fetches-and-runs'
      : weighed.groups.has('link') && subject.form !== 'environment'
        ? 'schedule.starts-hostile'
        : subject.form === 'environment'
          ? 'schedule.environment'
          : subject.form === 'binary'
            ? 'schedule.binary'
            : 'schedule.suspicious',
    params: {
      path: excerpt(subject.file.path),
      line: whole ? '' : subject.line,
      command: excerpt(subject.form === 'binary' || subject.form === 'environment' ? subject.raw : subject.command),
    },
    target: whole
      ? { kind: 'file', path: subject.file.path, identity: subject.file.identity }
      : {
          kind: 'line',
          path: subject.file.path,
          identity: subject.file.identity,
          line: subject.line,
          text: subject.raw,
        },
    tags: [...(hostile ? ['hostile-persistence'] : []), ...(whole ? ['whole-file'] : [])],
    related: related.map((pid) => ids.process(pid)).filter((id) => ids.shown.has(id)),
  })
}

function preloadFinding(one: Opinions['preloads'][number], scene: Scene, ids: Ids): Finding {
  const { subject, weighed } = one
  const hostile = weighed.proposed === 'yes' || weighed.score >= band.investigate
  const hiding = has(weighed, 'explains-hiding')
  const hidden = scene.processes.filter((process) => process.inHostPs === 'no').map((p) => ids.process(p.identity.pid))
  return finding('preload', ids.preload(preloadKey(subject)), weighed, {
    title: hostile ? 'preload.hijack' : 'preload.suspicious',
    params: { path: excerpt(subject.file.path), line: subject.line, library: excerpt(subject.library) },
    target: {
      kind: 'line',
      path: subject.file.path,
      identity: subject.file.identity,
      line: subject.line,
      text: subject.raw,
    },
    tags: [...(hostile ? ['hostile-persistence', 'library'] : []), ...(hiding ? ['hidden'] : [])],
    related: hiding ? hidden.filter((id) => ids.shown.has(id)) : [],
  })
}

function hijackFindings(opinion: Opinion<HiddenProcesses>, ids: Ids, idOf: IdOf): readonly Finding[] {
  const { subject, weighed } = opinion
  if (weighed.score < band.note) return []
  const pids = [...subject.fromPs, ...subject.fromListing].map((one) => one.identity.pid)
  return [
    finding('hijack', idOf('hijack', 'processes'), weighed, {
      title: 'hijack.hides-processes',
      params: { count: pids.length },
      target: { kind: 'host' },
      tags: ['hidden'],
      related: pids.map((pid) => ids.process(pid)).filter((id) => ids.shown.has(id)),
    }),
  ]
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

function has(weighed: Weighed, ...signals: readonly string[]): boolean {
  return weighed.reasons.some((one) => one.effect !== 'note' && signals.includes(one.signal))
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
