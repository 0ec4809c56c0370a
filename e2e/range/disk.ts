// What makes a host itself: its own copy of the base disk, ssh host keys, machine-id, names and login keys. Written from outside before boot.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { people } from './base.ts'
import { run } from './machine.ts'
import { worldNames } from './net.ts'
import type { HostRecord } from './registry.ts'

/** Mounts a fresh copy of the image at `record.dir` and makes it that host's. `record.folder` gets `id_ed25519` and `known_hosts`. */
export function makeDisk(record: HostRecord, image: string): void {
  const { folder, dir, name, net } = record
  run(['cp', '--sparse=always', '--reflink=auto', image, join(folder, 'disk.ext4')])
  run(['mount', '-o', 'loop,noatime', join(folder, 'disk.ext4'), dir])
  for (const type of ['ed25519', 'ecdsa'])
    run([
      'ssh-keygen',
      '-q',
      '-t',
      type,
      '-N',
      '',
      '-C',
      `root@${name}`,
      '-f',
      join(dir, `etc/ssh/ssh_host_${type}_key`),
    ])
  const hostKeys = ['ed25519', 'ecdsa'].map((type) =>
    readFileSync(join(dir, `etc/ssh/ssh_host_${type}_key.pub`), 'utf8'),
  )
  writeFileSync(join(folder, 'known_hosts'), hostKeys.map((key) => `${net.address} ${key}`).join(''))
  writeFileSync(join(dir, 'etc/machine-id'), `${randomBytes(16).toString('hex')}\n`)
  writeFileSync(join(dir, 'etc/hostname'), `${name}\n`)
  const names = Object.entries({ '127.0.0.1': 'localhost', '127.0.1.1': name, ...worldNames })
  writeFileSync(join(dir, 'etc/hosts'), names.map(([address, host]) => `${address}\t${host}\n`).join(''))
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  for (const job of ['cron.daily', 'cron.weekly', 'cron.monthly'])
    writeFileSync(join(dir, 'var/spool/anacron', job), `${today}\n`, { mode: 0o600 })
  run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'LAB range key', '-f', join(folder, 'id_ed25519')])
  const homes = {
    '/root': 0,
    ...Object.fromEntries(Object.entries(people).map(([who, { uid }]) => [`/home/${who}`, uid])),
  }
  for (const [home, uid] of Object.entries(homes)) {
    const ssh = join(dir, home, '.ssh')
    run(['install', '-d', '-m', '700', '-o', String(uid), '-g', String(uid), ssh])
    run([
      'install',
      '-m',
      '600',
      '-o',
      String(uid),
      '-g',
      String(uid),
      join(folder, 'id_ed25519.pub'),
      join(ssh, 'authorized_keys'),
    ])
  }
  mkdirSync(join(folder, 'downloads'))
  writeFileSync(join(folder, 'pool.log'), '')
}
