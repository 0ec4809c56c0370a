// Signals and guards of tools that are not as their packages delivered them. What the host's list says is consistency; other evidence must stand beside it.

import type { BinaryFact } from '../../probes/facts.ts'
import type { FileMeta } from '../../host/identity.ts'
import { known, type GuardDatum, type SignalDatum } from '../catalogue.ts'
import { changedInWindow, lockLetters, type Scene } from '../scene.ts'
import { canonicalPath, excerpt, plain, underAny } from '../text.ts'
import { matchText, sure, when, type Judging, type Predicates } from './predicate.ts'

/** Compiled tools that differ without anything else being odd: from so many on it is no intruder. */
const massChange = 12

const about = (one: BinaryFact) => ({ path: excerpt(one.path), package: excerpt(one.package) })

/**
 * Something else stands where a package delivered a compiled program: a script, a device, a link that leads out of the folders of programs. Where no package
 * lists the path nobody knows what was delivered, and a link to another program there is an owner's busybox.
 */
function typeChanged(one: BinaryFact): boolean {
  if (one.meta === null || one.state === 'diverted' || one.expectedContent !== 'elf' || plain(one.package) === '')
    return false
  if (one.meta.type === 'symlink') return leadsAway(one.meta)
  return one.meta.type !== 'file' || one.content !== 'elf'
}

function leadsAway({ path, linkTarget }: FileMeta): boolean {
  if (linkTarget === null) return false
  const target = plain(linkTarget)
  const folder = canonicalPath(plain(path)).replace(/[^/]*$/, '')
  return !underAny(canonicalPath(target.startsWith('/') ? target : `${folder}${target}`), known.packaged)
}

/** Struck by somebody: what makes its neighbours more suspicious. */
function struck(one: BinaryFact): boolean {
  return (
    one.core &&
    (one.state === 'altered' ||
      one.state === 'mode' ||
      one.copies.some(({ matches }) => matches === 'yes') ||
      typeChanged(one))
  )
}

function differs(one: BinaryFact): boolean {
  return one.state === 'altered' && one.content === 'elf' && one.copies.length === 0
}

const signals: Predicates<BinaryFact, SignalDatum> = {
  'login-part-altered': (one) => when(one.rebuild && one.state === 'altered', about(one)),
  'tool-altered': (one) => when(one.state === 'altered', about(one)),
  'tool-missing': (one) => when(one.state === 'missing' && one.core, about(one)),
  'tool-disabled': (one) => when(one.state === 'mode', { path: excerpt(one.path), mode: one.meta?.mode ?? '' }),
  'tool-unlisted': (one) => when(one.state === 'unlisted', { path: excerpt(one.path) }),
  'tool-doubtful': (one) => when(one.state === 'doubtful', about(one)),
  'tool-locked-only': (one) => when(one.state === 'locked', { path: excerpt(one.path) }),
  'program-now-script': (one) =>
    when(typeChanged(one), {
      path: excerpt(one.path),
      content: one.meta?.type === 'file' ? one.content : (one.meta?.type ?? ''),
    }),
  'wraps-original': (one, scene, _links, datum) =>
    one.head === null || one.expectedContent === 'script' ? null : matchText(datum, one.head, scene),
  'original-beside': (one) => {
    const copy = one.copies.find(({ matches }) => matches === 'yes')
    return copy === undefined ? null : sure({ copy: excerpt(copy.meta.path) })
  },
  'namesake-beside': (one) => {
    const copy = one.copies.find(({ matches, named }) => matches !== 'yes' && named)
    return copy === undefined || one.state === 'diverted' ? null : sure({ copy: excerpt(copy.meta.path) })
  },
  'list-changed': (one) => when(one.listChanged === 'yes', about(one)),
  'tool-locked': (one) => {
    const flags = one.meta === null ? null : lockLetters(one.meta)
    return flags === null ? null : sure({ path: excerpt(one.path), flags })
  },
  'not-the-only-one': (one, scene) => {
    const count = scene.of('binary').filter((other) => other !== one && struck(other)).length
    return count === 0 || count >= massChange ? null : sure({ count })
  },
  'tool-changed-in-window': (one, scene) =>
    when(one.meta !== null && changedInWindow(scene, one.meta), { path: excerpt(one.path) }),
}

const guards: Predicates<BinaryFact, GuardDatum> = {
  'diverted-by-hand': (one) => when(one.state === 'diverted'),
  'many-compiled-differ': (one, scene) => {
    if (!differs(one)) return null
    const count = scene.of('binary').filter(differs).length
    return count < massChange ? null : sure({ count })
  },
  'mode-laid-down': (one) =>
    when(one.state === 'mode' && one.override !== null && one.override.mode === one.meta?.mode),
  'needs-rebuild': (one) => when(one.rebuild),
}

export const binaryJudging: Judging<BinaryFact> = { kind: 'binary', signals, guards }

/** The tools worth an opinion: every one of the core, and others that differ. */
export function judgedBinaries(scene: Scene): readonly BinaryFact[] {
  return scene.of('binary').filter((one) => one.core || one.state !== 'missing' || one.copies.length > 0)
}
