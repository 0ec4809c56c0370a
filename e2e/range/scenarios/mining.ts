// What every miner of the range has in common: whom it mines for, and how to tell that it does.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RangeHost } from '../host.ts'
import { hostileAlive } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/** Has the shape of a Monero address; belongs to nobody (its checksum is wrong). */
export const fakeWallet = `48${'LABrange'.repeat(11)}LABra`

/** Resolves when the miner runs and its login has reached the pool. */
export async function untilMining(host: RangeHost, scenario: Scenario): Promise<void> {
  const deadline = Date.now() + 60_000
  while (hostileAlive(scenario, host).length === 0 || !readFileSync(host.poolLog, 'utf8').includes('"login"')) {
    if (Date.now() > deadline)
      throw new Error(`the stand-in does not mine on ${host.name}: ${readFileSync(host.poolLog, 'utf8')}`)
    await sleep(50)
  }
}
