// The case side of the contract as a page uses it: over a real wire, on a real disk, with nothing between but the workbench.
import { createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { concatBytes } from '../core/bytes.ts'
import { bundleNamespace } from '../core/bundle/sshsig.ts'
import { wireString } from '../core/bundle/ssh-wire.ts'
import { contract, type Contract } from '../core/contract.ts'
import { codeOf } from '../core/refusal-fixture.ts'
import { base64 } from '../core/json.ts'
import { connect, type Client } from '../core/rpc/connect.ts'
import { portEnds } from '../core/rpc/port-fixture.ts'
import { fixtureMeta } from '../platform/case-fixture.ts'
import { openCaseFolder } from '../platform/case-folder.ts'
import { keepAttachments, Uploads } from './uploads.ts'
import { createWorkbench, type Workbench } from './workbench.ts'

let base: string
let workbench: Workbench
let page: Client<Contract>
const before = { ...process.env }

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'workbench-'))
  Object.assign(process.env, {
    XDG_DATA_HOME: join(base, 'data'),
    XDG_CONFIG_HOME: join(base, 'config'),
    TOURNIQUET_KEYS: join(base, 'keys'),
  })
  await start()
})
afterEach(async () => {
  await workbench.close()
  process.env = { ...before }
  rmSync(base, { recursive: true, force: true })
})

async function start(): Promise<void> {
  workbench = await createWorkbench({ kind: 'served', chooser: null, secrets: null, practice: null })
  const ends = portEnds(new MessageChannel())
  workbench.attach(ends.main, () => undefined)
  page = connect(ends.page, contract, () => undefined)
}
const about = {
  number: 'IR-7',
  customer: '甲公司',
  examiner: 'Ada',
  authority: 'contract 12-7',
  timeZone: 'Asia/Shanghai',
}
const evidence = new TextEncoder().encode('evidence')
const sha256 = createHash('sha256').update(evidence).digest('hex')
const head = 'a'.repeat(64)
const signed = base64(
  concatBytes([
    new TextEncoder().encode('SSHSIG'),
    wireString(bundleNamespace),
    wireString(''),
    wireString('sha512'),
    wireString(new Uint8Array(64)),
  ]),
)

/** A new case with one exhibit, closed again. */
async function caseWithEvidence(): Promise<string> {
  const { path } = await page.call('case.create', about)
  await page.call('case.close', {})
  const store = await openCaseFolder(path, { mode: 'write', examiner: 'Ada' })
  await store.keep('host-web1', evidence, fixtureMeta('file', '/tmp/x'))
  await store.close()
  return path
}
const open = (path: string, takeOver: string | null = null) =>
  page.call('case.open', { path, examiner: 'Bob', takeOver })

describe('a case', () => {
  it('is made for a customer, listed so, and refused for a time zone nobody knows', async () => {
    const made = await page.call('case.create', about)
    expect(made).toMatchObject({ ...about, copy: false })
    expect((await page.call('case.list', {})).cases).toMatchObject([about])
    expect(await codeOf(page.call('case.create', { ...about, timeZone: 'Mars/Olympus' }))).toBe('usage')
  })

  it('takes notes on its exhibits by whoever works on it, and on nothing else', async () => {
    await open(await caseWithEvidence())
    await page.call('exhibit.note', { sha256, text: 'the dropper', tags: ['miner', 'miner'] })
    expect(await codeOf(page.call('exhibit.note', { sha256: head, text: 'x', tags: [] }))).toBe('case-missing')
    const { events } = await page.call('journal.read', { chain: 'case', from: 0 })
    expect(events.filter(({ type }) => type === 'exhibit-noted')).toMatchObject([
      { data: { sha256, by: 'Bob', text: 'the dropper', tags: ['miner'] } },
    ])
  })

  it('gives the page a key of its own, the same each time', async () => {
    const path = await caseWithEvidence()
    const { caseId } = await open(path)
    const first = await page.call('locker.key', {})
    await page.call('case.close', {})
    await open(path)
    expect(await page.call('locker.key', {})).toEqual(first)
    expect(Buffer.from(first.key, 'base64')).toHaveLength(32)
    expect(readFileSync(join(base, 'keys', `${caseId}.key`), 'utf8')).not.toContain(first.key)
  })
})

