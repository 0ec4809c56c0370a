// A case at work: hosts and checklist on the left, the work in the middle with transcript and terminals below, evidence on the right. Only the composition is
// here; every part is a room of its own.

import { Tabs } from '@mantine/core'
import { useEffect, useRef, type ReactNode } from 'react'
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels'
import { KeptForStep } from '../features/checklist/kept-for-step.tsx'
import { Spine } from '../features/checklist/spine.tsx'
import { StepWork } from '../features/checklist/step-work.tsx'
import { Transcript } from '../features/checklist/transcript.tsx'
import { UndoList } from '../features/checklist/undo-list.tsx'
import { EvidenceScreen } from '../features/evidence/evidence-screen.tsx'
import { LockerMeter } from '../features/evidence/locker-meter.tsx'
import { CpuChart } from '../features/findings/cpu-chart.tsx'
import { StartsMap } from '../features/findings/starts-map.tsx'
import { TriageScreen } from '../features/findings/triage-screen.tsx'
import { HostList } from '../features/hosts/host-list.tsx'
import { ReportScreen } from '../features/report/report-screen.tsx'
import { SettingsScreen } from '../features/settings/settings-screen.tsx'
import { Dock } from '../features/terminal/dock.tsx'
import { TimelineScreen } from '../features/timeline/timeline-screen.tsx'
import { useWords } from '../i18n/say.ts'
import { go, screens, useView, type Screen } from '../state/view.ts'
import { Boundary } from './boundary.tsx'
import style from './app.module.css'

export function Workbench(): ReactNode {
  const w = useWords('frame')
  const hostsOpen = useView((state) => state.hostsOpen)
  const sideOpen = useView((state) => state.sideOpen)
  const dockOpen = useView((state) => state.dockOpen)
  const columns = useDefaultLayout({ id: 'columns', panelIds: columnIds(hostsOpen, sideOpen), storage: localStorage })
  const rows = useDefaultLayout({
    id: 'work-rows',
    panelIds: dockOpen ? ['upper', 'lower'] : ['upper'],
    storage: localStorage,
  })
  return (
    <Group
      orientation="horizontal"
      className={style['columns']}
      defaultLayout={columns.defaultLayout}
      onLayoutChanged={columns.onLayoutChanged}
    >
      {hostsOpen && (
        <>
          <Panel id="hosts" defaultSize="316px" minSize="220px" maxSize="40%" className={style['column']}>
            <aside aria-label={w('columnHosts')} className={style['scroll']}>
              <Boundary>
                <HostList />
              </Boundary>
              <Boundary>
                <Spine />
              </Boundary>
            </aside>
          </Panel>
          <Separator className={style['divider']} />
        </>
      )}
      <Panel id="middle" minSize="400px" className={style['column']}>
        <Group
          orientation="vertical"
          className={style['rows']}
          defaultLayout={rows.defaultLayout}
          onLayoutChanged={rows.onLayoutChanged}
        >
          <Panel id="upper" minSize="160px" className={style['column']}>
            <ScreenTabs />
            <main id="work" className={style['work']} tabIndex={-1}>
              <CurrentScreen />
            </main>
          </Panel>
          {dockOpen && (
            <>
              <Separator className={style['divider']} data-row="true" />
              <Panel id="lower" defaultSize="34%" minSize="90px" className={style['column']}>
                <section aria-label={w('dock')} className={style['dock']}>
                  <Boundary>
                    <Dock transcript={<Transcript />} />
                  </Boundary>
                </section>
              </Panel>
            </>
          )}
        </Group>
      </Panel>
      {sideOpen && (
        <>
          <Separator className={style['divider']} />
          <Panel id="side" defaultSize="308px" minSize="220px" maxSize="40%" className={style['column']}>
            <Side label={w('columnSide')} />
          </Panel>
        </>
      )}
    </Group>
  )
}

/** The locker stands still above what scrolls; another step shows what was kept for it first. */
function Side({ label }: { readonly label: string }): ReactNode {
  const step = useView((state) => state.step)
  const below = useRef<HTMLDivElement>(null)
  useEffect(() => {
    below.current?.scrollTo({ top: 0 })
  }, [step])
  return (
    <aside aria-label={label} className={style['side']}>
      <Boundary>
        <LockerMeter />
        <div ref={below} className={style['scroll']}>
          <KeptForStep />
          <CpuChart />
          <StartsMap />
          <UndoList />
        </div>
      </Boundary>
    </aside>
  )
}

function columnIds(hosts: boolean, side: boolean): string[] {
  return [...(hosts ? ['hosts'] : []), 'middle', ...(side ? ['side'] : [])]
}

function ScreenTabs(): ReactNode {
  const w = useWords('frame')
  const screen = useView((state) => state.screen)
  const names = useScreenNames()
  return (
    <Tabs
      value={screen}
      onChange={(to) => {
        if (to !== null) go({ screen: to as Screen })
      }}
      className={style['tabs'] ?? ''}
      aria-label={w('screens')}
    >
      <Tabs.List>
        {screens.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {names[one]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  )
}

export function useScreenNames(): Readonly<Record<Screen, string>> {
  return {
    triage: useWords('findings')('title'),
    checklist: useWords('checklist')('title'),
    evidence: useWords('evidence')('title'),
    timeline: useWords('timeline')('title'),
    report: useWords('report')('title'),
    settings: useWords('settings')('title'),
  }
}

const parts: Readonly<Record<Screen, () => ReactNode>> = {
  triage: TriageScreen,
  checklist: StepWork,
  evidence: EvidenceScreen,
  timeline: TimelineScreen,
  report: ReportScreen,
  settings: SettingsScreen,
}

function CurrentScreen(): ReactNode {
  const screen = useView((state) => state.screen)
  const Part = parts[screen]
  return (
    <Boundary key={screen}>
      <Part />
    </Boundary>
  )
}
