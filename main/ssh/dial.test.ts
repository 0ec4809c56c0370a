// Against a real OpenSSH server.
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort, makeKey, sshdMissing, startSshd, type Sshd, type SshdProfile } from '../../e2e/fixtures/ssh/sshd.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Channel, Connection, Ending } from '../core/ports.ts'
import { dial, type DialOptions } from './dial.ts'
import { connectTcp } from './tcp.ts'

const missing = sshdMissing()
const folder = mkdtempSync(join(tmpdir(), 'tq-dial-'))
const servers = new Map<SshdProfile, Sshd>()
const open: Connection[] = []

async function server(profile: SshdProfile = 'default'): Promise<Sshd> {
  const running = servers.get(profile) ?? (await startSshd(profile))
  servers.set(profile, running)
  return running
}

const target = (sshd: Sshd) => ({ host: '127.0.0.1', port: sshd.port, user: 'root' })
const options = (sshd: Sshd, more: Partial<DialOptions> = {}): DialOptions => ({
  credentials: { keyFile: join(sshd.folder, 'user_ed25519'), agent: 'off' },
  hostKeys: { files: [], trustNew: false, pin: sshd.fingerprint('ed25519') },
  ...more,
})

async function connect(sshd: Sshd, more: Partial<DialOptions> = {}): Promise<Connection> {
  const connection = await dial(target(sshd), options(sshd, more))
  open.push(connection)
  return connection
}

async function failure(attempt: Promise<Connection>): Promise<TourniquetError> {
  try {
    open.push(await attempt)
  } catch (error) {
    if (error instanceof TourniquetError) return error
    throw error
  }
  throw new Error('the dial succeeded')
}

interface Said {
  readonly out: Buffer
  readonly err: Buffer
  readonly ending: Ending
}

