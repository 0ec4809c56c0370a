// The whole demonstration: the hidden miner that cron revives, and with it a service that guards a second one, replaced ps and top, a foreign key, and a
// resolver forced and locked, which is told and left to the owner.
import type { RangeHost } from '../host.ts'
import { foreignKeyFile, plantForeignKey } from './foreign-key.ts'
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
import { plantReplacedTools, replacedToolFiles } from './replaced-ps-top.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const hostileFiles: readonly HostileFile[] = [
  ...hiddenMiner.hostileFiles,
  ...guardHostileFiles,
  ...replacedToolFiles,
  foreignKeyFile,
]

export const demonstration: Scenario = {
  name: 'demonstration',
  about:
    'a miner revived by cron and hidden by a locked preload library, a service that guards another, replaced tools, a foreign key, a forced resolver, after a guessed password',
  plant: async (host: RangeHost) => {
    await hiddenMiner.plant(host)
    await plantGuardService(host)
    plantReplacedTools(host)
    plantForcedResolver(host)
    plantForeignKey(host)
    await untilMining(host, demonstration)
  },
  hostileFiles,
  dormantFiles: hiddenMiner.dormantFiles,
  attackerFolders: [...hiddenMiner.attackerFolders, ...guardFolders, '/etc/systemd/system/ssh.service.requires'],
  hostileProcesses: [...hiddenMiner.hostileProcesses, ...guardProcesses],
  decoyFiles: [...hiddenMiner.decoyFiles, ...guardDecoyFiles],
  decoyProcesses: [...hiddenMiner.decoyProcesses, ...guardDecoyProcesses],
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
  route: { proposed: ['process', 'schedule', 'unit', 'preload', 'file', 'binary', 'key'], advised: ['name'] },
}
