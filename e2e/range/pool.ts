// The little world a range host can reach: a fake mining pool, a fake download server, a quiet database. Run as a process inside the
// world's network namespace; it listens on test addresses only and never opens a connection of its own.
// usage: node --import tsx pool.ts FOLDER   (FOLDER/downloads is served; FOLDER/pool.log gets one JSON line per event)
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { basename, join } from 'node:path'
import { world } from './net.ts'

/** A real pool sends a job every 10 to 120 seconds. */
const jobEvery = 20_000

/** Longer lines are not stratum; the connection is dropped. */
const longestLine = 4096

const folder = process.argv[2]
if (folder === undefined) throw new RangeError('usage: pool.ts FOLDER')

await Promise.all([
  listen(createServer(servePool), world.pool, world.poolPort),
  listen(createServer(serveDatabase), world.database, 5432),
  listen(createHttpServer(serveDownload(join(folder, 'downloads'))), world.downloads, 80),
])
process.stdout.write('ready\n')

function servePool(socket: Socket): void {
  let rest = ''
  let height = 3_000_000
  const job = () => ({
    job_id: String(++height),
    blob: '0'.repeat(152),
    target: 'ffffffff',
    algo: 'rx/0',
    height,
    seed_hash: '0'.repeat(64),
  })
  const say = (message: object) => socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const timer = setInterval(() => say({ method: 'job', params: job() }), jobEvery)
  socket.on('close', () => {
    clearInterval(timer)
    note({ event: 'closed', peer: socket.remoteAddress })
  })
  socket.on('error', () => undefined) // a killed miner resets its connection
  socket.on('data', (bytes) => {
    rest += bytes.toString('latin1')
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      const request = parse(rest.slice(0, end))
      rest = rest.slice(end + 1)
      note({ event: request?.method ?? 'garbage', peer: socket.remoteAddress })
      if (request?.method === 'login')
        say({ id: request.id, result: { id: 'lab', job: job(), status: 'OK' }, error: null })
      else if (request?.method === 'submit') say({ id: request.id, result: { status: 'OK' }, error: null })
    }
    if (rest.length > longestLine) socket.destroy()
  })
}

function parse(line: string): { readonly id: unknown; readonly method: string } | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('method' in value) || typeof value.method !== 'string')
      return null
    return { id: 'id' in value ? value.id : null, method: value.method }
  } catch {
    return null
  }
}

/** Accepts and stays silent, as an idle database connection does. */
function serveDatabase(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.resume()
}

function serveDownload(downloads: string): Parameters<typeof createHttpServer>[1] {
  return (request, response) => {
    note({ event: 'download', path: request.url })
    try {
      response.end(readFileSync(join(downloads, basename(request.url ?? ''))))
    } catch {
      response.writeHead(404).end()
    }
  }
}

function note(event: object): void {
  appendFileSync(join(folder ?? '', 'pool.log'), `${JSON.stringify({ at: Date.now(), ...event })}\n`)
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      resolve()
    })
  })
}
