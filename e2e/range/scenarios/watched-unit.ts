// A miner that cannot be frozen for long: its unit asks systemd to watch it, so whoever stops it has it killed and started anew within a second, for ever.
// Only keeping its folder from starting programs ends that while the unit is disarmed.
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { put, putProgram } from './plant.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const folder = '/var/lib/.lab_entropy'
const payload = `${folder}/lab_entropyd`
const units = '/etc/systemd/system'
const service = `${units}/entropy-pool.service`
const wantedLink = `${units}/multi-user.target.wants/entropy-pool.service`
const ownService = `${units}/tool-watch.service`

/** A stopped process sends no sign of life: after one second systemd kills it, and starts another a tenth of a second later. */
const serviceText = `[Unit]
Description=Entropy pool
StartLimitIntervalSec=0

[Service]
ExecStart=${payload} -o stratum+tcp://pool.range.test:${String(world.poolPort)} -u ${fakeWallet} -p x
NotifyAccess=main
WatchdogSec=1
WatchdogSignal=SIGKILL
Restart=always
RestartSec=100ms

[Install]
WantedBy=multi-user.target
`

const ownText = `[Unit]
Description=Numbers for the dashboard, watched

[Service]
ExecStart=/opt/tool/bin/crunch ${world.database} 5432 1
WatchdogSec=30
Restart=always
RestartSec=100ms

[Install]
WantedBy=multi-user.target
`

const hostileFiles: readonly HostileFile[] = [payload, service, wantedLink].map((path) => ({ path, remove: 'whole' }))

export const watchedUnit: Scenario = {
  name: 'watched-unit',
  about:
    'a service that systemd itself watches: whatever stops the miner has it killed and started anew within a second',
  plant: async (host) => {
    await plantDecoys(host)
    const fresh = { daysOld: 0 }
    putProgram(host, payload, standIn('labminer'), fresh)
    put(host, service, serviceText, fresh)
    put(host, ownService, ownText)
    mkdirSync(dirname(join(host.dir, wantedLink)), { recursive: true })
    symlinkSync(service, join(host.dir, wantedLink))
    await host.sh('systemctl daemon-reload; systemctl start entropy-pool.service')
    await untilMining(host, watchedUnit)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [folder],
  hostileProcesses: [{ contains: payload }],
  decoyFiles: [
    ...decoyFiles,
    { path: ownService, looks: 'a service of the owner that systemd watches and restarts for ever' },
  ],
  decoyProcesses,
  revivePeriod: 2,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
  // systemd ends what was frozen before anybody is asked whether to kill it
  route: { proposed: ['process', 'unit', 'file'], irreversible: [] },
}
