// Signals of boot scripts, shell start-up files and other places beside those all starters share. Weights and words are in resources/signals/startup.yaml.
// In the files of one's own home hidden folders are everyday, so there only what runs on in the background from one counts.

import { shown } from '../../host-text.ts'
import type { StartupFact } from '../../probes/facts.ts'
import { type Place, places } from '../../probes/places.ts'
import { known, type GuardDatum, type SignalDatum } from '../catalogue.ts'
import { programs } from '../commands.ts'
import { hiddenMention, isTool, starterKey, startedPaths } from '../links.ts'
import { lockLetters, ownershipOf } from '../scene.ts'
import { baseName, canonicalPath, dotPlace, excerpt, excerptOf, hiddenPlace, plain, underAny } from '../text.ts'
import { sure, unsure, when, type Judging, type Predicate, type Predicates } from './predicate.ts'
import { runs, starterGuards, starterSignals } from './starter.ts'

function placeOf(fact: StartupFact): Place | undefined {
  return places().get(fact.place)
}

/** Folders that hold homes, and the dot folders of the one the file lies in. */
function inHome(path: string): boolean {
  return /^\/(?:root|home\/[^/]+)\/\./.test(path)
}

/** A program that goes on by itself: sent to the background, or cut off from the terminal. */
function detached(command: string): boolean {
  return /(?:^|[^&>|])&\s*(?:\)|;|$|#|disown|>)|\b(?:nohup|setsid|disown|daemonize|screen\s+-\S*d)\b/m.test(command)
}

