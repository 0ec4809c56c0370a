// Ways to come back that nobody may close but the owner: a second root, an account without a password, a service that becomes root, a program that hears
// every login, a shell that is root for everybody. All of it is found and told with what to do; only the miner beside it is evicted.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { untilMining } from './mining.ts'
import { append, put } from './plant.ts'
import type { DecoyFile, Scenario } from './scenario.ts'

const miner = cronMiner('/usr/share/doc/.accounts', 'lab_acctd', '/etc/cron.d/accounts-refresh')
const shellCopy = '/usr/local/lib/.lab_dash'
const module = '/opt/lab/pam_lab.so'
const listener = '/usr/local/lib/.lab_listen'

const left: readonly DecoyFile[] = [
  { path: '/etc/passwd', looks: 'holds a second root and an account without a password beside the owner’s toor' },
  { path: '/etc/shadow', looks: 'holds an empty password' },
  { path: '/etc/group', looks: 'makes dev as good as root' },
  { path: '/etc/sudoers.d/00-x', looks: 'lets the web server become root' },
  { path: '/etc/pam.d/sshd', looks: 'runs a program and loads a strange module at login' },
  { path: shellCopy, looks: 'is root for whoever starts it' },
  { path: module, looks: 'a module no package brought' },
  { path: listener, looks: 'hears every login' },
]

function plantAccounts(host: RangeHost): void {
  for (const line of [
    'sysadm:x:0:0::/root:/bin/bash',
    'guest1:x:1500:1500::/tmp:/bin/sh',
    'toor:x:0:0:spare root:/root:/bin/sh',
  ])
    append(host, '/etc/passwd', line)
  for (const line of ['sysadm:*:19900:0:99999:7:::', 'guest1::20400:0:99999:7:::', 'toor:*:15000:0:99999:7:::'])
    append(host, '/etc/shadow', line)
  append(host, '/etc/group', 'docker:x:998:dev')
  put(host, '/etc/sudoers.d/00-x', 'www-data ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440, daysOld: 0 })
  put(host, listener, '#!/bin/sh\nexit 0\n', { mode: 0o755, daysOld: 0 })
  const permit = join(host.dir, 'usr/lib/x86_64-linux-gnu/security/pam_permit.so')
  put(host, module, readFileSync(permit), { mode: 0o644, daysOld: 0 })
  append(host, '/etc/pam.d/sshd', `session optional pam_exec.so quiet expose_authtok ${listener}`)
  append(host, '/etc/pam.d/sshd', `session optional ${module}`)
  put(host, shellCopy, readFileSync(join(host.dir, 'bin/dash')), { mode: 0o4755, daysOld: 0 })
}

export const accounts: Scenario = {
  name: 'accounts',
  about: 'a second root, an empty password, a sudo rule, PAM lines and a setuid shell: found and told; and a miner',
  plant: async (host) => {
    await plantDecoys(host)
    plantAccounts(host)
    await miner.plant(host)
    await untilMining(host, accounts)
  },
  hostileFiles: miner.files,
  dormantFiles: [],
  attackerFolders: [miner.folder],
  hostileProcesses: miner.processes,
  decoyFiles: [...decoyFiles, ...left],
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: miner.files.map(({ path }) => path),
  route: { advised: ['account', 'sudo', 'pam'] },
}
