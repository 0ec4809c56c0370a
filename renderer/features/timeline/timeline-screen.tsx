// Logins, file changes, process starts, the run and what was found, on one axis that zooms; below it the same events as a list of what is in sight.

import { ActionIcon, Checkbox, NativeSelect, Tooltip } from '@mantine/core'
import { IconArrowsHorizontal, IconTimeline, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { useMemo, useState, type ReactNode } from 'react'
import { say } from '../../../main/i18n/words.ts'
import { useLanguage, useWords, wordsOf, type Language } from '../../i18n/say.ts'
import { en } from '../../i18n/en/index.ts'
import { useCommands } from '../../state/commands.ts'
import { useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { Empty, Tag } from '../../ui/kit.tsx'
import { FilterBar } from '../../ui/list.tsx'
import { VirtualTable, type Column } from '../../ui/virtual-table.tsx'
import { Axis } from './axis.tsx'
import type { LaneData } from './draw.ts'
import { lanes, type Lane, type Moment } from './moments.ts'
import { lowerBound, wholeSpan, zoomed, type Span } from './scale.ts'
import { mostEvents, useMoments } from './use-moments.ts'
import style from './timeline.module.css'

const rowHeight = 28
const filterId = 'timeline-filter'
type Words = keyof typeof en.timeline

export function TimelineScreen(): ReactNode {
  const w = useWords('timeline')
  const { moments, cut, facts } = useMoments()
  if (moments.length === 0) return <Empty icon={<IconTimeline size={24} />} title={w('empty')} hint={w('emptyHint')} />
  return (
    <div className={style['screen']}>
      <Timeline moments={moments} />
      {(cut || !facts) && (
        <p className={style['foot']}>
          {cut && w('cut', { n: mostEvents })} {!facts && w('sessionOnly')}
        </p>
      )}
    </div>
  )
}

function Timeline({ moments }: { readonly moments: readonly Moment[] }): ReactNode {
  const w = useWords('timeline')
  const [hidden, setHidden] = useState<ReadonlySet<Lane>>(new Set())
  const [text, setText] = useState('')
  const [wanted, setWanted] = useState<Span | null>(null)
  const [chosen, setChosen] = useState<Moment | null>(null)
  const zone = useZone()
  const words = useMomentWords()
  const found = useMemo(() => {
    const parts = text.toLowerCase().split(/\s+/).filter(Boolean)
    return moments.filter(
      (moment) =>
        !hidden.has(moment.lane) &&
        (parts.length === 0 || parts.every((part) => words(moment).toLowerCase().includes(part))),
    )
  }, [moments, hidden, text, words])
  const split = useMemo(() => splitByLane(found, hidden), [found, hidden])
  const whole = useMemo(() => wholeSpan(moments.map(({ at }) => at)), [moments])
  const span = wanted === null ? whole : zoomed(wanted, whole, 1)
  const inSight = useMemo(() => {
    const times = found.map(({ at }) => at)
    return { first: lowerBound(times, span.from), last: lowerBound(times, span.to + 1) }
  }, [found, span.from, span.to])
  const rows = { count: inSight.last - inSight.first, at: (index: number) => found[inSight.first + index] ?? null }
  const axisLanes = split.map(({ lane, data }) => ({ lane, name: w(`lane-${lane}`), data }))
  const columns = useMomentColumns(zone, words)
  const active = chosen === null ? -1 : found.indexOf(chosen) - inSight.first
  useTimelineCommands(span, whole, setWanted)
  const choose = (moment: Moment | null): void => {
    setChosen(moment)
  }
  return (
    <>
      <Bar
        text={text}
        onText={setText}
        hidden={hidden}
        onHidden={setHidden}
        zone={zone}
        onZoom={(factor) => {
          setWanted(factor === null ? null : zoomed(span, whole, factor))
        }}
      />
      <Axis
        lanes={axisLanes}
        span={span}
        whole={whole}
        onSpan={setWanted}
        zoneShift={zone.shift}
        tickText={zone.tickText}
        timeOf={zone.full}
        mark={chosen?.at ?? null}
        wordsOf={(lane, index) => {
          const moment = split.find((one) => one.lane === lane)?.moments[index]
          return moment ? words(moment) : ''
        }}
        onChoose={(lane, index) => {
          choose(split.find((one) => one.lane === lane)?.moments[index] ?? null)
        }}
      />
      <div className={style['count']}>{w('count', { n: rows.count, total: moments.length })}</div>
      <VirtualTable
        label={w('list')}
        columns={columns}
        count={rows.count}
        rowAt={rows.at}
        rowHeight={rowHeight}
        active={active >= 0 && active < rows.count ? active : -1}
        onActive={(index) => {
          choose(rows.at(index))
        }}
        onOpen={(index) => {
          openMoment(rows.at(index))
        }}
        mark={({ hostile }) => (hostile ? 'hostile' : null)}
        empty={<Empty icon={<IconTimeline size={24} />} title={w('noMatch')} />}
      />
    </>
  )
}

function openMoment(moment: Moment | null): void {
  if (moment?.finding != null) go({ screen: 'triage', finding: moment.finding })
  else if (moment?.exhibit != null)
    go({ screen: 'evidence', exhibit: moment.exhibit, evidenceFilter: moment.exhibit.slice(0, 12) })
}

interface LaneOf {
  readonly lane: Lane
  readonly moments: readonly Moment[]
  readonly data: LaneData
}

function splitByLane(moments: readonly Moment[], hidden: ReadonlySet<Lane>): readonly LaneOf[] {
  return lanes
    .filter((lane) => !hidden.has(lane))
    .map((lane) => {
      const mine = moments.filter((moment) => moment.lane === lane)
      return {
        lane,
        moments: mine,
        data: {
          times: Float64Array.from(mine, ({ at }) => at),
          hostile: Uint8Array.from(mine, ({ hostile }) => (hostile ? 1 : 0)),
        },
      }
    })
}

function useMomentWords(): (moment: Moment) => string {
  const lang = useLanguage()
  return useMemo(
    () =>
      ({ what, params }: Moment) => {
        const verdict = `verdict.${String(params['what'] ?? '')}`
        const said = what === 'looked' ? { ...params, what: say(lang, verdict) } : params
        return Object.hasOwn(en.timeline, what) ? wordsOf('timeline')(what as Words, said) : what
      },
    [lang],
  )
}

interface Zone {
  readonly chosen: 'local' | 'case' | 'utc'
  readonly choose: (zone: 'local' | 'case' | 'utc') => void
  readonly caseZone: string | null
  readonly shift: number
  readonly full: (at: number) => string
  readonly tickText: (at: number, step: number) => string
}

/** Times as this computer, the customer or nobody in particular reads them. */
function useZone(): Zone {
  const lang = useLanguage()
  const caseZone = useSession((state) => state.case?.timeZone ?? null)
  const [chosen, choose] = useState<Zone['chosen']>(caseZone === null ? 'local' : 'case')
  const zone = chosen === 'utc' ? 'UTC' : chosen === 'case' && caseZone !== null ? caseZone : undefined
  return useMemo(() => {
    const full = formatter(lang, zone, 'full')
    const clock = formatter(lang, zone, 'clock')
    const date = formatter(lang, zone, 'date')
    const month = formatter(lang, zone, 'month')
    return {
      chosen,
      choose,
      caseZone,
      shift: shiftOf(zone),
      full: (at: number) => full.format(at),
      tickText: (at: number, step: number) =>
        step >= 30 * 86_400_000
          ? month.format(at)
          : step >= 86_400_000
            ? date.format(at)
            : step >= 3_600_000
              ? `${date.format(at)} ${clock.format(at)}`
              : clock.format(at),
    }
  }, [lang, zone, chosen, caseZone])
}

function formatter(
  lang: Language,
  timeZone: string | undefined,
  shape: 'full' | 'clock' | 'date' | 'month',
): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(lang, {
    ...shapes[shape],
    ...(timeZone === undefined ? {} : { timeZone }),
  })
}

const clockShape = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const shapes = {
  full: { year: 'numeric', month: '2-digit', day: '2-digit', ...clockShape },
  clock: clockShape,
  date: { month: '2-digit', day: '2-digit' },
  month: { year: 'numeric', month: '2-digit' },
} as const

/** Milliseconds a zone is ahead of UTC now; days of other seasons may begin an hour off, which no tick suffers from. */
function shiftOf(timeZone: string | undefined): number {
  const now = Date.now()
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).formatToParts(now)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  const there = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return Math.round((there - now) / 60_000) * 60_000
}

