import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExhibitMeta } from '../core/case/events.ts'
import { nextEvent } from '../core/case/journal.ts'
import { isTourniquetError } from '../core/errors.ts'
import { createCaseFolder, openCaseFolder, type CaseFolder } from './case-folder.ts'
import { nodeHashing } from './hashing.ts'

const tool = 'tourniquet test'
let base: string
let keys: string
let folder: string
let opened: CaseFolder[]

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'case-'))
  keys = join(base, 'keys')
  folder = join(base, 'case')
  opened = []
})
afterEach(async () => {
  for (const store of opened) await store.close().catch(() => undefined)
  rmSync(base, { recursive: true, force: true })
})

async function create(path = folder): Promise<CaseFolder> {
  const store = await createCaseFolder(path, { examiner: 'ada', number: 'IR-7', tool, keys })
  opened.push(store)
  return store
}
async function write(takeOver?: string, path = folder): Promise<CaseFolder> {
  const store = await openCaseFolder(path, {
    mode: 'write',
    examiner: 'bob',
    keys,
    ...(takeOver === undefined ? {} : { takeOver }),
  })
  opened.push(store)
  return store
}
const read = (path = folder): Promise<CaseFolder> => openCaseFolder(path, { mode: 'read', keys })
const meta = (what: string): Omit<ExhibitMeta, 'sha256' | 'size'> => ({
  what,
  path: null,
  pathBytes: null,
  meta: null,
  method: 'test',
  hostSha256: null,
  hostTime: null,
  truncated: false,
})
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const gap = (detail: string) => ({ run: null, step: null, probe: 'p', what: 'w', reason: 'failed', detail })
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
  } catch (error) {
    if (isTourniquetError(error)) return error.code
    throw error
  }
  return 'accepted'
}
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe('a case folder', () => {
  it('gives back events and exhibits after it was closed and opened again', async () => {
    const store = await create()
    const plain = new Uint8Array(3 * 1024 * 1024 + 17).map((_, at) => at * 7)
    await store.append('host-1', 'gap', gap('first'))
    const kept = await store.keep('host-1', plain, meta('file'))
    const empty = await store.keep('host-1', new Uint8Array(), meta('file'))
    await store.close()
    const again = await read()
    expect(again.info).toEqual(store.info)
    expect(again.chains()).toEqual(['case', 'host-1'])
    expect(again.events('host-1').map(({ type }) => type)).toEqual(['gap', 'exhibit-stored', 'exhibit-stored'])
    expect(Buffer.compare(await again.exhibit(kept.sha256), plain)).toBe(0)
    expect(await again.exhibit(empty.sha256)).toEqual(new Uint8Array())
    expect(again.events('case').at(-1)?.type).toBe('chain-anchored')
  })

  it('keeps the order of appends that were not waited for, and shares their fsyncs', async () => {
    const store = await create()
    const heard: number[] = []
    store.onEvent(({ seq }) => heard.push(seq))
    const many = await Promise.all(
      Array.from({ length: 500 }, (_, at) => store.append('host-1', 'gap', gap(String(at)))),
    )
    expect(many.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, at) => at))
    expect(many.map(({ data }) => data.detail)).toEqual(Array.from({ length: 500 }, (_, at) => String(at)))
    await store.close()
    expect((await read()).events('host-1')).toHaveLength(500)
  })

  it('tells the caller of a wrong event, and nobody else', async () => {
    const store = await create()
    const good = store.append('host-1', 'gap', gap('good'))
    expect(await codeOf(store.append('host-1', 'gap', { detail: 'bad' } as never))).toBe('internal')
    expect(await codeOf(store.append('../case', 'gap', gap('bad')))).toBe('internal')
    expect((await good).seq).toBe(0)
  })

  it('leaves no plain byte of an exhibit anywhere in the folder, and its files to nobody else', async () => {
    const store = await create()
    const malware = 'X5O!P%@AP[4-PZX54(P^)7CC)7}$A-STAND-IN-ANTIVIRUS-TEST-FILE!$H+H*'
    await store.keep('host-1', bytesOf(malware), meta('file'))
    await store.close()
    const files = filesIn(folder)
    expect(files.some((path) => /exhibits\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path))).toBe(true)
    for (const path of files) {
      expect(readFileSync(path).includes(malware.slice(4, 24)), path).toBe(false)
      expect(statSync(path).mode & 0o077, path).toBe(0)
    }
    for (const path of filesIn(keys)) expect(statSync(path).mode & 0o777, path).toBe(0o600)
  })

  it('refuses an exhibit after any change to its sealed bytes', async () => {
    const store = await create()
    const { sha256 } = await store.keep('host-1', new Uint8Array(1024 * 1024 + 50).fill(7), meta('file'))
    const path = join(folder, 'exhibits', sha256.slice(0, 2), sha256)
    const sealed = readFileSync(path)
    const pieceOne = 24 + 12 + 1024 * 1024 + 16
    for (const at of [0, 9, 15, 20, 23, 24, 30, 40, pieceOne - 1, pieceOne, pieceOne + 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      writeFileSync(path, changed)
      expect(await codeOf(store.exhibit(sha256)), `byte ${String(at)}`).toBe('exhibit-damaged')
    }
    const cut = [sealed.subarray(0, pieceOne), sealed.subarray(0, 10), Buffer.concat([sealed, Buffer.alloc(1)])]
    for (const changed of cut) {
      writeFileSync(path, changed)
      expect(await codeOf(store.exhibit(sha256))).toBe('exhibit-damaged')
    }
    rmSync(path)
    expect(await codeOf(store.exhibit(sha256))).toBe('case-missing')
  })

  it('does not take an exhibit that was damaged since for kept: the same bytes are kept again', async () => {
    const store = await create()
    const { sha256 } = await store.keep('case', bytesOf('the evidence'), meta('file'))
    const { sha256: lost } = await store.keep('case', bytesOf('more evidence'), meta('file'))
    await store.close()
    const path = join(folder, 'exhibits', sha256.slice(0, 2), sha256)
    truncateSync(path, 10)
    const again = await write()
    rmSync(join(folder, 'exhibits', lost.slice(0, 2), lost))
    await again.keep('case', bytesOf('the evidence'), meta('file'))
    await again.keep('case', bytesOf('more evidence'), meta('file'))
    expect(new TextDecoder().decode(await again.exhibit(sha256))).toBe('the evidence')
    expect(new TextDecoder().decode(await again.exhibit(lost))).toBe('more evidence')
  })

  it('opens although a file manager left its own files among the exhibits', async () => {
    const store = await create()
    const { sha256 } = await store.keep('case', bytesOf('x'), meta('file'))
    await store.close()
    writeFileSync(join(folder, 'exhibits/.DS_Store'), 'theirs')
    expect(new TextDecoder().decode(await (await write()).exhibit(sha256))).toBe('x')
  })

  it('refuses bytes that are not what the host hashed, and no bytes where the host says there are some', async () => {
    const store = await create()
    const wrong = store.keep('host-1', bytesOf('x'), { ...meta('file'), hostSha256: '0'.repeat(64) })
    expect(await codeOf(wrong)).toBe('exhibit-mismatch')
    const blocked = store.keep('host-1', new Uint8Array(), { ...meta('file'), meta: { size: '4096' } })
    expect(await codeOf(blocked)).toBe('exhibit-mismatch')
    expect(store.events('host-1')).toHaveLength(0)
  })

  it('does not overwrite a case or a folder with something in it', async () => {
    await create()
    expect(await codeOf(create())).toBe('case-exists')
    mkdirSync(join(base, 'full'))
    writeFileSync(join(base, 'full', 'letter'), 'dear')
    expect(await codeOf(create(join(base, 'full')))).toBe('case-exists')
    mkdirSync(join(base, 'empty'))
    expect((await create(join(base, 'empty'))).info.number).toBe('IR-7')
  })

  it('says where it looked for the key', async () => {
    await (await create()).close()
    const away = join(base, 'away')
    renameSync(keys, away)
    await expect(read()).rejects.toMatchObject({ code: 'case-key-missing', params: { why: 'no such file' } })
    await expect(read()).rejects.toMatchObject({ params: { path: expect.stringContaining(keys) as string } })
    expect(await codeOf(createCaseFolder(join(base, 'x'), { examiner: 'a', tool, keys: join(base, 'x', 'k') }))).toBe(
      'usage',
    )
  })

  it('says for whom it is and by whose leave, in its file and in its journal alike', async () => {
    const about = { customer: '甲公司', authority: 'contract 12-7', timeZone: 'Asia/Shanghai' }
    const store = await createCaseFolder(folder, { examiner: 'ada', number: null, tool, keys, ...about })
    opened.push(store)
    expect(store.info).toMatchObject(about)
    expect(store.events('case')[0]?.data).toMatchObject(about)
    expect(JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'))).toMatchObject(about)
    const other = createCaseFolder(join(base, 'other'), { examiner: 'a', tool, keys, timeZone: 'Shanghai time' })
    expect(await codeOf(other)).toBe('usage')
    expect(existsSync(join(base, 'other'))).toBe(false)
  })

  it('from before these were asked for still opens, with nothing in their place', async () => {
    await (await create()).close()
    const path = join(folder, 'case.json')
    const { customer, authority, timeZone, ...old } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
    expect([customer, authority, timeZone]).toEqual([null, null, null])
    writeFileSync(path, JSON.stringify(old))
    const entry = { at: '2025-01-01T00:00:00.000Z', mono: 0 }
    const data = { caseId: old['caseId'] ?? '', number: 'IR-7', examiner: 'ada', tool, createdAt: entry.at }
    const { line } = nextEvent(nodeHashing, 'case', null, { ...entry, type: 'case-opened', data })
    writeFileSync(join(folder, 'journal', 'case.jsonl'), line)
    expect((await read()).info).toEqual({
      format: 'tourniquet.case/1',
      caseId: old['caseId'],
      number: 'IR-7',
      customer: null,
      examiner: 'ada',
      authority: null,
      timeZone: null,
      createdAt: entry.at,
    })
  })

  it('refuses what is no case, and a case of a later version', async () => {
    expect(await codeOf(read(join(base, 'nothing')))).toBe('case-missing')
    await (await create()).close()
    const text = readFileSync(join(folder, 'case.json'), 'utf8')
    writeFileSync(join(folder, 'case.json'), text.replace('tourniquet.case/1', 'tourniquet.case/9'))
    expect(await codeOf(read())).toBe('case-version')
  })
})

