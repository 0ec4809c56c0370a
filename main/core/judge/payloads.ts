// The files behind hostile things: what a miner runs, what a hostile entry starts, what a hostile preload loads.
// Never a directory, never a file that a package owns, and proposed only where it is sure that no package does.

import { shown } from '../host-text.ts'
import type { FileIdentity } from '../host/identity.ts'
import type { HostText } from '../host-text.ts'
import type { FileFact } from '../probes/facts.ts'
import { allOf, anyOf, type Tri } from '../tri.ts'
import { band } from './catalogue.ts'
import type { Finding, Reason } from './finding.ts'
import type { Ids } from './finding-ids.ts'
import { handlesOfProcess, handlesOfStarter, preloadKey, scriptOf, startedPaths } from './links.ts'
import type { Opinions } from './opinions.ts'
import { exeOwnership, lockLetters, ownershipOf, type Scene } from './scene.ts'
import { baseName, canonicalPath, excerpt, hiddenPlace, neverPackaged, plain } from './text.ts'
import { compare, type Weighed } from './weigh.ts'

interface Claim {
  readonly path: HostText
  readonly identity: FileIdentity
  readonly tag: 'payload' | 'library'
  readonly permille: number
  readonly score: number
  readonly proposed: Tri
  readonly reason: Reason
  readonly related: string
}

/** File findings, one per file, without their ids. */
export function payloadsOf(scene: Scene, opinions: Opinions, ids: Ids): readonly Omit<Finding, 'id'>[] {
  const direct = [
    ...claimsOfProcesses(scene, opinions, ids),
    ...claimsOfStarters(scene, opinions, ids),
    ...claimsOfUnits(scene, opinions, ids),
    ...claimsOfUnitLinks(scene, opinions, ids),
    ...claimsOfPreloads(scene, opinions, ids),
  ]
  const claims = [...direct, ...claimsOfCopies(scene, direct, ids)]
  const byFile = new Map<string, Claim[]>()
  for (const claim of claims) {
    const key = `${shown(claim.path)}\0${claim.identity.dev}:${claim.identity.inode}`
    byFile.set(key, [...(byFile.get(key) ?? []), claim])
  }
  return [...byFile.entries()].sort(([a], [b]) => compare(a, b)).map(([, group]) => together(group))
}

function together(claims: readonly Claim[]): Omit<Finding, 'id'> {
  const sorted = [...claims].sort((a, b) => b.permille - a.permille || compare(a.related, b.related))
  const first = sorted[0] as Claim
  const tags = [...new Set(sorted.map((one) => one.tag))].sort(compare)
  return {
    kind: 'file',
    title: tags.includes('library') ? 'file.library' : 'file.payload',
    params: { path: excerpt(first.path) },
    target: { kind: 'file', path: first.path, identity: first.identity },
    score: first.score,
    proposed: anyOf(sorted.map((one) => one.proposed)),
    reasons: sorted.map((one) => one.reason),
    tags,
    related: [...new Set(sorted.map((one) => one.related))].sort(compare),
  }
}

function hostile(weighed: Weighed): boolean {
  return !weighed.blocked && (weighed.proposed !== 'no' || weighed.score >= band.investigate)
}

function claim(
  target: { path: HostText; identity: FileIdentity },
  weighed: Weighed,
  proposed: readonly Tri[],
  reason: { tag: Claim['tag']; signal: string; params: Reason['params']; related: string },
): Claim {
  return {
    ...target,
    tag: reason.tag,
    permille: weighed.permille,
    score: weighed.score,
    proposed: allOf([weighed.proposed, ...proposed]),
    reason: {
      signal: reason.signal,
      effect: 'raises',
      group: 'belonging',
      permille: weighed.permille,
      params: reason.params,
    },
    related: reason.related,
  }
}

/** Nobody's file: yes, no, or unknown. */
function unowned(owned: Tri): Tri {
  return owned === 'yes' ? 'no' : owned === 'no' ? 'yes' : 'unknown'
}

function claimsOfProcesses(scene: Scene, opinions: Opinions, ids: Ids): readonly Claim[] {
  return opinions.processes.flatMap(({ subject, weighed }): Claim[] => {
    if (!hostile(weighed) || subject.exe === null || subject.exeMemfd) return []
    const reason = {
      tag: 'payload' as const,
      signal: 'run-by-hostile-process',
      params: { pid: subject.identity.pid },
      related: ids.process(subject.identity.pid),
    }
    const claims: Claim[] = []
    const handles = handlesOfProcess(scene, subject)
    const exe = canonicalPath(plain(subject.exe))
    if (!subject.exeDeleted && handles.includes(exe)) {
      const { owned, file } = exeOwnership(scene, subject)
      const target = file === null ? runningFile(scene, exe, subject) : regular(file)
      if (target !== null) claims.push(claim(target, weighed, [unowned(owned)], reason))
    }
    const script = scriptOf(subject)
    if (script !== null && handles.includes(script)) {
      const { owned, file } = ownershipOf(scene, script)
      const target = file === null ? null : regular(file)
      if (target !== null) claims.push(claim(target, weighed, [unowned(owned)], reason))
    }
    return claims
  })
}

/** The executable as the process itself shows it, when no fact of the file was read; only where paths mean the same to us and to it. */
function runningFile(
  scene: Scene,
  exe: string,
  process: Opinions['processes'][number]['subject'],
): { path: HostText; identity: FileIdentity } | null {
  const { exeDev, exeInode, exeSha256 } = process.identity
  if (process.exe === null || exeDev === null || exeInode === null || process.foreignNamespace !== 'no') return null
  if (!neverPackaged(exe) || scene.fileAt(exe) !== null) return null
  return { path: process.exe, identity: { dev: exeDev, inode: exeInode, sha256: exeSha256 } }
}

