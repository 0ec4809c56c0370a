// A bundle that was changed in any way is refused, whoever made its manifests and signature right again; and the refusal names the file.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestText } from '../core/bundle/bag.ts'
import { allowedSigners } from '../core/bundle/export.ts'
import { tagFiles } from '../core/bundle/names.ts'
import { bundleNamespace, fingerprint, signSshsig, type Signer } from '../core/bundle/sshsig.ts'
import { verifyZip, type Verified } from '../core/bundle/verify.ts'
import { dosTime, localLength } from '../core/bundle/zip-format.ts'
import { readZip, type RandomAccess } from '../core/bundle/zip-reader.ts'
import { zipWriter } from '../core/bundle/zip-writer.ts'
import { refusalOf } from '../core/refusal-fixture.ts'
import { verifyBundle } from './bundle-file.ts'
import { fileInMemory, signedBundle, type SignedBundle } from './bundle-fixture.ts'
import { nodeHashing } from './hashing.ts'
import { keyFileSigner } from './signers.ts'
import { checkWire } from './ssh-crypto.ts'

let bundle: SignedBundle
beforeAll(async () => {
  bundle = await signedBundle()
})
afterAll(() => {
  bundle.remove()
})

const world = {
  hashing: nodeHashing,
  crc32: (piece: Uint8Array, before: number) => crc32(piece, before),
  check: checkWire,
}
const fileOf = (content: Buffer): RandomAccess => ({
  size: content.length,
  read: (position, length) => Promise.resolve(content.subarray(position, position + length)),
})
const verifyBytes = (content: Buffer, signer?: string): Promise<Verified> =>
  verifyZip(fileOf(content), { signer, label: 'bundle.zip' }, world)

const sha256 = (content: Uint8Array): string => nodeHashing.sha256().update(content).hex()
const sha512 = (content: Uint8Array): string => nodeHashing.sha512().update(content).hex()

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
    const payload = (name: string): boolean => name.startsWith('data/')
    all.set(tagFiles.manifest256, Buffer.from(manifestText(digestsOf(payload, sha256))))
    all.set(tagFiles.manifest512, Buffer.from(manifestText(digestsOf(payload, sha512))))
    const oxum = [...all].filter(([name]) => payload(name))
    const size = oxum.reduce((sum, [, content]) => sum + content.length, 0)
    const info = String(all.get(tagFiles.bagInfo))
      .replace(/Payload-Oxum: .*/, `Payload-Oxum: ${String(size)}.${String(oxum.length)}`)
      .replace(/Tourniquet-Signer: .*/, `Tourniquet-Signer: ${fingerprint(nodeHashing, signer.publicKey)}`)
      .replace(/Tourniquet-Signer-Label: .*/, `Tourniquet-Signer-Label: ${signer.label}`)
    all.set(tagFiles.bagInfo, Buffer.from(info))
    const outside: string[] = [tagFiles.allowedSigners, tagFiles.signature, tagFiles.tagManifest]
    const tags = Buffer.from(manifestText(digestsOf((name) => !payload(name) && !outside.includes(name), sha256)))
    all.set(tagFiles.tagManifest, tags)
    all.set(tagFiles.signature, Buffer.from(await signSshsig(nodeHashing, signer, bundleNamespace, tags)))
    all.set(tagFiles.allowedSigners, Buffer.from(allowedSigners(signer.publicKey, signer)))
  }
  const file = fileInMemory()
  const writer = zipWriter(file.sink, world.crc32, dosTime(bundle.store.events('case').at(-1)!.at))
  for (const [name, content] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writer.add(`${basename(bundle.folder)}/${name}`, content.length, [content], () => undefined)
  }
  return file.whole(await writer.finish())
}

