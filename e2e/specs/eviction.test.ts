// The main job on real hosts: find, evict, prove, undo. One scenario soaks in full here, one hides, one is innocent; `npm run matrix` walks through them all.

import { afterAll, beforeAll, describe, it } from 'vitest'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import { demonstration } from '../range/scenarios/demonstration.ts'
import { innocence } from '../range/scenarios/innocence.ts'
import { overmount } from '../range/scenarios/overmount.ts'
import type { Scenario } from '../range/scenarios/scenario.ts'
import { closeVisit, openVisit, stepsOf, type Visit } from './eviction-journey.ts'

const unavailable = rangeUnavailable()
/** One scenario soaks past two per-minute cron periods; the others look again after half a minute. */
const fullSoak = '130s'
const shortSoak = '30s'

/** Within a scenario everything has its order. */
const inOrder = { concurrent: false }

if (unavailable === null) ensureTools()

const title = `eviction on range hosts${unavailable === null ? '' : ` (skipped: ${unavailable})`}`
// Two lanes: while one scenario soaks, the others are worked through.
describe.skipIf(unavailable !== null).concurrent(title, () => {
  journey(demonstration, fullSoak)
  describe.concurrent('one after the other', () => {
    for (const scenario of [overmount, innocence]) journey(scenario, shortSoak)
  })
})

/** Boots and plants before the tests of a scenario, takes down after them. */
function journey(scenario: Scenario, soak: string): void {
  describe(scenario.name, { concurrent: scenario === demonstration }, () => {
    let visit: Visit | null = null
    beforeAll(async () => {
      visit = await openVisit(scenario)
    })
    afterAll(() => {
      if (visit !== null) closeVisit(visit)
    })
    for (const step of stepsOf(scenario, soak))
      it(step.title, inOrder, async () => {
        if (visit === null) throw new Error(`${scenario.name} did not boot`)
        await step.check(visit)
      })
  })
}
