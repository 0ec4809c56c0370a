// From times over several links to round trips: what grows with the round-trip time is waiting for the link, what stays is work.
// The slope survives a noisy machine, an absolute time does not.

/** What several samples of one thing stand for. Load only ever adds time: the least is nearest to the truth, the median to what people feel. */
export type Estimate = (samples: readonly number[]) => number

export const median: Estimate = (samples) => {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export const least: Estimate = (samples) => Math.min(...samples)

/** Nearest rank: the smallest sample that `share` of all samples do not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export interface Line {
  /** round trips */
  readonly slope: number
  /** milliseconds at a round-trip time of zero: work of host and client */
  readonly work: number
}

/** Least squares through one estimate for each round-trip time (milliseconds to milliseconds). Needs two of them at least. */
export function lineThrough(samples: ReadonlyMap<number, readonly number[]>, estimate: Estimate): Line {
  const points = [...samples].map(([rtt, times]) => ({ x: rtt, y: estimate(times) }))
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const x = mean((point) => point.x)
  const y = mean((point) => point.y)
  const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2)
  return { slope, work: y - slope * x }
}
