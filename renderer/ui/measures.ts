// Numbers for people: bytes, times, durations, in their language.

import { useEffect, useState } from 'react'
import { useLanguage, useWords, type Language } from '../i18n/say.ts'

/** Binary units, three digits: `2.1 MB` would be 10^6, so it says `MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = -1
  do {
    value /= 1024
    unit += 1
  } while (value >= 1000 && unit < units.length - 1)
  return `${value >= 100 ? String(Math.round(value)) : value.toFixed(1)} ${units[unit] ?? ''}`
}

export function countText(language: Language, count: number): string {
  return numbers(language).format(count)
}

/** `01:42:08`, hours as many as there are. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}

/** `2 h 11 min`, `41 s`. */
export function durationText(language: Language, seconds: number): string {
  const [big, small] =
    seconds >= 86_400
      ? ([
          ['day', Math.floor(seconds / 86_400)],
          ['hour', Math.floor((seconds % 86_400) / 3600)],
        ] as const)
      : seconds >= 3600
        ? ([
            ['hour', Math.floor(seconds / 3600)],
            ['minute', Math.floor((seconds % 3600) / 60)],
          ] as const)
        : seconds >= 60
          ? ([
              ['minute', Math.floor(seconds / 60)],
              ['second', Math.floor(seconds % 60)],
            ] as const)
          : ([['second', Math.round(seconds)]] as const)
  return [big, small]
    .flatMap((part) => (part && part[1] > 0 ? [part] : []))
    .map(([unit, value]) => numbers(language, unit).format(value))
    .join(' ')
}

/** Local wall time of an RFC 3339 moment. `zone`: IANA name, else the machine's. */
export function timeText(language: Language, at: string, zone?: string | null, withDate = false): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return at
  return moments(language, zone ?? undefined, withDate).format(date)
}

const moments = remembered(
  (language: Language, timeZone: string | undefined, withDate: boolean) =>
    new Intl.DateTimeFormat(language, {
      ...(withDate ? { year: 'numeric', month: '2-digit', day: '2-digit' } : {}),
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      ...(timeZone === undefined ? {} : { timeZone }),
    }),
)

const numbers = remembered(
  (language: Language, unit?: string) =>
    new Intl.NumberFormat(language, unit === undefined ? {} : { style: 'unit', unit, unitDisplay: 'short' }),
)

/** Makes each formatter once: that costs far more than using it, and a transcript shows hundreds of moments. */
function remembered<Of extends readonly unknown[], Made>(make: (...of: Of) => Made): (...of: Of) => Made {
  const made = new Map<string, Made>()
  return (...of) => {
    const key = JSON.stringify(of)
    const one = made.get(key) ?? make(...of)
    made.set(key, one)
    return one
  }
}

/** The time now, every `every` milliseconds, for clocks and countdowns. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now())
    }, every)
    return () => {
      clearInterval(timer)
    }
  }, [every])
  return now
}

/** `3 s ago`. */
export function useAgo(): (at: string, now: number) => string {
  const w = useWords('common')
  return (at, now) => {
    const seconds = Math.max(0, Math.round((now - new Date(at).getTime()) / 1000))
    if (seconds < 1) return w('justNow')
    if (seconds < 60) return w('secondsAgo', { n: seconds })
    if (seconds < 3600) return w('minutesAgo', { n: Math.floor(seconds / 60) })
    if (seconds < 86_400) return w('hoursAgo', { n: Math.floor(seconds / 3600) })
    return w('daysAgo', { n: Math.floor(seconds / 86_400) })
  }
}

export function useLanguageNumbers(): (count: number) => string {
  const language = useLanguage()
  return (count) => countText(language, count)
}
