// What starts what, as a picture's data: what persists on the left, what it starts or hides on the right. Read from findings alone, so that a case opened again
// shows the same map. Pure.

import { shown } from '../../../main/core/contract.ts'
import type { FindingView } from '../../state/looks.ts'

export interface StartsNode {
  /** id of the finding, or `hides` */
  readonly id: string
  /** null for what a library does to the host's own view */
  readonly finding: FindingView | null
  readonly name: string
  readonly hostile: boolean
  /** place in its column, counted from 0; may be half-way */
  readonly at: number
}

export interface StartsEdge {
  readonly from: string
  readonly to: string
  readonly hostile: boolean
}

export interface StartsGraph {
  readonly causes: readonly StartsNode[]
  readonly effects: readonly StartsNode[]
  readonly edges: readonly StartsEdge[]
  /** causes left out because of `most` */
  readonly more: number
}

/** The node for a preloaded library that hides processes from the host's own tools. */
export const hidesNode = 'hides'

/** The map of a look, its worst `most` causes and what belongs to them. */
export function startsGraph(findings: readonly FindingView[], most: number): StartsGraph {
  const persists = findings.filter(isCause)
  const causes = persists.slice(0, most)
  const effects = findings.filter((finding) => isEffect(finding, findings))
  const edges = causes.flatMap((cause) => [
    ...effects.filter((effect) => joined(cause, effect)).map((effect) => edge(cause, effect.id)),
    ...(cause.kind === 'preload' && cause.tags.includes('hidden') ? [edge(cause, hidesNode)] : []),
  ])
  const reached = new Set(edges.map(({ to }) => to))
  const drawn = effects.filter(({ id, kind }) => reached.has(id) || kind === 'process').slice(0, most)
  const known = new Set([...drawn.map(({ id }) => id), hidesNode])
  const left = causes.map((finding, at): StartsNode => ({ ...nodeOf(finding), at }))
  const right = [
    ...drawn.map((finding) => ({ ...nodeOf(finding), at: 0 })),
    ...(reached.has(hidesNode) ? [{ id: hidesNode, finding: null, name: '', hostile: false, at: 0 }] : []),
  ]
  const kept = edges.filter(({ to }) => known.has(to))
  return { causes: left, effects: placed(right, left, kept), edges: kept, more: persists.length - causes.length }
}

/** Kinds of findings about things that start other things. */
const starters: readonly FindingView['kind'][] = ['schedule', 'unit', 'startup', 'preload']

function isCause({ kind, reasons }: FindingView): boolean {
  if (starters.includes(kind)) return true
  return kind === 'file' && reasons.some(({ signal }) => /^(unit-of|enables)-hostile-timer$/.test(signal))
}

/** Processes, and payloads that nothing runs at the moment. */
function isEffect(finding: FindingView, all: readonly FindingView[]): boolean {
  if (finding.kind === 'process') return true
  if (finding.kind !== 'file' || finding.target.kind !== 'file' || !finding.tags.includes('payload')) return false
  const { dev, inode } = finding.target.identity
  return (
    !isCause(finding) &&
    !all.some(
      ({ kind, target }) =>
        kind === 'process' &&
        target.kind === 'process' &&
        target.identity.exeInode === inode &&
        target.identity.exeDev === dev,
    )
  )
}

function joined(a: FindingView, b: FindingView): boolean {
  return a.related.includes(b.id) || b.related.includes(a.id)
}

function edge(cause: FindingView, to: string): StartsEdge {
  return { from: cause.id, to, hostile: cause.proposed === 'yes' }
}

function nodeOf(finding: FindingView): Omit<StartsNode, 'at'> {
  return { id: finding.id, finding, name: nameOf(finding), hostile: finding.proposed === 'yes' }
}

/** Short: the last two parts of a path with the line, or the name and number of a process. */
function nameOf({ target, params }: FindingView): string {
  switch (target.kind) {
    case 'process':
      return `${String(params['name'] ?? '')} ${String(target.identity.pid)}`
    case 'line':
      return `${tail(shown(target.path))}:${String(target.line)}`
    case 'file':
      return tail(shown(target.path))
    case 'mount':
      return shown(target.point)
    case 'host':
      return ''
  }
}

function tail(path: string): string {
  return path.split('/').slice(-2).join('/')
}

/** Each effect beside the middle of its causes, none over another. */
function placed(
  nodes: readonly StartsNode[],
  causes: readonly StartsNode[],
  edges: readonly StartsEdge[],
): readonly StartsNode[] {
  const at = new Map(causes.map((node) => [node.id, node.at]))
  const wanted = nodes.map((node) => {
    const from = edges.filter(({ to }) => to === node.id).map((one) => at.get(one.from) ?? 0)
    return { node, at: from.length === 0 ? Number.MAX_SAFE_INTEGER : from.reduce((a, b) => a + b, 0) / from.length }
  })
  let free = 0
  return wanted
    .sort((a, b) => a.at - b.at)
    .map((one) => {
      const place = Math.max(free, one.at === Number.MAX_SAFE_INTEGER ? free : one.at)
      free = place + 1
      return { ...one.node, at: place }
    })
}
