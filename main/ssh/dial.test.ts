// Logging in to a real OpenSSH server: what is negotiated, whose host key is taken, and with which keys.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeKey } from '../../e2e/fixtures/ssh/sshd.ts'
import { connect, failureOf, listen, missing, orSkipped, realServers } from './dial-fixture.ts'

const { folder, server } = realServers()

describe.skipIf(missing !== null)(`dialling a real sshd${orSkipped}`, () => {
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

  it('connects to an old server only with the legacy algorithms', async () => {
    const sshd = await server('legacy')
    const hostKeys = { files: [], trustNew: false, pin: sshd.fingerprint('rsa') }
    const refused = await failureOf(connect(sshd, { hostKeys }))
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
    expect((await failureOf(connect(sshd, { hostKeys: { files, trustNew: false } }))).code).toBe('host-key-unknown')
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
    const changed = await failureOf(connect(sshd, { hostKeys: { files, trustNew: true } }))
    expect([changed.code, changed.params['sha256']]).toEqual(['host-key-changed', sshd.fingerprint('ed25519')])
    const pin = sshd.fingerprint('rsa')
    expect((await failureOf(connect(sshd, { hostKeys: { files: [], trustNew: true, pin } }))).code).toBe(
      'host-key-mismatch',
    )
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
      await (await connect(sshd, { credentials: given })).close()
      if (!locked) continue
      const needed = await failureOf(connect(sshd, { credentials: { keyFile, agent: 'off' } }))
      expect([needed.code, needed.params['state']], `${type} ${JSON.stringify(form)}`).toEqual([
        'auth-key-passphrase',
        'needed',
      ])
      const wrong = await failureOf(connect(sshd, { credentials: { ...given, keyPassphrase: 'wrong' } }))
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
      expect((await failureOf(connect(sshd, { credentials: { keyFile, agent: 'off' } }))).code).toBe(
        'auth-key-unreadable',
      )
    }
  })

  it('says what was tried and what the host would take when it refuses', async () => {
    const sshd = await server()
    makeKey(join(folder, 'stranger'), 'ed25519')
    const credentials = { keyFile: join(folder, 'stranger'), agent: 'off', password: 'x' }
    const { code, params } = await failureOf(connect(sshd, { credentials }))
    expect(code).toBe('auth-refused')
    expect(params['tried']).toMatch(/^publickey SHA256:\S+ \S+stranger, password/)
    expect(params['allowed']).toContain('publickey')
    const nothing = await failureOf(
      connect(sshd, { credentials: { identityFiles: [join(folder, 'absent')], agent: 'off' } }),
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
      const gone = await failureOf(connect(sshd, { credentials: { agent: join(folder, 'nobody') } }))
      expect(gone.code).toBe('auth-agent-unavailable')
    })
  })
})
