// The arithmetic of the axis: windows of time, ticks, clusters of dots. Pure; milliseconds since 1970 and pixels.

export interface Span {
  readonly from: number
  readonly to: number
}

/** Nobody needs less than a tenth of a second across the screen. */
const narrowest = 100

/** Everything, with a little air at both ends. */
export function wholeSpan(times: readonly number[]): Span {
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0]
  const air = Math.max(500, (to - from) * 0.02)
  return { from: from - air, to: to + air }
}

/** Nearer (`factor` below 1) or farther around a moment, never beyond the whole. */
export function zoomed(span: Span, whole: Span, factor: number, around = (span.from + span.to) / 2): Span {
  const width = Math.min(whole.to - whole.from, Math.max(narrowest, (span.to - span.from) * factor))
  const share = (around - span.from) / (span.to - span.from)
  return within({ from: around - share * width, to: around + (1 - share) * width }, whole)
}

export function moved(span: Span, whole: Span, by: number): Span {
  return within({ from: span.from + by, to: span.to + by }, whole)
}

function within(span: Span, whole: Span): Span {
  const width = Math.min(span.to - span.from, whole.to - whole.from)
  const from = Math.max(whole.from, Math.min(span.from, whole.to - width))
  return { from, to: from + width }
}

/** First index whose time is not before `at`, in a sorted list. */
export function lowerBound(times: ArrayLike<number>, at: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? Infinity) < at) low = middle + 1
    else high = middle
  }
  return low
}

export interface Cluster {
  /** pixel */
  readonly x: number
  readonly count: number
  readonly hostile: boolean
  /** index of its first event in the list it was made from */
  readonly first: number
  readonly last: number
}

/** Dots nearer than `apart` pixels become one. `times` sorted; linear in the number of events in sight. */
export function clusters(
  times: ArrayLike<number>,
  hostile: (index: number) => boolean,
  span: Span,
  width: number,
  apart: number,
): readonly Cluster[] {
  const out: { x: number; count: number; hostile: boolean; first: number; last: number }[] = []
  const scale = width / (span.to - span.from)
  const end = lowerBound(times, span.to)
  for (let at = lowerBound(times, span.from); at < end; at++) {
    const x = ((times[at] ?? 0) - span.from) * scale
    const before = out.at(-1)
    if (before !== undefined && x - before.x < apart) {
      before.count += 1
      before.last = at
      before.hostile ||= hostile(at)
    } else out.push({ x, count: 1, hostile: hostile(at), first: at, last: at })
  }
  return out
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const steps = [
  100,
  500,
  second,
  5 * second,
  15 * second,
  30 * second,
  minute,
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  30 * day,
  91 * day,
  365 * day,
  5 * 365 * day,
]

/** Moments to write under the axis, and how long one step is. `zoneShift`: milliseconds the zone is ahead of UTC, so that days begin at its midnight. */
export function ticks(
  span: Span,
  width: number,
  apart: number,
  zoneShift: number,
): { readonly at: readonly number[]; readonly step: number } {
  const wanted = ((span.to - span.from) * apart) / Math.max(1, width)
  const step = steps.find((one) => one >= wanted) ?? steps.at(-1) ?? day
  const first = Math.ceil((span.from + zoneShift) / step) * step - zoneShift
  const at: number[] = []
  for (let next = first; next <= span.to; next += step) at.push(next)
  return { at, step }
}
