import { describe, expect, it } from 'vitest'
import { TourniquetError } from '../errors.ts'
import type { Channel, Clock, Connection, Dialled, Ending } from '../ports.ts'
import { arrive } from './arrive.ts'
import { preambleCap } from './frames.ts'
import { Lane } from './lane.ts'

const marker = 'f'.repeat(32)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const frame = (id: number, out = '', kind = 'r'): Uint8Array =>
  bytes(`${marker} ${id} ${kind} 0 ${out.length} 0 000 1795295978.946736 1795295979.000001\n${out}`)

/** A clock that stands still until told: silence is tested without waiting for it. */
function standingClock(): Clock & { pass(ms: number): Promise<void> } {
  let now = 0
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    now: () => new Date(now).toISOString(),
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(new TourniquetError('cancelled'))
        })
      }),
    pass: async (ms) => {
      now += ms
      for (const sleeper of [...sleepers]) {
        if (sleeper.until > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    },
  }
}

/** A host of our own making: takes what is written, says what the test says. */
function scriptedChannel(): Channel & {
  readonly written: string[]
  closed: boolean
  say(text: string | Uint8Array, stream?: 'stdout' | 'stderr'): void
  hangUp(ending: Ending): void
} {
  let listeners: Parameters<Channel['listen']>[0] | null = null
  return {
    written: [],
    closed: false,
    write(some) {
      this.written.push(new TextDecoder('latin1').decode(some))
      return Promise.resolve()
    },
    end: () => undefined,
    listen: (those) => {
      listeners = those
    },
    close() {
      this.closed = true
    },
    say: (text, stream = 'stdout') => listeners?.[stream](typeof text === 'string' ? bytes(text) : text),
    hangUp: (ending) => listeners?.closed(ending),
  }
}

function open(): {
  readonly lane: Lane
  readonly channel: ReturnType<typeof scriptedChannel>
  readonly clock: ReturnType<typeof standingClock>
} {
  const channel = scriptedChannel()
  const clock = standingClock()
  return { lane: new Lane(channel, { clock, marker }), channel, clock }
}

