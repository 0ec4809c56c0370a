// Rows of the process list: facts joined with their findings, sorted, filtered, or as the tree of who started whom. Pure; every list is bounded by its input,
// and a host that claims circular parents still gives a finite tree.

import { shown } from '../../../main/core/contract.ts'
import type { FactViewOf, FindingView } from '../../state/looks.ts'

export type ProcessView = FactViewOf<'process'>

export interface ProcessRow {
  readonly process: ProcessView
  /** the finding about it with the highest score; null when nobody suspects it */
  readonly finding: FindingView | null
  /** steps below its root in the tree; 0 in the list */
  readonly depth: number
  /** how many it started itself; 0 in the list */
  readonly children: number
}

export type ProcessOrder = 'score' | 'pid' | 'user' | 'cpu' | 'age' | 'exe'

/** Processes with their findings, in the order facts have. */
export function joined(processes: readonly ProcessView[], findings: readonly FindingView[]): readonly ProcessRow[] {
  const about = new Map<string, FindingView>()
  for (const finding of findings) {
    if (finding.target.kind !== 'process' || finding.kind === 'scheduler-daemon') continue
    const key = keyOf(finding.target.identity)
    const known = about.get(key)
    if (known === undefined || known.score < finding.score) about.set(key, finding)
  }
  return processes.map((process) => ({
    process,
    finding: about.get(keyOf(process.identity)) ?? null,
    depth: 0,
    children: 0,
  }))
}

/** A process within one look: its number and when it started. */
export function keyOf({ pid, startTime }: { readonly pid: number; readonly startTime: string }): string {
  return `${String(pid)} ${startTime}`
}

/** Rows in which every word occurs, in number, name, paths, command line or user. */
export function filtered(rows: readonly ProcessRow[], text: string): readonly ProcessRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter(({ process }) => {
    const all = [
      String(process.identity.pid),
      shown(process.comm),
      shown(process.cmdline),
      process.exe === null ? '' : shown(process.exe),
      `uid ${String(process.uid)}`,
    ]
      .join('\n')
      .toLowerCase()
    return words.every((word) => all.includes(word))
  })
}

/** What cannot be compared, such as an unread CPU share, stands last in either direction. */
export function sorted(rows: readonly ProcessRow[], by: ProcessOrder, descending: boolean): readonly ProcessRow[] {
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const x = valueOf(a, by)
    const y = valueOf(b, by)
    if (x === null || y === null) return x === y ? byPid(a, b) : x === null ? 1 : -1
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x) < String(y) ? -1 : x === y ? 0 : 1
    return order === 0 ? tie(a, b) : sign * order
  })
}

function tie(a: ProcessRow, b: ProcessRow): number {
  return (b.process.cpuPermille ?? -1) - (a.process.cpuPermille ?? -1) || byPid(a, b)
}

function byPid(a: ProcessRow, b: ProcessRow): number {
  return a.process.identity.pid - b.process.identity.pid
}

function valueOf({ process, finding }: ProcessRow, by: ProcessOrder): number | string | null {
  switch (by) {
    case 'score':
      return finding?.score ?? 0
    case 'pid':
      return process.identity.pid
    case 'user':
      return process.uid
    case 'cpu':
      return process.cpuPermille
    case 'age':
      return process.ageSeconds
    case 'exe':
      return process.exe === null ? null : shown(process.exe)
  }
}

/** Who started whom, roots by number, without what is below a collapsed row. `collapsed` holds keys of `keyOf`. */
export function treed(rows: readonly ProcessRow[], collapsed: ReadonlySet<string>): readonly ProcessRow[] {
  const pids = new Set(rows.map(({ process }) => process.identity.pid))
  const below = new Map<number, ProcessRow[]>()
  const roots: ProcessRow[] = []
  for (const row of [...rows].sort(byPid)) {
    const { ppid, identity } = row.process
    if (ppid === identity.pid || !pids.has(ppid)) roots.push(row)
    else below.set(ppid, [...(below.get(ppid) ?? []), row])
  }
  const out: ProcessRow[] = []
  const seen = new Set<ProcessRow>()
  const walk = (from: readonly ProcessRow[]): void => {
    const stack = from.map((row) => ({ row, depth: 0, shown: true })).reverse()
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { row, depth } = next
      if (seen.has(row)) continue
      seen.add(row)
      const children = below.get(row.process.identity.pid) ?? []
      if (next.shown) out.push({ ...row, depth, children: children.length })
      const open = next.shown && !collapsed.has(keyOf(row.process.identity))
      stack.push(...children.map((child) => ({ row: child, depth: depth + 1, shown: open })).reverse())
    }
  }
  walk(roots)
  walk(rows.filter((row) => !seen.has(row))) // parents in a circle: no root leads there
  return out
}
