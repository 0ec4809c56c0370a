// Every file of the infection has the times of /bin/sh: whoever looks for what was modified lately finds nothing. The change times of the inodes tell.
import { standIn } from '../stand-ins/stand-ins.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { untilMining } from './mining.ts'
import { putProgram, stomp } from './plant.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const miner = cronMiner('/usr/lib/x86_64-linux-gnu/.gconv', 'lab_iconvd', '/etc/cron.d/iconv-cache')
/** The same bytes once more where everyone may write, under an innocent name. */
const copy = '/var/tmp/systemd-private-2f1a/lab_tmpfile'

const hostileFiles: readonly HostileFile[] = [...miner.files, { path: copy, remove: 'whole' }]

export const timestomp: Scenario = {
  name: 'timestomp',
  about: 'a miner and its schedule with the file times of /bin/sh, and a copy of it in a temporary folder',
  plant: async (host) => {
    await plantDecoys(host)
    putProgram(host, copy, standIn('labminer'))
    await miner.plant(host)
    for (const { path } of hostileFiles) stomp(host, path)
    for (const folder of [miner.folder, '/var/tmp/systemd-private-2f1a']) stomp(host, folder)
    await untilMining(host, timestomp)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [miner.folder, '/var/tmp/systemd-private-2f1a'],
  hostileProcesses: miner.processes,
  decoyFiles,
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
}
