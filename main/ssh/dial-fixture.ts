// Real OpenSSH servers as tests reach them: as root with a key of the server's own, its host key pinned; and what a channel says until it ends.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import { sshdMissing, startSshd, type Sshd, type SshdProfile } from '../../e2e/fixtures/ssh/sshd.ts'
import type { TourniquetError } from '../core/errors.ts'
import type { Channel, Connection, Ending } from '../core/ports.ts'
import { refusalOf } from '../core/refusal-fixture.ts'
import { dial, type DialOptions } from './dial.ts'

/** Why there can be no real server here, or null; and that in words, to stand behind the name of a test. */
export const missing = sshdMissing()
export const orSkipped = missing === null ? '' : ` (skipped: ${missing})`

/** A folder, and servers that are started when they are first asked for; gone after the last test of the file. */
export function realServers(): { readonly folder: string; readonly server: (profile?: SshdProfile) => Promise<Sshd> } {
  const folder = mkdtempSync(join(tmpdir(), 'tq-dial-'))
  const running = new Map<SshdProfile, Sshd>()
  afterAll(async () => {
    for (const sshd of running.values()) await sshd.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder,
    server: async (profile = 'default') => {
      const sshd = running.get(profile) ?? (await startSshd(profile))
      running.set(profile, sshd)
      return sshd
    },
  }
}

export const target = (sshd: Sshd) => ({ host: '127.0.0.1', port: sshd.port, user: 'root' })

/** A key that the server takes, and nothing else. */
export const credentials = (sshd: Sshd) => ({ keyFile: join(sshd.folder, 'user_ed25519'), agent: 'off' })

const options = (sshd: Sshd): DialOptions => ({
  credentials: credentials(sshd),
  hostKeys: { files: [], trustNew: false, pin: sshd.fingerprint('ed25519') },
})

/** Dials; closed when the test is over. */
export async function connect(sshd: Sshd, more: Partial<DialOptions> = {}): Promise<Connection> {
  const connection = await dial(target(sshd), { ...options(sshd), ...more })
  onTestFinished(() => connection.close())
  return connection
}

/** How a dial failed. */
export async function failureOf(dialling: Promise<Connection>): Promise<TourniquetError> {
  const error = await refusalOf(dialling)
  if (error === null) throw new Error('the dial succeeded')
  return error
}

interface Said {
  readonly out: Buffer
  readonly err: Buffer
  readonly ending: Ending
}

/** All that a channel says until it ends. */
export function listen(channel: Channel): Promise<Said> {
  return new Promise((done) => {
    const out: Uint8Array[] = []
    const err: Uint8Array[] = []
    channel.listen({
      stdout: (bytes) => out.push(bytes),
      stderr: (bytes) => err.push(bytes),
      closed: (ending) => {
        done({ out: Buffer.concat(out), err: Buffer.concat(err), ending })
      },
    })
  })
}

export const endOf = (connection: Connection): Promise<Ending> =>
  new Promise((done) => {
    connection.onClosed(done)
  })
