// The gate: the two slopes that make the framed shell worth having. Nothing that a slow or busy machine can change is asserted.

import { expect, it } from 'vitest'
import { benchUnavailable } from './host.ts'
import { measure, shownRoundTrips } from './round-trips.ts'
import { least } from './slope.ts'
import { dependentStep, independentReads } from './workloads.ts'

const missing = benchUnavailable()

it.skipIf(missing !== null)(
  `20 independent reads cost at most 3 round trips, a dependent step at most 1.1${missing === null ? '' : ` (skipped: ${missing})`}`,
  // Load only adds: a link crossed once too often is so every time, a machine with fifty others at work is not.
  { retry: 2 },
  async () => {
    const workloads = [independentReads, dependentStep]
    const measured = await measure({ workloads, rtts: [0, 300], samples: 7, estimate: least })
    console.log(shownRoundTrips(measured))
    const [reads, step] = measured
    expect(reads?.slope).toBeLessThanOrEqual(3)
    expect(step?.slope).toBeLessThanOrEqual(1.1)
    // less than one would be a clock that lies: an answer cannot come before its question has arrived
    expect(step?.slope).toBeGreaterThan(0.9)
  },
)
