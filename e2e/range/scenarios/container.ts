// Two things that run like containers, from copies of one image: mount and process namespaces of their own, a root folder, a supervisor that starts them
// again. One is the owner's and does honest work. The other mines, and cron starts its supervisor.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { repositoryFolder } from '../machine.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { put, putProgram } from './plant.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const ours = '/srv/containers/reports'
const theirs = '/srv/containers/cache'
const payload = `${theirs}/bin/lab_cached`
const supervisor = '/usr/local/lib/.labrt/lab_superv'
const schedule = '/etc/cron.d/container-cache'

/** Starts a program in a container of its own and starts it again when it ends; a second supervisor ends at once. */
const supervise = (lock: string, root: string, command: string) => `#!/bin/sh
exec 9>${lock}
flock -n 9 || exit 0
while :; do
  unshare --mount --pid --fork --mount-proc=${root}/proc chroot ${root} ${command} 9>&-
  sleep 1
done
`

const hostileFiles: readonly HostileFile[] = [payload, supervisor, schedule].map((path) => ({ path, remove: 'whole' }))

export const container: Scenario = {
  name: 'container',
  about: 'a miner in a container with a supervisor that cron starts, beside an honest container of the same image',
  plant: async (host) => {
    await plantDecoys(host)
    for (const root of [ours, theirs]) plantImage(host, root)
    putProgram(host, payload, standIn('labminer'), { daysOld: 0 })
    const mine = `/bin/lab_cached -o stratum+tcp://${world.pool}:${world.poolPort} -u ${fakeWallet} -p x`
    put(host, supervisor, supervise('/run/lab_superv.lock', theirs, mine), { mode: 0o755, daysOld: 0 })
    put(host, schedule, `* * * * * root ${supervisor} >/dev/null 2>&1\n`, { daysOld: 0 })
    const honest = `/bin/crunch ${world.database} 5432 2`
    put(host, '/usr/local/sbin/run-reports', supervise('/run/reports.lock', ours, honest), { mode: 0o755 })
    put(
      host,
      '/etc/systemd/system/reports.service',
      `[Unit]\nDescription=Reports in a container\n\n[Service]\nExecStart=/usr/local/sbin/run-reports\nRestart=always\n`,
    )
    await host.sh('systemctl daemon-reload; systemctl start reports')
    await host.startIn('cron.service', [supervisor])
    await untilMining(host, container)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: ['/usr/local/lib/.labrt'],
  hostileProcesses: [{ contains: '/bin/lab_cached' }, { contains: supervisor }],
  decoyFiles: [
    ...decoyFiles,
    { path: `${ours}/bin/crunch`, looks: 'a busy program in a container of the same image' },
    { path: `${theirs}/bin/crunch`, looks: 'the honest program of the image, in the copy that was misused' },
    { path: '/usr/local/sbin/run-reports', looks: 'a supervisor with the same words as the hostile one' },
    { path: '/etc/systemd/system/reports.service', looks: 'restarts a container for ever' },
  ],
  decoyProcesses: [
    ...decoyProcesses,
    {
      contains: `/bin/crunch ${world.database} 5432 2`,
      count: 2,
      looks: 'a container of the same image, and its keeper',
    },
    { contains: '/usr/local/sbin/run-reports', count: 1, looks: 'a supervisor of a container' },
  ],
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
}

/** A shell, an honest program and the folders a container wants. */
function plantImage(host: RangeHost, root: string): void {
  const shell = join(repositoryFolder, 'resources/toolbox/x86_64/busybox')
  if (!existsSync(shell)) throw new Error(`no ${shell}`)
  putProgram(host, `${root}/bin/sh`, shell)
  putProgram(host, `${root}/bin/crunch`, standIn('crunch'))
  for (const folder of ['proc', 'tmp', 'etc']) put(host, `${root}/${folder}/.keep`, '')
}
