// Signals and guards of scheduled entries. Weights, groups and words are in resources/signals/schedule.yaml.

import { shown } from '../../host-text.ts'
import type { ScheduleFact } from '../../probes/facts.ts'
import { known, type GuardDatum, type SignalDatum } from '../catalogue.ts'
import { programs } from '../commands.ts'
import { hostsIn, isAddress, isLoopback } from '../indicators.ts'
import { handlesOfProcess, handlesOfSchedule, hiddenMention, hiddenStart, runsForTimer, scheduleKey } from '../links.ts'
import { changedInWindow, lockLetters, ownershipOf } from '../scene.ts'
import { baseName, canonicalPath, distance, excerpt, excerptOf, hiddenPlace, plain, underAny } from '../text.ts'
import { matchText, sure, unsure, when, type Judging, type Predicates } from './predicate.ts'

function filePath(schedule: ScheduleFact): string {
  return canonicalPath(plain(schedule.file.path))
}

/** Only lines and scripts that run something; assignments are judged apart. */
function runs(schedule: ScheduleFact): boolean {
  return schedule.form !== 'environment'
}

/** An assignment that lets strangers run code in every later line: a temporary or hidden directory in a search path, or a preload. */
function hostileAssignment(schedule: ScheduleFact): string | null {
  if (schedule.form !== 'environment') return null
  const pattern = /^\s*(PATH|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|BASH_ENV|ENV|SHELL)\s*=\s*["']?([^"'\n]*)/
  const match = pattern.exec(plain(schedule.raw))
  if (match === null) return null
  const [, name = '', value = ''] = match
  const parts = value.split(/[:\s]/).filter((part) => part !== '')
  const odd = parts.some((part) => hiddenPlace(`${canonicalPath(part)}/`) || hiddenPlace(canonicalPath(part)))
  const always = name === 'BASH_ENV' || name === 'LD_PRELOAD' || name === 'LD_AUDIT'
  return odd || (always && parts.length > 0) ? `${name}=${value}` : null
}

const signals: Predicates<ScheduleFact, SignalDatum> = {
  'command-matches': (schedule, scene, _links, datum) =>
    runs(schedule) ? matchText(datum, schedule.command, scene) : null,
  'names-indicator': (schedule, scene) => {
    for (const { host, port } of hostsIn(plain(schedule.command))) {
      const hit = scene.indicators.host(host, port)
      if (hit !== null) return { ...sure({ host: excerptOf(host), source: hit.source }), permille: hit.permille }
    }
    return null
  },
  'bare-address': (schedule) => {
    const command = plain(schedule.command)
    if (
      !runs(schedule) ||
      !/\b(?:curl|wget|cur|wge|cd1|wd1|lwp-download|ftp|tftp|nc|ncat|python[0-9.]*|perl)\b/.test(command)
    )
      return null
    const found = hostsIn(command).find(
      ({ host }) =>
        isAddress(host) &&
        !isLoopback(host) &&
        new RegExp(`(?:://|\\s|/tcp/)[^\\s/]*${host.replaceAll('.', '\\.')}`).test(command),
    )
    return found === undefined ? null : sure({ address: found.host })
  },
  'runs-from-hidden-place': (schedule) => {
    if (!runs(schedule)) return null
    const path = hiddenStart(schedule)
    return path === null ? null : sure({ path: excerptOf(path) })
  },
  'names-hidden-path': (schedule) => {
    const path = runs(schedule) ? hiddenMention(schedule) : null
    return path === null ? null : sure({ path: excerptOf(path) })
  },
  'hostile-environment': (schedule) => {
    const match = hostileAssignment(schedule)
    return match === null ? null : sure({ match: excerptOf(match) })
  },
  'unowned-file': (schedule, scene) => {
    const path = filePath(schedule)
    if (!runs(schedule) || !underAny(path, known.packagedSchedules)) return null
    const { owned } = ownershipOf(scene, path)
    if (owned === 'yes') return null
    return owned === 'no' ? sure({ path: excerptOf(path) }) : unsure({ path: excerptOf(path) })
  },
  'altered-file': (schedule, scene) => {
    if (schedule.form !== 'script') return null
    const { owned, intact, package: name, file } = ownershipOf(scene, filePath(schedule))
    return owned === 'yes' && intact === 'no' && file?.conffile === false
      ? sure({ path: excerpt(schedule.file.path), package: name === null ? '' : excerpt(name) })
      : null
  },
  'locked-file': (schedule) => {
    const flags = runs(schedule) ? lockLetters(schedule.file) : null
    return flags === null ? null : sure({ path: excerpt(schedule.file.path), flags })
  },
  'changed-in-window': (schedule, scene) =>
    when(runs(schedule) && changedInWindow(scene, schedule.file), { path: excerpt(schedule.file.path) }),
  'name-mimicry': (schedule, scene) => {
    if (schedule.scheduler !== 'systemd-timer' && schedule.scheduler !== 'cron.d') return null
    const name = baseName(filePath(schedule)).replace(/\.(timer|service)$/, '')
    if (known.unitNames.includes(name) || ownershipOf(scene, filePath(schedule)).owned === 'yes') return null
    const real = known.unitNames.find((one) => one.length >= 8 && distance(name, one, 2) <= 2)
    return real === undefined ? null : sure({ name: excerptOf(name), real })
  },
  'disguised-bytes': (schedule) => when(schedule.disguised && schedule.form !== 'binary'),
  'binary-crontab': (schedule) => when(schedule.form === 'binary'),
  'redis-crontab': (schedule) => when(schedule.form === 'binary' && /^REDIS\d{4}/.test(plain(schedule.raw))),
  frequent: (schedule) =>
    schedule.periodSeconds !== null && runs(schedule) && schedule.periodSeconds <= known.limits.frequentSeconds
      ? sure({ seconds: schedule.periodSeconds })
      : null,
  'at-boot-hidden': (schedule) => {
    const path = hiddenStart(schedule)
    const boot = schedule.schedule !== null && /^@reboot|OnBootSec|OnStartupSec/i.test(plain(schedule.schedule))
    return boot && path !== null ? sure({ path: excerptOf(path) }) : null
  },
  'starts-hostile-process': (schedule, scene, links) => {
    if (!runs(schedule)) return null
    const started = handlesOfSchedule(scene, schedule)
    for (const pid of links.processes) {
      const process = scene.byPid.get(pid)
      if (process === undefined) continue
      const path = handlesOfProcess(scene, process).find((one) => started.includes(one))
      if (path !== undefined) return sure({ path: excerptOf(path), pid })
      if (runsForTimer(process, schedule)) return sure({ path: excerpt(schedule.file.path), pid })
    }
    return null
  },
  'same-payload': (schedule, scene, links) => {
    if (!runs(schedule)) return null
    const started = handlesOfSchedule(scene, schedule)
    for (const other of scene.schedules) {
      if (!links.schedules.has(scheduleKey(other)) || scheduleKey(other) === scheduleKey(schedule)) continue
      const path = handlesOfSchedule(scene, other).find((one) => started.includes(one))
      if (path !== undefined) return sure({ path: excerptOf(path), other: excerpt(other.file.path) })
    }
    return null
  },
  'serves-hostile-entry': (schedule, scene, links) => {
    if (hostileAssignment(schedule) === null) return null
    const path = shown(schedule.file.path)
    const mate = scene.schedules.find(
      (one) => one.form !== 'environment' && shown(one.file.path) === path && links.schedules.has(scheduleKey(one)),
    )
    return mate === undefined ? null : sure({ other: excerpt(mate.file.path) })
  },
}

const guards: Predicates<ScheduleFact, GuardDatum> = {
  'package-file': (schedule, scene) => {
    const path = filePath(schedule)
    if (!underAny(path, [...known.packagedSchedules, '/etc'])) return null
    const { owned, intact, package: name } = ownershipOf(scene, path)
    // Not knowing the owner does not hold: what a packaged file would have to contain to be proposed, no package ships.
    return when(owned === 'yes' && intact === 'yes', {
      path: excerptOf(path),
      package: name === null ? '' : excerpt(name),
    })
  },
  'starts-nothing': (schedule) => {
    if (schedule.form !== 'entry') return null
    const names = programs(plain(schedule.command)).map((one) => baseName(one.program))
    return when(names.length > 0 && names.every((name) => known.harmless.has(name)))
  },
  'fetches-only': (schedule) => {
    if (schedule.form !== 'entry') return null
    const started = programs(plain(schedule.command))
    const names = started.map((one) => baseName(one.program))
    const fetches = names.some((name) => known.fetchers.has(name))
    return when(fetches && names.every((name) => known.fetchers.has(name) || known.harmless.has(name)))
  },
  'ordinary-job': (schedule) => {
    if (schedule.form !== 'entry') return null
    const names = programs(plain(schedule.command)).map((one) => baseName(one.program))
    const jobs = names.filter((name) => known.ordinaryJobs.has(name))
    const rest = names.filter((name) => !known.ordinaryJobs.has(name) && !known.harmless.has(name))
    return when(jobs.length > 0 && rest.length === 0, { programs: excerptOf([...new Set(jobs)].join(', ')) })
  },
}

export const scheduleJudging: Judging<ScheduleFact> = { kind: 'schedule', signals, guards }
