// The page writes a bundle from its own copy of a case, with a signature it borrows: the same bytes as an export of the case folder at the same heads.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextExportId, writeBundle, type Written } from '../core/bundle/export.ts'
import { assertSignedData, bundleNamespace, type Signer } from '../core/bundle/sshsig.ts'
import type { CaseArchive } from '../core/case/store.ts'
import { say } from '../i18n/words.ts'
import { exportBundle, verifyBundle } from './bundle-file.ts'
import { fileInMemory } from './bundle-fixture.ts'
import { fixtureCase, fixtureMeta } from './case-fixture.ts'
import type { CaseFolder } from './case-folder.ts'
import { nodeHashing } from './hashing.ts'
import { caseSigner, keyFileSigner } from './signers.ts'

let base: string
let store: CaseFolder

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'page-bundle-'))
  store = await fixtureCase(join(base, 'case'), join(base, 'keys'))
})
afterAll(async () => {
  await store.close()
  rmSync(base, { recursive: true, force: true })
})

/** What the page has: plain data of the chains up to the heads it was told, in an order of its own, and exhibits in pieces of another size. */
function lockerAt(heads: ReadonlyMap<string, number>): CaseArchive {
  const events = new Map(
    [...heads].map(([chain, count]) => [chain, structuredClone(store.events(chain).slice(0, count))]),
  )
  return {
    chains: () => [...events.keys()].reverse(),
    events: (chain) => events.get(chain) ?? [],
    async *exhibitChunks(sha256) {
      const whole = await store.exhibit(sha256)
      for (let at = 0; at < whole.length; at += 7) yield whole.subarray(at, at + 7)
    },
  }
}

/** The page has the public key and the name; the data to sign goes to main, which looks at it before it signs. */
function remote(signer: Signer): Signer {
  const { publicKey, label, kind } = signer
  return {
    publicKey: new Uint8Array(publicKey),
    label,
    kind,
    sign: (data) => {
      assertSignedData(data, bundleNamespace)
      return signer.sign(data)
    },
  }
}

async function pageBundle(heads: ReadonlyMap<string, number>, exportId: string, signer: Signer): Promise<Buffer> {
  const file = fileInMemory()
  const world = { hashing: nodeHashing, crc32: (bytes: Uint8Array, before: number) => crc32(bytes, before) }
  const what = { exportId, signer: remote(signer), redact: 'default', words: say } as const
  const written: Written = await writeBundle(lockerAt(heads), what, world, file.sink)
  return file.whole(written.bytes)
}

async function bothWays(signer: Signer, name: string): Promise<{ readonly page: Buffer; readonly main: Buffer }> {
  await store.anchor()
  const heads = new Map(store.chains().map((chain) => [chain, store.events(chain).length]))
  const exportId = nextExportId(store.events('case'))
  const out = join(base, `${name}.zip`)
  await exportBundle(store, { out, exportId, signer, words: say })
  // the case goes on while the page writes: what comes later is not in its bundle
  await store.keep('host-web1', new TextEncoder().encode(`later ${name}`), fixtureMeta('file'))
  return { page: await pageBundle(heads, exportId, signer), main: readFileSync(out) }
}

const keyOf = (name: string, options: readonly string[]): Promise<Signer> => {
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', `${name}@example.org`, '-f', join(base, name), ...options])
  return keyFileSigner(join(base, name))
}

describe('a bundle the page writes', () => {
  it.each([
    ['the case key', () => Promise.resolve(caseSigner(store.keys))],
    ['an Ed25519 key', () => keyOf('ed25519', ['-t', 'ed25519'])],
    ['an RSA key', () => keyOf('rsa', ['-t', 'rsa', '-b', '2048'])],
  ])('is the very one main writes, signed by %s', async (name, make) => {
    const { page, main } = await bothWays(await make(), name.replaceAll(' ', '-'))
    expect(page.equals(main)).toBe(true)
  })

  it('differs in nothing but the signature when the kind of key never signs the same twice (ECDSA), and both verify', async () => {
    const { page, main } = await bothWays(await keyOf('ecdsa', ['-t', 'ecdsa', '-b', '256']), 'ecdsa')
    expect(page.equals(main)).toBe(false)
    const signature = /-----BEGIN SSH SIGNATURE-----[^-]*-----END SSH SIGNATURE-----/
    const name = 'signatures/tagmanifest-sha256.txt.sig'
    const unsigned = (bytes: Buffer): string => {
      const text = bytes.toString('latin1').replace(signature, '')
      return text.slice(0, text.indexOf(name))
    }
    expect(unsigned(page)).toBe(unsigned(main))
    writeFileSync(join(base, 'page.zip'), page)
    const [own, theirs] = [await verifyBundle(join(base, 'page.zip')), await verifyBundle(join(base, 'ecdsa.zip'))]
    expect({ ...own, bytes: 0 }).toEqual({ ...theirs, bytes: 0 })
  })
})
