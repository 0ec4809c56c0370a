// Channels of a host that breaks the rules: each ends, and says how; what the host asks of us is refused; a fault of ours ends one channel and no more.

import { describe, expect, it } from 'vitest'
import { reset, takeNothing, type HostileBehaviour } from '../../e2e/fixtures/ssh/hostile.ts'
import type { Ending } from '../core/ports.ts'
import { listen } from './dial-fixture.ts'
import { hostile, reach } from './hostile-fixture.ts'

describe('a channel', () => {
  const ended = async (exec: HostileBehaviour['exec']) => {
    const connection = await reach(await hostile(exec ? { exec } : {}), { limits: { exit: 150 } })
    return (await listen(await connection.exec('x'))).ending
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
    const { out, ending } = await listen(channel)
    expect([out.toString(), ending.reason]).toEqual(['half a frame', 'link-lost'])
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
    expect((await listen(await connection.exec('good'))).out.toString()).toBe('fine')
  })
})
