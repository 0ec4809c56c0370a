import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestText } from '../core/bundle/bag.ts'
import { allowedSigners } from '../core/bundle/export.ts'
import { isBundlePath, tagFiles } from '../core/bundle/names.ts'
import { bundleNamespace, fingerprint, signSshsig, type Signer } from '../core/bundle/sshsig.ts'
import { verifyZip, type Verified } from '../core/bundle/verify.ts'
import { dosTime, localLength } from '../core/bundle/zip-format.ts'
import { readZip } from '../core/bundle/zip-reader.ts'
import { zipWriter } from '../core/bundle/zip-writer.ts'
import { isTourniquetError, type TourniquetError } from '../core/errors.ts'
import { exportBundle, verifyBundle, writeReport } from './bundle-file.ts'
import { openCaseFolder, type CaseFolder } from './case-folder.ts'
import { fixtureCase, hostileName } from './case-fixture.ts'
import { nodeHashing } from './hashing.ts'
import { keyFileSigner } from './signers.ts'
import { checkWire } from './ssh-crypto.ts'

let base: string
let store: CaseFolder
let zip: string
let bytes: Buffer
let print: string
let folder: string

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'bundle-'))
  store = await fixtureCase(join(base, 'case'), join(base, 'keys'))
  await store.close()
  store = await openCaseFolder(join(base, 'case'), { mode: 'read', keys: join(base, 'keys') })
  zip = join(base, 'bundle.zip')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@example.org', '-f', join(base, 'id')])
  const signer = await keyFileSigner(join(base, 'id'))
  print = (await exportBundle(store, { out: zip, signer })).fingerprint
  bytes = readFileSync(zip)
  execFileSync('unzip', ['-q', zip, '-d', join(base, 'out')])
  folder = join(base, 'out', readdirSync(join(base, 'out'))[0]!)
})
afterAll(() => {
  rmSync(base, { recursive: true, force: true })
})

const world = {
  hashing: nodeHashing,
  crc32: (piece: Uint8Array, before: number) => crc32(piece, before),
  check: checkWire,
}
function verifyBytes(content: Buffer, signer?: string): Promise<Verified> {
  const read = (position: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(content.subarray(position, position + length))
  return verifyZip({ size: content.length, read }, { signer, label: 'bundle.zip' }, world)
}
async function refusal(promise: Promise<unknown>): Promise<TourniquetError | null> {
  try {
    await promise
    return null
  } catch (error) {
    if (isTourniquetError(error)) return error
    throw error
  }
}
const sha256 = (content: string): string => nodeHashing.sha256().update(Buffer.from(content)).hex()
const sha512 = (content: string): string => nodeHashing.sha512().update(Buffer.from(content)).hex()

/** The files of the bag as text that survives (latin1), to be tampered with. */
function filesOf(path: string): Map<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    names
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((name) => [name.slice(path.length + 1), readFileSync(name, 'latin1')]),
  )
}

/** Zips files again, well-formed; with `signer`, also with right manifests and a right signature by that key. */
async function zipped(files: ReadonlyMap<string, string>, signer: Signer | null): Promise<Buffer> {
  const all = new Map([...files].map(([name, content]) => [name, Buffer.from(content, 'latin1')]))
  if (signer !== null) {
    const digestsOf = (pick: (name: string) => boolean, digest: (content: Buffer) => string): Map<string, string> =>
      new Map([...all].filter(([name]) => pick(name)).map(([name, content]) => [name, digest(content)]))
    const short = (content: Buffer): string => nodeHashing.sha256().update(content).hex()
    const long = (content: Buffer): string => nodeHashing.sha512().update(content).hex()
    const payload = (name: string): boolean => name.startsWith('data/')
    all.set(tagFiles.manifest256, Buffer.from(manifestText(digestsOf(payload, short))))
    all.set(tagFiles.manifest512, Buffer.from(manifestText(digestsOf(payload, long))))
    const oxum = [...all].filter(([name]) => payload(name))
    const size = oxum.reduce((sum, [, content]) => sum + content.length, 0)
    const info = String(all.get(tagFiles.bagInfo))
      .replace(/Payload-Oxum: .*/, `Payload-Oxum: ${String(size)}.${String(oxum.length)}`)
      .replace(/Tourniquet-Signer: .*/, `Tourniquet-Signer: ${fingerprint(nodeHashing, signer.publicKey)}`)
      .replace(/Tourniquet-Signer-Label: .*/, `Tourniquet-Signer-Label: ${signer.label}`)
    all.set(tagFiles.bagInfo, Buffer.from(info))
    const outside: string[] = [tagFiles.allowedSigners, tagFiles.signature, tagFiles.tagManifest]
    const tags = Buffer.from(manifestText(digestsOf((name) => !payload(name) && !outside.includes(name), short)))
    all.set(tagFiles.tagManifest, tags)
    all.set(tagFiles.signature, Buffer.from(await signSshsig(nodeHashing, signer, bundleNamespace, tags)))
    all.set(tagFiles.allowedSigners, Buffer.from(allowedSigners(signer.publicKey, signer)))
  }
  const pieces: { at: number; piece: Buffer }[] = []
  const sink = {
    write: (piece: Uint8Array, at: number) => Promise.resolve(void pieces.push({ at, piece: Buffer.from(piece) })),
  }
  const writer = zipWriter(sink, world.crc32, dosTime(store.events('case').at(-1)!.at))
  for (const [name, content] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writer.add(`${basename(folder)}/${name}`, content.length, [content], () => undefined)
  }
  const whole = Buffer.alloc(await writer.finish())
  for (const { at, piece } of pieces) piece.copy(whole, at)
  return whole
}

