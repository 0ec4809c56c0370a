// CPU of the host, as far as looks sampled it: a line over the looks of this page with what was done to the host between them, and who was busiest at the
// last one. Nothing is measured between looks, and it says so.

import type { ReactNode } from 'react'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useHere } from '../../state/here.ts'
import { factsOf, useLook, type CpuSample, type Look } from '../../state/looks.ts'
import { useSession, type Session } from '../../state/session.ts'
import { HostTextView, Section } from '../../ui/kit.tsx'
import { timeText } from '../../ui/measures.ts'
import { joined } from './process-rows.ts'
import { cpuText } from './process-words.ts'
import { hostile } from './finding-words.ts'
import style from './cpu.module.css'

const height = 62
/** Processes listed as bars; below one percent of a core nobody is busy. */
const mostBars = 4
const idleBelow = 10

interface Event {
  readonly at: number
  readonly verb: 'freeze' | 'kill' | 'undone'
}

export function CpuChart(): ReactNode {
  const w = useWords('findings')
  const here = useHere()
  const look = useLook(here?.host ?? null)
  if (here === null) return null
  const name = here.link?.arrival ? <HostTextView text={here.link.arrival.hostname} mono={false} cut /> : null
  const samples = look?.cpu ?? []
  const [first, last] = [samples[0], samples.at(-1)]
  return (
    <Section
      title={w('cpu')}
      aside={
        <>
          {name !== null && <span className={style['host']}>{name}</span>}
          {first && last && (
            <span className="num">
              {first === last ? percentText(last) : `${percentText(first)} → ${percentText(last)}`}
            </span>
          )}
        </>
      }
    >
      {look?.state !== 'read' || look.facts === null ? (
        <p className={style['hint']}>{w('cpuNever')}</p>
      ) : samples.length === 0 ? (
        <p className={style['hint']}>{w('cpuUnknown')}</p>
      ) : (
        <>
          {samples.length > 1 && <Line samples={samples} host={here.host} />}
          <Busiest look={look} />
          <p className={style['hint']}>{w('cpuSample')}</p>
        </>
      )}
    </Section>
  )
}

/** Share of the whole machine, 0 to 1. */
function shareOf({ permille, cpus }: CpuSample): number {
  return Math.min(1, permille / 1000 / Math.max(1, cpus))
}

function percentText(sample: CpuSample): string {
  return `${String(Math.round(shareOf(sample) * 100))} %`
}

function Line({ samples, host }: { readonly samples: readonly CpuSample[]; readonly host: string }): ReactNode {
  const w = useWords('findings')
  const lang = useLanguage()
  const told = useSession((state) => state.told)
  const events = eventsOf(told, host)
  const times = [...samples.map(({ at }) => Date.parse(at)), ...events.map(({ at }) => at)]
  const [from, to] = [Math.min(...times), Math.max(...times)]
  const x = (at: number): number => (to === from ? 0 : (100 * (at - from)) / (to - from))
  const y = (sample: CpuSample): number => 4 + (height - 8) * (1 - shareOf(sample))
  const points = samples.map((sample) => `${String(x(Date.parse(sample.at)))},${String(y(sample))}`)
  const ends = [samples[0], samples.at(-1)].map((one) => (one ? percentText(one) : ''))
  return (
    <div className={style['chart']}>
      <svg
        viewBox={`0 0 100 ${String(height)}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={w('cpuLine', { n: samples.length, first: ends[0] ?? '', last: ends[1] ?? '' })}
      >
        <polygon
          points={`${String(x(Date.parse(samples[0]?.at ?? '')))},${String(height)} ${points.join(' ')} ${String(x(Date.parse(samples.at(-1)?.at ?? '')))},${String(height)}`}
        />
        <polyline points={points.join(' ')} />
        {events.map(({ at, verb }) => (
          <line key={`${verb} ${String(at)}`} x1={x(at)} x2={x(at)} y1={0} y2={height} data-verb={verb} />
        ))}
      </svg>
      {samples.map((sample) => (
        <i
          key={sample.at}
          style={{ left: `${String(x(Date.parse(sample.at)))}%`, top: y(sample) }}
          title={`${timeText(lang, sample.at)} · ${percentText(sample)}`}
        />
      ))}
      {events.map(({ at, verb }) => (
        <b key={`${verb} ${String(at)}`} data-right={x(at) > 70} style={{ left: `${String(x(at))}%` }}>
          {w(`cpuEvent-${verb}`)}
        </b>
      ))}
    </div>
  )
}

/** The first freeze, kill and undo of each step: one mark where ten processes were killed at once. */
function eventsOf(told: Session['told'], host: string): readonly Event[] {
  const seen = new Set<string>()
  const events: Event[] = []
  for (const [job, tells] of Object.entries(told))
    for (const { at, progress } of tells) {
      if (progress.type !== 'acted' && progress.type !== 'undone') continue
      if (progress.host !== host || progress.outcome !== 'done') continue
      const verb = progress.type === 'undone' ? 'undone' : progress.verb
      if (verb !== 'undone' && verb !== 'freeze' && verb !== 'kill') continue
      const key = `${job} ${progress.step} ${verb}`
      if (!seen.has(key)) events.push({ at: Date.parse(at), verb })
      seen.add(key)
    }
  return events
}

function Busiest({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const busy = joined(factsOf(look, 'process') ?? [], look.findings)
    .filter(({ process }) => (process.cpuPermille ?? 0) >= idleBelow)
    .sort((a, b) => (b.process.cpuPermille ?? 0) - (a.process.cpuPermille ?? 0))
    .slice(0, mostBars)
  const most = Math.max(1000, busy[0]?.process.cpuPermille ?? 0)
  if (busy.length === 0) return <p className={style['hint']}>{w('cpuIdle')}</p>
  return (
    <ul className={style['bars']} aria-label={w('cpuNow')}>
      {busy.map(({ process, finding }) => (
        <li key={process.identity.pid} data-hostile={finding !== null && hostile(finding)}>
          <span className={style['name']}>
            <HostTextView text={process.comm} cut /> <span className="mono faint">{process.identity.pid}</span>
          </span>
          <span className="num">{cpuText(process.cpuPermille)}</span>
          <i aria-hidden="true">
            <i style={{ width: `${String((100 * (process.cpuPermille ?? 0)) / most)}%` }} />
          </i>
        </li>
      ))}
    </ul>
  )
}
