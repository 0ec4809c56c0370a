// Against servers that break the rules: the client stays small, ends by itself and says what happened.
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  acceptedPassword,
  floodInsteadOfAnswer,
  floodLogin,
  floodOpens,
  reset,
  overrun,
  passwordLogin,
  promptLogin,
  silentLogin,
  startHostile,
  startRaw,
  takeNothing,
  type HostileBehaviour,
  type HostileServer,
} from '../../e2e/fixtures/ssh/hostile.ts'
import { freePort, makeKey } from '../../e2e/fixtures/ssh/sshd.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Channel, Connection, Ending } from '../core/ports.ts'
import { dial, type DialOptions } from './dial.ts'

const servers: HostileServer[] = []
const open: Connection[] = []

afterEach(async () => {
  for (const connection of open.splice(0)) await connection.close()
  for (const server of servers.splice(0)) await server.stop()
})

async function hostile(behaviour: HostileBehaviour): Promise<HostileServer> {
  const server = await startHostile(behaviour)
  servers.push(server)
  return server
}

async function raw(play: (socket: net.Socket) => void): Promise<HostileServer> {
  const server = await startRaw(play)
  servers.push(server)
  return server
}

async function reach(server: HostileServer, more: Partial<DialOptions> = {}): Promise<Connection> {
  const options = {
    credentials: { identityFiles: ['/nonexistent'], agent: 'off', password: acceptedPassword },
    hostKeys: { files: [], trustNew: false, ...(server.fingerprint === '' ? {} : { pin: server.fingerprint }) },
    ...more,
  }
  const connection = await dial({ host: '127.0.0.1', port: server.port, user: 'responder' }, options)
  open.push(connection)
  return connection
}

/** The failure, and proof that no socket was left behind. */
async function failure(server: HostileServer, more: Partial<DialOptions> = {}): Promise<TourniquetError> {
  const error: unknown = await reach(server, more).catch((error: unknown) => error)
  if (!(error instanceof TourniquetError)) throw new Error(`expected an error of ours, got ${String(error)}`)
  await expect.poll(() => server.open()).toBe(0)
  return error
}

const closedOf = (channel: Channel) =>
  new Promise<Ending>((closed) => {
    channel.listen({ stdout: () => undefined, stderr: () => undefined, closed })
  })
const endOf = (connection: Connection) =>
  new Promise<Ending>((done) => {
    connection.onClosed(done)
  })
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
    expect((await closedOf(channel)).reason).toBe('flooded')
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
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: acceptedPassword }
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

describe('a channel', () => {
  const ended = async (exec: HostileBehaviour['exec']) => {
    const connection = await reach(await hostile(exec ? { exec } : {}), { limits: { exit: 150 } })
    return closedOf(await connection.exec('x'))
  }

  it('closed without an exit status has none', async () => {
    expect(
      await ended((channel) => {
        channel.close()
      }),
    ).toEqual({ reason: 'closed-by-host' })
  })

  it('with an exit status but no close ends after a moment of silence', async () => {
    expect(
      await ended((channel) => {
        channel.exit(3)
      }),
    ).toEqual({ reason: 'closed-by-host', exit: 3, detail: 'exit without close' })
  })

  it('names a signal without obeying it', async () => {
    const ending = await ended((channel) => {
      channel.exit('KILL')
      channel.close()
    })
    expect(ending).toEqual({ reason: 'closed-by-host', signal: 'SIGKILL' })
  })

  it('cut by a reset is lost with its connection, after the bytes that came', async () => {
    const server = await hostile({
      exec: (channel, _command, connection) => {
        channel.write('half a frame')
        setTimeout(() => {
          reset(connection)
        }, 50)
      },
    })
    const connection = await reach(server)
    const channel = await connection.exec('x')
    const said: string[] = []
    const ending = await new Promise<Ending>((closed) => {
      channel.listen({ stdout: (bytes) => said.push(Buffer.from(bytes).toString()), stderr: () => undefined, closed })
    })
    expect([said.join(''), ending.reason]).toEqual(['half a frame', 'link-lost'])
  })

  it('refused by the host has its own code', async () => {
    const connection = await reach(await hostile({ refuseExec: true }))
    await expect(connection.exec('x')).rejects.toMatchObject({ code: 'shell-unusable' })
  })

  it.each([
    ['grants no more room', () => undefined],
    ['grants a gigabyte and reads nothing', takeNothing],
  ])('makes a writer wait for a host that %s, and lets it go when the link ends', async (_name, exec) => {
    const server = await hostile({ exec })
    const connection = await reach(server)
    const channel = await connection.exec('x')
    let done = false
    const writing = channel.write(Buffer.alloc(64_000_000)).finally(() => (done = true))
    await new Promise((later) => setTimeout(later, 300))
    expect(done).toBe(false)
    void connection.close()
    await expect(writing).rejects.toMatchObject({ code: 'link-lost' })
  })
})

