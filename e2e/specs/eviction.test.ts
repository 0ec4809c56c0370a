// The main job on real hosts: find, evict, prove, undo. Everything is judged from outside, by what the host's disk and kernel hold.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import {
  takeBaseline,
  wrongAfterEviction,
  wrongAfterLook,
  wrongAfterUndo,
  type Baseline,
} from '../range/scenarios/baseline.ts'
import { demonstration } from '../range/scenarios/demonstration.ts'
import { everyCron } from '../range/scenarios/every-cron.ts'
import { innocence } from '../range/scenarios/innocence.ts'
import { hostileAlive, type Scenario } from '../range/scenarios/scenario.ts'
import { reach, tourniquet, workFolder } from './tourniquet.ts'

const unavailable = rangeUnavailable()
const attest = ['--attest', 'all=range host, nothing to snapshot']
/** One scenario soaks past two per-minute cron periods; the others look again after half a minute and are watched by the matrix. */
const fullSoak = '130s'
const shortSoak = '30s'

if (unavailable === null) ensureTools()

describe.skipIf(unavailable !== null)(
  `eviction on range hosts${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    describe.each([
      { scenario: demonstration, soak: fullSoak },
      { scenario: everyCron, soak: shortSoak },
    ])('$scenario.name', ({ scenario, soak }) => {
      const home = workFolder()
      const caseFolder = join(home, 'case')
      let host: RangeHost
      let baseline: Baseline

      beforeAll(async () => {
        ;({ host, baseline } = await infected(scenario))
      })
      afterAll(() => {
        host.close()
        rmSync(home, { recursive: true })
      })

      it('finds it and writes nothing to the host', async () => {
        const triage = await tourniquet(home, ['triage', ...reach(host)])
        expect(triage.stderr).toBe('')
        expect(triage.exit).toBe(3)
        expect(triage.hosts[0]?.verdict).toBe('infected')
        expect(
          triage.hosts[0]?.findings?.some((finding) => finding.kind === 'process' && finding.proposed === 'yes'),
        ).toBe(true)
        expect(wrongAfterLook(baseline, host)).toEqual([])
      })

      it('evicts it, leaves every decoy as it was, and it does not come back', async () => {
        const run = await tourniquet(home, [
          'run',
          'evict-miner',
          ...reach(host),
          '--case',
          caseFolder,
          '--examiner',
          'range test',
          '--approve',
          'all',
          ...attest,
          '--param',
          `soak=${soak}`,
        ])
        expect({ exit: run.exit, remaining: run.hosts[0]?.remaining, stderr: run.stderr }).toEqual({
          exit: 0,
          remaining: [],
          stderr: '',
        })
        expect(hostileAlive(scenario, host)).toEqual([])
        expect(wrongAfterEviction(baseline, host)).toEqual([])
      })

      it('changes nothing in a second run', async () => {
        const again = await tourniquet(home, [
          'run',
          'evict-miner',
          ...reach(host),
          '--case',
          caseFolder,
          '--approve',
          'all',
          ...attest,
          '--param',
          `soak=${shortSoak}`,
        ])
        expect({ exit: again.exit, changes: again.hosts[0]?.changes }).toEqual({ exit: 0, changes: [] })
      })

      it('brings back every file with undo --restore-hostile', async () => {
        const undo = await tourniquet(home, [
          'undo',
          ...reach(host).slice(0, -1),
          '--case',
          caseFolder,
          '--restore-hostile',
        ])
        expect({ exit: undo.exit, stderr: undo.stderr }).toMatchObject({ exit: 0 })
        expect(wrongAfterUndo(baseline, host)).toEqual([])
      })
    })

    describe('innocence', () => {
      const home = workFolder()
      let host: RangeHost
      let baseline: Baseline

      beforeAll(async () => {
        ;({ host, baseline } = await infected(innocence))
      })
      afterAll(() => {
        host.close()
        rmSync(home, { recursive: true })
      })

      it('calls it clean, proposes nothing and leaves the tree identical', async () => {
        const triage = await tourniquet(home, ['triage', ...reach(host)])
        const [result] = triage.hosts
        expect({
          exit: triage.exit,
          verdict: result?.verdict,
          high: result?.findings?.filter(({ score, proposed }) => score >= 60 || proposed !== 'no'),
        }).toEqual({
          exit: 0,
          verdict: 'clean',
          high: [],
        })
        expect(wrongAfterLook(baseline, host)).toEqual([])
      })

      it('runs evict-miner without a single change', async () => {
        const run = await tourniquet(home, [
          'run',
          'evict-miner',
          ...reach(host),
          '--case',
          join(home, 'case'),
          '--examiner',
          'range test',
          '--approve',
          'all',
          ...attest,
          '--param',
          'soak=30s',
        ])
        expect({ exit: run.exit, changes: run.hosts[0]?.changes }).toEqual({ exit: 0, changes: [] })
        expect(wrongAfterLook(baseline, host)).toEqual([])
      })
    })
  },
)

async function infected(scenario: Scenario): Promise<{ readonly host: RangeHost; readonly baseline: Baseline }> {
  const host = await bootHost({ scenario: scenario.name })
  await scenario.plant(host)
  execFileSync('sync')
  return { host, baseline: takeBaseline(scenario, host) }
}
