// The oracle: what a host was right after planting, and what is wrong with it after an eviction or an undo. Everything is read from
// outside; anything that is not part of the infection must be exactly as it was, decoy or not.
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import type { RangeProcess } from '../processes.ts'
import { describeChanges, diffTrees } from '../tree.ts'
import type { Tree, TreeChange, TreeEntry } from '../tree.ts'
import { asideOf } from './plant.ts'
import { decoysAlive, hostileAlive, movedDecoys } from './scenario.ts'
import type { HostileFile, Scenario } from './scenario.ts'

/** Where the workbench keeps what it moved away; the one folder it may leave on a host. */
const quarantine = '/var/lib/tourniquet'

export interface Baseline {
  readonly scenario: Scenario
  readonly tree: Tree
  readonly decoys: readonly RangeProcess[]
  /** Every hostile path as it is on this host, with the bytes it must have after an eviction; null: it must be gone. */
  readonly wanted: ReadonlyMap<string, Buffer | null>
}

/** Take it after planting and before the workbench first connects. About a second. */
export function takeBaseline(scenario: Scenario, host: RangeHost): Baseline {
  const tree = host.snapshotTree()
  const wanted = new Map<string, Buffer | null>()
  for (const file of [...scenario.hostileFiles, ...scenario.dormantFiles]) {
    if (file.remove === 'restored') {
      wanted.set(file.path, readFileSync(asideOf(host, file.path)))
      continue
    }
    const paths = resolve(file.path, tree)
    if (paths.length === 0) throw new Error(`${scenario.name} planted nothing at ${file.path}`)
    for (const path of paths)
      wanted.set(path, file.remove === 'whole' ? null : without(file, readFileSync(join(host.dir, path))))
  }
  return { scenario, tree, decoys: decoysAlive(scenario, host), wanted }
}

/** One sentence for everything that is not as it must be after an eviction; empty when all is well. */
export function wrongAfterEviction(baseline: Baseline, host: RangeHost): readonly string[] {
  const { stillHostile, touchedBesides } = afterEviction(baseline, host)
  return [...stillHostile, ...touchedBesides]
}

/** The same apart: what of the infection is still there, and what was touched that is not of it. */
export function afterEviction(
  baseline: Baseline,
  host: RangeHost,
): { readonly stillHostile: readonly string[]; readonly touchedBesides: readonly string[] } {
  const { scenario, tree, decoys, wanted } = baseline
  const now = host.snapshotTree()
  const dormant = scenario.dormantFiles.flatMap(({ path }) => resolve(path, tree))
  const stillHostile = hostileAlive(scenario, host).map(({ pid, argv }) => `alive: pid ${pid} ${argv[0] ?? ''}`)
  const touchedBesides: string[] = []
  for (const [path, bytes] of wanted) {
    if (dormant.includes(path)) continue
    const entry = now.get(path)
    if (bytes === null || bytes.length === 0) {
      if (entry && !(bytes !== null && entry.size === '0')) stillHostile.push(`still there: ${path}`)
    } else if (!entry) touchedBesides.push(`gone, but only lines of it were hostile: ${path}`)
    else {
      const left = readFileSync(join(host.dir, path))
      if (hostileLines(scenario, path).some((line) => `\n${left.toString('latin1')}\n`.includes(`\n${line}\n`)))
        stillHostile.push(`hostile lines still there: ${path}`)
      else if (!left.equals(bytes) && isRestored(scenario, path)) stillHostile.push(`not put back: ${path}`)
      else if (!left.equals(bytes)) touchedBesides.push(`its owner's lines are not what they were: ${path}`)
      const old = isRestored(scenario, path) ? asDelivered(host, path) : tree.get(path)
      for (const field of ['mode', 'uid', 'gid', 'xattrs'] as const)
        if (old?.[field] !== entry[field])
          touchedBesides.push(`${field} of ${path}: ${String(old?.[field])} became ${String(entry[field])}`)
    }
  }
  const theirs = scenario.attackerFolders.flatMap((folder) => [folder, `${folder}/`])
  touchedBesides.push(
    ...touched(diffTrees(tree, now, { ignore: [quarantine, `${quarantine}/`, ...wanted.keys(), ...theirs] })),
    ...movedDecoys(decoys, decoysAlive(scenario, host)),
  )
  return { stillHostile, touchedBesides }
}

/** What an undo with `--restore-hostile` did not bring back byte-, mode-, owner-, flag- and attribute-identical, or moved besides. */
export function wrongAfterUndo(baseline: Baseline, host: RangeHost): readonly string[] {
  const { scenario, tree, decoys, wanted } = baseline
  const now = host.snapshotTree()
  const mine = [quarantine, `${quarantine}/`]
  const others = diffTrees(tree, now, { ignore: [...mine, ...wanted.keys()] })
  const restored = diffTrees(tree, now, { ignore: mine, ignoreFields: ['inode', 'mtime'] }).filter(({ path }) =>
    wanted.has(path),
  )
  return [...touched([...others, ...restored]), ...movedDecoys(decoys, decoysAlive(scenario, host))]
}

/** What a look without leave to write has changed: on an innocent host, and after any triage, nothing at all. */
export function wrongAfterLook(baseline: Baseline, host: RangeHost): readonly string[] {
  const { scenario, tree, decoys } = baseline
  return [...touched(diffTrees(tree, host.snapshotTree())), ...movedDecoys(decoys, decoysAlive(scenario, host))]
}

function touched(changes: readonly TreeChange[]): readonly string[] {
  return changes.length === 0 ? [] : describeChanges(changes).split('\n')
}

/** The paths of the tree a hostile path stands for. */
function resolve(path: string, tree: Tree): readonly string[] {
  if (!path.endsWith('*')) return tree.has(path) ? [path] : []
  return [...tree.keys()].filter((each) => each.startsWith(path.slice(0, -1)))
}

function isRestored({ hostileFiles }: Scenario, path: string): boolean {
  return hostileFiles.some((each) => each.path === path && each.remove === 'restored')
}

/** What a delivered file is like beside its bytes; packages deliver no attributes. */
function asDelivered(host: RangeHost, path: string): Pick<TreeEntry, 'mode' | 'uid' | 'gid' | 'xattrs'> {
  const { mode, uid, gid } = lstatSync(asideOf(host, path))
  return { mode: (mode & 0o7777).toString(8), uid, gid }
}

/** The hostile lines of the owner's file at that path, as latin1. */
function hostileLines({ hostileFiles }: Scenario, path: string): readonly string[] {
  const file = hostileFiles.find((each) => each.path === path)
  return file === undefined || typeof file.remove === 'string'
    ? []
    : file.remove.lines.map((line) => Buffer.from(line).toString('latin1'))
}

/** The file without its hostile lines, each of which must be there. */
function without(file: HostileFile, bytes: Buffer): Buffer {
  if (typeof file.remove === 'string') throw new RangeError('the whole file is hostile')
  let text = bytes.toString('latin1')
  for (const line of file.remove.lines) {
    const at = `\n${text}`.indexOf(`\n${Buffer.from(line).toString('latin1')}\n`)
    if (at === -1) throw new Error(`${file.path} has no such line: ${line}`)
    text = text.slice(0, at) + text.slice(at + Buffer.byteLength(line) + 1)
  }
  return Buffer.from(text, 'latin1')
}
