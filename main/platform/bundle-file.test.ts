// What a bundle holds and what it holds back, that stock tools accept it, and that it is written whole or not at all.

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBundlePath } from '../core/bundle/names.ts'
import { refusalOf } from '../core/refusal-fixture.ts'
import { exportBundle, verifyBundle, writeReport } from './bundle-file.ts'
import { signedBundle, type SignedBundle } from './bundle-fixture.ts'
import { fixtureCase, fixtureMeta, hostileName } from './case-fixture.ts'
import { openCaseFolder } from './case-folder.ts'
import { keyFileSigner } from './signers.ts'

let bundle: SignedBundle
beforeAll(async () => {
  bundle = await signedBundle()
})
afterAll(() => {
  bundle.remove()
})

describe('a bundle', () => {
  it('is accepted by stock tools: unzip, sha256sum, sha512sum, ssh-keygen and its own verify.sh', () => {
    execFileSync('unzip', ['-tq', bundle.zip])
    const run = (command: string): string =>
      execFileSync('sh', ['-ec', command], { cwd: bundle.folder, encoding: 'utf8', stdio: 'pipe' })
    run('sha256sum -c tagmanifest-sha256.txt; sha256sum -c manifest-sha256.txt; sha512sum -c manifest-sha512.txt')
    const signed = run(
      'ssh-keygen -Y verify -f signatures/allowed_signers -I tourniquet-signer -n tourniquet-bundle -s signatures/tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt',
    )
    expect(signed).toContain(bundle.print)
    expect(run('./verify.sh')).toContain('intact, signer unproven')
    expect(run(`sh verify.sh ${bundle.print}`)).toContain(`intact, signed by ${bundle.print} (expected)`)
    expect(spawnSync('sh', ['verify.sh', `SHA256:${'A'.repeat(43)}`], { cwd: bundle.folder }).status).toBe(1)
  })

  it('is accepted by verify, which says unproven without a fingerprint and matches with the right one', async () => {
    expect(await verifyBundle(bundle.zip)).toMatchObject({
      number: 'IR-2026-7',
      exportId: 'export-1',
      signer: { trust: 'unproven', kind: 'person' },
    })
    expect((await verifyBundle(bundle.zip, { signer: bundle.print })).signer.trust).toBe('matches')
    const other = await refusalOf(verifyBundle(bundle.zip, { signer: `SHA256:${'A'.repeat(43)}` }))
    expect(other?.code).toBe('bundle-unsigned')
    expect(other?.params).toMatchObject({ fingerprint: bundle.print })
  })

  it('is the same bytes for the same case head and export id', async () => {
    const again = join(bundle.base, 'again.zip')
    await exportBundle(bundle.store, { out: again, signer: await keyFileSigner(join(bundle.base, 'id')) })
    expect(readFileSync(again).equals(bundle.bytes)).toBe(true)
    await exportBundle(bundle.store, {
      out: again,
      signer: await keyFileSigner(join(bundle.base, 'id')),
      exportId: 'export-2',
    })
    expect(readFileSync(again).equals(bundle.bytes)).toBe(false)
  })

  it('has only names made of ids and digests, whatever things were called on the host', () => {
    const names = execFileSync('unzip', ['-Z1', bundle.zip], { encoding: 'utf8' }).trim().split('\n')
    expect(names.every(isBundlePath)).toBe(true)
    expect(readFileSync(join(bundle.folder, 'data/exhibits.json'), 'utf8')).toContain(
      JSON.stringify(hostileName).slice(1, -1),
    )
  })

  it('holds back environments and password files unless asked, and says so', async () => {
    expect(bundle.bytes.includes('hunter2')).toBe(false)
    expect(bundle.bytes.includes('$y$secret')).toBe(false)
    const { redactions } = JSON.parse(readFileSync(join(bundle.folder, 'data/redactions.json'), 'utf8')) as {
      redactions: { reason: string }[]
    }
    expect(redactions.map(({ reason }) => reason).sort()).toEqual(['environment', 'password-file'])
    const full = join(bundle.base, 'full.zip')
    await exportBundle(bundle.store, { out: full, redact: 'none' })
    expect(readFileSync(full).includes('hunter2')).toBe(true)
    expect(await verifyBundle(full)).toMatchObject({ redacted: 0, signer: { kind: 'case' } })
  })

  it('lists every change with its undo, and every gap', () => {
    const read = (name: string): string => readFileSync(join(bundle.folder, 'data', name), 'utf8')
    const { changes } = JSON.parse(read('changes.json')) as {
      changes: { act: string; outcome: string; undo: { state: string } }[]
    }
    expect(changes.map(({ act, outcome, undo }) => [act, outcome, undo.state])).toEqual([
      ['act-0001', 'done', 'undone'],
      ['act-0003', 'unknown', 'unknown'],
    ])
    const { gaps } = JSON.parse(read('gaps.json')) as { gaps: { kind: string; chain: string }[] }
    expect(new Set(gaps.map(({ kind }) => kind))).toEqual(
      new Set(['unreadable', 'undo-incomplete', 'act-unknown', 'truncated', 'host-never-reached']),
    )
    expect(gaps.find(({ kind }) => kind === 'host-never-reached')?.chain).toBe('host-db1')
  })

  it('says for whom it is, and what people said of an exhibit: every word in the list, the last one in the report', () => {
    const read = (name: string): string => readFileSync(join(bundle.folder, 'data', name), 'utf8')
    const about = { customer: '<b>Customer</b> & Söhne', authority: 'contract 12-7', timeZone: 'Asia/Shanghai' }
    expect((JSON.parse(read('case.json')) as { case: unknown }).case).toMatchObject(about)
    const { exhibits } = JSON.parse(read('exhibits.json')) as {
      exhibits: { what: string; notes?: { by: string; text: string; tags: string[] }[] }[]
    }
    const noted = exhibits.flatMap(({ what, notes }) => (notes === undefined ? [] : [[what, notes] as const]))
    expect(noted).toMatchObject([
      [
        'process/exe',
        [
          { by: 'Ada', text: 'first guess', tags: [] },
          { text: 'XMRig <img src=x>', tags: ['miner', '<b>'] },
        ],
      ],
    ])
    const report = read('report.html')
    const evidence = report.slice(report.indexOf('<h2><span class="en" lang="en">Evidence'))
    for (const text of ['&lt;b&gt;Customer&lt;/b&gt; &amp; Söhne', 'contract 12-7', 'Asia/Shanghai', '授权依据'])
      expect(report).toContain(text)
    expect(evidence).toContain('XMRig &lt;img src=x&gt;')
    expect(evidence).not.toContain('first guess')
    expect(report).toContain('“first guess”')
    expect(report).not.toContain('<img')
  })

  it('signed by the case says that this is not a person', async () => {
    const own = join(bundle.base, 'own.zip')
    await exportBundle(bundle.store, { out: own })
    expect(execFileSync('unzip', ['-p', own, '*/bag-info.txt'], { encoding: 'utf8' })).toContain(
      'case key, not a person',
    )
    expect(execFileSync('unzip', ['-p', own, '*/allowed_signers'], { encoding: 'utf8' })).toContain('not a person')
  })

  it('is not written when an exhibit is damaged: no file is left behind', async () => {
    const copy = join(bundle.base, 'damaged')
    cpSync(join(bundle.base, 'case'), copy, { recursive: true })
    const shelf = join(copy, 'exhibits', readdirSync(join(copy, 'exhibits'))[0]!)
    const path = join(shelf, readdirSync(shelf)[0]!)
    const sealed = readFileSync(path)
    sealed[sealed.length - 1]! ^= 1
    writeFileSync(path, sealed)
    mkdirSync(join(bundle.base, 'nothing'))
    const damaged = await openCaseFolder(copy, { mode: 'read', keys: join(bundle.base, 'keys') })
    const error = await refusalOf(exportBundle(damaged, { out: join(bundle.base, 'nothing', 'x.zip'), redact: 'none' }))
    expect(error?.code).toBe('exhibit-damaged')
    expect(readdirSync(join(bundle.base, 'nothing'))).toEqual([])
  })

  it('is journaled as exported when the case is open for writing', async () => {
    const copy = join(bundle.base, 'written')
    const writing = await fixtureCase(copy, join(bundle.base, 'keys-2'))
    const written = await exportBundle(writing, { out: join(bundle.base, 'w.zip') })
    const last = writing.events('case').at(-1)
    expect(last?.type === 'exported' ? last.data.tagManifestSha256 : null).toBe(written.tagManifestSha256)
    expect((await exportBundle(writing, { out: join(bundle.base, 'w.zip') })).exportId).toBe('export-2')
    await writing.close()
    await verifyBundle(join(bundle.base, 'w.zip'))
  })
})

