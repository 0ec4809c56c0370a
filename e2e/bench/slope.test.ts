// The arithmetic under every figure of the bench.

import { expect, it } from 'vitest'
import { least, lineThrough, median, percentile } from './slope.ts'

it('finds round trips and work in times that are made of them', () => {
  const times = new Map([0, 50, 100].map((rtt) => [rtt, [900, 30 + 2 * rtt, 30 + 2 * rtt]]))
  const line = lineThrough(times, median)
  expect(line.slope).toBeCloseTo(2, 9)
  expect(line.work).toBeCloseTo(30, 9)
})

it('is not moved by load when it takes the least', () => {
  const times = new Map([
    [0, [31, 400, 30]],
    [150, [900, 180, 2000]],
  ])
  expect(lineThrough(times, least).slope).toBeCloseTo(1, 9)
})

it('takes the median of an even count between the two in the middle, and percentiles by rank', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(percentile([5, 1, 4, 2, 3], 0.95)).toBe(5)
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3)
})
