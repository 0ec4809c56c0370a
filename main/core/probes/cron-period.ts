// How often a schedule runs at its densest: the shortest time between two runs. Pure. Null means unknown or only at boot, never "seldom".

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** Nicknames of cron(8) and of systemd.time(7), in seconds. */
const nicknames: Readonly<Record<string, number>> = {
  '@every_minute': minute,
  '@hourly': hour,
  '@daily': day,
  '@midnight': day,
  '@weekly': 7 * day,
  '@monthly': 28 * day,
  '@yearly': 365 * day,
  '@annually': 365 * day,
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Seconds between the two closest runs of a five-field schedule or a nickname; null when it cannot be read, never runs, or runs at boot only. */
export function cronPeriod(schedule: string): number | null {
  if (schedule.startsWith('@')) return nicknames[schedule.toLowerCase()] ?? null
  const fields = schedule.trim().split(/[ \t]+/)
  if (fields.length !== 5) return null
  const [minuteField = '', hourField = '', domField = '', monthField = '', dowField = ''] = fields
  const minutes = cronField(minuteField, 0, 59)
  const hours = cronField(hourField, 0, 23)
  const doms = cronField(domField, 1, 31)
  const monthSet = cronField(monthField, 1, 12, months)
  const dows = cronField(dowField, 0, 7, weekdays)
  if (!minutes || !hours || !doms || !monthSet || !dows) return null
  const times = hours.flatMap((h) => minutes.map((m) => h * 60 + m)).sort((a, b) => a - b)
  // both day fields restricted: either may match; a field that begins with a star only narrows the other (crontab(5))
  const either = !domField.startsWith('*') && !dowField.startsWith('*')
  const runsOn = (date: Date): boolean => {
    if (!monthSet.includes(date.getUTCMonth() + 1)) return false
    const dom = doms.includes(date.getUTCDate())
    const dow = dows.includes(date.getUTCDay()) || (date.getUTCDay() === 0 && dows.includes(7))
    return either ? dom || dow : dom && dow
  }
  return shortestGap(times, closestDays(runsOn))
}

/** The values a field names, ascending; null when it is not a cron field. Names are case-insensitive; a range `a~b` (a random one) counts as `a`. */
export function cronField(field: string, low: number, high: number, names: readonly string[] = []): number[] | null {
  const values = new Set<number>()
  const value = (word: string): number => {
    const named = names.indexOf(word.toLowerCase())
    return named === -1 ? (/^\d{1,2}$/.test(word) ? Number(word) : Number.NaN) : named + (low === 1 ? 1 : 0)
  }
  for (const part of field.split(',')) {
    const [range = '', stepText, extra] = part.split('/')
    const step = stepText === undefined ? 1 : /^\d{1,3}$/.test(stepText) ? Number(stepText) : 0
    if (step < 1 || extra !== undefined) return null
    const [fromText = '', toText] = range.split(/[-~]/)
    const from = range === '*' ? low : value(fromText)
    const single = toText === undefined || range.includes('~')
    const to = range === '*' ? high : single ? (stepText === undefined ? from : high) : value(toText)
    if (!(from >= low && to <= high && from <= to)) return null
    for (let at = from; at <= to; at += step) values.add(at)
  }
  return [...values].sort((a, b) => a - b)
}

/** Days between the two closest days that match, over five years (a leap day and the next); null when none or one does. */
function closestDays(runsOn: (date: Date) => boolean): number | null {
  let previous = -1
  let closest: number | null = null
  for (let at = 0; at < 5 * 366; at++) {
    if (!runsOn(new Date(Date.UTC(2024, 0, 1 + at)))) continue
    if (previous !== -1 && (closest === null || at - previous < closest)) closest = at - previous
    previous = at
    if (closest === 1) break
  }
  return closest
}

function shortestGap(times: readonly number[], days: number | null): number | null {
  const first = times[0]
  const last = times.at(-1)
  if (first === undefined || last === undefined || days === null) return null
  let shortest = days * 1440 - last + first
  for (let at = 1; at < times.length; at++) shortest = Math.min(shortest, (times[at] ?? 0) - (times[at - 1] ?? 0))
  return shortest * minute
}

/** systemd.time(7) units in seconds; `M` is months there and `m` minutes. */
const spans: readonly (readonly [RegExp, number])[] = [
  [/^(us|usec|µs)$/, 1e-6],
  [/^(ms|msec)$/, 1e-3],
  [/^(|s|sec|second|seconds)$/, 1],
  [/^(m|min|minute|minutes)$/, minute],
  [/^(h|hr|hour|hours)$/, hour],
  [/^(d|day|days)$/, day],
  [/^(w|week|weeks)$/, 7 * day],
  [/^(M|month|months)$/, 30.44 * day],
  [/^(y|year|years)$/, 365.25 * day],
]

/** Seconds: what is longer never comes round while anybody watches. */
const longestSpan = 100 * 365 * day

/** Whole seconds of a systemd time span such as `1h 30min` or `5`, rounded up; null when it is none, or longer than a century. */
export function timeSpan(text: string): number | null {
  const words = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)\s*/g)]
  if (words.length === 0 || words.map(([whole]) => whole).join('') !== text.trim()) return null
  let total = 0
  for (const [, count, unit = ''] of words) {
    const factor = spans.find(([pattern]) => pattern.test(unit))?.[1]
    if (factor === undefined) return null
    total += Number(count) * factor
  }
  return total <= longestSpan ? Math.ceil(total) : null
}

/** Shortest gap of an OnCalendar= expression whose time part can be read; a restricted date part counts as "at most daily". */
export function calendarPeriod(expression: string): number | null {
  const words = expression.trim().replace(/\s+(UTC|[A-Z][A-Za-z]+\/[A-Za-z_]+)$/, '')
  const named: Readonly<Record<string, number>> = {
    minutely: minute,
    hourly: hour,
    daily: day,
    weekly: 7 * day,
    monthly: 28 * day,
    quarterly: 90 * day,
    semiannually: 181 * day,
    yearly: 365 * day,
    annually: 365 * day,
  }
  const name = named[words.toLowerCase()]
  if (name !== undefined) return name
  const time = /(?:^|\s)([0-9*,./-]+):([0-9*,./-]+)(?::([0-9*,./-]+))?$/.exec(words)
  if (!time) return /^[A-Za-z0-9*,./ -]+$/.test(words) ? day : null
  const field = (text: string, high: number): number[] | null => cronField(text.replaceAll('..', '-'), 0, high)
  const hours = field(time[1] ?? '', 23)
  const minutes = field(time[2] ?? '', 59)
  const seconds = field(time[3] ?? '0', 59)
  if (!hours || !minutes || !seconds) return null
  const times = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => h * hour + m * minute + s)))
  times.sort((a, b) => a - b)
  let shortest = day - (times.at(-1) ?? 0) + (times[0] ?? 0)
  for (let at = 1; at < times.length; at++) shortest = Math.min(shortest, (times[at] ?? 0) - (times[at - 1] ?? 0))
  return shortest
}