describe('a bundle the page writes', () => {
  it('is prepared, signed for that export only, and journaled once it is sealed', async () => {
    await open(await caseWithEvidence())
    const prepared = await page.call('bundle.prepare', { exportId: null, signer: { by: 'case' } })
    expect(prepared).toMatchObject({ exportId: 'export-1', signer: { kind: 'case' } })
    expect(prepared.heads.map(({ chain }) => chain)).toEqual(['case', 'host-web1'])
    const { exportId } = prepared
    const { signature } = await page.call('bundle.sign', { exportId, data: signed })
    expect(Buffer.from(signature, 'base64').subarray(4, 15).toString()).toBe('ssh-ed25519')
    for (const data of ['', 'AAAA', signed.slice(0, -8), base64(new TextEncoder().encode('0'.repeat(64)))])
      expect(await codeOf(page.call('bundle.sign', { exportId, data }))).toBe('bundle-invalid')
    expect(await codeOf(page.call('bundle.sign', { exportId: 'export-2', data: signed }))).toBe('usage')
    expect(await codeOf(page.call('bundle.sealed', { exportId: 'export-2', tagManifestSha256: head }))).toBe('usage')
    await page.call('bundle.sealed', { exportId, tagManifestSha256: head })
    expect(await codeOf(page.call('bundle.sealed', { exportId, tagManifestSha256: head }))).toBe('usage')
    expect(await codeOf(page.call('bundle.sign', { exportId, data: signed }))).toBe('usage')
    const { events } = await page.call('journal.read', { chain: 'case', from: 0 })
    expect(events.filter(({ type }) => type === 'exported')).toMatchObject([
      { data: { exportId, tagManifestSha256: head } },
    ])
    const next = await page.call('bundle.prepare', { exportId: null, signer: { by: 'case' } })
    expect(next.exportId).toBe('export-2')
  })
})

describe('an upload', () => {
  const spool = (): string[] => readdirSync(join(base, 'data/tourniquet/uploads'), { recursive: true }) as string[]
  const files = (): string[] => spool().filter((name) => name.includes('upload-'))

  it('arrives whole in a private file that is gone when the workbench closes', async () => {
    const answer = await page.send('upload', { name: '../../x.zip', size: evidence.length }, [evidence])
    expect(answer.sha256).toBe(sha256)
    const [file = ''] = files()
    const path = join(base, 'data/tourniquet/uploads', file)
    expect(readFileSync(path)).toEqual(Buffer.from(evidence))
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]).toEqual([0o600, 0o700])
    await workbench.close()
    expect(spool()).toEqual([])
  })

  it.each([
    ['more', evidence.length - 1],
    ['fewer', evidence.length + 1],
  ])('of %s bytes than were said is damaged, and leaves nothing', async (_, size) => {
    expect(await codeOf(page.send('upload', { name: 'x', size }, [evidence]))).toBe('upload-damaged')
    expect(files()).toEqual([])
  })

  it('that was given up leaves nothing', async () => {
    const giveUp = new AbortController()
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(evidence)
      giveUp.abort()
    }
    expect(await codeOf(page.send('upload', { name: 'x', size: 99 }, source(), giveUp))).toBe('cancelled')
    await expect.poll(files).toEqual([])
  })

  it('that the disk has no room for is refused', async (context) => {
    const disk = join(base, 'data/tourniquet')
    await workbench.close()
    if (process.getuid?.() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk]).status !== 0)
      context.skip('needs root and a tmpfs')
    try {
      await start()
      expect(await codeOf(page.send('upload', { name: 'x', size: 900_000 }, [new Uint8Array(900_000)]))).toBe(
        'disk-full',
      )
      expect(files()).toEqual([])
      await workbench.close()
    } finally {
      execFileSync('umount', [disk])
    }
  })

  it('left by a program that was killed is swept, and one of a program that lives is not', async () => {
    const folder = join(base, 'data/tourniquet/uploads')
    const { pid } = spawnSync('true')
    mkdirSync(join(folder, `${String(pid)}.1.aa`))
    mkdirSync(join(folder, '1.1.aa')) // the id lives, but that process started at another time
    const mine = readdirSync(folder).filter((name) => name.startsWith(`${String(process.pid)}.`))
    const other = await Uploads.open()
    expect(readdirSync(folder).filter((name) => name.endsWith('.aa'))).toEqual([])
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(mine))
    await other.close()
  })

  it('becomes an exhibit on the chain of the host when it is attached to an answer', async () => {
    const path = await caseWithEvidence()
    const store = await openCaseFolder(path, { mode: 'write', examiner: 'Ada' })
    const uploads = await Uploads.open()
    const bytes = {
      [Symbol.asyncIterator]: async function* () {
        yield await Promise.resolve(evidence)
      },
    } as never
    const { upload } = await uploads.take(
      { name: 'snap\u202eshot.png', size: evidence.length },
      { bytes, signal: new AbortController().signal },
    )
    const [kept] = await keepAttachments(store, 'host-web1', [uploads.get(upload)], 'Ada')
    expect(kept?.meta).toMatchObject({
      sha256,
      what: 'attachment',
      path: 'snap\\xe2\\x80\\xaeshot.png',
      method: 'attached by Ada',
    })
    expect(() => uploads.get('upload-none')).toThrow('file-unreadable')
    await store.close()
    await uploads.close()
  })
})

