// What stands above the timeline: which events are shown, in whose time, how near; and the keys that do the same.

import { ActionIcon, Checkbox, NativeSelect, Tooltip } from '@mantine/core'
import { IconArrowsHorizontal, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { FilterBar } from '../../ui/list.tsx'
import { lanes, type Lane } from './moments.ts'
import { zoomed, type Span } from './scale.ts'
import type { Zone } from './zone.ts'
import style from './timeline.module.css'

const filterId = 'timeline-filter'

export function Bar({
  text,
  onText,
  hidden,
  onHidden,
  zone,
  onZoom,
}: {
  readonly text: string
  readonly onText: (text: string) => void
  readonly hidden: ReadonlySet<Lane>
  readonly onHidden: (hidden: ReadonlySet<Lane>) => void
  readonly zone: Zone
  /** null: everything */
  readonly onZoom: (factor: number | null) => void
}): ReactNode {
  const w = useWords('timeline')
  const zones = [
    ...(zone.caseZone === null ? [] : [{ value: 'case', label: w('zone-case', { zone: zone.caseZone }) }]),
    { value: 'local', label: w('zone-local') },
    { value: 'utc', label: w('zone-utc') },
  ]
  const buttons = [
    [w('zoomIn'), <IconZoomIn key="in" size={15} />, 0.5],
    [w('zoomOut'), <IconZoomOut key="out" size={15} />, 2],
    [w('showAll'), <IconArrowsHorizontal key="all" size={15} />, null],
  ] as const
  return (
    <FilterBar id={filterId} label={w('filter')} placeholder={w('filter')} text={text} onText={onText} widest={180}>
      <div className={style['laneBoxes']} role="group" aria-label={w('lanes')}>
        {lanes.map((lane) => (
          <Checkbox
            key={lane}
            label={w(`lane-${lane}`)}
            checked={!hidden.has(lane)}
            onChange={(event) => {
              const next = new Set(hidden)
              if (event.currentTarget.checked) next.delete(lane)
              else next.add(lane)
              onHidden(next)
            }}
          />
        ))}
      </div>
      <NativeSelect
        size="xs"
        aria-label={w('zone')}
        value={zone.chosen}
        data={zones}
        onChange={(event) => {
          zone.choose(event.currentTarget.value as Zone['chosen'])
        }}
      />
      {buttons.map(([label, icon, factor]) => (
        <Tooltip key={label} label={label}>
          <ActionIcon
            aria-label={label}
            onClick={() => {
              onZoom(factor)
            }}
          >
            {icon}
          </ActionIcon>
        </Tooltip>
      ))}
    </FilterBar>
  )
}

export function useTimelineCommands(span: Span, whole: Span, onSpan: (span: Span | null) => void): void {
  const w = useWords('timeline')
  const group = w('title')
  useCommands('timeline', [
    {
      id: 'timeline.filter',
      label: w('filter'),
      group,
      keys: '/',
      run: () => {
        document.getElementById(filterId)?.focus()
      },
    },
    {
      id: 'timeline.in',
      label: w('zoomIn'),
      group,
      keys: '+',
      run: () => {
        onSpan(zoomed(span, whole, 0.5))
      },
    },
    {
      id: 'timeline.out',
      label: w('zoomOut'),
      group,
      keys: '-',
      run: () => {
        onSpan(zoomed(span, whole, 2))
      },
    },
    {
      id: 'timeline.all',
      label: w('showAll'),
      group,
      keys: '0',
      run: () => {
        onSpan(null)
      },
    },
  ])
}