describe('a crash', () => {
  it('in mid-append costs only the torn line, which becomes an exhibit and a gap', async () => {
    const store = await create()
    await store.append('host-1', 'gap', gap('one'))
    await store.append('host-1', 'gap', gap('two'))
    await store.close()
    const file = join(folder, 'journal', 'host-1.jsonl')
    const whole = readFileSync(file)
    const torn = whole.subarray(0, 100)
    appendFileSync(file, torn)
    expect((await read()).events('host-1')).toHaveLength(2)
    const again = await write()
    const after = again.events('host-1')
    expect(after.map(({ type }) => type)).toEqual(['gap', 'gap', 'exhibit-stored', 'gap'])
    const stored = after[2]
    if (stored?.type !== 'exhibit-stored') throw new Error('no exhibit')
    expect(Buffer.from(await again.exhibit(stored.data.sha256))).toEqual(torn)
    await again.append('host-1', 'gap', gap('three'))
    await again.close()
    expect((await read()).events('host-1')).toHaveLength(5)
    expect(readdirSync(join(folder, 'journal')).filter((name) => name.endsWith('.torn'))).toEqual([])
  })

  it('anywhere in the last line loses nothing that had been acknowledged', async () => {
    const store = await create()
    await store.append('host-1', 'gap', gap('acknowledged'))
    await store.close()
    const file = join(folder, 'journal', 'host-1.jsonl')
    const length = statSync(file).size
    const next = readFileSync(file)
    for (const extra of [1, 50, length - 1]) {
      truncateSync(file, length)
      appendFileSync(file, next.subarray(0, extra))
      expect((await read()).events('host-1')).toHaveLength(1)
    }
  })

  it('does not excuse other damage: it is refused with file and line', async () => {
    const store = await create()
    await store.append('host-1', 'gap', gap('one'))
    await store.append('host-1', 'gap', gap('two'))
    await store.close()
    const file = join(folder, 'journal', 'host-1.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"one"', '"ONE"'))
    await expect(read()).rejects.toMatchObject({
      code: 'journal-broken',
      params: { file: 'journal/host-1.jsonl', line: 1 },
    })
    expect(await codeOf(write())).toBe('journal-broken')
    rmSync(file)
    expect(await codeOf(read())).toBe('journal-broken')
  })

  it('while an exhibit was being written leaves nothing that is taken for one, and the leftover is swept', async () => {
    const store = await create()
    const { sha256 } = await store.keep('host-1', bytesOf('whole'), meta('file'))
    await store.close()
    const leftover = join(folder, 'exhibits', sha256.slice(0, 2), `${sha256.slice(0, 2)}${'0'.repeat(62)}.1.part`)
    const others = ['home.json.1.part', 'journal/host-1.0.torn.1.part'].map((name) => join(folder, name))
    for (const path of [leftover, ...others]) writeFileSync(path, 'half')
    await (await write()).close()
    expect([leftover, ...others].filter((path) => existsSync(path))).toEqual([])
  })

  it('of the writer leaves a lease that the next one takes over, and says so in the journal', async () => {
    await (await create()).close()
    const script = `import { openCaseFolder } from ${JSON.stringify(join(import.meta.dirname, 'case-folder.ts'))}
      await openCaseFolder(${JSON.stringify(folder)}, { mode: 'write', examiner: 'gone', keys: ${JSON.stringify(keys)} })
      process.kill(process.pid, 'SIGKILL')`
    const crashed = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(crashed.signal, crashed.stderr).toBe('SIGKILL')
    const store = await write()
    const last = store.events('case').at(-1)
    expect(last?.type).toBe('case-taken-over')
    expect(JSON.stringify(last?.data)).toMatch(/pid \d+ on .* is gone/)
  })
})

