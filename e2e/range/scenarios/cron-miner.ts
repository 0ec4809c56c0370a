// The plainest infection, for scenarios whose point is something else: a miner in a hidden folder, started by a line of cron each minute. A second
// instance of the stand-in ends at once.
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { fakeWallet } from './mining.ts'
import { put, putProgram } from './plant.ts'
import type { HostileFile, HostileProcess } from './scenario.ts'

export interface CronMiner {
  readonly payload: string
  readonly schedule: string
  readonly files: readonly HostileFile[]
  readonly folder: string
  readonly processes: readonly HostileProcess[]
  /** Plants and starts it, as cron would. */
  plant(host: RangeHost): Promise<void>
}

export function cronMiner(folder: string, name: string, schedule: string): CronMiner {
  const payload = `${folder}/${name}`
  const words = ['-B', '-o', `stratum+tcp://pool.range.test:${world.poolPort}`, '-u', fakeWallet, '-p', 'x']
  return {
    payload,
    schedule,
    folder,
    files: [payload, schedule].map((path) => ({ path, remove: 'whole' })),
    processes: [{ contains: payload }],
    plant: async (host) => {
      putProgram(host, payload, standIn('labminer'), { daysOld: 0 })
      put(host, schedule, `* * * * * root ${payload} ${words.join(' ')} >/dev/null 2>&1\n`, { daysOld: 0 })
      await host.startIn('cron.service', [payload, ...words])
    },
  }
}
