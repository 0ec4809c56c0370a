// Commands on a real OpenSSH server: what goes in and comes out of a channel, how many there are at a time, and how they end.

import { createHash, randomBytes } from 'node:crypto'
import net from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { Channel } from '../core/ports.ts'
import { connect, endOf, listen, missing, orSkipped, realServers } from './dial-fixture.ts'
import { connectTcp } from './tcp.ts'

const { server } = realServers()
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(missing !== null)(`dialling a real sshd${orSkipped}`, () => {
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
    const connection = await connect(sshd)
    const ended = endOf(connection)
    const channel = listen(await connection.exec('cat'))
    await connection.close()
    expect((await ended).reason).toBe('closed-by-us')
    expect((await channel).ending.reason).toBe('closed-by-us')
    await expect(connection.exec('true')).rejects.toMatchObject({ code: 'link-lost' })
  })
})
