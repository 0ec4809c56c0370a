// Signals and guards that all starters share: what a line runs, where from, whose file it is. Weights and words are in resources/signals/starter.yaml.

import { shown } from '../../host-text.ts'
import type { StarterFact } from '../../probes/facts.ts'
import { known, type GuardDatum, type SignalDatum } from '../catalogue.ts'
import { programs } from '../commands.ts'
import { hostsIn, isAddress, isLoopback } from '../indicators.ts'
import {
  handlesOfProcess,
  handlesOfStarter,
  hiddenMention,
  hiddenStart,
  nestMate,
  runsFor,
  startedPaths,
  starterKey,
} from '../links.ts'
import { changedInWindow, lockLetters, ownershipOf } from '../scene.ts'
import { baseName, canonicalPath, distance, excerpt, excerptOf, hiddenPlace, plain, underAny } from '../text.ts'
import { matchText, sure, unsure, when, type Predicates } from './predicate.ts'

function filePath(starter: StarterFact): string {
  return canonicalPath(plain(starter.file.path))
}

/** Only lines and scripts that run something; assignments are judged apart. */
export function runs(starter: StarterFact): boolean {
  return starter.form !== 'environment'
}

/** An assignment that lets strangers run code in every later line: a temporary or hidden directory in a search path, or a preload. */
function hostileAssignment(starter: StarterFact): string | null {
  if (starter.form !== 'environment') return null
  const pattern = /^\s*(PATH|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|BASH_ENV|ENV|SHELL)\s*=\s*["']?([^"'\n]*)/
  const match = pattern.exec(plain(starter.raw))
  if (match === null) return null
  const [, name = '', value = ''] = match
  const parts = value.split(/[:\s]/).filter((part) => part !== '')
  const odd = parts.some((part) => hiddenPlace(`${canonicalPath(part)}/`) || hiddenPlace(canonicalPath(part)))
  const always = name === 'BASH_ENV' || name === 'LD_PRELOAD' || name === 'LD_AUDIT'
  return odd || (always && parts.length > 0) ? `${name}=${value}` : null
}

/** Places where the name of the file is the name of the thing. */
function namedByFile(starter: StarterFact): boolean {
  if (starter.kind === 'schedule') return starter.scheduler === 'systemd-timer' || starter.scheduler === 'cron.d'
  return starter.kind === 'unit' ? starter.role === 'unit' : starter.line === 0
}

export const starterSignals: Predicates<StarterFact, SignalDatum> = {
  'command-matches': (starter, scene, _links, datum) =>
    runs(starter) ? matchText(datum, starter.command, scene) : null,
  'names-indicator': (starter, scene) => {
    for (const { host, port } of hostsIn(plain(starter.command))) {
      const hit = scene.indicators.host(host, port)
      if (hit !== null) return { ...sure({ host: excerptOf(host), source: hit.source }), permille: hit.permille }
    }
    return null
  },
  'bare-address': (starter) => {
    const command = plain(starter.command)
    if (
      !runs(starter) ||
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
  'runs-from-hidden-place': (starter) => {
    if (!runs(starter)) return null
    const path = hiddenStart(starter)
    return path === null ? null : sure({ path: excerptOf(path) })
  },
  'names-hidden-path': (starter) => {
    const path = runs(starter) ? hiddenMention(starter) : null
    return path === null ? null : sure({ path: excerptOf(path) })
  },
  'hostile-environment': (starter) => {
    const match = hostileAssignment(starter)
    return match === null ? null : sure({ match: excerptOf(match) })
  },
  'unowned-file': (starter, scene) => {
    const path = filePath(starter)
    if (!runs(starter) || !underAny(path, known.packagedStarters)) return null
    const { owned } = ownershipOf(scene, path)
    if (owned === 'yes') return null
    return owned === 'no' ? sure({ path: excerptOf(path) }) : unsure({ path: excerptOf(path) })
  },
  'altered-file': (starter, scene) => {
    if (starter.form !== 'script') return null
    const { owned, intact, package: name, file } = ownershipOf(scene, filePath(starter))
    return owned === 'yes' && intact === 'no' && file?.conffile === false
      ? sure({ path: excerpt(starter.file.path), package: name === null ? '' : excerpt(name) })
      : null
  },
  'locked-file': (starter) => {
    const flags = runs(starter) ? lockLetters(starter.file) : null
    return flags === null ? null : sure({ path: excerpt(starter.file.path), flags })
  },
  'changed-in-window': (starter, scene) =>
    when(runs(starter) && changedInWindow(scene, starter.file), { path: excerpt(starter.file.path) }),
  'name-mimicry': (starter, scene) => {
    if (!namedByFile(starter)) return null
    const name = baseName(filePath(starter)).replace(/\.(timer|service|path|socket|conf|sh)$/, '')
    if (known.unitNames.includes(name) || ownershipOf(scene, filePath(starter)).owned === 'yes') return null
    const real = known.unitNames.find((one) => one.length >= 8 && distance(name, one, 2) <= 2)
    return real === undefined ? null : sure({ name: excerptOf(name), real })
  },
  'disguised-bytes': (starter) => when(starter.disguised && starter.form !== 'binary'),
  'starts-hostile-process': (starter, scene, links) => {
    if (!runs(starter)) return null
    const started = handlesOfStarter(scene, starter)
    for (const pid of links.processes) {
      const process = scene.byPid.get(pid)
      if (process === undefined) continue
      const path = handlesOfProcess(scene, process).find((one) => started.includes(one))
      if (path !== undefined) return sure({ path: excerptOf(path), pid })
      if (runsFor(process, starter)) return sure({ path: excerpt(starter.file.path), pid })
    }
    return null
  },
  'starts-from-hostile-nest': (starter, scene, links) => {
    const mate = runs(starter) ? nestMate(scene, links, startedPaths(starter), null) : null
    return mate === null ? null : sure({ path: excerptOf(mate.path), pid: mate.pid })
  },
  'same-payload': (starter, scene, links) => {
    if (!runs(starter)) return null
    const started = handlesOfStarter(scene, starter)
    for (const other of scene.starters) {
      if (!links.starters.has(starterKey(other)) || starterKey(other) === starterKey(starter)) continue
      const path = handlesOfStarter(scene, other).find((one) => started.includes(one))
      if (path !== undefined) return sure({ path: excerptOf(path), other: excerpt(other.file.path) })
    }
    return null
  },
  'serves-hostile-entry': (starter, scene, links) => {
    if (hostileAssignment(starter) === null) return null
    const path = shown(starter.file.path)
    const mate = scene.starters.find(
      (one) => one.form !== 'environment' && shown(one.file.path) === path && links.starters.has(starterKey(one)),
    )
    return mate === undefined ? null : sure({ other: excerpt(mate.file.path) })
  },
}

export const starterGuards: Predicates<StarterFact, GuardDatum> = {
  'package-file': (starter, scene) => {
    const path = filePath(starter)
    if (!underAny(path, [...known.packagedStarters, '/etc'])) return null
    const { owned, intact, package: name } = ownershipOf(scene, path)
    // Not knowing the owner does not hold: what a packaged file would have to contain to be proposed, no package ships.
    return when(owned === 'yes' && intact === 'yes', {
      path: excerptOf(path),
      package: name === null ? '' : excerpt(name),
    })
  },
  'starts-nothing': (starter) => {
    if (starter.form !== 'entry') return null
    const names = programs(plain(starter.command)).map((one) => baseName(one.program))
    return when(names.length > 0 && names.every((name) => known.harmless.has(name)))
  },
  'fetches-only': (starter) => {
    if (starter.form !== 'entry') return null
    const started = programs(plain(starter.command))
    const names = started.map((one) => baseName(one.program))
    const fetches = names.some((name) => known.fetchers.has(name))
    return when(fetches && names.every((name) => known.fetchers.has(name) || known.harmless.has(name)))
  },
  'ordinary-job': (starter) => {
    if (starter.form !== 'entry') return null
    const names = programs(plain(starter.command)).map((one) => baseName(one.program))
    const jobs = names.filter((name) => known.ordinaryJobs.has(name))
    const rest = names.filter((name) => !known.ordinaryJobs.has(name) && !known.harmless.has(name))
    return when(jobs.length > 0 && rest.length === 0, { programs: excerptOf([...new Set(jobs)].join(', ')) })
  },
}
