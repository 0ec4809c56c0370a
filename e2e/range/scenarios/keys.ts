// The intruder's key wherever sshd looks for one: both names in root's home, a folder that an included file and a Match block name, and an account of the
// system whose shell only looks like one that refuses. One place asks a program for keys, which nobody can read. The owner's keys stand among them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { untilMining } from './mining.ts'
import { foreignKey, foreignKeyFile, labKey, plantForeignKey } from './foreign-key.ts'
import { put } from './plant.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const miner = cronMiner('/usr/share/doc/.keys', 'lab_keyd', '/etc/cron.d/keys-refresh')
const cloud = labKey('cloud', 'LAB cloud-init@instance')
/** A shell that is not nologin: its name ends in a blank. */
const blankShell = '/usr/sbin/nologin '

const places: readonly HostileFile[] = [
  foreignKeyFile,
  { path: '/root/.ssh/authorized_keys2', remove: { lines: [foreignKey] } },
  { path: '/etc/ssh/keys/root', remove: { lines: [`from="*" ${foreignKey}`] } },
  { path: '/etc/ssh/more/deploy', remove: { lines: [foreignKey] } },
  { path: '/var/spool/news/.ssh/authorized_keys', remove: { lines: [foreignKey] } },
]

/** What sshd is told: a folder for everybody, another for one group, and a program for one account. */
const settings = `AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys2 /etc/ssh/keys/%u
Match Group deploy
  AuthorizedKeysFile .ssh/authorized_keys "/etc/ssh/more/%u"
Match User news
  AuthorizedKeysCommand /usr/local/lib/app/keys %u
  AuthorizedKeysCommandUser nobody
`

async function plantKeys(host: RangeHost): Promise<void> {
  plantForeignKey(host)
  put(host, '/root/.ssh/authorized_keys2', `${foreignKey}\n`, { mode: 0o600, daysOld: 0 })
  put(host, '/etc/ssh/keys/root', `${cloud}\nfrom="*" ${foreignKey}\n`, { daysOld: 0 })
  put(host, '/etc/ssh/more/deploy', `# one a line\n${foreignKey}\n`, { daysOld: 0 })
  put(host, '/usr/local/lib/app/keys', '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  put(host, '/etc/ssh/sshd_config.d/60-keys.conf', settings, { daysOld: 0 })
  put(host, blankShell, '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755, daysOld: 0 })
  const passwd = readFileSync(join(host.dir, 'etc/passwd'), 'utf8')
  put(host, '/etc/passwd', passwd.replace(/^(news:.*:)[^:\n]*$/m, `$1${blankShell}`), { daysOld: 0 })
  put(host, '/etc/shells', `${readFileSync(join(host.dir, 'etc/shells'), 'utf8')}${blankShell}\n`, { daysOld: 0 })
  put(host, '/var/spool/news/.ssh/authorized_keys', `${foreignKey}\n`, { mode: 0o600, owner: 'news', daysOld: 0 })
  await host.sh('chown -R news:news /var/spool/news; /usr/sbin/sshd -t; systemctl reload ssh')
}

export const keys: Scenario = {
  name: 'keys',
  about: 'a foreign key in five files that sshd reads, an account with a shell that ends in a blank, and a miner',
  plant: async (host) => {
    await plantDecoys(host)
    await plantKeys(host)
    await miner.plant(host)
    await untilMining(host, keys)
  },
  hostileFiles: [...miner.files, ...places],
  dormantFiles: [],
  attackerFolders: [miner.folder],
  hostileProcesses: miner.processes,
  decoyFiles: [
    ...decoyFiles,
    {
      path: '/etc/ssh/sshd_config.d/60-keys.conf',
      looks: 'names unusual places for keys: told, and left to the owner',
    },
    { path: '/etc/passwd', looks: 'has an account with a shell that ends in a blank: told, and left to the owner' },
    { path: '/etc/shells', looks: 'lists that shell' },
  ],
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: [...miner.files, ...places].map(({ path }) => path),
  route: { proposed: ['process', 'schedule', 'file', 'key'], advised: ['account', 'sshd'] },
}