describe('a report', () => {
  it('shows hostile text without obeying it, and holds no script', async () => {
    const page = join(bundle.base, 'report.html')
    await writeReport(bundle.store, { out: page })
    expect(statSync(page).mode & 0o777).toBe(0o600) // command lines hold passwords: nobody else's to read
    for (const text of [readFileSync(page, 'utf8'), readFileSync(join(bundle.folder, 'data/report.html'), 'utf8')]) {
      expect(text).not.toMatch(/<script|<b>by<|\son\w+=|https?:/i)
      expect(text).toContain('&lt;script&gt;')
      expect(text).toContain('Ada &lt;ada@example.org&gt;')
      const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ''
      const digest = createHash('sha256').update(style).digest('base64')
      expect(text).toContain(`style-src &#39;sha256-${digest}&#39;`)
    }
  })
})

describe('memory', () => {
  it('stays flat while big exhibits go through', { timeout: 60_000 }, async () => {
    const big = await fixtureCase(join(bundle.base, 'big'), join(bundle.base, 'keys-3'))
    for (let at = 0; at < 6; at++) {
      await big.keep('host-web1', new Uint8Array(24 * 1024 * 1024).fill(at + 1), fixtureMeta('file'))
    }
    const before = process.memoryUsage.rss()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 5)
    await exportBundle(big, { out: join(bundle.base, 'big.zip') })
    await verifyBundle(join(bundle.base, 'big.zip'))
    clearInterval(watch)
    await big.close()
    expect(statSync(join(bundle.base, 'big.zip')).size).toBeGreaterThan(144 * 1024 * 1024)
    expect(most - before).toBeLessThan(100 * 1024 * 1024)
  })
})
