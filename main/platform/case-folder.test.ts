// What a case on the disk gives back, what it leaves for nobody else to read, and what it refuses.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { nextEvent } from '../core/case/journal.ts'
import { codeOf } from '../core/refusal-fixture.ts'
import { fixtureMeta } from './case-fixture.ts'
import { filesIn, gap, placeForCase, tool, type CasePlace } from './case-folder-fixture.ts'
import { createCaseFolder } from './case-folder.ts'
import { nodeHashing } from './hashing.ts'

let place: CasePlace
beforeEach(() => {
  place = placeForCase()
})

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a case folder', () => {
  it('gives back events and exhibits after it was closed and opened again', async () => {
    const store = await place.create()
    const plain = new Uint8Array(3 * 1024 * 1024 + 17).map((_, at) => at * 7)
    await store.append('host-1', 'gap', gap('first'))
    const kept = await store.keep('host-1', plain, fixtureMeta('file'))
    const empty = await store.keep('host-1', new Uint8Array(), fixtureMeta('file'))
    await store.close()
    const again = await place.read()
    expect(again.info).toEqual(store.info)
    expect(again.chains()).toEqual(['case', 'host-1'])
    expect(again.events('host-1').map(({ type }) => type)).toEqual(['gap', 'exhibit-stored', 'exhibit-stored'])
    expect(Buffer.compare(await again.exhibit(kept.sha256), plain)).toBe(0)
    expect(await again.exhibit(empty.sha256)).toEqual(new Uint8Array())
    expect(again.events('case').at(-1)?.type).toBe('chain-anchored')
  })

  it('keeps the order of appends that were not waited for, and shares their fsyncs', async () => {
    const store = await place.create()
    const heard: number[] = []
    store.onEvent(({ seq }) => heard.push(seq))
    const many = await Promise.all(
      Array.from({ length: 500 }, (_, at) => store.append('host-1', 'gap', gap(String(at)))),
    )
    expect(many.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, at) => at))
    expect(many.map(({ data }) => data.detail)).toEqual(Array.from({ length: 500 }, (_, at) => String(at)))
    await store.close()
    expect((await place.read()).events('host-1')).toHaveLength(500)
  })

  it('tells the caller of a wrong event, and nobody else', async () => {
    const store = await place.create()
    const good = store.append('host-1', 'gap', gap('good'))
    expect(await codeOf(store.append('host-1', 'gap', { detail: 'bad' } as never))).toBe('internal')
    expect(await codeOf(store.append('../case', 'gap', gap('bad')))).toBe('internal')
    expect((await good).seq).toBe(0)
  })

  it('leaves no plain byte of an exhibit anywhere in the folder, and its files to nobody else', async () => {
    const store = await place.create()
    const malware = 'X5O!P%@AP[4-PZX54(P^)7CC)7}$A-STAND-IN-ANTIVIRUS-TEST-FILE!$H+H*'
    await store.keep('host-1', bytesOf(malware), fixtureMeta('file'))
    await store.close()
    const files = filesIn(place.folder)
    expect(files.some((path) => /exhibits\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path))).toBe(true)
    for (const path of files) {
      expect(readFileSync(path).includes(malware.slice(4, 24)), path).toBe(false)
      expect(statSync(path).mode & 0o077, path).toBe(0)
    }
    for (const path of filesIn(place.keys)) expect(statSync(path).mode & 0o777, path).toBe(0o600)
  })

  it('refuses an exhibit after any change to its sealed bytes', async () => {
    const store = await place.create()
    const { sha256 } = await store.keep('host-1', new Uint8Array(1024 * 1024 + 50).fill(7), fixtureMeta('file'))
    const path = join(place.folder, 'exhibits', sha256.slice(0, 2), sha256)
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
    const store = await place.create()
    const { sha256 } = await store.keep('case', bytesOf('the evidence'), fixtureMeta('file'))
    const { sha256: lost } = await store.keep('case', bytesOf('more evidence'), fixtureMeta('file'))
    await store.close()
    const path = join(place.folder, 'exhibits', sha256.slice(0, 2), sha256)
    truncateSync(path, 10)
    const again = await place.write()
    rmSync(join(place.folder, 'exhibits', lost.slice(0, 2), lost))
    await again.keep('case', bytesOf('the evidence'), fixtureMeta('file'))
    await again.keep('case', bytesOf('more evidence'), fixtureMeta('file'))
    expect(new TextDecoder().decode(await again.exhibit(sha256))).toBe('the evidence')
    expect(new TextDecoder().decode(await again.exhibit(lost))).toBe('more evidence')
  })

  it('opens although a file manager left its own files among the exhibits', async () => {
    const store = await place.create()
    const { sha256 } = await store.keep('case', bytesOf('x'), fixtureMeta('file'))
    await store.close()
    writeFileSync(join(place.folder, 'exhibits/.DS_Store'), 'theirs')
    expect(new TextDecoder().decode(await (await place.write()).exhibit(sha256))).toBe('x')
  })

  it('refuses bytes that are not what the host hashed, and no bytes where the host says there are some', async () => {
    const store = await place.create()
    const wrong = store.keep('host-1', bytesOf('x'), { ...fixtureMeta('file'), hostSha256: '0'.repeat(64) })
    expect(await codeOf(wrong)).toBe('exhibit-mismatch')
    const blocked = store.keep('host-1', new Uint8Array(), { ...fixtureMeta('file'), meta: { size: '4096' } })
    expect(await codeOf(blocked)).toBe('exhibit-mismatch')
    expect(store.events('host-1')).toHaveLength(0)
  })

  it('does not overwrite a case or a folder with something in it', async () => {
    await place.create()
    expect(await codeOf(place.create())).toBe('case-exists')
    mkdirSync(join(place.base, 'full'))
    writeFileSync(join(place.base, 'full', 'letter'), 'dear')
    expect(await codeOf(place.create(join(place.base, 'full')))).toBe('case-exists')
    mkdirSync(join(place.base, 'empty'))
    expect((await place.create(join(place.base, 'empty'))).info.number).toBe('IR-7')
  })

  it('says where it looked for the key', async () => {
    await (await place.create()).close()
    const away = join(place.base, 'away')
    renameSync(place.keys, away)
    await expect(place.read()).rejects.toMatchObject({ code: 'case-key-missing', params: { why: 'no such file' } })
    await expect(place.read()).rejects.toMatchObject({
      params: { path: expect.stringContaining(place.keys) as string },
    })
    expect(
      await codeOf(createCaseFolder(join(place.base, 'x'), { examiner: 'a', tool, keys: join(place.base, 'x', 'k') })),
    ).toBe('usage')
  })

  it('says for whom it is and by whose leave, in its file and in its journal alike', async () => {
    const about = { customer: '甲公司', authority: 'contract 12-7', timeZone: 'Asia/Shanghai' }
    const store = await place.create(place.folder, { number: null, ...about })
    expect(store.info).toMatchObject(about)
    expect(store.events('case')[0]?.data).toMatchObject(about)
    expect(JSON.parse(readFileSync(join(place.folder, 'case.json'), 'utf8'))).toMatchObject(about)
    const other = createCaseFolder(join(place.base, 'other'), {
      examiner: 'a',
      tool,
      keys: place.keys,
      timeZone: 'Shanghai time',
    })
    expect(await codeOf(other)).toBe('usage')
    expect(existsSync(join(place.base, 'other'))).toBe(false)
  })

  it('from before these were asked for still opens, with nothing in their place', async () => {
    await (await place.create()).close()
    const path = join(place.folder, 'case.json')
    const { customer, authority, timeZone, ...old } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
    expect([customer, authority, timeZone]).toEqual([null, null, null])
    writeFileSync(path, JSON.stringify(old))
    const entry = { at: '2025-01-01T00:00:00.000Z', mono: 0 }
    const data = { caseId: old['caseId'] ?? '', number: 'IR-7', examiner: 'ada', tool, createdAt: entry.at }
    const { line } = nextEvent(nodeHashing, 'case', null, { ...entry, type: 'case-opened', data })
    writeFileSync(join(place.folder, 'journal', 'case.jsonl'), line)
    expect((await place.read()).info).toEqual({
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
    expect(await codeOf(place.read(join(place.base, 'nothing')))).toBe('case-missing')
    await (await place.create()).close()
    const text = readFileSync(join(place.folder, 'case.json'), 'utf8')
    writeFileSync(join(place.folder, 'case.json'), text.replace('tourniquet.case/1', 'tourniquet.case/9'))
    expect(await codeOf(place.read())).toBe('case-version')
  })
})