function regular(file: FileFact): { path: HostText; identity: FileIdentity } | null {
  return file.meta.type === 'file' ? { path: file.meta.path, identity: file.meta.identity } : null
}

function claimsOfStarters(scene: Scene, opinions: Opinions, ids: Ids): readonly Claim[] {
  const running = new Set(
    opinions.processes.filter((one) => hostile(one.weighed)).flatMap((one) => handlesOfProcess(scene, one.subject)),
  )
  return opinions.starters.flatMap(({ subject, weighed }): Claim[] => {
    if (!hostile(weighed) || subject.form === 'environment') return []
    const own = canonicalPath(plain(subject.file.path))
    const started = new Set(startedPaths(subject))
    return handlesOfStarter(scene, subject).flatMap((path): Claim[] => {
      const { owned, file } = ownershipOf(scene, path)
      const target = file === null || path === own ? null : regular(file)
      if (target === null || file === null) return []
      const program = file.content === 'elf' || file.content === 'script' || started.has(path)
      if (!program || file.content === 'empty') return []
      // A hostile line may also name an honest script: only what is odd in itself, or seen running, is sure to be its payload.
      const odd = hiddenPlace(path) || running.has(path) || lockLetters(file.meta) !== null
      if (!odd && !started.has(path)) return []
      return [
        claim(target, weighed, [unowned(owned), odd ? 'yes' : 'unknown'], {
          tag: 'payload',
          signal: 'started-by-hostile-entry',
          params: { path: excerpt(subject.file.path) },
          related: ids.starter(subject),
        }),
      ]
    })
  })
}

/** The unit that a hostile timer starts goes with it. */
function claimsOfUnits(scene: Scene, opinions: Opinions, ids: Ids): readonly Claim[] {
  return opinions.starters.flatMap(({ subject, weighed }): Claim[] => {
    if (subject.kind !== 'schedule' || !hostile(weighed) || subject.unitFile === null) return []
    const { owned, file } = ownershipOf(scene, plain(subject.unitFile))
    const target = file === null || owned === 'yes' ? null : regular(file)
    if (target === null) return []
    const reason = {
      tag: 'payload' as const,
      signal: 'unit-of-hostile-timer',
      params: { path: excerpt(subject.file.path) },
      related: ids.starter(subject),
    }
    return [claim(target, weighed, [unowned(owned)], reason)]
  })
}

/** So do the links that enable the two, each only when the unit it enables is nobody's: a hostile timer may well start an honest service. */
function claimsOfUnitLinks(scene: Scene, opinions: Opinions, ids: Ids): readonly Claim[] {
  return opinions.starters.flatMap(({ subject, weighed }): Claim[] => {
    if (subject.kind !== 'schedule' || !hostile(weighed)) return []
    return subject.enabledBy.flatMap((path): Claim[] => {
      const unit = [subject.file.path, subject.unitFile].find(
        (one) => one && baseName(plain(one)) === baseName(plain(path)),
      )
      const { owned, file } = ownershipOf(scene, plain(path))
      const unitOwned = unit ? ownershipOf(scene, plain(unit)).owned : 'unknown'
      if (file?.meta.type !== 'symlink' || owned === 'yes' || unitOwned === 'yes') return []
      return [
        claim({ path: file.meta.path, identity: file.meta.identity }, weighed, [unowned(owned), unowned(unitOwned)], {
          tag: 'payload',
          signal: 'enables-hostile-timer',
          params: { path: excerpt(subject.file.path) },
          related: ids.starter(subject),
        }),
      ]
    })
  })
}

/** Files with the very bytes of a sure payload, wherever they lie: the next start would come from there. */
function claimsOfCopies(scene: Scene, direct: readonly Claim[], ids: Ids): readonly Claim[] {
  const sure = direct.filter((one) => one.proposed === 'yes' && one.tag === 'payload' && one.identity.sha256 !== null)
  const claimed = new Set(direct.map((one) => shown(one.path)))
  return scene.files.flatMap((file): Claim[] => {
    const target = regular(file)
    const same = sure.find((one) => one.identity.sha256 === file.meta.identity.sha256)
    if (target === null || same === undefined || file.content !== 'elf' || claimed.has(shown(target.path))) return []
    const owned = unowned(ownershipOf(scene, plain(target.path)).owned)
    if (owned === 'no') return []
    return [
      {
        ...same,
        ...target,
        proposed: owned,
        reason: { ...same.reason, signal: 'same-bytes', params: { path: excerpt(same.path) } },
        related: ids.file({ kind: 'file', path: same.path, identity: same.identity }),
      },
    ]
  })
}

function claimsOfPreloads(scene: Scene, opinions: Opinions, ids: Ids): readonly Claim[] {
  return opinions.preloads.flatMap(({ subject, weighed }): Claim[] => {
    const meta = subject.libraryMeta
    if (!hostile(weighed) || meta?.type !== 'file') return []
    const { owned } = ownershipOf(scene, canonicalPath(plain(subject.library)))
    if (owned === 'yes') return []
    return [
      claim({ path: meta.path, identity: meta.identity }, weighed, [unowned(owned)], {
        tag: 'library',
        signal: 'preloaded-by-hostile-line',
        params: { path: excerpt(subject.file.path) },
        related: ids.preload(preloadKey(subject)),
      }),
    ]
  })
}