describe('verify', () => {
  it(
    'refuses every single flipped byte of the ZIP: in headers when it is opened, in files by their checksum',
    { timeout: 60_000 },
    async () => {
      const changed = Buffer.from(bundle.bytes)
      const file = fileOf(changed)
      const reading = await readZip(file, world.crc32, 'bundle.zip')
      const flipped = async (at: number, check: () => Promise<unknown>): Promise<string | null> => {
        changed[at]! ^= 1 << (at % 8)
        const error = await refusalOf(check())
        changed[at] = bundle.bytes[at]!
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
      for (let at = 0; at < bundle.bytes.length; at++) {
        if (!data.has(at)) accepted.push(await flipped(at, () => readZip(file, world.crc32, 'bundle.zip')))
      }
      expect(accepted).toHaveLength(bundle.bytes.length)
      expect(accepted.filter((byte) => byte !== null)).toEqual([])
    },
  )

  it(
    'as a whole refuses a flipped byte in every file and all over the ZIP, and names a file',
    { timeout: 60_000 },
    async () => {
      const changed = Buffer.from(bundle.bytes)
      const { entries } = await readZip(fileOf(bundle.bytes), world.crc32, 'bundle.zip')
      const inEach = [...entries.values()].map(
        ({ name, size, offset }) => offset + localLength(name, size) + (size >> 1),
      )
      const allOver = Array.from({ length: Math.ceil(bundle.bytes.length / 211) }, (_, at) => at * 211)
      for (const at of [...inEach, ...allOver]) {
        changed[at]! ^= 1 << (at % 8)
        const error = await refusalOf(verifyBytes(changed))
        changed[at] = bundle.bytes[at]!
        expect(error?.code, `byte ${String(at)}`).toBe('bundle-invalid')
        expect(error?.params['file'], `byte ${String(at)}`).toBeDefined()
      }
    },
  )

  it('refuses a bundle cut anywhere, and one with bytes before or behind', async () => {
    for (let length = 0; length < bundle.bytes.length; length += 997) {
      expect((await refusalOf(verifyBytes(bundle.bytes.subarray(0, length))))?.code).toBe('bundle-invalid')
    }
    for (const changed of [
      Buffer.concat([bundle.bytes, Buffer.from('x')]),
      Buffer.concat([Buffer.from('x'), bundle.bytes]),
    ]) {
      expect((await refusalOf(verifyBytes(changed)))?.code).toBe('bundle-invalid')
    }
  })

  it('refuses a changed file in a well-made ZIP, and names it', async () => {
    const files = filesOf(bundle.folder)
    expect(await refusalOf(verifyBytes(await zipped(files, null)))).toBeNull()
    for (const [name, content] of files) {
      const error = await refusalOf(verifyBytes(await zipped(new Map([...files, [name, `${content}\n`]]), null)))
      expect(error?.code, name).toBe('bundle-invalid')
    }
    const [exhibit = ''] = [...files.keys()].filter((name) => /exhibits\/[0-9a-f]{64}$/.test(name))
    const changed = await refusalOf(verifyBytes(await zipped(new Map([...files, [exhibit, 'other']]), null)))
    expect(changed?.params).toMatchObject({ file: exhibit })
  })

  it('refuses a missing and an extra file, and one outside the payload', async () => {
    const files = filesOf(bundle.folder)
    for (const name of files.keys()) {
      const without = new Map([...files].filter(([other]) => other !== name))
      expect((await refusalOf(verifyBytes(await zipped(without, null))))?.code, name).toBe('bundle-invalid')
    }
    for (const name of [
      `data/exhibits/${'0'.repeat(64)}`,
      'data/journal/host-evil.jsonl',
      'fetch.txt',
      '../evil',
      'data/../../evil',
    ]) {
      const error = await refusalOf(verifyBytes(await zipped(new Map([...files, [name, 'x']]), null)))
      expect(error?.code, name).toBe('bundle-invalid')
    }
  })

  it(
    'is not fooled by new manifests and a new signature: the fingerprint differs, and the journal still has to hold',
    { timeout: 60_000 },
    async () => {
      rmSync(join(bundle.base, 'mallory'), { force: true })
      execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-C', 'mallory', '-f', join(bundle.base, 'mallory')])
      const mallory = await keyFileSigner(join(bundle.base, 'mallory'))
      const files = filesOf(bundle.folder)
      const resigned = await zipped(files, mallory)
      expect((await verifyBytes(resigned)).signer).toMatchObject({ trust: 'unproven', label: 'mallory' })
      expect((await refusalOf(verifyBytes(resigned, bundle.print)))?.code).toBe('bundle-unsigned')
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
        new Map([...files, [`data/exhibits/${sha256(Buffer.from('planted'))}`, 'planted']]),
        new Map([
          ...files,
          [
            'data/journal/host-web1.jsonl',
            (files.get('data/journal/host-web1.jsonl') ?? '').split('\n').slice(0, -2).join('\n') + '\n',
          ],
        ]),
      ]
      for (const [index, story] of stories.entries()) {
        const error = await refusalOf(verifyBytes(await zipped(story, mallory)))
        expect(['bundle-invalid', 'journal-broken'], `story ${String(index)}`).toContain(error?.code)
      }
    },
  )

  it('says what is wrong with a file that is no bundle', async () => {
    const letter = join(bundle.base, 'letter')
    writeFileSync(letter, 'dear all')
    expect((await refusalOf(verifyBundle(letter)))?.code).toBe('bundle-invalid')
    expect((await refusalOf(verifyBundle(join(bundle.base, 'absent'))))?.code).toBe('file-unreadable')
    expect((await refusalOf(verifyBundle(bundle.zip, { signer: 'ada' })))?.code).toBe('usage')
  })
})
