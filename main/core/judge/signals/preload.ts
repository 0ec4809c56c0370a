// Signals and guards of preloaded libraries. The processes that carry a library are its victims and are never scored for it.

import type { PreloadFact } from '../../probes/facts.ts'
import { known, type GuardDatum, type SignalDatum } from '../catalogue.ts'
import { handlesOfProcess, type Links } from '../links.ts'
import { changedInWindow, lockLetters, ownershipOf, type Ownership, type Scene } from '../scene.ts'
import { baseName, canonicalPath, excerpt, excerptOf, folderOf, hiddenPlace, plain, underAny } from '../text.ts'
import { sure, unsure, when, type Judging, type Predicates } from './predicate.ts'

function libraryPath(preload: PreloadFact): string {
  return canonicalPath(plain(preload.library))
}

function ownership(preload: PreloadFact, scene: Scene): Ownership {
  return ownershipOf(scene, libraryPath(preload))
}

function oddPlace(path: string): boolean {
  return path.includes('/') && !hiddenPlace(path) && !underAny(path, known.libraries)
}

/** Folder of a hostile program that also holds the library; system and shared folders say nothing. */
function hostileNeighbour(preload: PreloadFact, scene: Scene, links: Links): string | null {
  const folder = folderOf(libraryPath(preload))
  if (underAny(`${folder}/x`, [...known.packaged, ...known.libraries]) && !hiddenPlace(`${folder}/x`)) return null
  for (const pid of links.processes) {
    const process = scene.byPid.get(pid)
    const path = process && handlesOfProcess(scene, process).find((one) => folderOf(one) === folder && folder !== '/')
    if (path !== undefined) return path
  }
  return null
}

/** Could this line be what hides processes? Not if its library is absent or is a package's own. */
function suspectOfHiding(preload: PreloadFact, scene: Scene): boolean {
  const { owned, intact } = ownership(preload, scene)
  return preload.libraryState !== 'absent' && !(owned === 'yes' && intact === 'yes')
}

/** What singles a library out among several that no package owns. */
function singledOut(preload: PreloadFact, scene: Scene, links: Links): boolean {
  const path = libraryPath(preload)
  return (
    hiddenPlace(path) ||
    oddPlace(path) ||
    (preload.libraryMeta !== null && lockLetters(preload.libraryMeta) !== null) ||
    known.hijackNames.matches(baseName(path)) ||
    hostileNeighbour(preload, scene, links) !== null
  )
}

function hostToolsHide(scene: Scene): boolean {
  return scene.processes.some(
    (one) =>
      one.inHostPs === 'no' &&
      one.inReaddir !== 'no' &&
      !one.ours &&
      !one.kernelThread &&
      scene.hostViewUsable &&
      one.ageSeconds >= known.limits.hiddenMinAgeSeconds,
  )
}

const signals: Predicates<PreloadFact, SignalDatum> = {
  'library-known-hostile': (preload, scene) => {
    const digest = preload.libraryMeta?.identity.sha256 ?? null
    const hit = digest === null ? null : scene.indicators.digest(digest)
    return hit === null ? null : sure({ library: excerpt(preload.library), source: hit.source })
  },
  'library-altered': (preload, scene) => {
    const { owned, intact, package: name } = ownership(preload, scene)
    return when(owned === 'yes' && intact === 'no', {
      library: excerpt(preload.library),
      package: name === null ? '' : excerpt(name),
    })
  },
  'library-unowned': (preload, scene) => {
    if (preload.libraryState === 'absent') return null
    const { owned } = ownership(preload, scene)
    if (owned === 'yes') return null
    return owned === 'no' ? sure({ library: excerpt(preload.library) }) : unsure({ library: excerpt(preload.library) })
  },
  'library-hidden-place': (preload) => when(hiddenPlace(libraryPath(preload)), { library: excerpt(preload.library) }),
  'library-odd-place': (preload) =>
    when(plain(preload.library).startsWith('/') && oddPlace(libraryPath(preload)), {
      library: excerpt(preload.library),
    }),
  'hijack-name': (preload) =>
    when(known.hijackNames.matches(baseName(libraryPath(preload))), { library: excerpt(preload.library) }),
  'library-locked': (preload) => {
    const flags = preload.libraryMeta === null ? null : lockLetters(preload.libraryMeta)
    return flags === null ? null : sure({ library: excerpt(preload.library), flags })
  },
  'preload-file-locked': (preload) => {
    const flags = lockLetters(preload.file)
    return flags === null ? null : sure({ path: excerpt(preload.file.path), flags })
  },
  'library-changed-in-window': (preload, scene) =>
    when(preload.libraryMeta !== null && changedInWindow(scene, preload.libraryMeta), {
      library: excerpt(preload.library),
    }),
  'explains-hiding': (preload, scene, links) => {
    if (!hostToolsHide(scene) || !suspectOfHiding(preload, scene)) return null
    const { owned, intact } = ownership(preload, scene)
    const certain = owned === 'no' || intact === 'no'
    const suspects = scene.preloads.filter((one) => suspectOfHiding(one, scene))
    if (suspects.length === 1) return certain ? sure() : unsure()
    if (singledOut(preload, scene, links)) return certain ? sure() : unsure()
    // Someone else stands out: this one need not be the cause. Nobody does: it may be any of them.
    return suspects.some((one) => singledOut(one, scene, links)) ? null : unsure()
  },
  'beside-hostile-program': (preload, scene, links) => {
    const path = hostileNeighbour(preload, scene, links)
    return path === null ? null : sure({ library: excerptOf(libraryPath(preload)), path: excerptOf(path) })
  },
}

const guards: Predicates<PreloadFact, GuardDatum> = {
  'package-library': (preload, scene) => {
    const { owned, intact, package: name } = ownership(preload, scene)
    if (owned === 'no' || intact === 'no' || preload.libraryState === 'absent') return null
    const library = excerpt(preload.library)
    if (owned === 'yes' && intact === 'yes') return sure({ library, package: name === null ? '' : excerpt(name) })
    return unsure({ library })
  },
}

export const preloadJudging: Judging<PreloadFact> = { kind: 'preload', signals, guards }
