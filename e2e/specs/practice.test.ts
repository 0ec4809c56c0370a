// The practice host, as served mode offers it: booted through the wire, reached with what it says, gone after stop, after the server's end and after its murder.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { contract, type Contract, type Practice } from '../../main/core/contract.ts'
import { connect, type Client } from '../../main/core/rpc/connect.ts'
import type { Frozen } from '../../main/core/rpc/define.ts'
import { socketWire } from '../../main/core/rpc/socket-wire.ts'
import { startServer, type Server } from '../page/server.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import { listRecords, remains, type HostRecord } from '../range/registry.ts'
import { workFolder } from './tourniquet.ts'

const unavailable = rangeUnavailable()
if (unavailable === null) ensureTools()

/** Never blocks: a page that answers no ping for a while is gone. */
const run = promisify(execFile)

interface Page {
  readonly client: Client<Contract>
  /** every state told, oldest first */
  readonly told: Frozen<Practice>[]
}

async function openPage({ port, token }: Server): Promise<Page> {
  const origin = `http://127.0.0.1:${String(port)}`
  const body = JSON.stringify({ token })
  const reply = await fetch(`${origin}/session`, { method: 'POST', headers: { Origin: origin }, body })
  const { nonce } = (await reply.json()) as { nonce: string }
  const cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/wire`, { headers: { Origin: origin, Cookie: cookie } })
  await once(socket, 'open')
  socket.send(JSON.stringify({ nonce }))
  const client = connect(socketWire(socket), contract, () => undefined)
  const told: Frozen<Practice>[] = []
  client.on('practice', (practice) => told.push(practice))
  return { client, told }
}

async function until<T>(look: () => T | undefined, seconds: number): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('waited in vain')
}

const ready = ({ told }: Page): Promise<Frozen<Practice>> =>
  until(() => told.find(({ state }) => state === 'ready' || state === 'failed'), 300)

/** The host at the address the practice view names. */
function recordOf({ destination }: Frozen<Practice>): HostRecord {
  const record = listRecords().find(({ net }) => `root@${net.address}` === destination?.address)
  if (record === undefined) throw new Error(`no range host at ${destination?.address ?? 'nowhere'}`)
  return record
}

const gone = (record: HostRecord): Promise<true> => until(() => (remains(record).length === 0 ? true : undefined), 60)

describe.skipIf(unavailable !== null)(
  `the practice host${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    const home = workFolder()
    let server: Server | null = null
    afterEach(async () => {
      await server?.kill()
      server = null
    })
    afterAll(() => {
      rmSync(home, { recursive: true, force: true })
    })

    it('boots, tells how far it is, lets one in with what it says, and stops without a trace', async () => {
      server = await startServer(home)
      const page = await openPage(server)
      expect((await page.client.call('state', {})).practice).toEqual({ state: 'off', detail: '', destination: null })
      await page.client.call('practice.start', {})
      await expect(page.client.call('practice.start', {})).rejects.toMatchObject({ code: 'busy' })
      const up = await ready(page)
      expect(up.state).toBe('ready')
      expect(page.told.map(({ state }) => state).slice(0, -1)).toEqual(
        expect.arrayContaining(['booting']) as readonly string[],
      )
      const { address = '', identity } = up.destination ?? {}
      const options = ['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
      const said = await run('ssh', [...options, '-i', identity ?? '', address, 'id -u'])
      expect(said.stdout.trim()).toBe('0')
      const key = await run('sh', [
        '-c',
        'ssh-keyscan -t ed25519 "$1" 2>/dev/null | ssh-keygen -lf -',
        'scan',
        address.replace('root@', ''),
      ])
      expect(up.detail).toContain(/SHA256:\S+/.exec(key.stdout)?.[0] ?? 'no key')

      const record = recordOf(up)
      await page.client.call('practice.stop', {})
      expect((await page.client.call('state', {})).practice.state).toBe('off')
      expect(remains(record)).toEqual([])
      expect(record.scenario).toBe('hidden-miner')
    })

    it('goes with the server that ends in order', async () => {
      server = await startServer(home)
      const page = await openPage(server)
      await page.client.call('practice.start', {})
      const record = recordOf(await ready(page))
      await server.stop()
      expect(remains(record)).toEqual([])
    })

    it('goes with the server that is killed', async () => {
      server = await startServer(home)
      const page = await openPage(server)
      await page.client.call('practice.start', {})
      const record = recordOf(await ready(page))
      await server.kill()
      await gone(record)
    })

    it('says that it failed when the range is killed, leaves nothing, and can be started again', async () => {
      server = await startServer(home)
      const page = await openPage(server)
      await page.client.call('practice.start', {})
      const record = recordOf(await ready(page))
      process.kill(record.owner?.pid ?? Number.NaN, 'SIGKILL')
      await until(() => page.told.find(({ state }) => state === 'failed'), 20)
      await gone(record)
      page.told.length = 0
      await page.client.call('practice.start', {})
      const again = await ready(page)
      expect(again.state).toBe('ready')
      await server.stop()
      expect(remains(recordOrNothing(again) ?? record)).toEqual([])
    })

    it('is stopped while it boots', async () => {
      server = await startServer(home)
      const page = await openPage(server)
      const before = listRecords().map(({ name }) => name)
      await page.client.call('practice.start', {})
      const record = await until(() => listRecords().find(({ name }) => !before.includes(name)), 60)
      await page.client.call('practice.stop', {})
      await gone(record)
      expect((await page.client.call('state', {})).practice.state).toBe('off')
    })
  },
)

function recordOrNothing(view: Frozen<Practice>): HostRecord | null {
  return listRecords().find(({ net }) => `root@${net.address}` === view.destination?.address) ?? null
}
