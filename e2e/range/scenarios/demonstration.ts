// The whole demonstration: the hidden miner that cron revives, and with it a service that guards a second one and a resolver forced and locked. What
// names lead to is told and left to the owner.
import type { RangeHost } from '../host.ts'
import {
  guardDecoyFiles,
  guardDecoyProcesses,
  guardFolders,
  guardHostileFiles,
  guardProcesses,
  plantGuardService,
} from './guard-service.ts'
import { hiddenMiner } from './hidden-miner.ts'
import { untilMining } from './mining.ts'
import { plantForcedResolver } from './names.ts'
import type { Scenario } from './scenario.ts'

export const demonstration: Scenario = {
  name: 'demonstration',
  about:
    'a miner revived by cron and hidden by a locked preload library, a service that guards another, a forced resolver, after a guessed password',
  plant: async (host: RangeHost) => {
    await hiddenMiner.plant(host)
    await plantGuardService(host)
    plantForcedResolver(host)
    await untilMining(host, demonstration)
  },
  hostileFiles: [...hiddenMiner.hostileFiles, ...guardHostileFiles],
  dormantFiles: hiddenMiner.dormantFiles,
  attackerFolders: [...hiddenMiner.attackerFolders, ...guardFolders, '/etc/systemd/system/ssh.service.requires'],
  hostileProcesses: [...hiddenMiner.hostileProcesses, ...guardProcesses],
  decoyFiles: [...hiddenMiner.decoyFiles, ...guardDecoyFiles],
  decoyProcesses: [...hiddenMiner.decoyProcesses, ...guardDecoyProcesses],
  revivePeriod: 60,
  expectedUndoFiles: [...hiddenMiner.expectedUndoFiles, ...guardHostileFiles.map(({ path }) => path)],
  route: { proposed: ['process', 'schedule', 'unit', 'preload', 'file'], advised: ['name'] },
}
