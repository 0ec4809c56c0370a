// What starts what, in the side column: the worst few; the whole map is in triage.

import { UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useHere } from '../../state/here.ts'
import { useLook } from '../../state/looks.ts'
import { go } from '../../state/view.ts'
import { Section } from '../../ui/kit.tsx'
import { StartsDrawing } from './starts-drawing.tsx'
import { startsGraph } from './starts-graph.ts'
import style from './starts.module.css'

/** Causes that fit into the column without pushing the undo list away. */
const mostCauses = 7

export function StartsMap(): ReactNode {
  const w = useWords('findings')
  const here = useHere()
  const look = useLook(here?.host ?? null)
  if (here === null) return null
  const graph = look?.state === 'read' ? startsGraph(look.findings, mostCauses) : null
  return (
    <Section title={w('startsTitle')}>
      {graph === null || graph.causes.length + graph.effects.length === 0 ? (
        <p className={style['hint']}>{graph === null ? w('startsNever') : w('startsEmpty')}</p>
      ) : (
        <StartsDrawing graph={graph} />
      )}
      {graph !== null && graph.more > 0 && (
        <UnstyledButton
          className={style['more'] ?? ''}
          onClick={() => {
            go({ screen: 'triage' })
          }}
        >
          {w('startsMore', { n: graph.more })}
        </UnstyledButton>
      )}
    </Section>
  )
}
