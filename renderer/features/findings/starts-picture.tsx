// What starts what, large: every persistent thing that was found, with the finding beside it when one is chosen.

import { IconBinaryTree2 } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { factsOf, type Look } from '../../state/looks.ts'
import { useView } from '../../state/view.ts'
import { Empty } from '../../ui/kit.tsx'
import { WithDetail } from '../../ui/list.tsx'
import { FindingDetail } from './finding-detail.tsx'
import { StartsDrawing } from './starts-drawing.tsx'
import { startsGraph } from './starts-graph.ts'
import style from './starts.module.css'

/** Beyond this a picture says less than the list of findings. */
const mostCauses = 200

export function StartsPicture({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const open = useView((state) => state.finding)
  const graph = startsGraph(look.findings, mostCauses)
  const chosen = look.findings.find(({ id }) => id === open) ?? null
  const ordinary =
    (factsOf(look, 'schedule')?.filter(({ form }) => form !== 'environment').length ?? 0) -
    graph.causes.filter(({ finding }) => finding?.kind === 'schedule').length
  return (
    <WithDetail
      id="starts"
      side="beside"
      detail={chosen === null ? null : <FindingDetail key={chosen.id} finding={chosen} look={look} />}
    >
      {graph.causes.length + graph.effects.length === 0 ? (
        <Empty icon={<IconBinaryTree2 size={24} />} title={w('startsEmpty')} hint={w('startsEmptyHint')} />
      ) : (
        <div className={style['large']}>
          <div className={style['columns']}>
            <h3>{w('causes')}</h3>
            <h3>{w('effects')}</h3>
          </div>
          <StartsDrawing graph={graph} />
        </div>
      )}
      {ordinary > 0 && <p className={style['hint']}>{w('startsOthers', { n: ordinary })}</p>}
    </WithDetail>
  )
}
