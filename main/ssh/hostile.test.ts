// Hosts that flood, keep silent or are not there at all: the client stays small, ends by itself and says what happened.

import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  floodInsteadOfAnswer,
  floodLogin,
  floodOpens,
  overrun,
  silentLogin,
  startRaw,
  type HostileServer,
} from '../../e2e/fixtures/ssh/hostile.ts'
import { freePort } from '../../e2e/fixtures/ssh/free-port.ts'
import { endOf, listen } from './dial-fixture.ts'
import { dial, type DialOptions } from './dial.ts'
import { credentials, failure, hostile, reach } from './hostile-fixture.ts'

/** A server that does not speak SSH at all. */
async function raw(play: (socket: net.Socket) => void): Promise<HostileServer> {
  const server = await startRaw(play)
  onTestFinished(() => server.stop())
  return server
}

const grown = (since: number) => (process.memoryUsage().rss - since) / 1e6

describe('a host that floods', () => {
  it.each([
    ['its output', false],
    ['its errors', true],
  ])('%s beyond the window into a channel nobody reads is cut off, memory stays', async (_name, stderr) => {
    // The server lives in this process: its own backlog is bounded by what the kernel takes before the cut.
    const server = await hostile({ exec: overrun(600_000_000, stderr) })
    const connection = await reach(server)
    const before = process.memoryUsage().rss
    const ended = endOf(connection)
    const channel = await connection.exec('anything')
    expect(await ended).toEqual({ reason: 'flooded', detail: 'window overrun' })
    expect((await listen(channel)).ending.reason).toBe('flooded')
    expect(grown(before)).toBeLessThan(150)
    await expect.poll(() => server.open()).toBe(0)
  })

  it('before it even confirms the command is cut off as well', async () => {
    const server = await hostile({
      ready: (connection) => {
        floodInsteadOfAnswer(connection, 20_000_000)
      },
    })
    const connection = await reach(server)
    const ended = endOf(connection)
    await expect(connection.exec('anything')).rejects.toMatchObject({
      code: 'link-lost',
      params: { reason: 'flooded' },
    })
    expect((await ended).reason).toBe('flooded')
  })

  it('with requests whose answers it never takes is cut off', async () => {
    const server = await hostile({ ready: floodOpens })
    const connection = await reach(server)
    expect(await endOf(connection)).toEqual({ reason: 'flooded', detail: 'answers not taken' })
  })

  it.each([
    [
      'endless identification lines',
      (socket: net.Socket) => {
        pour(socket, Buffer.from('hello\r\n'.repeat(4_000)))
      },
      'host-not-ssh',
    ],
    [
      'one endless line',
      (socket: net.Socket) => {
        pour(socket, Buffer.alloc(65_536, 'A'))
      },
      'host-not-ssh',
    ],
    [
      'garbage',
      (socket: net.Socket) => {
        socket.write(Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0, 10, 13, 10]))
        socket.end()
      },
      'host-not-ssh',
    ],
    [
      'a web server',
      (socket: net.Socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
      },
      'host-not-ssh',
    ],
    [
      'another version of the protocol',
      (socket: net.Socket) => {
        socket.write('SSH-1.5-old\r\n')
      },
      'host-not-ssh',
    ],
    [
      'garbage after a good identification',
      (socket: net.Socket) => {
        pour(socket, Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(60_000, 0xff)]))
      },
      'link-lost',
    ],
    [
      'nothing but a hang-up',
      (socket: net.Socket) => {
        socket.end()
      },
      'link-lost',
    ],
    [
      'a reset',
      (socket: net.Socket) => {
        socket.once('data', () => {
          socket.resetAndDestroy()
        })
      },
      'link-lost',
    ],
  ])('%s before the handshake', async (_name, play, code) => {
    expect((await failure(await raw(play))).code).toBe(code)
  })

  it('shows what a stranger said, escaped', async () => {
    const server = await raw((socket) => {
      socket.end('\x1b]0;owned\x07220 mail ready\r\n')
    })
    expect((await failure(server)).params['said']).toBe('\\x1b]0;owned\\x07220 mail ready')
  })

  it('with a banner too large for a packet, or packets without end before the login, is cut off', async () => {
    expect((await failure(await hostile({ banner: 'B'.repeat(300_000) }))).code).toBe('link-lost')
    const flood = await failure(await hostile({ login: floodLogin }))
    expect([flood.code, flood.params['what']]).toEqual(['host-flooded', 'before login'])
  })
})

