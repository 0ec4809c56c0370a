// What was found on a host: the verdict, and behind it the findings by score with their reasons, the processes, the connections, what starts what, and
// where the host's own view differs from ours. It reads; acts are the checklist's business.

import { Button, Tabs } from '@mantine/core'
import { IconRadar, IconServer } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useHere } from '../../state/here.ts'
import { factsOf, useLook, type Look } from '../../state/looks.ts'
import { go, useView } from '../../state/view.ts'
import { Empty, ErrorNote } from '../../ui/kit.tsx'
import { FindingList } from './finding-list.tsx'
import { HostViewCompared } from './host-view-compared.tsx'
import { ProcessList } from './process-list.tsx'
import { SocketList } from './socket-list.tsx'
import { StartsPicture } from './starts-picture.tsx'
import { startLook, TriageHead } from './triage-head.tsx'
import { useTriageCommands } from './triage-commands.ts'
import style from './findings.module.css'

const views = ['findings', 'processes', 'sockets', 'starts', 'hostView'] as const
type ViewName = (typeof views)[number]

export function TriageScreen(): ReactNode {
  const w = useWords('findings')
  const here = useHere()
  const look = useLook(here?.host ?? null)
  if (here === null) return <Empty icon={<IconServer size={24} />} title={w('noHost')} hint={w('noHostHint')} />
  return (
    <div className={style['screen']}>
      <TriageHead here={here} look={look} />
      {look?.error != null && (
        <div className={style['note']}>
          <ErrorNote error={look.error} />
        </div>
      )}
      {look?.state === 'read' ? (
        <Views key={here.host} look={look} />
      ) : (
        look?.state === 'never' && (
          <Empty icon={<IconRadar size={24} />} title={w('neverLooked')} hint={w('neverHint')}>
            {here.link?.state === 'ready' && here.link.job === null && (
              <Button
                onClick={() => {
                  startLook(here.host, null)
                }}
              >
                {w('look')}
              </Button>
            )}
          </Empty>
        )
      )}
    </div>
  )
}

function Views({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const [shown, setShown] = useState<ViewName>('findings')
  const open = useView((state) => state.finding)
  const [openBefore, setOpenBefore] = useState(open)
  if (open !== openBefore) {
    setOpenBefore(open)
    if (open !== null && shown !== 'starts') setShown('findings')
  }
  useTriageCommands()
  const counts: Partial<Record<ViewName, number | null>> = {
    findings: look.findings.length,
    processes: factsOf(look, 'process')?.length ?? null,
    sockets: factsOf(look, 'socket')?.length ?? null,
  }
  return (
    <Tabs
      className={style['views'] ?? ''}
      value={shown}
      onChange={(to) => {
        if (to === null) return
        if (to !== 'findings' && to !== 'starts') go({ finding: null })
        setShown(to as ViewName)
      }}
      keepMounted={false}
      variant="pills"
    >
      <Tabs.List aria-label={w('views')} className={style['viewTabs'] ?? ''}>
        {views.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {w(one)}
            {counts[one] != null && <span className={style['count']}>{counts[one]}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="findings" className={style['panel'] ?? ''}>
        <FindingList look={look} />
      </Tabs.Panel>
      <Tabs.Panel value="processes" className={style['panel'] ?? ''}>
        <ProcessList look={look} />
      </Tabs.Panel>
      <Tabs.Panel value="sockets" className={style['panel'] ?? ''}>
        <SocketList look={look} />
      </Tabs.Panel>
      <Tabs.Panel value="starts" className={style['panel'] ?? ''}>
        <StartsPicture look={look} />
      </Tabs.Panel>
      <Tabs.Panel value="hostView" className={style['panel'] ?? ''}>
        <HostViewCompared look={look} />
      </Tabs.Panel>
    </Tabs>
  )
}
