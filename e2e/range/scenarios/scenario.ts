// What a scenario is: how it is planted, what must be gone after the clean-up, and what must not have moved at all.
import type { RangeHost } from '../host.ts'
import { matching } from '../processes.ts'
import type { RangeProcess } from '../processes.ts'

/** A file or directory of the infection. */
export interface HostileFile {
  /** A path on the host; a last `*` stands for any ending (jobs of at are numbered). */
  readonly path: string
  /**
   * `whole`: the file is the attacker's and must be gone from its place. `lines`: the file belongs to the host; only these lines are
   * hostile (without their line break), and every other byte, the mode and the owner must stay. `restored`: the path is the host's, and must
   * have the bytes, mode and owner it was delivered with, which planting put aside with `putAside`.
   */
  readonly remove: 'whole' | 'restored' | { readonly lines: readonly string[] }
  /** Letters of lsattr it was locked with. */
  readonly flags?: string
}

/** A process of the infection: any whose argv (joined by blanks) or executable contains the text. */
export interface HostileProcess {
  readonly contains: string
}

/** Something of the owner's that looks guilty and must be identical afterwards: bytes, mode, owner, times, flags, attributes, inode. */
export interface DecoyFile {
  readonly path: string
  /** Why a careless cleaner would have touched it. */
  readonly looks: string
}

/** A process that must live on: same pid, same start time, not stopped. */
export interface DecoyProcess {
  readonly contains: string
  readonly count: number
  readonly looks: string
}

/** What is special about the way through a scenario; absent: root by key, `evict-miner` as shipped, a process, a schedule and a file proposed. */
export interface Route {
  /** Words that reach the host (identity, pins, destination), in place of root's. */
  readonly login?: (host: RangeHost) => readonly string[]
  /** What the program finds in its environment besides, such as a password. */
  readonly environment?: (host: RangeHost) => Readonly<Record<string, string>>
  /** More words for the run, such as `--param keys=all-but-kept`. */
  readonly run?: (host: RangeHost) => readonly string[]
  /** Kinds of findings that a look must propose to act on. */
  readonly proposed?: readonly string[]
  /** Kinds of findings that must be told and never acted on: what they need is a person. They may still stand at the end. */
  readonly advised?: readonly string[]
  /** Verbs whose changes cannot be undone, as the undo must say. Default: freeze and kill. */
  readonly irreversible?: readonly string[]
}

export interface Scenario {
  readonly name: string
  readonly about: string
  /** Plants everything on a freshly booted host; resolves when the infection (if any) and the decoys run. */
  plant(host: RangeHost): Promise<void>
  readonly hostileFiles: readonly HostileFile[]
  /** Copies of the payload that nothing starts any more once the rest is gone: good to find, not required. */
  readonly dormantFiles: readonly HostileFile[]
  /** Folders the attacker made: they may go with what is in them, or stay behind empty. */
  readonly attackerFolders: readonly string[]
  readonly hostileProcesses: readonly HostileProcess[]
  readonly decoyFiles: readonly DecoyFile[]
  readonly decoyProcesses: readonly DecoyProcess[]
  /** Seconds within which the infection returns when only its processes are killed; 0 when there is none. */
  readonly revivePeriod: number
  /** Files that undo must bring back byte-, mode-, owner-, flag- and attribute-identical: all of `hostileFiles`, by path. */
  readonly expectedUndoFiles: readonly string[]
  readonly route?: Route
}

/** The processes of the infection that live now, hidden or not. */
export function hostileAlive(scenario: Scenario, host: RangeHost): readonly RangeProcess[] {
  return alive(host, scenario.hostileProcesses)
}

/** The decoys that live now. Compare two answers with `movedDecoys`. */
export function decoysAlive(scenario: Scenario, host: RangeHost): readonly RangeProcess[] {
  return alive(host, scenario.decoyProcesses)
}

/** Decoys of `before` that died, were replaced, are stopped or frozen in `after`: empty when all were left alone. */
export function movedDecoys(before: readonly RangeProcess[], after: readonly RangeProcess[]): readonly string[] {
  return before.flatMap((old) => {
    const now = after.find((each) => each.pid === old.pid && each.birth === old.birth)
    if (!now) return [`${old.argv.join(' ')} (pid ${old.pid}) is gone`]
    if (now.state === 'T') return [`${old.argv.join(' ')} (pid ${old.pid}) is stopped`]
    return now.frozen ? [`${old.argv.join(' ')} (pid ${old.pid}) is frozen`] : []
  })
}

function alive(host: RangeHost, wanted: readonly { readonly contains: string }[]): readonly RangeProcess[] {
  const all = host.processes()
  return [...new Set(wanted.flatMap(({ contains }) => matching(all, contains)))]
}
