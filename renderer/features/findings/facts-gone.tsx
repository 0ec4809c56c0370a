// Facts live only as long as the workbench: a case opened again has findings but no lists. Said plainly, with the way to read them again.

import { Button } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import type { Look } from '../../state/looks.ts'
import { useSession } from '../../state/session.ts'
import { Empty } from '../../ui/kit.tsx'
import { startLook } from './triage-head.tsx'

export function FactsGone({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const free = useSession((state) =>
    state.links.some(({ host, state: link, job }) => host === look.host && link === 'ready' && job === null),
  )
  return (
    <Empty icon={<IconHistory size={24} />} title={w('factsGone')} hint={w('factsGoneHint')}>
      <Button
        variant="default"
        disabled={!free}
        onClick={() => {
          startLook(look.host, null)
        }}
      >
        {free ? w('lookAgain') : w('notConnected')}
      </Button>
    </Empty>
  )
}
