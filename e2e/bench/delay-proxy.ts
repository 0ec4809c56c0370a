// A long link on a loopback: every byte arrives half a round trip after it was sent, in order, in both directions. It models delay alone: no loss, no
// bandwidth, no slow start. It runs as a process of its own, so that a busy client cannot slow its own link down and be measured twice.

import { spawn } from 'node:child_process'
import net from 'node:net'
import { fileURLToPath } from 'node:url'

/** Bytes under way in one direction before the sender is held back: far above what any window of ours puts on the wire. */
const most = 64 * 1024 * 1024

export interface DelayProxy {
  readonly port: number
  close(): Promise<void>
}

/** Listens on a loopback port of the moment and forwards to `upstream`, `rtt` milliseconds away. */
export async function startDelayProxy(upstream: number, rtt: number): Promise<DelayProxy> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    forward(client, upstream, rtt, sockets)
  })
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((done) =>
        server.close(() => {
          done()
        }),
      )
    },
  }
}

/**
 * The loopback accepts at once, where a real link takes SYN, SYN-ACK, ACK: so upstream is connected a round trip and a half later, and what the client
 * said before that waits in its queue and is delivered then.
 */
function forward(client: net.Socket, upstream: number, rtt: number, sockets: Set<net.Socket>): void {
  const connected = performance.now() + 1.5 * rtt
  const toHost = new Delay(rtt / 2, connected)
  const toClient = new Delay(rtt / 2, 0)
  let host: net.Socket | null = null
  track(client, sockets)
  client.on('error', () => host?.resetAndDestroy())
  carry(client, toHost, () => host)
  toHost.push(() => {
    if (client.destroyed) return
    host = net.connect({ port: upstream, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    track(host, sockets)
    host.on('error', () => client.resetAndDestroy())
    carry(host, toClient, () => client)
  }, true)
}

/** What one end sends, and that it has ended, reaches the other in that order: each direction ends for itself. */
function carry(from: net.Socket, way: Delay, to: () => net.Socket | null): void {
  let held = 0
  from.on('data', (bytes) => {
    held += bytes.length
    if (held > most) from.pause()
    way.push(() => {
      to()?.write(bytes)
      held -= bytes.length
      if (held <= most) from.resume()
    })
  })
  from.on('end', () => {
    way.push(() => to()?.end())
  })
}

function track(socket: net.Socket, sockets: Set<net.Socket>): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}

/** One direction: a queue, not a timer for each piece, because two timers may fire in the wrong order and one swapped piece ends an SSH session. */
class Delay {
  private readonly ms: number
  private readonly earliest: number
  private readonly queue: { readonly due: number; readonly deliver: () => void }[] = []
  private waiting = false

  constructor(ms: number, earliest: number) {
    this.ms = ms
    this.earliest = earliest
  }

  /** `first`: due when the direction opens, ahead of everything. */
  push(deliver: () => void, first = false): void {
    const entry = { due: first ? this.earliest : Math.max(performance.now() + this.ms, this.earliest), deliver }
    if (first) this.queue.unshift(entry)
    else this.queue.push(entry)
    if (!this.waiting) this.pump()
  }

  private pump(): void {
    this.waiting = false
    for (let head = this.queue[0]; head; head = this.queue[0]) {
      const rest = head.due - performance.now()
      if (rest > 0) {
        this.waiting = true
        this.wake(rest)
        return
      }
      this.queue.shift()
      head.deliver()
    }
  }

  /** Timers count whole milliseconds and fire late: the last stretch is waited out turn by turn. */
  private wake(rest: number): void {
    const next = () => {
      this.pump()
    }
    if (rest > 2) setTimeout(next, rest - 1.5)
    else setImmediate(next)
  }
}

export interface Links {
  /** The loopback port that is `rtt` milliseconds away from the host. */
  port(rtt: number): number
  close(): Promise<void>
}

/** One proxy process with a port for each round-trip time. It ends with us, whatever happens to us: it leaves when its stdin closes. */
export async function openLinks(upstream: number, rtts: readonly number[]): Promise<Links> {
  const self = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, ['--import', 'tsx', self, String(upstream), ...rtts.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((done) =>
    child.once('exit', () => {
      done()
    }),
  )
  const ports = await new Promise<readonly number[]>((done, failed) => {
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      if (said.endsWith('\n')) done(said.trim().split(' ').map(Number))
    })
    void gone.then(() => {
      failed(new Error('the delay proxy did not start'))
    })
  })
  return {
    port: (rtt) => {
      const port = ports[rtts.indexOf(rtt)]
      if (port === undefined) throw new Error(`no link of ${rtt} ms was opened`)
      return port
    },
    close: async () => {
      child.stdin.end()
      await gone
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [upstream = 0, ...rtts] = process.argv.slice(2).map(Number)
  const proxies = await Promise.all(rtts.map((rtt) => startDelayProxy(upstream, rtt)))
  process.stdout.write(`${proxies.map(({ port }) => port).join(' ')}\n`)
  process.stdin.resume().on('end', () => process.exit(0))
}