describe('a case from elsewhere', () => {
  it('is imported from an uploaded bundle, read, and changed by nobody until it is taken over', async () => {
    const path = await caseWithEvidence()
    await open(path)
    const { job } = await page.call('export.start', {
      exportId: null,
      out: join(base, 'case.zip'),
      includeSecrets: false,
      signer: { by: 'case' },
    })
    await expect
      .poll(async () => (await page.call('state', {})).jobs.find((one) => one.job === job)?.state)
      .toBe('done')
    const zip = readFileSync(join(base, 'case.zip'))
    const { upload } = await page.send('upload', { name: 'case.zip', size: zip.length }, [zip])
    expect(await page.call('bundle.verify', { from: { upload }, signer: null })).toMatchObject({ exportId: 'export-1' })
    expect(await codeOf(page.call('case.import', { from: { upload }, examiner: 'Bob' }))).toBe('case-exists')
    await page.call('case.close', {})
    rmSync(path, { recursive: true })
    renameSync(join(base, 'keys'), join(base, 'old-keys'))

    const copy = await page.call('case.import', { from: { upload }, examiner: 'Bob' })
    expect(copy).toMatchObject({ ...about, copy: true })
    expect((await page.call('case.list', {})).cases).toMatchObject([{ path: copy.path }])
    const { bytes } = await page.stream('exhibit.read', { sha256 })
    expect(await bytes.read()).toEqual(evidence)
    const journal = readFileSync(join(copy.path, 'journal/case.jsonl'))
    for (const refused of [
      page.call('exhibit.note', { sha256, text: 'x', tags: [] }),
      page.call('bundle.prepare', { exportId: null, signer: { by: 'case' } }),
      page.call('export.start', { exportId: null, out: null, includeSecrets: false, signer: { by: 'case' } }),
      page.call('triage.start', { hosts: ['host-web1'], hostView: null }),
      page.call('undo.start', { hosts: ['host-web1'], run: null, step: null, restoreHostile: false }),
    ])
      await expect(refused).rejects.toMatchObject({ code: 'case-locked', params: { reason: 'a copy' } })
    await page.call('case.close', {})
    expect(readFileSync(join(copy.path, 'journal/case.jsonl'))).toEqual(journal)
    expect(await open(copy.path)).toMatchObject({ copy: true })
    expect(await open(copy.path, 'second shift')).toMatchObject({ copy: false })
    await page.call('exhibit.note', { sha256, text: 'now mine', tags: [] })
    await page.call('case.close', {})
    expect(await open(copy.path)).toMatchObject({ copy: false })
  })

  it('is imported from a folder, and refused where the path is neither a folder nor a bundle', async () => {
    const path = await caseWithEvidence()
    const stick = join(base, 'stick')
    cpSync(path, stick, { recursive: true })
    expect(await codeOf(page.call('case.import', { from: { path: stick }, examiner: null }))).toBe('case-exists')
    rmSync(path, { recursive: true })
    expect(await page.call('case.import', { from: { path: stick }, examiner: null })).toMatchObject({ copy: true })
    expect(existsSync(join(stick, 'case.json'))).toBe(true)
    for (const [from, code] of [
      [join(base, 'absent'), 'file-unreadable'],
      [join(base, 'data'), 'case-missing'],
      [join(stick, 'case.json'), 'bundle-invalid'],
      ['relative', 'usage'],
    ] as const)
      expect(await codeOf(page.call('case.import', { from: { path: from }, examiner: null }))).toBe(code)
  })
})

describe('a shell that lacks something', () => {
  it('says so instead of doing nothing', async () => {
    expect(await codeOf(page.call('files.choose', { what: 'bundle' }))).toBe('not-supported')
    expect(await codeOf(page.call('practice.start', {}))).toBe('not-supported')
    expect(await page.call('state', {})).toMatchObject({
      shell: 'served',
      remembers: 'no',
      practice: { state: 'unavailable' },
    })
  })
})
