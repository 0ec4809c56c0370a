// Times as this computer, the customer or nobody in particular reads them.

import { useMemo, useState } from 'react'
import { useLanguage } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'

export interface Zone {
  readonly chosen: 'local' | 'case' | 'utc'
  readonly choose: (zone: 'local' | 'case' | 'utc') => void
  readonly caseZone: string | null
  readonly shift: number
  readonly full: (at: number) => string
  readonly tickText: (at: number, step: number) => string
}

export function useZone(): Zone {
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
  lang: string,
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
  const parts = formatter('en-GB', timeZone, 'full').formatToParts(now)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  const there = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return Math.round((there - now) / 60_000) * 60_000
}
