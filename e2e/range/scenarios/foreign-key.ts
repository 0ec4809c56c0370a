// A key the intruder left: its comment is one that a known gang leaves, its bytes are a throw-away's. Nobody holds the private half.
import { createPrivateKey, createPublicKey, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { run } from '../machine.ts'
import { put } from './plant.ts'
import type { HostileFile } from './scenario.ts'

/** One line for a file of keys, the same in every run. */
export function labKey(name: string, comment: string): string {
  const seed = createHash('sha256').update(`LAB ${name}`).digest()
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }))
  const raw = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), raw])
  return `ssh-ed25519 ${blob.toString('base64')} ${comment}`
}

export const foreignKey = labKey('foreign', 'mdrfckr')

const rootKeys = '/root/.ssh/authorized_keys'

/** What `plantForeignKey` leaves, for a scenario's list. */
export const foreignKeyFile: HostileFile = { path: rootKeys, remove: { lines: [foreignKey] }, flags: 'ia' }

/** Adds the key to root's own file, between the owner's lines, and locks the file as intruders do. */
export function plantForeignKey(host: RangeHost): void {
  const before = readFileSync(join(host.dir, rootKeys), 'utf8')
  const colleague = labKey('colleague', 'LAB colleague@laptop')
  put(host, rootKeys, `${before}${foreignKey}\n# of the night shift\n${colleague}\n`, { mode: 0o600, daysOld: 0 })
  run(['chattr', '+ia', '--', join(host.dir, rootKeys)])
}
