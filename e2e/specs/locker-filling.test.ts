// How evidence comes into the locker in real Chromium: past the wire and over it, in quantity, and what is left after each way of being interrupted: a browser
// that is killed, a full disk, a folder with another history.

import { cpSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fixtureMeta } from '../../main/platform/case-fixture.ts'
import { createCaseFolder, openCaseFolder, type CaseFolder } from '../../main/platform/case-folder.ts'
import { browserUnavailable, openHarness } from './locker-harness/browser.ts'
import { serveCase } from './locker-harness/case-server.ts'
import { bytesOf, chunk, lockerRoom, mebibyte, type LockerRoom } from './locker-harness/room.ts'

/** Of the collection that is killed, run out of disk, and measured: 64 MiB. */
const collection = { exhibits: 16, size: 4 * mebibyte + 17 }

async function collected({ home, keys }: LockerRoom, name: string): Promise<CaseFolder> {
  const store = await createCaseFolder(join(home, name), { examiner: 'Ada', tool: 'tourniquet 0.1.0', keys })
  for (let n = 0; n < collection.exhibits; n++)
    await store.keep('case', bytesOf(n + 1, collection.size), fixtureMeta('file', `/srv/data/${String(n)}`))
  return store
}

describe.skipIf(browserUnavailable !== null)(
  `filling the evidence locker${browserUnavailable === null ? '' : ` (skipped: ${browserUnavailable})`}`,
  () => {
    const room = lockerRoom()
    const { home, keys, page, profile } = room

    it('fetches large exhibits past the wire, and takes over the wire what that way does not give or breaks off', async () => {
      const store = await createCaseFolder(join(home, 'route'), { examiner: 'Ada', tool: 'tourniquet 0.1.0', keys })
      const large = [bytesOf(1, 2 * chunk + 5), bytesOf(2, chunk)]
      const bytes = large.reduce((sum, { length }) => sum + length, 0)
      for (const [n, one] of [...large, bytesOf(3, 5000)].entries())
        await store.keep('case', one, fixtureMeta('file', `/srv/${String(n)}`))
      const server = await serveCase(page(), store)
      const harness = await openHarness(profile(), server.link())
      const whole = { error: null, have: { exhibits: 3, bytes: bytes + 5000 } }
      const intact = async () => (await harness.call('recheck', null, null)).map(({ result }) => result)

      expect(await harness.settled()).toMatchObject(whole)
      expect([server.fetched(), server.sent()]).toEqual([bytes, bytes + 5000])
      expect(harness.complaints.filter((text) => !text.includes('404'))).toEqual([])

      server.route('closed')
      await harness.call('rebuild')
      expect(await harness.settled()).toMatchObject(whole)
      expect([server.fetched(), server.sent()]).toEqual([0, 2 * (bytes + 5000)])

      server.route('breaks')
      await harness.call('rebuild')
      expect(await harness.settled()).toMatchObject(whole)
      expect(server.fetched()).toBeGreaterThan(0)
      expect(server.fetched()).toBeLessThan(bytes)
      expect(await intact()).toEqual(['intact', 'intact', 'intact'])
      await harness.close()
      await server.close()
      await store.close()
    })

    it('takes a collection in and writes it out without the page growing with it (figures printed; the bench has 1 GiB)', async () => {
      const store = await collected(room, 'figures')
      const server = await serveCase(page(), store)
      const harness = await openHarness(profile(), server.link())
      const bytes = collection.exhibits * collection.size
      const rate = (ms: number): string => `${(bytes / 1e3 / ms).toFixed(0)} MB/s`
      const cdp = await harness.context.newCDPSession(harness.tab)
      const began = performance.now()
      await harness.until(({ have }) => have.exhibits === collection.exhibits, 'the collection', 300_000)
      const filling = rate(performance.now() - began)
      const bare = rate(await harness.call('bare', 64))
      const written = await harness.call('writeBundle', 'export-1', false, null)
      const { usedSize } = await cdp.send('Runtime.getHeapUsage')
      console.log(
        `locker: filling ${filling}, bare ${bare}, bundle ${rate(written.ms)}, heap ${String(usedSize >> 20)} MiB`,
      )
      expect(written.bytes).toBeGreaterThan(bytes)
      expect(usedSize).toBeLessThan(bytes / 4)
      await harness.close()
      await server.close()
      await store.close()
    })

    it('goes on after the browser was killed in the middle, and never shows half an exhibit', async () => {
      const store = await collected(room, 'killed')
      const server = await serveCase(page(), store)
      const where = profile()
      const total = collection.exhibits * collection.size
      server.pace(40)
      const first = await openHarness(where, server.link())
      const before = await first.until(({ have }) => have.exhibits >= 3, 'some exhibits')
      expect(before.have.exhibits).toBeLessThan(collection.exhibits)
      kill(where)
      await first.close().catch(() => undefined)
      const sent = server.sent()
      server.withheld.clear()
      const again = await openHarness(where, server.link())
      const opened = await again.until(({ phase }) => phase !== 'off' && phase !== 'opening', 'the copy to open')
      expect(opened.have.exhibits).toBeGreaterThanOrEqual(before.have.exhibits)
      await again.settled()
      const raw = await again.call('raw')
      expect(raw.exhibits).toHaveLength(collection.exhibits)
      expect(Object.values(raw.chunks).every((count) => count === 2)).toBe(true)
      expect(server.sent() - sent).toBeLessThanOrEqual(total - before.have.bytes)
      expect(new Set((await again.call('recheck', null, null)).map(({ result }) => result))).toEqual(
        new Set(['intact']),
      )
      await again.close()
      await server.close()
      await store.close()
    })

    it('says that the disk is full, loses nothing, and goes on when there is room', async () => {
      const store = await collected(room, 'full')
      const server = await serveCase(page(), store)
      const harness = await openHarness(profile(), `http://127.0.0.1:${String(server.port)}/`)
      const cdp = await harness.context.newCDPSession(harness.tab)
      const origin = `http://127.0.0.1:${String(server.port)}`
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 24 * mebibyte })
      // by way of another page: a page that only sees its address change may use up the link just before it is loaded anew
      await harness.tab.goto('about:blank')
      await harness.tab.goto(server.link())
      await harness.tab.waitForFunction('typeof harness === "function"')
      const stuck = await harness.until(({ phase }) => phase === 'stuck', 'a full disk')
      expect(stuck.error?.code).toBe('locker-full')
      expect(stuck.lag.exhibits).toBeGreaterThan(0)
      expect(await harness.code('writeBundle', 'export-1', false, null)).toBe('locker-full')
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1024 * mebibyte })
      expect(await harness.settled()).toMatchObject({ error: null, have: { exhibits: collection.exhibits } })
      expect(new Set((await harness.call('recheck', null, null)).map(({ result }) => result))).toEqual(
        new Set(['intact']),
      )
      await harness.close()
      await server.close()
      await store.close()
    })

    it('does not go on with another history than its own: a folder from a backup is told, and followed once rebuilt', async () => {
      const folder = join(home, 'history')
      const first = await createCaseFolder(folder, { examiner: 'Ada', tool: 'tourniquet 0.1.0', keys })
      await first.keep('case', bytesOf(1, 100), fixtureMeta('file', '/a'))
      await first.close()
      cpSync(folder, join(home, 'backup'), { recursive: true })
      const store = await openCaseFolder(folder, { mode: 'write', examiner: 'Ada', keys })
      await store.keep('case', bytesOf(2, 100), fixtureMeta('file', '/b'))
      const server = await serveCase(page(), store)
      const harness = await openHarness(profile(), server.link())
      await harness.until(({ have }) => have.exhibits === 2, 'both exhibits')
      await store.close()
      const backup = await openCaseFolder(join(home, 'backup'), { mode: 'read', keys })
      server.swap(backup)
      server.cut()
      const shorter = await harness.until(({ phase }) => phase === 'damaged', 'the missing events to be noticed')
      expect(shorter.error?.code).toBe('locker-damaged')
      expect(await harness.code('writeBundle', 'export-1', false, null)).toBe('locker-damaged')
      await harness.call('rebuild')
      expect(await harness.settled()).toMatchObject({ have: { exhibits: 1 }, error: null })

      const other = await openCaseFolder(join(home, 'backup'), {
        mode: 'write',
        examiner: 'Eve',
        takeOver: 'test',
        keys,
      })
      for (let n = 3; n < 6; n++) await other.keep('case', bytesOf(n, 100), fixtureMeta('file', `/${String(n)}`))
      server.swap(other)
      server.cut()
      await harness.until(({ have }) => have.exhibits === 4, 'what was added to what it knows')
      const original = await openCaseFolder(folder, { mode: 'read', keys })
      server.swap(original)
      server.cut()
      await harness.until(({ phase }) => phase === 'damaged', 'the other history to be noticed')
      await harness.close()
      await server.close()
      await other.close()
    })
  },
)

/** Ends the browser of a profile as a power cut would. It is told by its command line, which names the profile that only this test has. */
function kill(profile: string): void {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const command = readCommand(name)
    if (command.includes(`--user-data-dir=${profile}`) && !command.includes('--type='))
      process.kill(Number(name), 'SIGKILL')
  }
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // it has ended meanwhile
  }
}