/** Variables whose value is loaded or run whatever it names, and those that are lists of folders. */
const assigned =
  /(?:^|[\s;])(?:export\s+|declare\s+-x\s+)?(PATH|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|BASH_ENV|ENV|SHELL|PYTHONPATH|PYTHONSTARTUP|PERL5OPT|PERL5LIB|NODE_OPTIONS|RUBYOPT|GCONV_PATH)(?:=|\s+(?:DEFAULT|OVERRIDE)=)["']?([^"'\n;]*)/
const loadedAlways = new Set(['LD_PRELOAD', 'LD_AUDIT', 'BASH_ENV'])

function hostileAssignment(fact: StartupFact): string | null {
  if (fact.form !== 'environment') return null
  const text = plain(fact.raw)
  if (fact.place === 'library-folders') return text.trim()
  const [, name = '', value = ''] = assigned.exec(text) ?? []
  const parts = value.split(/[:\s=]/).filter((part) => part.startsWith('/'))
  const odd = parts
    .map((part) => canonicalPath(part))
    .some((path) => underAny(`${path}/`, known.temporary) || (dotPlace(path) && !inHome(path)))
  return odd || (loadedAlways.has(name) && value.includes('/')) ? `${name}=${value}` : null
}

/** Tools a responder looks with; whoever stands in their place decides what is seen. */
const tools =
  'ps|top|htop|ls|lsof|netstat|ss|pgrep|pkill|pidof|kill|killall|crontab|systemctl|lsattr|chattr|find|who|w|last|iptables|nft|sudo|su|ssh|passwd'
const aliased = new RegExp(`(?:^|[;&\\s])alias\\s+(?:-\\w+\\s+)?(${tools})=(?:'([^']*)'|"([^"]*)"|(\\S*))`, 'm')
const defined = new RegExp(`(?:^|[;&\\n]\\s*)(?:function\\s+(${tools})\\b|(${tools})\\s*\\(\\s*\\))`, 'm')
/** The output goes through something that takes lines away, or the word means something else altogether. */
const filters = /\|\s*(?:e|f)?grep\s+[^|]*-\S*v|\|\s*(?:sed|awk|perl)\b/

function shadowed(
  fact: StartupFact,
): { readonly tool: string; readonly match: string; readonly hides: boolean } | null {
  const command = plain(fact.command)
  const alias = aliased.exec(command)
  if (alias) {
    const tool = alias[1] ?? ''
    const value = alias[2] ?? alias[3] ?? alias[4] ?? ''
    const program = programs(value)[0]?.program ?? value
    const self = baseName(program) === tool && !hiddenPlace(canonicalPath(program))
    const odd =
      program.startsWith('/') &&
      (hiddenPlace(canonicalPath(program)) ||
        !underAny(program, ['/usr', '/bin', '/sbin', '/opt', '/snap', '/home', '/root']))
    if (filters.test(value) || odd) return { tool, match: alias[0].trim(), hides: true }
    return self || !/[|;&]/.test(value) ? null : { tool, match: alias[0].trim(), hides: false }
  }
  const name = defined.exec(command)
  const tool = name?.[1] ?? name?.[2]
  return tool === undefined ? null : { tool, match: command.trim(), hides: filters.test(command) }
}

const signals: Predicates<StartupFact, SignalDatum> = {
  'runs-from-hidden-place': (fact) => {
    if (!runs(fact)) return null
    const background = detached(plain(fact.command))
    const path = startedPaths(fact)
      .filter(hiddenPlace)
      .find((one) => background || placeOf(fact)?.runs === 'root' || !inHome(one))
    return path === undefined ? null : sure({ path: excerptOf(path) })
  },
  'names-hidden-path': (fact) => {
    const path = runs(fact) ? hiddenMention(fact) : null
    return path === null || inHome(path) ? null : sure({ path: excerptOf(path) })
  },
  'hostile-environment': (fact) => {
    const match = hostileAssignment(fact)
    return match === null ? null : sure({ match: excerptOf(match) })
  },
  'unowned-file': (fact, scene) => {
    const path = canonicalPath(plain(fact.file.path))
    if (!runs(fact) || placeOf(fact)?.packaged !== true) return null
    const { owned } = ownershipOf(scene, path)
    if (owned === 'yes') return null
    return owned === 'no' ? sure({ path: excerptOf(path) }) : unsure({ path: excerptOf(path) })
  },
  'locked-file': (fact) => {
    const flags = lockLetters(fact.file)
    return flags === null ? null : sure({ path: excerpt(fact.file.path), flags })
  },
  'filters-tool': (fact) => {
    const seen = shadowed(fact)
    return seen?.hides === true ? sure({ tool: seen.tool, match: excerptOf(seen.match) }) : null
  },
  'shadows-tool': (fact) => {
    const seen = shadowed(fact)
    return seen?.hides === false ? sure({ tool: seen.tool, match: excerptOf(seen.match) }) : null
  },
  // it takes a hostile process's very name out of a list: nobody else has a reason to
  'hides-hostile-process': (fact, scene, links) => {
    const seen = shadowed(fact)
    if (seen?.hides !== true) return null
    const words = new Set(seen.match.split(/[^\w.-]+/))
    for (const pid of links.processes) {
      const process = scene.byPid.get(pid)
      const names = process === undefined ? [] : [process.comm, ...(process.exe === null ? [] : [process.exe])]
      const name = names
        .map((one) => baseName(plain(one)))
        .find((one) => one.length > 2 && words.has(one) && !isTool(`/usr/bin/${one}`))
      if (name !== undefined) return sure({ name: excerptOf(name), pid })
    }
    return null
  },
  'serves-hostile-entry': (fact, scene, links) => {
    if (hostileAssignment(fact) === null && shadowed(fact)?.hides !== true) return null
    const path = shown(fact.file.path)
    const mate = scene.starters.find(
      (one) =>
        one.form !== 'environment' &&
        shown(one.file.path) === path &&
        starterKey(one) !== starterKey(fact) &&
        links.starters.has(starterKey(one)),
    )
    return mate === undefined ? null : sure({ other: excerpt(mate.file.path) })
  },
  'goes-on-in-background': (fact) => {
    const command = plain(fact.command)
    if (fact.form !== 'entry' || !detached(command)) return null
    // a dot folder at home counts already as the hidden place it is
    const path = startedPaths(fact).find((one) => !underAny(one, known.packaged) && !inHome(one))
    return path === undefined ? null : sure({ path: excerptOf(path) })
  },
  'kernel-runs-it': (fact, scene) => {
    if (!runs(fact) || (fact.place !== 'core-pattern' && fact.place !== 'kernel-settings')) return null
    const path = startedPaths(fact)[0]
    return path !== undefined && ownershipOf(scene, path).owned === 'no' ? sure({ path: excerptOf(path) }) : null
  },
  'reserves-huge-pages': (fact) =>
    fact.place === 'kernel-settings' && fact.form === 'environment' ? sure({ match: excerpt(fact.raw) }) : null,
}

const guards: Predicates<StartupFact, GuardDatum> = {
  'not-to-be-cut-out': (fact) => when(!fact.removable),
}

/** A place may say that a signal means nothing there. */
function heeded(of: Predicates<StartupFact, SignalDatum>): Predicates<StartupFact, SignalDatum> {
  const heed =
    (predicate: Predicate<StartupFact, SignalDatum>): Predicate<StartupFact, SignalDatum> =>
    (fact, scene, links, datum) =>
      placeOf(fact)?.quiet.includes(datum.id) === true ? null : predicate(fact, scene, links, datum)
  return Object.fromEntries(Object.entries(of).map(([name, predicate]) => [name, heed(predicate)]))
}

export const startupJudging: Judging<StartupFact> = {
  kind: 'startup',
  signals: heeded({ ...starterSignals, ...signals }),
  guards: { ...starterGuards, ...guards },
}
