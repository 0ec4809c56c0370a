// Whose an executable is: the intruder's alone, or one that others run too. Only the first may widen a set or name a process.
// What is unknown is never the intruder's.

import { shown } from '../host-text.ts'
import type { Fact, ProcessFact } from '../probes/facts.ts'

/**
 * True only when the executable is known to be no package's under any of its names: a miner may run a hard link of an interpreter, or one whose package
 * was upgraded meanwhile. Unknown never widens a set.
 */
export function isOwnExecutable(
  fact: ProcessFact | undefined,
  processes: readonly ProcessFact[],
  facts: readonly Fact[],
): boolean {
  if (fact === undefined || fact.identity.exeInode === null) return false
  if (fact.exeMemfd) return true
  const runners = processes.filter(
    ({ identity }) => identity.exeInode === fact.identity.exeInode && identity.exeDev === fact.identity.exeDev,
  )
  const names = new Set(runners.flatMap(({ exe }) => (exe === null ? [] : [shown(exe)])))
  const files = facts.filter(
    (file) =>
      file.kind === 'file' &&
      ((file.meta.identity.inode === fact.identity.exeInode && file.meta.identity.dev === fact.identity.exeDev) ||
        names.has(shown(file.meta.path))),
  )
  // A deleted one has no file of its own any more; another file at its path may still tell whose it was.
  const gone = runners.every((one) => one.exeDeleted)
  return (gone || files.length > 0) && files.every((file) => file.kind === 'file' && file.owned === 'no')
}

/** The same bytes run, or lie, where they are not known to be nobody's: a copy of an innocent program, or an innocent copy. */
export function isSharedContent(sha256: string, processes: readonly ProcessFact[], facts: readonly Fact[]): boolean {
  return (
    processes.some((fact) => fact.identity.exeSha256 === sha256 && !isOwnExecutable(fact, processes, facts)) ||
    facts.some((fact) => fact.kind === 'file' && fact.meta.identity.sha256 === sha256 && fact.owned !== 'no')
  )
}
