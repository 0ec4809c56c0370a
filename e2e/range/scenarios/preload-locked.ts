// The hidden miner on a host where the tool that takes locks off has another name: file and library of the preload are locked, and chattr is not there.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { hiddenMiner } from './hidden-miner.ts'
import { putAside } from './plant.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const hostileFiles: readonly HostileFile[] = [
  ...hiddenMiner.hostileFiles,
  { path: '/usr/bin/chattr', remove: 'restored' },
  { path: '/usr/bin/tntrecht', remove: 'whole' },
]

export const preloadLocked: Scenario = {
  ...hiddenMiner,
  name: 'preload-locked',
  about: 'a miner hidden by a locked preload library, and no chattr to unlock it',
  plant: async (host) => {
    putAside(host, '/usr/bin/chattr')
    renameSync(join(host.dir, 'usr/bin/chattr'), join(host.dir, 'usr/bin/tntrecht'))
    await hiddenMiner.plant(host)
  },
  hostileFiles,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
  route: { ...hiddenMiner.route, proposed: ['process', 'schedule', 'preload', 'file', 'binary'] },
}