describe('what a host asks of us', () => {
  it('is refused: ports, X11 and agent channels it opens by itself', async () => {
    const answers: string[] = []
    const asked = (name: string, done: () => void) => (error: Error | undefined) => {
      answers.push(`${name} ${error ? 'refused' : 'OPENED'}`)
      done()
    }
    let finished: () => void = () => undefined
    const all = new Promise<void>((done) => (finished = done))
    const server = await hostile({
      ready: (connection) => {
        connection.forwardOut(
          '127.0.0.1',
          1,
          '127.0.0.1',
          2,
          asked('tcp', () => {
            connection.x11('127.0.0.1', 3, asked('x11', finished))
          }),
        )
      },
    })
    await reach(server)
    await all
    expect(answers).toEqual(['tcp refused', 'x11 refused'])
  })
})

describe('a listener that throws', () => {
  it('ends its channel only, and its owner is told', async () => {
    const server = await hostile({
      exec: (channel, command) => {
        if (command === 'bad') channel.write('x')
        else channel.end('fine')
      },
    })
    const connection = await reach(server)
    const bad = await connection.exec('bad')
    const ending = await new Promise<Ending>((closed) => {
      const stdout = () => {
        throw new Error('our bug')
      }
      bad.listen({ stdout, stderr: () => undefined, closed })
    })
    expect(ending).toEqual({ reason: 'closed-by-us', detail: 'listener failed: Error: our bug' })
    const said: string[] = []
    const good = await connection.exec('good')
    await new Promise<Ending>((closed) => {
      good.listen({ stdout: (bytes) => said.push(Buffer.from(bytes).toString()), stderr: () => undefined, closed })
    })
    expect(said).toEqual(['fine'])
  })
})

describe('a password', () => {
  it('that the host wants and nobody gave has its own code', async () => {
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off' }
    expect((await failure(await hostile({}), { credentials })).code).toBe('auth-password-missing')
  })

  it('is the second proof where the host wants two', async () => {
    const keyFile = join(tmpdir(), `tq-hostile-${randomUUID()}`)
    makeKey(keyFile, 'ed25519')
    const server = await hostile({
      login: (context) => {
        if (context.method === 'publickey') {
          if (context.signature) context.reject(['password'], true)
          else context.accept()
        } else passwordLogin(context)
      },
    })
    const credentials = { keyFile, agent: 'off', password: acceptedPassword }
    expect((await reach(server, { credentials })).dialled.authMethod).toBe('password')
    rmSync(keyFile)
    rmSync(`${keyFile}.pub`)
  })

  it('answers one hidden prompt', async () => {
    const server = await hostile({ login: promptLogin([{ prompt: 'Password: ', echo: false }]) })
    expect((await reach(server)).dialled.authMethod).toBe('keyboard-interactive')
  })

  it.each([
    ['a visible prompt', [{ prompt: 'Password: ', echo: true }]],
    [
      'two prompts',
      [
        { prompt: 'Password: ', echo: false },
        { prompt: 'Code\u202e: ', echo: false },
      ],
    ],
  ])('is not given to %s', async (_name, prompts) => {
    const seen: unknown[] = []
    const login = promptLogin(prompts)
    const server = await hostile({
      login: (context) => {
        login(context)
        seen.push(context.method)
      },
    })
    const { code, params } = await failure(server)
    expect(code).toBe('auth-refused')
    expect(params['detail']).toMatch(/^prompt not answered: Password:/)
    expect(params['detail']).not.toContain('\u202e')
  })

  it('is not given to a second prompt, which asks for something else', async () => {
    const answers: string[][] = []
    const server = await hostile({
      login: (context) => {
        if (context.method !== 'keyboard-interactive') {
          context.reject(['keyboard-interactive'])
          return
        }
        context.prompt([{ prompt: 'Password: ', echo: false }], (first) => {
          answers.push(first)
          context.prompt([{ prompt: 'Password of your laptop: ', echo: false }], (second) => answers.push(second))
        })
      },
    })
    expect((await failure(server)).params['detail']).toContain('laptop')
    expect(answers).toEqual([[acceptedPassword]])
  })

  it('that is wrong is refused, with what was tried', async () => {
    const server = await hostile({})
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: 'wrong' }
    expect(await failure(server, { credentials })).toMatchObject({
      code: 'auth-refused',
      params: { tried: 'password', allowed: 'password' },
    })
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
