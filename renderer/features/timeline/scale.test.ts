import { describe, expect, it } from 'vitest'
import { clusters, lowerBound, moved, ticks, wholeSpan, zoomed } from './scale.ts'
import { logTime } from './moments.ts'

const whole = { from: 0, to: 100_000 }

describe('the axis', () => {
  it('keeps the moment under the pointer where it is while it zooms', () => {
    const near = zoomed(whole, whole, 0.5, 25_000)
    expect(near).toEqual({ from: 12_500, to: 62_500 })
  })
  it('never leaves what there is, and never zooms beyond use', () => {
    expect(moved({ from: 10, to: 20 }, whole, -500)).toEqual({ from: 0, to: 10 })
    expect(zoomed(whole, whole, 9)).toEqual(whole)
    const { from, to } = zoomed({ from: 0, to: 150 }, whole, 0.001)
    expect(to - from).toBe(100)
  })
  it('gives room to a single moment', () => {
    const { from, to } = wholeSpan([5000])
    expect(from).toBeLessThan(5000)
    expect(to).toBeGreaterThan(5000)
  })
  it('makes one dot of what would lie over each other, loses none, and keeps red red', () => {
    const times = [0, 1, 2, 500, 999]
    const dots = clusters(times, (at) => at === 1, { from: 0, to: 1000 }, 100, 8)
    expect(dots.map(({ count, hostile }) => [count, hostile])).toEqual([
      [3, true],
      [1, false],
      [1, false],
    ])
    expect(lowerBound(times, 500)).toBe(3)
  })
  it('writes at most one tick a distance, from a tenth of a second to years', () => {
    for (const width of [200, 60_000, 86_400_000, 3e11]) {
      const { at } = ticks({ from: 1e12, to: 1e12 + width }, 800, 90, 0)
      expect(at.length).toBeGreaterThan(0)
      expect(at.length).toBeLessThanOrEqual(11)
    }
  })
  it('begins days at midnight of the zone that is shown', () => {
    const { at } = ticks({ from: 0, to: 5 * 86_400_000 }, 500, 90, 8 * 3_600_000)
    expect(((at[0] ?? 0) + 8 * 3_600_000) % 86_400_000).toBe(0)
  })
})

describe('a log time without a year', () => {
  const look = Date.parse('2026-01-05T10:00:00Z')
  it('is the latest such moment before the look', () => {
    expect(new Date(logTime('Jan  4 21:00:00', look)).toISOString()).toBe('2026-01-04T21:00:00.000Z')
    expect(new Date(logTime('Dec 31 21:00:00', look)).toISOString()).toBe('2025-12-31T21:00:00.000Z')
  })
  it('is taken as it is when it has one', () => {
    expect(logTime('2024-02-01T00:00:00+08:00', look)).toBe(Date.parse('2024-01-31T16:00:00Z'))
  })
})
