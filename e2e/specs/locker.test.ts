// The evidence locker in real Chromium, fed from a real case folder over the wire the workbench uses: what it keeps, what it gives out, what it refuses, and
// that it lives on the workbench itself.

import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyBundle } from '../../main/platform/bundle-file.ts'
import { fixtureCase, fixtureMeta } from '../../main/platform/case-fixture.ts'
import { openCaseFolder, type CaseFolder } from '../../main/platform/case-folder.ts'
import { serveLoopback } from '../../main/server/serve.ts'
import { createWorkbench } from '../../main/workbench/workbench.ts'
import { freePort } from '../fixtures/ssh/free-port.ts'
import { browserUnavailable, openHarness, type Harness } from './locker-harness/browser.ts'
import { serveCase, type CaseServer } from './locker-harness/case-server.ts'
import { bytesOf, chunk, lockerRoom, mebibyte, sha256 } from './locker-harness/room.ts'
import { tourniquet } from './tourniquet.ts'

describe.skipIf(browserUnavailable !== null)(
  `the evidence locker${browserUnavailable === null ? '' : ` (skipped: ${browserUnavailable})`}`,
  () => {
    const { home, keys, page, profile } = lockerRoom()

    describe('of a case with a story', () => {
      let store: CaseFolder
      let server: CaseServer
      let harness: Harness
      const large = bytesOf(99, 2 * chunk + 1234)
      const one = bytesOf(98, chunk)
      const folder = join(home, 'story')

      beforeAll(async () => {
        store = await fixtureCase(folder, keys)
        await store.keep('host-web1', large, fixtureMeta('file', '/var/tmp/large'))
        await store.keep('host-web1', one, fixtureMeta('file', '/var/tmp/one'))
        await store.keep('host-db1', new Uint8Array(), fixtureMeta('file', '/var/tmp/empty'))
        server = await serveCase(page(), store)
        harness = await openHarness(profile(), server.link())
        await harness.settled()
      })
      afterAll(async () => {
        await harness.close()
        await server.close()
        await store.close()
      })

      const told = () =>
        store
          .chains()
          .flatMap((chain) => store.events(chain))
          .flatMap((event) => (event.type === 'exhibit-stored' ? [event.data] : []))

      it('holds every event and every exhibit of the folder, and no plain byte of them on disk', async () => {
        const state = await harness.call('state')
        const digests = new Map(told().map((exhibit) => [exhibit.sha256, exhibit.size]))
        expect(state).toMatchObject({
          caseId: store.info.caseId,
          chainIntact: true,
          error: null,
          lag: { events: 0, exhibits: 0, bytes: 0 },
          have: {
            events: store.chains().reduce((sum, chain) => sum + store.events(chain).length, 0),
            exhibits: digests.size,
            bytes: [...digests.values()].reduce((sum, size) => sum + size, 0),
          },
        })
        const raw = await harness.call('raw')
        expect(raw.exhibits.toSorted()).toEqual([...digests.keys()].toSorted())
        expect(raw.chunks[sha256(large)]).toBe(3)
        expect(raw.plain).toBe(false)
        for (const chain of store.chains())
          expect((await harness.call('events', chain, 0)).map(({ hash }) => hash)).toEqual(
            store.events(chain).map(({ hash }) => hash),
          )
        expect((await harness.call('hosts')).map(({ host }) => host)).toEqual(['host-db1', 'host-web1'])
        expect(await harness.call('runs')).toMatchObject([{ run: 'run-0001', outcome: 'done' }])
      })

      it('is let in by the strict policy of the page without a complaint', () => {
        expect(harness.complaints.filter((text) => !text.includes('404'))).toEqual([])
      })

      it('gives any range of an exhibit, across chunks and beyond its end', async () => {
        const digest = sha256(large)
        for (const [from, length] of [
          [0, 10],
          [chunk - 5, 10],
          [chunk - 1, chunk + 2],
          [large.length - 7, 100],
          [large.length + 1, 5],
        ] as const) {
          const read = Buffer.from(await harness.call('bytes', digest, from, length), 'base64')
          expect(sha256(read)).toBe(sha256(large.subarray(from, from + length)))
        }
        expect(await harness.call('bytes', sha256(new Uint8Array()), 0, 10)).toBe('')
        expect(await harness.code('bytes', digest, 0, 17 * mebibyte)).toBe('usage')
        expect(await harness.code('bytes', '0'.repeat(64), 0, 1)).toBe('case-missing')
      })

      it('filters, counts, orders and shows windows of rows', async () => {
        const all = await harness.call('query', { order: 'size', descending: true }, 0, 2)
        expect(all.total).toBe(told().length)
        expect(all.rows.map(({ sha256: digest, stored }) => [digest, stored])).toEqual([
          [sha256(large), true],
          [sha256(one), true],
        ])
        expect((await harness.call('query', { order: 'size', descending: true }, 1, 1)).rows[0]?.sha256).toBe(
          sha256(one),
        )
        const words = await harness.call('query', { text: 'VAR large' }, 0, 10)
        expect(words.rows.map(({ path }) => path)).toEqual(['/var/tmp/large'])
        expect(words.bytes).toBe(large.length)
        const digest = await harness.call('query', { text: sha256(one).slice(0, 10) }, 0, 10)
        expect(digest.rows.map(({ path }) => path)).toEqual(['/var/tmp/one'])
        expect((await harness.call('query', { chains: ['host-db1'] }, 0, 10)).rows.map(({ path }) => path)).toEqual([
          '/var/tmp/empty',
        ])
        const facets = await harness.call('facets')
        expect(Object.fromEntries(facets.what)['process/exe']).toBe(1)
        expect(Object.fromEntries(facets.chains)['host-db1']).toBe(1)
        const byKind = await harness.call('query', { what: ['process/'] }, 0, 10)
        expect(byKind.rows.map(({ what }) => what)).toEqual(['process/exe', 'process/environ'])
      })

      it('follows what is kept while it is open, and shows the last word on an exhibit', async () => {
        const before = (await harness.call('state')).have.exhibits
        const kept = await store.keep('host-web1', bytesOf(7, 5000), fixtureMeta('file', '/var/tmp/new'))
        await store.append('case', 'exhibit-noted', { sha256: kept.sha256, by: 'Ada', text: 'first', tags: ['a'] })
        await store.append('case', 'exhibit-noted', { sha256: kept.sha256, by: 'Ada', text: 'Dropper', tags: ['b'] })
        await harness.until(({ have, lag }) => have.exhibits > before && lag.events === 0, 'the new exhibit')
        expect(await harness.call('exhibit', kept.sha256)).toMatchObject({ stored: true, note: 'Dropper', tags: ['b'] })
        expect((await harness.call('query', { text: 'dropper' }, 0, 5)).total).toBe(1)
        expect((await harness.call('query', { tags: ['b'] }, 0, 5)).total).toBe(1)
        expect(
          (await harness.call('query', { tags: ['a'] }, 0, 5)).rows.some((row) => row.sha256 === kept.sha256),
        ).toBe(false)
      })

      it('stays readable when the wire is lost, and follows again when it is back', async () => {
        server.cut()
        expect(Buffer.from(await harness.call('bytes', sha256(large), 0, 10), 'base64').toString()).toBe('PLAIN-MARK')
        const { sha256: digest } = await store.keep(
          'host-web1',
          bytesOf(8, 6000),
          fixtureMeta('file', '/var/tmp/later'),
        )
        for (let tries = 0; (await harness.call('exhibit', digest))?.stored !== true; tries++) {
          expect(tries).toBeLessThan(400)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
        await harness.settled()
      })

      it('finds what changed where it lies, says what it is now, gives none of it out, and is whole again when rebuilt', async () => {
        const digest = sha256(large)
        expect(new Set((await harness.call('recheck', null, null)).map(({ result }) => result))).toEqual(
          new Set(['intact']),
        )
        await harness.call('damage', digest, 1, 'flip')
        const flipped = large.slice(chunk, 2 * chunk)
        flipped[5] = (flipped[5] ?? 0) ^ 1
        const expected = sha256(large.subarray(chunk, 2 * chunk))
        expect(await harness.call('recheck', [digest], null)).toEqual([
          { sha256: digest, result: 'damaged', damage: { chunk: 1, expected, found: sha256(flipped) } },
        ])
        expect(await harness.code('bytes', digest, chunk, 10)).toBe('locker-damaged')
        expect(await harness.code('writeBundle', 'export-9', true, null)).toBe('locker-damaged')
        expect(await harness.call('bundles')).toEqual([])
        await harness.call('damage', digest, 2, 'remove')
        expect(await harness.code('bytes', digest, 2 * chunk, 10)).toBe('locker-damaged')
        await harness.call('rebuild')
        await harness.settled()
        expect(await harness.call('recheck', [digest], null)).toEqual([
          { sha256: digest, result: 'intact', damage: null },
        ])
        expect(await harness.code('recheck', null, 0)).toBe('cancelled')
      })

      it('finds a forged event before a bundle is made of it', async () => {
        await harness.call('forge', 'host-web1', 3)
        expect(await harness.code('recheck', null, null)).toBe('journal-broken')
        expect(await harness.code('writeBundle', 'export-9', false, null)).toBe('journal-broken')
        await harness.call('rebuild')
        await harness.settled()
        expect(await harness.code('recheck', null, null)).toBe('none')
      })

      it('says what main has no bytes of, and exports without it when it is held back anyway', async () => {
        const secrets = await harness.call('redactions')
        expect(new Set(secrets.map(({ reason }) => reason))).toEqual(new Set(['environment', 'password-file']))
        for (const { sha256: digest } of secrets) server.withheld.add(digest)
        await harness.call('rebuild')
        expect(await harness.settled()).toMatchObject({ absent: { exhibits: secrets.length } })
        const [first] = secrets
        expect(await harness.call('exhibit', first?.sha256 ?? '')).toMatchObject({ stored: false })
        expect(await harness.code('bytes', first?.sha256 ?? '', 0, 1)).toBe('case-missing')
        expect((await harness.call('recheck', [first?.sha256 ?? ''], null))[0]?.result).toBe('absent')
        expect(await harness.code('writeBundle', 'export-9', true, null)).toBe('case-missing')
        expect(await harness.code('writeBundle', 'export-8', false, null)).toBe('none')
        server.withheld.clear()
      })

      it('writes the bundle that the command line writes, byte for byte, whole by stock tools', async () => {
        await store.close()
        const closed = await openCaseFolder(folder, { mode: 'read', keys: keys })
        server.swap(closed)
        const connections = server.attached()
        server.cut()
        while (server.attached() === connections) await new Promise((resolve) => setTimeout(resolve, 50))
        await harness.settled()
        const written = await harness.call('writeBundle', 'export-7', false, null)
        expect(written.told).toBe(written.bytes)
        expect(written.file).toBe(written.bytes)
        const waited = harness.tab.waitForEvent('download')
        await harness.call('save')
        const ours = join(home, 'ours.zip')
        await (await waited).saveAs(ours)
        const theirs = join(home, 'theirs.zip')
        const args = ['export', '--case', folder, '--out', theirs, '--export-id', 'export-7', '--examiner', 'Ada']
        const exported = await tourniquet(home, args)
        expect(exported.exit, exported.stderr).toBe(0)
        expect(sha256(readFileSync(ours))).toBe(sha256(readFileSync(theirs)))
        execFileSync('unzip', ['-tqq', ours])
        execFileSync('unzip', ['-qq', ours, '-d', join(home, 'bag')])
        const [bag] = readdirSync(join(home, 'bag'))
        execFileSync('sh', ['verify.sh'], { cwd: join(home, 'bag', bag ?? '') })
      })

      it('gives way to a page that is opened after it, which goes on with the same copy', async () => {
        const second = await harness.context.newPage()
        await second.goto(server.link())
        await harness.until(({ error }) => error?.code === 'busy', 'the first page to be sent away')
        await second.waitForFunction(
          '(async () => { const { value } = await harness("state", []); return value.phase === "following" && value.lag.exhibits === 0 })()',
        )
        expect(await second.evaluate('harness("bundles", []).then(({ value }) => value)')).toEqual([])
        await second.close()
      })
    })

    it('lives on the workbench itself: its key, its notes, its signature', async () => {
      const before = { ...process.env }
      Object.assign(process.env, { XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data') })
      const workbench = await createWorkbench({ kind: 'served', chooser: null, secrets: null, practice: null })
      try {
        const path = join(home, 'real')
        await (await fixtureCase(path, keys)).close()
        const port = await freePort()
        const served = await serveLoopback({ port, page: page(), workbench, onDoorClosed: () => undefined })
        const harness = await openHarness(profile(), served.newLink())
        await harness.until(({ phase }) => phase === 'off', 'no case')
        await harness.call('main', 'case.open', { path, examiner: 'Ada', takeOver: null })
        await harness.until(({ have, lag }) => have.exhibits > 0 && lag.exhibits + lag.events === 0, 'the case')
        const exe = (await harness.call('query', { what: ['process/exe'] }, 0, 1)).rows[0]?.sha256 ?? ''
        await harness.call('main', 'exhibit.note', { sha256: exe, text: 'the dropper', tags: ['xmrig'] })
        const { have } = await harness.call('state')
        await harness.until((state) => state.have.events > have.events || state.lag.events === 0, 'the note')
        const written = await harness.call('writeBundle', null, false, null)
        const waited = harness.tab.waitForEvent('download')
        await harness.call('save')
        const file = join(home, 'real.zip')
        await (await waited).saveAs(file)
        expect(await verifyBundle(file)).toMatchObject({
          exportId: written.exportId,
          signer: { kind: 'case', trust: 'unproven' },
        })
        await harness.settled()
        expect(await harness.call('exhibit', exe)).toMatchObject({ note: 'the dropper', tags: ['xmrig'] })
        expect((await harness.call('events', 'case', 0)).at(-1)?.type).toBe('exported')
        await harness.call('main', 'case.close', {})
        await harness.until(({ phase }) => phase === 'off', 'the case to be closed')
        await harness.close()
        await served.close()
      } finally {
        await workbench.close()
        process.env = before
      }
    })
  },
)