function listen(channel: Channel): Promise<Said> {
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

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(missing !== null)(`dialling a real sshd${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  beforeAll(async () => {
    await server()
  })

  afterAll(async () => {
    for (const connection of open) await connection.close()
    for (const sshd of servers.values()) await sshd.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('logs in with a key and tells what was negotiated', async () => {
    const sshd = await server()
    const { dialled } = await connect(sshd)
    expect(dialled).toMatchObject({
      host: '127.0.0.1',
      address: '127.0.0.1',
      port: sshd.port,
      user: 'root',
      via: [],
      keyTrust: 'pinned',
    })
    expect(dialled.key).toMatchObject({ type: 'ssh-ed25519', sha256: sshd.fingerprint('ed25519') })
    expect(dialled.algorithms.kex).toMatch(/^curve25519/)
    expect(dialled.serverVersion).toMatch(/^OpenSSH_/)
    expect(dialled.authMethod).toContain('user_ed25519')
  })

  it('carries two streams, input and the exit status', async () => {
    const connection = await connect(await server())
    const channel = await connection.exec('cat; echo oops >&2; exit 7')
    const said = listen(channel)
    const sent = randomBytes(3_000_000)
    await channel.write(sent)
    channel.end()
    const { out, err, ending } = await said
    expect(sha256(out)).toBe(sha256(sent))
    expect(err.toString()).toBe('oops\n')
    expect(ending).toEqual({ reason: 'closed-by-host', exit: 7 })
    await expect(channel.write(Buffer.from('late'))).rejects.toMatchObject({ code: 'link-lost' })
  })

  it('keeps what came before anyone listened, and a stderr of 6 MB stalls nothing', async () => {
    const connection = await connect(await server())
    const early = await connection.exec('echo early')
    await new Promise((done) => setTimeout(done, 200))
    expect((await listen(early)).out.toString()).toBe('early\n')
    const said = await listen(await connection.exec('head -c 6000000 /dev/zero >&2; echo done'))
    expect([said.err.length, said.out.toString()]).toEqual([6_000_000, 'done\n'])
  })

  it('keeps writes apart and in order, however long they are and whether or not they are awaited', async () => {
    const channel = await (await connect(await server())).exec('sha256sum')
    const said = listen(channel)
    const parts = [3_000_000, 5, 700_001, 1].map((size, at) => new Uint8Array(size).fill(65 + at))
    for (const part of parts) void channel.write(part)
    channel.end()
    expect((await said).out.toString().split(' ')[0]).toBe(sha256(Buffer.concat(parts)))
  })

  it('reports death by a signal', async () => {
    const connection = await connect(await server())
    expect((await listen(await connection.exec('kill -9 $$'))).ending).toEqual({
      reason: 'closed-by-host',
      signal: 'SIGKILL',
    })
  })

  it('survives a change of keys every megabyte, and takes only the same host key again', async () => {
    const connection = await connect(await server('rekey'))
    const channel = await connection.exec('cat')
    const said = listen(channel)
    const sent = randomBytes(8_000_000)
    await channel.write(sent)
    channel.end()
    expect(sha256((await said).out)).toBe(sha256(sent))
  })

  it('asks again when sshd has no free session for the moment', async () => {
    const connection = await connect(await server('frugal'))
    const first = await connection.exec('sleep 0.3')
    const second = connection.exec('echo second')
    await listen(first)
    expect((await listen(await second)).out.toString()).toBe('second\n')
  })

  it('has at most four channels open, the fifth waits', async () => {
    const connection = await connect(await server())
    const channels = await Promise.all([1, 2, 3, 4].map(() => connection.exec('cat')))
    let fifth: Channel | null = null
    const waiting = connection.exec('echo fifth').then((channel) => (fifth = channel))
    await new Promise((done) => setTimeout(done, 200))
    expect(fifth).toBeNull()
    const ends = channels.map((channel) => listen(channel))
    channels[0]!.close()
    expect((await ends[0]!).ending.reason).toBe('closed-by-us')
    expect((await listen(await waiting)).out.toString()).toBe('fifth\n')
    for (const channel of channels) channel.close()
  })

  it('connects to an old server only with the legacy algorithms', async () => {
    const sshd = await server('legacy')
    const hostKeys = { files: [], trustNew: false, pin: sshd.fingerprint('rsa') }
    const refused = await failure(dial(target(sshd), options(sshd, { hostKeys })))
    expect([refused.code, refused.params['kind']]).toEqual(['no-common-algorithm', 'key exchange algorithm'])
    const { dialled } = await connect(sshd, { hostKeys, legacyAlgorithms: true })
    expect(dialled.algorithms).toEqual({
      kex: 'diffie-hellman-group14-sha1',
      hostKey: 'ssh-rsa',
      cipher: 'aes128-cbc',
      mac: 'hmac-sha1',
    })
  })

  it('trusts a first-seen key when told to, remembers it, and then knows it', async () => {
    const sshd = await server()
    const files = [join(folder, 'first_seen')]
    expect((await failure(dial(target(sshd), options(sshd, { hostKeys: { files, trustNew: false } })))).code).toBe(
      'host-key-unknown',
    )
    expect((await connect(sshd, { hostKeys: { files, trustNew: true } })).dialled.keyTrust).toBe('first-seen')
    expect(readFileSync(files[0]!, 'utf8')).toBe(`[127.0.0.1]:${sshd.port} ${sshd.publicKey('ed25519')}\n`)
    expect((await connect(sshd, { hostKeys: { files, trustNew: false } })).dialled.keyTrust).toBe('known-hosts')
  })

  it('asks a server with several keys for the one on file', async () => {
    const sshd = await server()
    const files = [join(folder, 'rsa_only')]
    writeFileSync(files[0]!, `[127.0.0.1]:${sshd.port} ${sshd.publicKey('rsa')}\n`)
    expect((await connect(sshd, { hostKeys: { files, trustNew: false } })).dialled.key.type).toBe('ssh-rsa')
  })

  it('sends nothing to a host with another key', async () => {
    const sshd = await server()
    const files = [join(folder, 'changed')]
    writeFileSync(files[0]!, `[127.0.0.1]:${sshd.port} ${(await server('rekey')).publicKey('ed25519')}\n`)
    const changed = await failure(dial(target(sshd), options(sshd, { hostKeys: { files, trustNew: true } })))
    expect([changed.code, changed.params['sha256']]).toEqual(['host-key-changed', sshd.fingerprint('ed25519')])
    const pin = sshd.fingerprint('rsa')
    expect(
      (await failure(dial(target(sshd), options(sshd, { hostKeys: { files: [], trustNew: true, pin } })))).code,
    ).toBe('host-key-mismatch')
  })

  it('opens keys of every form, and tells a missing passphrase from a wrong one', async () => {
    const sshd = await server()
    const authorized = join(sshd.folder, 'authorized_keys')
    const forms = [
      ['ed25519', {}],
      ['ed25519', { passphrase: 'secret' }],
      ['rsa', { format: 'PEM' }],
      ['rsa', { format: 'PEM', passphrase: 'secret' }],
      ['rsa', { format: 'PKCS8', passphrase: 'secret' }],
      ['ecdsa', { format: 'PKCS8' }],
    ] as const
    for (const [index, [type, form]] of forms.entries()) {
      const keyFile = join(folder, `form${index}`)
      makeKey(keyFile, type, form)
      writeFileSync(authorized, readFileSync(`${keyFile}.pub`), { flag: 'a' })
      const locked = 'passphrase' in form
      const given = { keyFile, agent: 'off', ...(locked ? { keyPassphrase: 'secret' } : {}) }
      await (await dial(target(sshd), options(sshd, { credentials: given }))).close()
      if (!locked) continue
      const needed = await failure(dial(target(sshd), options(sshd, { credentials: { keyFile, agent: 'off' } })))
      expect([needed.code, needed.params['state']], `${type} ${JSON.stringify(form)}`).toEqual([
        'auth-key-passphrase',
        'needed',
      ])
      const wrong = await failure(
        dial(target(sshd), options(sshd, { credentials: { ...given, keyPassphrase: 'wrong' } })),
      )
      expect([wrong.code, wrong.params['state']], `${type} ${JSON.stringify(form)}`).toEqual([
        'auth-key-passphrase',
        'wrong',
      ])
    }
    for (const keyFile of [
      join(folder, 'absent'),
      '/dev/null',
      join(sshd.folder, 'user_rsa.pub'),
      '/etc/passwd',
      folder,
    ]) {
      expect((await failure(dial(target(sshd), options(sshd, { credentials: { keyFile, agent: 'off' } })))).code).toBe(
        'auth-key-unreadable',
      )
    }
  })

  it('says what was tried and what the host would take when it refuses', async () => {
    const sshd = await server()
    makeKey(join(folder, 'stranger'), 'ed25519')
    const credentials = { keyFile: join(folder, 'stranger'), agent: 'off', password: 'x' }
    const { code, params } = await failure(dial(target(sshd), options(sshd, { credentials })))
    expect(code).toBe('auth-refused')
    expect(params['tried']).toMatch(/^publickey SHA256:\S+ \S+stranger, password/)
    expect(params['allowed']).toContain('publickey')
    const nothing = await failure(
      dial(target(sshd), options(sshd, { credentials: { identityFiles: [join(folder, 'absent')], agent: 'off' } })),
    )
    expect([nothing.code, nothing.params['tried']]).toEqual(['auth-refused', 'none'])
  })

  describe('with an agent', () => {
    const socket = join(folder, 'agent')
    let agent: ChildProcess

    beforeAll(async () => {
      const { folder: keys } = await server()
      agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
      const adds = ['ssh-add -q', join(keys, 'user_rsa')].join(' ')
      const adding = spawn(
        'sh',
        ['-c', `for i in 1 2 3 4 5 6 7 8 9; do test -S ${socket} && break; sleep 0.1; done; ${adds}`],
        {
          env: { ...process.env, SSH_AUTH_SOCK: socket },
          stdio: 'ignore',
        },
      )
      await once(adding, 'exit')
    })

    afterAll(() => {
      agent.kill()
    })

    it('logs in, and records the key that signed', async () => {
      const connection = await connect(await server(), { credentials: { agent: socket } })
      expect(connection.dialled.authMethod).toMatch(/^agent SHA256:/)
      // Never forwarded: the host gets no socket of ours.
      expect((await listen(await connection.exec('echo "[$SSH_AUTH_SOCK]"'))).out.toString()).toBe('[]\n')
    })

    it('uses it for a locked key file that it holds', async () => {
      const sshd = await server()
      const keyFile = join(folder, 'locked_rsa')
      writeFileSync(keyFile, readFileSync(join(sshd.folder, 'user_rsa')), { mode: 0o600 })
      await once(spawn('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', keyFile]), 'exit')
      expect((await connect(sshd, { credentials: { keyFile, agent: socket } })).dialled.authMethod).toMatch(/^agent /)
    })

    it('that is not there has its own code', async () => {
      const sshd = await server()
      const gone = await failure(dial(target(sshd), options(sshd, { credentials: { agent: join(folder, 'nobody') } })))
      expect(gone.code).toBe('auth-agent-unavailable')
    })
  })

  describe('through jump hosts', () => {
    const through = async (count: number, sshd: Sshd, more: Partial<DialOptions> = {}): Promise<DialOptions> => {
      const jump = await server('rekey')
      const files = [join(folder, `jumps${count}`)]
      writeFileSync(
        files[0]!,
        `[127.0.0.1]:${jump.port} ${jump.publicKey('ed25519')}\n[127.0.0.1]:${sshd.port} ${sshd.publicKey('ed25519')}\n`,
      )
      const credentials = { keyFile: join(jump.folder, 'user_ed25519'), agent: 'off' }
      return options(sshd, {
        hostKeys: { files, trustNew: false },
        jumps: Array.from({ length: count }, () => ({ target: target(jump), credentials })),
        ...more,
      })
    }

    it('verifies each under its own name and carries megabytes', async () => {
      const sshd = await server()
      const connection = await dial(target(sshd), await through(2, sshd))
      const jump = await server('rekey')
      expect(connection.dialled.via.map(({ key, port }) => [key.sha256, port])).toEqual([
        [jump.fingerprint('ed25519'), jump.port],
        [jump.fingerprint('ed25519'), jump.port],
      ])
      expect((await listen(await connection.exec('head -c 5000000 /dev/zero'))).out.length).toBe(5_000_000)
      await connection.close()
    })

    it('names the hop that failed and why', async () => {
      const sshd = await server()
      const given = await through(1, sshd)
      const [jump] = given.jumps!
      const refused = { ...jump!, credentials: { identityFiles: [join(folder, 'absent')], agent: 'off' } }
      const auth = await failure(dial(target(sshd), { ...given, jumps: [refused] }))
      expect(auth).toMatchObject({
        code: 'jump-failed',
        params: { hop: `root@127.0.0.1:${jump!.target.port}`, inner: 'auth-refused' },
      })
      const closed = { ...jump!, target: { ...jump!.target, port: await freePort() } }
      const shut = await failure(dial(target(sshd), { ...given, jumps: [closed] }))
      expect(shut).toMatchObject({ code: 'jump-failed', params: { inner: 'host-unreachable' } })
      const far = await failure(dial({ ...target(sshd), port: await freePort() }, given))
      expect(far).toMatchObject({ code: 'host-unreachable', params: { via: '127.0.0.1' } })
    })

    it('ends with link-lost when the jump host goes away', async () => {
      const sshd = await server()
      const gate = await server('rekey')
      const proxy = net
        .createServer((near) => {
          const far = net.connect(gate.port, '127.0.0.1')
          near.pipe(far).pipe(near)
          for (const socket of [near, far]) socket.on('error', () => undefined)
          proxy.once('cut', () => {
            near.destroy()
            far.destroy()
          })
        })
        .listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      const { port } = proxy.address() as net.AddressInfo
      const files = [join(folder, 'proxied')]
      writeFileSync(
        files[0]!,
        `[127.0.0.1]:${port} ${gate.publicKey('ed25519')}\n[127.0.0.1]:${sshd.port} ${sshd.publicKey('ed25519')}\n`,
      )
      const credentials = { keyFile: join(gate.folder, 'user_ed25519'), agent: 'off' }
      const jumps = [{ target: { ...target(gate), port }, credentials }]
      const connection = await dial(target(sshd), options(sshd, { jumps, hostKeys: { files, trustNew: false } }))
      const said = listen(await connection.exec('cat'))
      const closed = new Promise<Ending>((done) => {
        connection.onClosed(done)
      })
      proxy.emit('cut')
      expect((await said).ending.reason).toBe('link-lost')
      expect((await closed).detail).toContain('jump 127.0.0.1')
      await connection.close()
      proxy.close()
    })
  })

  it('sets TCP_NODELAY before a byte is sent', async () => {
    const probe = new net.Socket()
    probe.connect(1, '127.0.0.1').on('error', () => undefined)
    const handle = Object.getPrototypeOf((probe as unknown as { _handle: object })._handle) as {
      setNoDelay: (on: boolean) => number
    }
    const set = vi.spyOn(handle, 'setNoDelay')
    const socket = await connectTcp('127.0.0.1', (await server()).port, 5_000)
    try {
      expect(set.mock.calls).toEqual([[true]])
      expect(socket.bytesWritten).toBe(0)
    } finally {
      set.mockRestore()
      socket.destroy()
      probe.destroy()
    }
  })

  it('closes the socket before close resolves', async () => {
    const sshd = await server()
    const connection = await dial(target(sshd), options(sshd))
    const ended = new Promise<Ending>((done) => {
      connection.onClosed(done)
    })
    const channel = listen(await connection.exec('cat'))
    await connection.close()
    expect((await ended).reason).toBe('closed-by-us')
    expect((await channel).ending.reason).toBe('closed-by-us')
    await expect(connection.exec('true')).rejects.toMatchObject({ code: 'link-lost' })
  })
})