describe('the lease', () => {
  it('lets one writer in and any number of readers', async () => {
    const store = await create()
    await expect(write()).rejects.toMatchObject({ code: 'case-locked', params: { pid: process.pid } })
    await expect(write('I insist')).rejects.toMatchObject({ code: 'case-locked' })
    expect((await read()).info.caseId).toBe(store.info.caseId)
    expect(await codeOf((await read()).append('host-1', 'gap', gap('no')))).toBe('case-locked')
    await store.close()
    expect(await codeOf(store.append('host-1', 'gap', gap('late')))).toBe('case-locked')
    await (await write()).close()
    expect(readdirSync(join(folder, 'lease'))).toEqual([])
  })

  it('held by another machine is believed until somebody says otherwise', async () => {
    await (await create()).close()
    const claim = {
      format: 'tourniquet.lease/1',
      pid: 1,
      started: '1',
      host: 'elsewhere',
      boot: null,
      pidNamespace: null,
      since: 'x',
    }
    writeFileSync(join(folder, 'lease', 'f.json'), JSON.stringify(claim))
    await expect(write()).rejects.toMatchObject({ code: 'case-locked', params: { host: 'elsewhere' } })
    const store = await write('that laptop was stolen')
    expect(JSON.stringify(store.events('case').at(-1)?.data)).toContain('that laptop was stolen')
  })

  it('does not let a copied folder be written to before it is taken over', async () => {
    await (await create()).close()
    const copy = join(base, 'copy')
    cpSync(folder, copy, { recursive: true })
    expect((await read(copy)).info.number).toBe('IR-7')
    await expect(write(undefined, copy)).rejects.toMatchObject({ code: 'case-locked', params: { reason: 'a copy' } })
    const store = await write('handed to the second shift', copy)
    expect(store.events('case').at(-1)?.type).toBe('case-taken-over')
    await store.close()
    await (await write(undefined, copy)).close()
  })
})

