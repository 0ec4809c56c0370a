// The map itself: buttons for the nodes, so that keyboard and ear reach them, and curves behind that only repeat what the labels say.

import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { go, useView } from '../../state/view.ts'
import { hidesNode, type StartsGraph, type StartsNode } from './starts-graph.ts'
import style from './starts.module.css'

/** Pixels from one node to the next. */
const step = 34
/** Percent of the width at which the left nodes end and the right ones begin. */
const leftEnds = 45
const rightBegins = 58

export function StartsDrawing({ graph }: { readonly graph: StartsGraph }): ReactNode {
  const w = useWords('findings')
  const rows = Math.max(graph.causes.length, ...graph.effects.map(({ at }) => at + 1))
  const height = rows * step
  const places = new Map([...graph.causes, ...graph.effects].map((node) => [node.id, node]))
  const middle = (id: string): number => ((places.get(id)?.at ?? 0) + 0.5) * step
  const startedBy = (node: StartsNode): string =>
    graph.edges
      .filter(({ from }) => from === node.id)
      .map(({ to }) => (to === hidesNode ? w('hidesFromPs') : (places.get(to)?.name ?? '')))
      .join(', ')
  return (
    <div className={style['map']} style={{ height }} role="group" aria-label={w('startsTitle')}>
      <svg viewBox={`0 0 100 ${String(height)}`} preserveAspectRatio="none" aria-hidden="true">
        {graph.edges.map(({ from, to, hostile }) => {
          const [y1, y2] = [middle(from), middle(to)]
          const bend = (leftEnds + rightBegins) / 2
          return (
            <path
              key={`${from} ${to}`}
              data-hostile={hostile}
              d={`M${String(leftEnds)} ${String(y1)}C${String(bend)} ${String(y1)} ${String(bend)} ${String(y2)} ${String(rightBegins)} ${String(y2)}`}
            />
          )
        })}
      </svg>
      {graph.causes.map((node) => (
        <Node key={node.id} node={node} side="left" says={startedBy(node)} />
      ))}
      {graph.effects.map((node) => (
        <Node key={node.id} node={node} side="right" says="" />
      ))}
    </div>
  )
}

function Node({
  node,
  side,
  says,
}: {
  readonly node: StartsNode
  readonly side: 'left' | 'right'
  readonly says: string
}): ReactNode {
  const w = useWords('findings')
  const chosen = useView((state) => state.finding === node.id)
  const { finding } = node
  const name = finding === null ? w('hidesFromPs') : node.name
  const place = { top: node.at * step + 4, height: step - 8 }
  if (finding === null)
    return (
      <span className={style['node']} data-side={side} style={place}>
        {name}
      </span>
    )
  const label = says === '' ? w('nodeLabel', { name, score: finding.score }) : w('edgeLabel', { from: name, to: says })
  return (
    <button
      type="button"
      className={style['node']}
      data-side={side}
      data-hostile={node.hostile}
      data-strong={side === 'right'}
      aria-pressed={chosen}
      aria-label={label}
      title={label}
      style={place}
      onClick={() => {
        go({ screen: 'triage', finding: finding.id })
      }}
    >
      {name}
    </button>
  )
}
