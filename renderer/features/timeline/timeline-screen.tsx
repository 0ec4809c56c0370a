// Logins, file changes, process starts, the run and what was found, on one axis that zooms; below it the same events as a list of what is in sight.

import { IconTimeline } from '@tabler/icons-react'
import { useMemo, useState, type ReactNode } from 'react'
import { say } from '../../../main/i18n/words.ts'
import { useLanguage, useWords, wordsOf } from '../../i18n/say.ts'
import { en } from '../../i18n/en/index.ts'
import { go } from '../../state/view.ts'
import { Empty, Tag } from '../../ui/kit.tsx'
import { VirtualTable, type Column } from '../../ui/virtual-table.tsx'
import { Axis } from './axis.tsx'
import { Bar, useTimelineCommands } from './bar.tsx'
import type { LaneData } from './draw.ts'
import { lanes, type Lane, type Moment } from './moments.ts'
import { lowerBound, wholeSpan, zoomed, type Span } from './scale.ts'
import { mostEvents, useMoments } from './use-moments.ts'
import { useZone, type Zone } from './zone.ts'
import style from './timeline.module.css'

const rowHeight = 28
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
          // for the hand: with the keyboard Enter on the row does the same, and Tab must not stop at each of hundreds
          <button
            type="button"
            tabIndex={-1}
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