describe('a full disk', () => {
  it('refuses, loses nothing acknowledged, takes nothing half-written for whole, and goes on when there is room', async (context) => {
    const disk = join(base, 'disk')
    mkdirSync(disk)
    if (
      process.getuid?.() !== 0 ||
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk]).status !== 0
    ) {
      context.skip('needs root and a tmpfs')
    }
    try {
      const store = await create(join(disk, 'case'))
      const first = await store.append('host-1', 'gap', gap('fits'))
      expect(await codeOf(store.keep('host-1', new Uint8Array(900_000), meta('file')))).toBe('disk-full')
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(520_000))
      const sizeFree = (): number => Number(execFileSync('stat', ['-f', '-c', '%a', disk], { encoding: 'utf8' }))
      const pad = join(disk, 'pad')
      while (sizeFree() > 0) appendFileSync(pad, Buffer.alloc(4096))
      const appended = Array.from({ length: 40 }, () => store.append('host-1', 'gap', gap('x'.repeat(400))))
      const outcomes = new Set(await Promise.all(appended.map(codeOf)))
      expect(outcomes).toEqual(new Set(['disk-full']))
      expect(store.events('host-1')).toEqual([first])
      rmSync(pad)
      rmSync(join(disk, 'ballast'))
      const next = await store.append('host-1', 'gap', gap('room again'))
      expect(next.seq).toBe(1)
      await store.close()
      const again = await read(join(disk, 'case'))
      expect(again.events('host-1')).toHaveLength(2)
      expect(filesIn(join(disk, 'case')).filter((path) => path.includes('exhibits'))).toEqual([])
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
