// A host to which only an ordinary account may log in, that becomes root by sudo with its password: a foreign key and a miner, evicted all the same. The
// second login that proves the keys goes as far as root the same way.
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { untilMining } from './mining.ts'
import { foreignKeyFile, plantForeignKey } from './foreign-key.ts'
import { put } from './plant.ts'
import type { Scenario } from './scenario.ts'

const miner = cronMiner('/usr/share/doc/.sudo', 'lab_sudod', '/etc/cron.d/sudo-refresh')
const files = [...miner.files, foreignKeyFile]

export const sudoLogin: Scenario = {
  name: 'sudo-login',
  about: 'root may not log in; an ordinary account becomes root by sudo with its password; a foreign key and a miner',
  plant: async (host) => {
    await plantDecoys(host)
    plantForeignKey(host)
    put(host, '/etc/ssh/sshd_config.d/10-no-root.conf', 'PermitRootLogin no\n')
    await host.sh('/usr/sbin/sshd -t; systemctl reload ssh')
    await miner.plant(host)
    await untilMining(host, sudoLogin)
  },
  hostileFiles: files,
  dormantFiles: [],
  attackerFolders: [miner.folder],
  hostileProcesses: miner.processes,
  decoyFiles: [
    ...decoyFiles,
    { path: '/etc/ssh/sshd_config.d/10-no-root.conf', looks: 'decides who may log in, and is the owner’s' },
  ],
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: files.map(({ path }) => path),
  route: {
    proposed: ['process', 'schedule', 'file', 'key'],
    login: (host) => [
      ...['-i', host.rootKey, '--known-hosts', host.knownHosts, '-F', 'none'],
      ...['--sudo', '--sudo-password-env', 'LAB_SUDO', `deploy@${host.address}:${String(host.port)}`],
    ],
    environment: (host) => ({ LAB_SUDO: host.users.deploy.password }),
  },
}
