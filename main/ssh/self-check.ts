// Does SSH work on this runtime's crypto? Every algorithm is tried for real: our guarded client against a server of the same library on loopback, forced to
// one algorithm at a time. Electron's BoringSSL and Node's OpenSSL differ, and only a handshake tells.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'
import type { Connection as ServerSide, ParsedKey, ServerConfig } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'
import type { Connection } from '../core/ports.ts'
import { dial } from './dial.ts'

/** What a modern or a ten-year-old server may insist on. Group exchange is missing: the library cannot serve it, only use it. */
const candidates = {
  kex: [
    'curve25519-sha256',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: [
    'chacha20-poly1305@openssh.com',
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha1'],
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'],
} as const
type Kind = keyof typeof candidates

/** `left out`: we do not offer it here, so a server that insists on it is told so before any crypto runs. `broken`: offered, and then it failed. */
export interface AlgorithmCheck {
  readonly kind: Kind
  readonly name: string
  readonly outcome: 'works' | 'left out' | 'broken'
  readonly detail: string
}

const user = 'self-test'
const word = 'the loopback answers'

/** Tries each algorithm; some seconds in all. Never rejects for one that fails. */
export async function checkAlgorithms(): Promise<readonly AlgorithmCheck[]> {
  const keys = { ed25519: hostKey('ed25519'), ecdsa: hostKey('ecdsa'), rsa: hostKey('rsa') }
  const checks: AlgorithmCheck[] = []
  for (const kind of Object.keys(candidates) as Kind[])
    for (const name of candidates[kind]) {
      const key = name.startsWith('rsa') ? keys.rsa : name.startsWith('ecdsa') ? keys.ecdsa : keys.ed25519
      checks.push({ kind, name, ...(await attempt(kind, name, key)) })
    }
  return checks
}

async function attempt(
  kind: Kind,
  name: string,
  key: HostKeyPair,
): Promise<Pick<AlgorithmCheck, 'outcome' | 'detail'>> {
  let server: Loopback
  try {
    server = await listen(key, forced(kind, name))
  } catch (cause) {
    return { outcome: 'left out', detail: cause instanceof Error ? cause.message : String(cause) } // the library itself knows it cannot
  }
  try {
    const connection = await dial(
      { host: '127.0.0.1', port: server.port, user },
      {
        credentials: { password: server.password, agent: 'off', identityFiles: ['/nonexistent'] },
        hostKeys: { files: [], trustNew: false, pin: key.fingerprint },
      },
    )
    try {
      const said = await answerOf(connection)
      return said === word
        ? { outcome: 'works', detail: '' }
        : { outcome: 'broken', detail: `said “${said.slice(0, 80)}”` }
    } finally {
      await connection.close()
    }
  } catch (cause) {
    if (!(cause instanceof TourniquetError)) throw cause
    const detail = `${cause.code} ${JSON.stringify(cause.params)}`.slice(0, 300)
    return { outcome: cause.code === 'no-common-algorithm' ? 'left out' : 'broken', detail }
  } finally {
    await server.close()
  }
}

/** A MAC is negotiated only beside a cipher that is no AEAD. */
function forced(kind: Kind, name: string): NonNullable<ServerConfig['algorithms']> {
  const only = { [kind]: [name], ...(kind === 'hmac' ? { cipher: ['aes256-ctr'] } : {}) }
  return only as unknown as NonNullable<ServerConfig['algorithms']>
}

interface Loopback {
  readonly port: number
  readonly password: string
  close(): Promise<void>
}

async function listen(key: HostKeyPair, algorithms: NonNullable<ServerConfig['algorithms']>): Promise<Loopback> {
  const password = randomBytes(24).toString('base64url')
  const open = new Set<ServerSide>()
  const server = new ssh2.Server({ hostKeys: [key.text], algorithms }, (client) => {
    open.add(client)
    client.on('error', () => undefined) // the client tells what went wrong
    client.on('close', () => open.delete(client))
    client.on('authentication', (context) => {
      if (context.method === 'password' && context.username === user && context.password === password) context.accept()
      else context.reject(['password'])
    })
    client.on('session', (accept) => {
      accept().on('exec', (take) => {
        const channel = take()
        channel.write(word)
        channel.exit(0)
        channel.end()
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    password,
    close: () =>
      new Promise((resolve) => {
        for (const client of open) client.end()
        server.close(() => {
          resolve()
        })
      }),
  }
}

async function answerOf(connection: Connection): Promise<string> {
  const channel = await connection.exec('true')
  return new Promise((resolve) => {
    const decoder = new TextDecoder()
    let said = ''
    channel.listen({
      stdout: (bytes) => {
        said += decoder.decode(bytes, { stream: true })
      },
      stderr: () => undefined,
      closed: () => {
        resolve(said)
      },
    })
  })
}

interface HostKeyPair {
  readonly text: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

/** The library makes an Ed25519 key it cannot read itself once in a few hundred times. */
function hostKey(type: 'ed25519' | 'ecdsa' | 'rsa'): HostKeyPair {
  for (let tries = 0; ; tries++) {
    const text = (
      type === 'ed25519'
        ? ssh2.utils.generateKeyPairSync('ed25519')
        : ssh2.utils.generateKeyPairSync(type, { bits: type === 'rsa' ? 2048 : 256 })
    ).private
    const parsed: ParsedKey | Error = ssh2.utils.parseKey(text)
    if (!(parsed instanceof Error)) {
      const digest = createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')
      return { text, fingerprint: `SHA256:${digest}` }
    }
    if (tries === 20) throw parsed
  }
}