describe('a host that keeps silent', () => {
  it('after accepting is left in time, and the stage is told', async () => {
    const mute = await raw(() => undefined)
    expect(await failure(mute, { limits: { handshake: 150 } })).toMatchObject({
      code: 'host-timeout',
      params: { stage: 'handshake' },
    })
  })

  it('about the password is left in time', async () => {
    const server = await hostile({ login: silentLogin })
    expect(await failure(server, { limits: { auth: 150 } })).toMatchObject({
      code: 'host-timeout',
      params: { stage: 'auth' },
    })
  })

  it('about a command is given up, and the connection goes on', async () => {
    const server = await hostile({})
    const connection = await reach(server, { limits: { channel: 150 } })
    await expect(connection.exec('x')).rejects.toMatchObject({ code: 'host-timeout', params: { stage: 'channel' } })
  })

  it('about everything is found out by keepalives', async () => {
    const server = await hostile({ ready: (_connection, socket) => socket.pause() })
    const connection = await reach(server, { keepalive: { every: 50, misses: 2 } })
    expect(await endOf(connection)).toMatchObject({ reason: 'link-lost', detail: 'Keepalive timeout' })
  })

  it('at any stage can be cancelled, and no socket stays', async () => {
    const stages = [await raw(() => undefined), await hostile({ login: silentLogin })]
    for (const server of stages) {
      const control = new AbortController()
      setTimeout(() => {
        control.abort()
      }, 150)
      expect((await failure(server, { signal: control.signal })).code).toBe('cancelled')
      const before = AbortSignal.abort()
      expect((await failure(server, { signal: before })).code).toBe('cancelled')
    }
  })

  it('as a jump host can be cancelled too', async () => {
    // Its forwarding is never answered.
    const jump = await hostile({ ready: (connection) => connection.on('tcpip', () => undefined) })
    const knownHosts = join(tmpdir(), `tq-hostile-${randomUUID()}`)
    const control = new AbortController()
    setTimeout(() => {
      control.abort()
    }, 300)
    const dialling = dial(
      { host: 'far', port: 22, user: 'root' },
      {
        credentials,
        hostKeys: { files: [knownHosts], trustNew: true },
        jumps: [{ target: { host: '127.0.0.1', port: jump.port, user: 'responder' }, credentials }],
        signal: control.signal,
      },
    )
    await expect(dialling).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => jump.open()).toBe(0)
    rmSync(knownHosts)
  })
})

describe('a host that is not there', () => {
  const far = (host: string, port: number, more: Partial<DialOptions> = {}) =>
    dial(
      { host, port, user: 'x' },
      { credentials: { agent: 'off' }, hostKeys: { files: [], trustNew: false }, ...more },
    )

  it('has no address', async () => {
    await expect(far('no-such-host.invalid', 22)).rejects.toMatchObject({ code: 'host-unresolvable' })
  })

  it('refuses', async () => {
    await expect(far('127.0.0.1', await freePort())).rejects.toMatchObject({
      code: 'host-unreachable',
      params: { detail: 'ECONNREFUSED' },
    })
  })

  it('has a key nobody vouches for', async () => {
    const server = await hostile({})
    expect(await failure(server, { hostKeys: { files: [], trustNew: true } })).toMatchObject({
      code: 'host-key-unknown',
      params: { sha256: server.fingerprint },
    })
  })
})

/** Writes without end, as fast as it is taken; ends with the socket. */
function pour(socket: net.Socket, block: Buffer): void {
  let sent = 0
  const more = () => {
    while (socket.writable && sent < 100_000_000) {
      sent += block.length
      if (!socket.write(block)) return
    }
  }
  socket.on('drain', more)
  more()
}