describe('a lane', () => {
  it('writes every request at once and matches replies in order', async () => {
    const { lane, channel } = open()
    const replies = Array.from({ length: 20 }, (_, index) => lane.run({ argv: ['echo', String(index)] }))
    expect(channel.written).toHaveLength(20)
    for (let id = 1; id <= 20; id++) lane.feed(frame(id, `${id}`))
    expect((await Promise.all(replies)).map(({ stdout }) => new TextDecoder().decode(stdout))).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index + 1}`),
    )
  })

  it.each([
    ['bytes that are no frame', bytes('\x1b[2J bash: oops\n')],
    ['a reply to what was not asked', frame(9)],
    ['more output than was asked for', frame(2, 'xxxxxxxx')],
  ])('dies of %s, and everything that waits is told', async (_, garbage) => {
    const { lane, channel } = open()
    const first = lane.run({ argv: ['true'] })
    const second = lane.run({ argv: ['true'], stdoutLimit: 4 })
    const third = lane.run({ argv: ['true'] })
    lane.feed(frame(1))
    lane.feed(garbage)
    await expect(first).resolves.toMatchObject({ exit: 0 })
    await expect(second).rejects.toMatchObject({ code: 'frame-garbled' })
    await expect(third).rejects.toMatchObject({ code: 'frame-garbled' })
    expect(channel.closed).toBe(true)
    await expect(lane.run({ argv: ['true'] })).rejects.toMatchObject({ code: 'frame-garbled' })
  })

  it('is given up when the host stays silent beyond limit and grace, and not before', async () => {
    const { lane, clock } = open()
    const reply = lane.run({ argv: ['true'], timeLimit: 2000 })
    await clock.pass(16_900)
    expect(lane.death).toBeNull()
    await clock.pass(200)
    await expect(reply).rejects.toMatchObject({ code: 'request-timeout' })
  })

  it('gives a request behind others its own time, from its own turn', async () => {
    const { lane, clock } = open()
    const slow = lane.run({ argv: ['true'], timeLimit: 10_000 })
    const next = lane.run({ argv: ['true'], timeLimit: 1000 })
    await clock.pass(20_000)
    lane.feed(frame(1))
    await slow
    await clock.pass(15_000)
    lane.feed(frame(2))
    await expect(next).resolves.toMatchObject({ exit: 0 })
  })

  it('does not wait forever for a reply that drips', async () => {
    const { lane, clock } = open()
    const reply = lane.run({ argv: ['true'], stdoutLimit: 1000, stderrLimit: 0 })
    lane.feed(frame(1, 'x'.repeat(900)).subarray(0, 200))
    const rejected = expect(reply).rejects.toMatchObject({ code: 'request-timeout' })
    await clock.pass(20_100)
    lane.feed(bytes('x'))
    await clock.pass(200)
    await rejected
  })

  it('drops the reply of a cancelled request and stays in step', async () => {
    const { lane } = open()
    const stop = new AbortController()
    const first = lane.run({ argv: ['true'] }, stop.signal)
    const second = lane.run({ argv: ['true'] })
    stop.abort()
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    lane.feed(frame(1, 'late'))
    lane.feed(frame(2))
    await expect(second).resolves.toMatchObject({ exit: 0 })
  })

  it('tells a kept result that still runs, and stdin that the host could not store', async () => {
    const { lane } = open()
    const busy = lane.run({ argv: ['true'], once: 'act-00001' })
    const full = lane.run({ argv: ['cat'], stdin: bytes('x') })
    lane.feed(frame(1, '', 'b'))
    lane.feed(frame(2, '', 'x'))
    await expect(busy).rejects.toMatchObject({ code: 'request-timeout', params: { what: 'once' } })
    await expect(full).rejects.toMatchObject({ code: 'host-disk-full' })
  })
})

describe('arriving at a hostile host', () => {
  async function knock(sudo: { password: Uint8Array | null } | null = null): Promise<{
    readonly arriving: Promise<unknown>
    readonly channel: ReturnType<typeof scriptedChannel>
    readonly clock: ReturnType<typeof standingClock>
    readonly command: string
  }> {
    const channel = scriptedChannel()
    const clock = standingClock()
    let command = ''
    const connection: Connection = {
      dialled: {} as Dialled,
      exec: (line) => {
        command = line
        return Promise.resolve(channel)
      },
      terminal: () => Promise.reject(new Error('not asked for')),
      again: () => Promise.reject(new Error('not asked for')),
      onClosed: () => undefined,
      close: () => Promise.resolve(),
    }
    const toolbox = { x86_64: [{ name: 'busybox', bytes: bytes('ELF'), sha256: '' }] }
    const random = { bytes: (count: number) => new Uint8Array(count).fill(count) }
    const arriving = arrive(connection, { toolbox, clock, random, sudo })
    arriving.catch(() => undefined)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    return { arriving, channel, clock, command }
  }
  const boot = '10'.repeat(16)

  it('gives up on silence', async () => {
    const { arriving, clock, channel } = await knock()
    await clock.pass(20_001)
    await expect(arriving).rejects.toMatchObject({ code: 'host-timeout' })
    expect(channel.closed).toBe(true)
  })

  it('gives up on endless noise, on either stream', async () => {
    for (const stream of ['stdout', 'stderr'] as const) {
      const { arriving, channel } = await knock()
      for (let sent = 0; sent <= preambleCap; sent += 4096) channel.say(new Uint8Array(4096).fill(0x78), stream)
      await expect(arriving).rejects.toMatchObject({ code: 'host-flooded' })
    }
  })

  it.each([
    ['a folder that is shell text', `at x86_64 0 dd /run/$(id)`],
    ['a folder with a line of its own', `at x86_64 0 dd /run/a b`],
    ['a folder that we did not name: we would remove it when we leave', `at x86_64 0 dd /root`],
    ['a reader we have not got', `at x86_64 0 python /run/.a`],
    ['words that mean nothing', `hello`],
  ])('accepts no answer with %s', async (_, answer) => {
    const { arriving, channel } = await knock()
    channel.say(`\n${boot} ${answer}\n`)
    await expect(arriving).rejects.toMatchObject({ code: 'shell-unusable' })
    expect(channel.written).toEqual([])
  })

  it('never gives the password to anything but sudo’s own prompt, and gives it once', async () => {
    const { arriving, channel, command } = await knock({ password: bytes('secret') })
    const prompt = /'([0-9a-f]{24}:)'/.exec(command)?.[1] ?? ''
    channel.say('Password: ', 'stderr')
    channel.say(`[sudo] password for root: ${prompt}`, 'stdout')
    expect(channel.written).toEqual([])
    for (const letter of prompt) channel.say(letter, 'stderr')
    expect(channel.written).toEqual(['secret\n'])
    channel.say(`Sorry, try again.\n${prompt}`, 'stderr')
    await expect(arriving).rejects.toMatchObject({ code: 'sudo-refused' })
    expect(channel.written).toEqual(['secret\n'])
    expect(command).not.toContain('secret')
  })

  it('takes the toolbox’s way only after the place is known, whatever comes before it', async () => {
    const { arriving, channel } = await knock()
    channel.say(`Welcome!\n${boot}`)
    channel.say(` at x86_64 0 dd /run/.060606060606\n`.slice(0, 9))
    expect(channel.written).toEqual([])
    channel.say(` at x86_64 0 dd /run/.060606060606\n`.slice(9))
    await expect(arriving).resolves.toMatchObject({
      workDir: '/run/.060606060606',
      euid: 0,
      preamble: bytes('Welcome!'),
    })
    expect(channel.written).toHaveLength(1)
    expect(channel.written[0]).toMatch(/^3 \d+\nELF# The host/)
  })
})
