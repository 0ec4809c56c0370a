import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noisyOr, score } from './noisy-or.ts'

const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 12 })

describe('noisy-or', () => {
  it('joins what is independent and is exact on round weights', () => {
    expect(noisyOr([])).toBe(0)
    expect(noisyOr([850])).toBe(850)
    expect(noisyOr([500, 500])).toBe(750)
    expect(noisyOr([600, 500, 250])).toBe(850)
    expect(noisyOr([1000, 1])).toBe(1000)
    expect(score(849)).toBe(84)
  })

  it('does not depend on order, never falls when a weight is added, and stays in bounds', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 1000 }), (list, more) => {
        const sum = noisyOr(list)
        expect(noisyOr([...list].reverse())).toBe(sum)
        expect(noisyOr([...list, more])).toBeGreaterThanOrEqual(sum)
        expect(sum).toBeGreaterThanOrEqual(Math.max(0, ...list))
        expect(sum).toBeLessThanOrEqual(1000)
      }),
    )
  })

  it('never overstates: it is at most the exact value', () => {
    fc.assert(
      fc.property(weights, (list) => {
        const exact = 1000 * (1 - list.reduce((doubt, weight) => doubt * (1 - weight / 1000), 1))
        expect(noisyOr(list)).toBeLessThanOrEqual(Math.floor(exact + 1e-6))
        expect(noisyOr(list)).toBeGreaterThan(exact - 2)
      }),
    )
  })
})
