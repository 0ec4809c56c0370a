// A real OpenSSH server reached through others: each is verified for itself, and the one that fails is named.

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../e2e/fixtures/ssh/free-port.ts'
import type { Sshd } from '../../e2e/fixtures/ssh/sshd.ts'
import {
  connect,
  credentials,
  endOf,
  failureOf,
  listen,
  missing,
  orSkipped,
  realServers,
  target,
} from './dial-fixture.ts'

const { folder, server } = realServers()

describe.skipIf(missing !== null)(`dialling a real sshd${orSkipped}`, () => {
  describe('through jump hosts', () => {
    /** Dials by way of these, each known by its own key. */
    const through = (jumps: readonly Sshd[], sshd: Sshd) => {
      const file = join(folder, `known-${String(jumps.length)}-${String(jumps[0]?.port)}`)
      const lines = [...jumps, sshd].map((one) => `[127.0.0.1]:${one.port} ${one.publicKey('ed25519')}\n`)
      writeFileSync(file, lines.join(''))
      return {
        hostKeys: { files: [file], trustNew: false },
        jumps: jumps.map((jump) => ({ target: target(jump), credentials: credentials(jump) })),
      }
    }

    it('verifies each under its own name and carries megabytes', async () => {
      const sshd = await server()
      const jump = await server('rekey')
      const connection = await connect(sshd, through([jump, jump], sshd))
      expect(connection.dialled.via.map(({ key, port }) => [key.sha256, port])).toEqual([
        [jump.fingerprint('ed25519'), jump.port],
        [jump.fingerprint('ed25519'), jump.port],
      ])
      expect((await listen(await connection.exec('head -c 5000000 /dev/zero'))).out.length).toBe(5_000_000)
      await connection.close()
    })

    it('names the hop that failed and why', async () => {
      const sshd = await server()
      const jump = await server('rekey')
      const given = through([jump], sshd)
      const refused = { target: target(jump), credentials: { identityFiles: [join(folder, 'absent')], agent: 'off' } }
      const auth = await failureOf(connect(sshd, { ...given, jumps: [refused] }))
      expect(auth).toMatchObject({
        code: 'jump-failed',
        params: { hop: `root@127.0.0.1:${jump.port}`, inner: 'auth-refused' },
      })
      const closed = { target: { ...target(jump), port: await freePort() }, credentials: credentials(jump) }
      const shut = await failureOf(connect(sshd, { ...given, jumps: [closed] }))
      expect(shut).toMatchObject({ code: 'jump-failed', params: { inner: 'host-unreachable' } })
      const far = await failureOf(connect({ ...sshd, port: await freePort() }, given))
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
      const connection = await connect(sshd, through([{ ...gate, port }], sshd))
      const said = listen(await connection.exec('cat'))
      const closed = endOf(connection)
      proxy.emit('cut')
      expect((await said).ending.reason).toBe('link-lost')
      expect((await closed).detail).toContain('jump 127.0.0.1')
      await connection.close()
      proxy.close()
    })
  })
})
