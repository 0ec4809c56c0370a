// The link itself: what it delays, what it keeps, what it never reorders. Everything the bench says rests on this.

import net from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { startDelayProxy, type DelayProxy } from './delay-proxy.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function upstream(serve: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, serve)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push(server)
  return (server.address() as net.AddressInfo).port
}

async function link(port: number, rtt: number): Promise<DelayProxy> {
  const proxy = await startDelayProxy(port, rtt)
  open.push(proxy)
  return proxy
}

function all(socket: net.Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  return new Promise((done, failed) => {
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('end', () => {
      done(Buffer.concat(pieces))
    })
    socket.on('error', failed)
  })
}

const echo = (socket: net.Socket) => socket.pipe(socket)

it('delays a byte and its echo by one round trip, and the first by the handshake of TCP as well', async () => {
  const { port } = await link(await upstream(echo), 60)
  const began = performance.now()
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  const answer = () => new Promise((done) => socket.once('data', done))
  socket.write('a')
  await answer()
  const first = performance.now() - began
  const trips: number[] = []
  // once undisturbed is enough: load only adds
  while (trips.length < 60 && !trips.some((trip) => trip < 63)) {
    const sent = performance.now()
    socket.write('b')
    await answer()
    trips.push(performance.now() - sent)
  }
  socket.destroy()
  expect(first).toBeGreaterThanOrEqual(119)
  expect(Math.min(...trips)).toBeGreaterThanOrEqual(59.9)
  expect(Math.min(...trips)).toBeLessThan(63)
})

it('keeps every byte in order, those sent before the far end exists among them', async () => {
  const { port } = await link(await upstream(echo), 30)
  const socket = net.connect({ port, host: '127.0.0.1' })
  const sent = Buffer.alloc(3_000_000)
  for (let at = 0; at < sent.length; at += 4) sent.writeUInt32LE(at, at)
  for (let at = 0; at < sent.length; at += 7919) socket.write(sent.subarray(at, at + 7919))
  socket.end()
  expect((await all(socket)).equals(sent)).toBe(true)
})

it('ends each direction for itself', async () => {
  const late = await upstream((socket) => {
    socket.resume().on('end', () => setTimeout(() => socket.end('after you'), 20))
  })
  const { port } = await link(late, 20)
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end('done')
  expect((await all(socket)).toString()).toBe('after you')
})

it('lets the host speak first and leave while the client still listens', async () => {
  const { port } = await link(await upstream((socket) => socket.end('banner')), 20)
  const socket = net.connect({ port, host: '127.0.0.1' })
  expect((await all(socket)).toString()).toBe('banner')
})

it('tells a client that nobody listens behind it', async () => {
  const server = net.createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const dead = (server.address() as net.AddressInfo).port
  await new Promise((done) => server.close(done))
  const { port } = await link(dead, 10)
  const socket = net.connect({ port, host: '127.0.0.1' })
  await expect(all(socket)).rejects.toMatchObject({ code: 'ECONNRESET' })
})