function useMomentColumns(zone: Zone, words: (moment: Moment) => string): readonly Column<Moment>[] {
  const w = useWords('timeline')
  return [
    {
      id: 'when',
      label: w('when'),
      width: '150px',
      cell: ({ at, basis }) => (
        <span className="num" {...(basis === null ? {} : { title: w(basis) })}>
          {basis !== null && '≈ '}
          {zone.full(at)}
        </span>
      ),
    },
    { id: 'lane', label: w('lane'), width: '110px', cell: ({ lane }) => <Tag>{w(`lane-${lane}`)}</Tag> },
    {
      id: 'what',
      label: w('what'),
      width: 'minmax(200px, 1fr)',
      cell: (moment) => <span title={words(moment)}>{words(moment)}</span>,
    },
    {
      id: 'open',
      label: '',
      width: '128px',
      end: true,
      cell: (moment) =>
        moment.finding !== null || moment.exhibit !== null ? (
          <button
            type="button"
            className={style['open']}
            onClick={(event) => {
              event.stopPropagation()
              openMoment(moment)
            }}
          >
            {moment.finding !== null ? w('openFinding') : w('openEvidence')}
          </button>
        ) : null,
    },
  ]
}

function useTimelineCommands(span: Span, whole: Span, onSpan: (span: Span | null) => void): void {
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

function Bar({
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
