// The responder's own shell: a pseudo-terminal on a connection that stands, against a real OpenSSH server and against ones that break the rules.
import type { ServerChannel } from 'ssh2'
import { describe, expect, it } from 'vitest'
import { overrun } from '../../e2e/fixtures/ssh/hostile.ts'
import { startSshd } from '../../e2e/fixtures/ssh/sshd.ts'
import type { Connection, Ending, TerminalChannel } from '../core/ports.ts'
import { connect, endOf, listen, missing, orSkipped, realServers } from './dial-fixture.ts'
import { hostile, reach } from './hostile-fixture.ts'

const { server } = realServers()
const size = { columns: 80, rows: 24 }
const closeAtOnce = (channel: ServerChannel): void => {
  channel.close()
}
const encode = (text: string) => new TextEncoder().encode(text)

interface Heard {
  readonly text: () => string
  readonly bytes: () => number
  readonly ended: Promise<Ending>
}

function hear(channel: TerminalChannel): Heard {
  let text = ''
  let bytes = 0
  const take = (piece: Uint8Array): void => {
    bytes += piece.length
    text = (text + new TextDecoder().decode(piece)).slice(-65_536)
  }
  const ended = new Promise<Ending>((closed) => {
    channel.listen({ stdout: take, stderr: take, closed })
  })
  return { text: () => text, bytes: () => bytes, ended }
}

const shows = (heard: Heard, what: RegExp | string) =>
  expect.poll(heard.text, { timeout: 10_000, interval: 10 }).toMatch(what)

describe.skipIf(missing !== null)(`a terminal on a real sshd${orSkipped}`, () => {
  it('is the login shell on a terminal of that size, and follows when the size changes', async () => {
    const channel = await (await connect(await server())).terminal({ columns: 101, rows: 33 })
    const heard = hear(channel)
    await channel.write(encode('stty size; echo "[$TERM]" "[$SSH_AUTH_SOCK$DISPLAY]"; tty\n'))
    await shows(heard, /33 101\r\n\[xterm-256color\] \[\]\r\n\/dev\/pts\/\d+/)
    channel.resize({ columns: 132, rows: 50 })
    await channel.write(encode('stty size\n'))
    await shows(heard, '50 132')
    await channel.write(encode('exit 3\n'))
    expect(await heard.ended).toEqual({ reason: 'closed-by-host', exit: 3 })
    channel.resize(size) // after its end: nothing, and no error
  })

  it('held back, makes the host wait, stays well below what would be a flood, and loses nothing', async () => {
    const connection = await connect(await server())
    const channel = await connection.terminal(size)
    const heard = hear(channel)
    await channel.write(encode('stty -onlcr; head -c 30000000 /dev/zero; echo; echo "END"; exit\n'))
    await expect.poll(heard.bytes).toBeGreaterThan(100_000)
    channel.pause()
    const before = heard.bytes()
    await new Promise((done) => setTimeout(done, 600))
    expect(heard.bytes()).toBe(before)
    const other = await connection.exec('echo alive')
    expect((await listen(other)).out.toString()).toBe('alive\n') // the connection goes on beside a terminal that waits
    channel.resume()
    expect((await heard.ended).reason).toBe('closed-by-host')
    expect(heard.bytes()).toBeGreaterThan(30_000_000)
    expect(heard.text()).toContain('END')
  })

  it('held back over the end of the shell, still tells everything first', async () => {
    const channel = await (await connect(await server())).terminal(size)
    const heard = hear(channel)
    channel.pause()
    await channel.write(encode('head -c 5000000 /dev/zero; echo; echo "LAST"; exit\n'))
    await new Promise((done) => setTimeout(done, 6_000)) // longer than the patience with a shell that has exited
    channel.resume()
    await heard.ended
    expect(heard.bytes()).toBeGreaterThan(5_000_000)
    expect(heard.text()).toContain('LAST')
  })

  it('takes an interrupt past any amount of output', async () => {
    const channel = await (await connect(await server())).terminal(size)
    const heard = hear(channel)
    await channel.write(encode('yes\n'))
    await expect.poll(heard.bytes).toBeGreaterThan(1_000_000)
    const started = performance.now()
    await channel.write(Uint8Array.of(3))
    await channel.write(encode('echo "stop""ped"\n'))
    await shows(heard, 'stopped\r\n')
    console.info(`interrupt under yes: ${(performance.now() - started).toFixed(0)} ms to the next command's output`)
    channel.close()
    expect((await heard.ended).reason).toBe('closed-by-us')
  })

  it('ends with its connection, and what had come is told before', async () => {
    const connection = await connect(await server())
    const channel = await connection.terminal(size)
    const heard = hear(channel)
    channel.pause()
    await channel.write(encode('echo "be""fore"\n'))
    await new Promise((done) => setTimeout(done, 300))
    process.kill(await pidOf(connection), 'SIGKILL')
    expect((await heard.ended).reason).toMatch(/link-lost|closed-by-host/)
    expect(heard.text()).toContain('before')
    await expect(channel.write(encode('x'))).rejects.toMatchObject({ code: 'link-lost' })
  })

  it('leaves room for the lanes: the fifth is refused, and a place is free again after a hang-up', async () => {
    const connection = await connect(await server())
    const terminals = []
    for (let count = 0; count < 4; count++) terminals.push(await connection.terminal(size))
    await expect(connection.terminal(size)).rejects.toMatchObject({ code: 'terminal-refused' })
    const heard = hear(terminals[0]!)
    terminals[0]!.close()
    await heard.ended
    await expect
      .poll(() =>
        connection.terminal(size).then(
          () => 'open',
          () => 'refused',
        ),
      )
      .toBe('open')
  })

  it('is refused where sshd grants none', async () => {
    const strict = await startSshd('default', ['PermitTTY no'])
    try {
      const connection = await connect(strict)
      await expect(connection.terminal(size)).rejects.toMatchObject({ code: 'terminal-refused' })
    } finally {
      await strict.stop()
    }
  })

  /** The sshd child that serves this connection. */
  async function pidOf(connection: Connection): Promise<number> {
    const pid = Number((await listen(await connection.exec('echo $PPID'))).out)
    if (!(pid > 1)) throw new Error('the server did not say its number') // 0 would be all of us
    return pid
  }
})

describe('a terminal on a host that breaks the rules', () => {
  it.each([
    ['its pseudo-terminal', { refusePty: true, shell: () => undefined }],
    ['its shell', {}],
  ])('that refuses %s says so, and the connection stands', async (_name, behaviour) => {
    const connection = await reach(await hostile({ ...behaviour, exec: closeAtOnce }))
    for (let tries = 0; tries < 3; tries++)
      await expect(connection.terminal(size)).rejects.toMatchObject({ code: 'terminal-refused' })
    const channel = await connection.exec('anything')
    await listen(channel)
  })

  it.each([
    ['output', false],
    ['errors', true],
  ])('that sends %s beyond the window into a terminal held back is cut off', async (_name, stderr) => {
    const server = await hostile({
      shell: (channel, connection) => {
        overrun(600_000_000, stderr)(channel, '', connection)
      },
    })
    const connection = await reach(server)
    const ended = endOf(connection)
    const channel = await connection.terminal(size)
    const before = process.memoryUsage().rss
    const heard = hear(channel)
    channel.pause()
    expect(await ended).toEqual({ reason: 'flooded', detail: 'window overrun' })
    expect((await heard.ended).reason).toBe('flooded')
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(150)
  })
})