describe('a bundle', () => {
  it('is accepted by stock tools: unzip, sha256sum, sha512sum, ssh-keygen and its own verify.sh', () => {
    execFileSync('unzip', ['-tq', zip])
    const run = (command: string): string =>
      execFileSync('sh', ['-ec', command], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
    run('sha256sum -c tagmanifest-sha256.txt; sha256sum -c manifest-sha256.txt; sha512sum -c manifest-sha512.txt')
    const signed = run(
      'ssh-keygen -Y verify -f signatures/allowed_signers -I tourniquet-signer -n tourniquet-bundle -s signatures/tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt',
    )
    expect(signed).toContain(print)
    expect(run('./verify.sh')).toContain('intact, signer unproven')
    expect(run(`sh verify.sh ${print}`)).toContain(`intact, signed by ${print} (expected)`)
    expect(spawnSync('sh', ['verify.sh', `SHA256:${'A'.repeat(43)}`], { cwd: folder }).status).toBe(1)
  })

  it('is accepted by verify, which says unproven without a fingerprint and matches with the right one', async () => {
    expect(await verifyBundle(zip)).toMatchObject({
      number: 'IR-2026-7',
      exportId: 'export-1',
      signer: { trust: 'unproven', kind: 'person' },
    })
    expect((await verifyBundle(zip, { signer: print })).signer.trust).toBe('matches')
    const other = await refusal(verifyBundle(zip, { signer: `SHA256:${'A'.repeat(43)}` }))
    expect(other?.code).toBe('bundle-unsigned')
    expect(other?.params).toMatchObject({ fingerprint: print })
  })

  it('is the same bytes for the same case head and export id', async () => {
    const again = join(base, 'again.zip')
    await exportBundle(store, { out: again, signer: await keyFileSigner(join(base, 'id')) })
    expect(readFileSync(again).equals(bytes)).toBe(true)
    await exportBundle(store, { out: again, signer: await keyFileSigner(join(base, 'id')), exportId: 'export-2' })
    expect(readFileSync(again).equals(bytes)).toBe(false)
  })

  it('has only names made of ids and digests, whatever things were called on the host', () => {
    const names = execFileSync('unzip', ['-Z1', zip], { encoding: 'utf8' }).trim().split('\n')
    expect(names.every(isBundlePath)).toBe(true)
    expect(readFileSync(join(folder, 'data/exhibits.json'), 'utf8')).toContain(JSON.stringify(hostileName).slice(1, -1))
  })

  it('holds back environments and password files unless asked, and says so', async () => {
    expect(bytes.includes('hunter2')).toBe(false)
    expect(bytes.includes('$y$secret')).toBe(false)
    const { redactions } = JSON.parse(readFileSync(join(folder, 'data/redactions.json'), 'utf8')) as {
      redactions: { reason: string }[]
    }
    expect(redactions.map(({ reason }) => reason).sort()).toEqual(['environment', 'password-file'])
    const full = join(base, 'full.zip')
    await exportBundle(store, { out: full, redact: 'none' })
    expect(readFileSync(full).includes('hunter2')).toBe(true)
    expect(await verifyBundle(full)).toMatchObject({ redacted: 0, signer: { kind: 'case' } })
  })

  it('lists every change with its undo, and every gap', () => {
    const read = (name: string): string => readFileSync(join(folder, 'data', name), 'utf8')
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
    const read = (name: string): string => readFileSync(join(folder, 'data', name), 'utf8')
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
    const own = join(base, 'own.zip')
    await exportBundle(store, { out: own })
    expect(execFileSync('unzip', ['-p', own, '*/bag-info.txt'], { encoding: 'utf8' })).toContain(
      'case key, not a person',
    )
    expect(execFileSync('unzip', ['-p', own, '*/allowed_signers'], { encoding: 'utf8' })).toContain('not a person')
  })

  it('is not written when an exhibit is damaged: no file is left behind', async () => {
    const copy = join(base, 'damaged')
    cpSync(join(base, 'case'), copy, { recursive: true })
    const shelf = join(copy, 'exhibits', readdirSync(join(copy, 'exhibits'))[0]!)
    const path = join(shelf, readdirSync(shelf)[0]!)
    const sealed = readFileSync(path)
    sealed[sealed.length - 1]! ^= 1
    writeFileSync(path, sealed)
    mkdirSync(join(base, 'nothing'))
    const damaged = await openCaseFolder(copy, { mode: 'read', keys: join(base, 'keys') })
    const error = await refusal(exportBundle(damaged, { out: join(base, 'nothing', 'x.zip'), redact: 'none' }))
    expect(error?.code).toBe('exhibit-damaged')
    expect(readdirSync(join(base, 'nothing'))).toEqual([])
  })

  it('is journaled as exported when the case is open for writing', async () => {
    const copy = join(base, 'written')
    const writing = await fixtureCase(copy, join(base, 'keys-2'))
    const written = await exportBundle(writing, { out: join(base, 'w.zip') })
    const last = writing.events('case').at(-1)
    expect(last?.type === 'exported' ? last.data.tagManifestSha256 : null).toBe(written.tagManifestSha256)
    expect((await exportBundle(writing, { out: join(base, 'w.zip') })).exportId).toBe('export-2')
    await writing.close()
    await verifyBundle(join(base, 'w.zip'))
  })
})

describe('a report', () => {
  it('shows hostile text without obeying it, and holds no script', async () => {
    const page = join(base, 'report.html')
    await writeReport(store, { out: page })
    expect(statSync(page).mode & 0o777).toBe(0o600) // command lines hold passwords: nobody else's to read
    for (const text of [readFileSync(page, 'utf8'), readFileSync(join(folder, 'data/report.html'), 'utf8')]) {
      expect(text).not.toMatch(/<script|<b>by<|\son\w+=|https?:/i)
      expect(text).toContain('&lt;script&gt;')
      expect(text).toContain('Ada &lt;ada@example.org&gt;')
      const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ''
      const digest = Buffer.from(sha256(style), 'hex').toString('base64')
      expect(text).toContain(`style-src &#39;sha256-${digest}&#39;`)
    }
  })
})

describe('verify', () => {
  it(
    'refuses every single flipped byte of the ZIP: in headers when it is opened, in files by their checksum',
    { timeout: 60_000 },
    async () => {
      const changed = Buffer.from(bytes)
      const read = (position: number, length: number): Promise<Uint8Array> =>
        Promise.resolve(changed.subarray(position, position + length))
      const file = { size: changed.length, read }
      const reading = await readZip(file, world.crc32, 'bundle.zip')
      const flipped = async (at: number, check: () => Promise<unknown>): Promise<string | null> => {
        changed[at]! ^= 1 << (at % 8)
        const error = await refusal(check())
        changed[at] = bytes[at]!
        return error?.code === 'bundle-invalid' && error.params['file'] !== undefined ? null : `byte ${String(at)}`
      }
      const accepted: (string | null)[] = []
      const data = new Set<number>()
      for (const entry of reading.entries.values()) {
        const drain = async (): Promise<void> => {
          for await (const piece of reading.pieces(entry)) expect(piece.length).toBeGreaterThan(0)
        }
        const start = entry.offset + localLength(entry.name, entry.size)
        for (let at = start; at < start + entry.size; at++) {
          data.add(at)
          accepted.push(await flipped(at, drain))
        }
      }
      for (let at = 0; at < bytes.length; at++) {
        if (!data.has(at)) accepted.push(await flipped(at, () => readZip(file, world.crc32, 'bundle.zip')))
      }
      expect(accepted).toHaveLength(bytes.length)
      expect(accepted.filter((byte) => byte !== null)).toEqual([])
    },
  )

  it(
    'as a whole refuses a flipped byte in every file and all over the ZIP, and names a file',
    { timeout: 60_000 },
    async () => {
      const changed = Buffer.from(bytes)
      const { entries } = await readZip(
        { size: bytes.length, read: (at, length) => Promise.resolve(bytes.subarray(at, at + length)) },
        world.crc32,
        'bundle.zip',
      )
      const inEach = [...entries.values()].map(
        ({ name, size, offset }) => offset + localLength(name, size) + (size >> 1),
      )
      const allOver = Array.from({ length: Math.ceil(bytes.length / 211) }, (_, at) => at * 211)
      for (const at of [...inEach, ...allOver]) {
        changed[at]! ^= 1 << (at % 8)
        const error = await refusal(verifyBytes(changed))
        changed[at] = bytes[at]!
        expect(error?.code, `byte ${String(at)}`).toBe('bundle-invalid')
        expect(error?.params['file'], `byte ${String(at)}`).toBeDefined()
      }
    },
  )

  it('refuses a bundle cut anywhere, and one with bytes before or behind', async () => {
    for (let length = 0; length < bytes.length; length += 997) {
      expect((await refusal(verifyBytes(bytes.subarray(0, length))))?.code).toBe('bundle-invalid')
    }
    for (const changed of [Buffer.concat([bytes, Buffer.from('x')]), Buffer.concat([Buffer.from('x'), bytes])]) {
      expect((await refusal(verifyBytes(changed)))?.code).toBe('bundle-invalid')
    }
  })

  it('refuses a changed file in a well-made ZIP, and names it', async () => {
    const files = filesOf(folder)
    expect(await refusal(verifyBytes(await zipped(files, null)))).toBeNull()
    for (const [name, content] of files) {
      const error = await refusal(verifyBytes(await zipped(new Map([...files, [name, `${content}\n`]]), null)))
      expect(error?.code, name).toBe('bundle-invalid')
    }
    const [exhibit = ''] = [...files.keys()].filter((name) => /exhibits\/[0-9a-f]{64}$/.test(name))
    const changed = await refusal(verifyBytes(await zipped(new Map([...files, [exhibit, 'other']]), null)))
    expect(changed?.params).toMatchObject({ file: exhibit })
  })

  it('refuses a missing and an extra file, and one outside the payload', async () => {
    const files = filesOf(folder)
    for (const name of files.keys()) {
      const without = new Map([...files].filter(([other]) => other !== name))
      expect((await refusal(verifyBytes(await zipped(without, null))))?.code, name).toBe('bundle-invalid')
    }
    for (const name of [
      `data/exhibits/${'0'.repeat(64)}`,
      'data/journal/host-evil.jsonl',
      'fetch.txt',
      '../evil',
      'data/../../evil',
    ]) {
      const error = await refusal(verifyBytes(await zipped(new Map([...files, [name, 'x']]), null)))
      expect(error?.code, name).toBe('bundle-invalid')
    }
  })

  it(
    'is not fooled by new manifests and a new signature: the fingerprint differs, and the journal still has to hold',
    { timeout: 60_000 },
    async () => {
      rmSync(join(base, 'mallory'), { force: true })
      execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-C', 'mallory', '-f', join(base, 'mallory')])
      const mallory = await keyFileSigner(join(base, 'mallory'))
      const files = filesOf(folder)
      const resigned = await zipped(files, mallory)
      expect((await verifyBytes(resigned)).signer).toMatchObject({ trust: 'unproven', label: 'mallory' })
      expect((await refusal(verifyBytes(resigned, print)))?.code).toBe('bundle-unsigned')
      const edit = (name: string, from: string, to: string): Map<string, string> => {
        const content = files.get(name) ?? ''
        expect(content).toContain(from)
        return new Map([...files, [name, content.replace(from, to)]])
      }
      const stories = [
        edit('data/journal/host-web1.jsonl', '"infected"', '"clean"'),
        edit('data/exhibits.json', '"cat"', '"dog"'),
        edit('data/case.json', '"export-1"', '"export-9"'),
        edit('data/case.json', 'contract 12-7', 'contract 12-8'),
        edit('data/changes.json', '"undone"', '"stands"'),
        edit('data/changes.json', '"outcome": "unknown"', '"outcome": "done"'),
        edit('data/gaps.json', '"timed-out"', '"not asked"'),
        new Map([...files, ['data/gaps.json', '{"format":"tourniquet.gaps/1","gaps":[]}']]),
        edit('data/approvals.json', '"by": "Ada"', '"by": "Eve"'),
        edit('data/approvals.json', '"how": "asked",', ''),
        new Map([...files].filter(([name]) => !/exhibits\/[0-9a-f]{64}$/.test(name))),
        new Map([...files].filter(([name]) => name !== 'data/journal/host-web1.jsonl')),
        new Map([...files, [`data/exhibits/${sha256('planted')}`, 'planted']]),
        new Map([
          ...files,
          [
            'data/journal/host-web1.jsonl',
            (files.get('data/journal/host-web1.jsonl') ?? '').split('\n').slice(0, -2).join('\n') + '\n',
          ],
        ]),
      ]
      for (const [index, story] of stories.entries()) {
        const error = await refusal(verifyBytes(await zipped(story, mallory)))
        expect(['bundle-invalid', 'journal-broken'], `story ${String(index)}`).toContain(error?.code)
      }
      expect(sha512('')).toHaveLength(128)
    },
  )

  it('says what is wrong with a file that is no bundle', async () => {
    const letter = join(base, 'letter')
    writeFileSync(letter, 'dear all')
    expect((await refusal(verifyBundle(letter)))?.code).toBe('bundle-invalid')
    expect((await refusal(verifyBundle(join(base, 'absent'))))?.code).toBe('file-unreadable')
    expect((await refusal(verifyBundle(zip, { signer: 'ada' })))?.code).toBe('usage')
  })
})

describe('verify.sh', () => {
  const shells = ['dash', 'bash', 'busybox']
  const tampered: Record<string, (at: string) => void> = {
    'a changed exhibit': (at) => {
      writeFileSync(join(at, 'data/exhibits', readdirSync(join(at, 'data/exhibits'))[0]!), 'x')
    },
    'an extra file': (at) => {
      writeFileSync(join(at, 'data/extra'), 'x')
    },
    'a missing file': (at) => {
      rmSync(join(at, 'data/gaps.json'))
    },
    'a link': (at) => {
      symlinkSync('/etc/passwd', join(at, 'data/link'))
    },
    'a changed signature': (at) => {
      writeFileSync(join(at, tagFiles.signature), readFileSync(join(at, tagFiles.signature), 'utf8').replace('A', 'B'))
    },
    'another allowed signer': (at) => {
      writeFileSync(
        join(at, tagFiles.allowedSigners),
        `tourniquet-signer ${readFileSync(join(base, 'id.pub'), 'utf8').replace('AAAAI', 'AAAAJ')}`,
      )
    },
    'a file dropped from both': (at) => {
      rmSync(join(at, 'data/gaps.json'))
      for (const name of [tagFiles.manifest256, tagFiles.manifest512]) {
        writeFileSync(join(at, name), readFileSync(join(at, name), 'utf8').replace(/.*gaps\.json\n/, ''))
      }
    },
  }
  for (const shell of shells) {
    const argv = shell === 'busybox' ? ['busybox', 'sh'] : [shell]
    // eight runs of some ten programs each: on a busy machine that alone takes longer than a test usually may
    it(`accepts the whole bundle and refuses a tampered one under ${shell}`, { timeout: 60_000 }, (context) => {
      if (spawnSync(argv[0]!, [...argv.slice(1), '-c', 'true']).status !== 0) context.skip(`${shell} is not installed`)
      const run = (at: string, what: string, expected: number): void => {
        const ran = spawnSync(argv[0]!, [...argv.slice(1), join(at, 'verify.sh')], { encoding: 'utf8' })
        const said = `${what}: ${String(ran.error ?? '')} ${String(ran.signal)}\n${ran.stdout}${ran.stderr}`
        expect(ran.status, said).toBe(expected)
      }
      run(folder, 'untouched', 0)
      for (const [what, tamper] of Object.entries(tampered)) {
        const at = join(base, 'tampered')
        cpSync(folder, at, { recursive: true })
        tamper(at)
        run(at, what, 1)
        rmSync(at, { recursive: true })
      }
    })
  }
})

describe('memory', () => {
  it('stays flat while big exhibits go through', { timeout: 60_000 }, async () => {
    const big = await fixtureCase(join(base, 'big'), join(base, 'keys-3'))
    for (let at = 0; at < 6; at++) {
      const meta = {
        what: 'file',
        path: null,
        pathBytes: null,
        meta: null,
        method: 'cat',
        hostSha256: null,
        hostTime: null,
        truncated: false,
      }
      await big.keep('host-web1', new Uint8Array(24 * 1024 * 1024).fill(at + 1), meta)
    }
    const before = process.memoryUsage.rss()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 5)
    await exportBundle(big, { out: join(base, 'big.zip') })
    await verifyBundle(join(base, 'big.zip'))
    clearInterval(watch)
    await big.close()
    expect(statSync(join(base, 'big.zip')).size).toBeGreaterThan(144 * 1024 * 1024)
    expect(most - before).toBeLessThan(100 * 1024 * 1024)
  })
})
