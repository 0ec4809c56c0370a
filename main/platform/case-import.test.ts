// Copies of a case from a bundle and from a folder: the same journal to the byte, every exhibit checked, and nothing half-made whatever happens on the way.
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf } from '../core/refusal-fixture.ts'
import { exportBundle } from './bundle-file.ts'
import { fixtureCase, fixtureMeta, steadyWorld } from './case-fixture.ts'
import { openCaseFolder, type CaseFolder } from './case-folder.ts'
import { importBundle, importFolder, type ImportCase } from './case-import.ts'

let base: string
let source: string
let zip: string
let store: CaseFolder
const head = { exportId: 'export-1' }

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'import-'))
  source = join(base, 'source')
  const made = await fixtureCase(source, join(base, 'keys'))
  await made.close()
  store = await openCaseFolder(source, { mode: 'read', keys: join(base, 'keys') })
  zip = join(base, 'bundle.zip')
  await exportBundle(store, { out: zip, ...head })
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

const options = (more: Partial<ImportCase> = {}): ImportCase => ({
  into: join(base, 'cases'),
  keys: join(base, 'other-keys'),
  world: steadyWorld(),
  known: () => Promise.resolve(null),
  ...more,
})
const journals = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(folder, 'journal')).map((name) => [name, readFileSync(join(folder, 'journal', name), 'utf8')]),
  )
const digests = (what: string): string[] =>
  store
    .chains()
    .flatMap((chain) => store.events(chain))
    .flatMap((event) => (event.type === 'exhibit-stored' && event.data.what === what ? [event.data.sha256] : []))
const left = (folder: string): string[] => (existsSync(join(base, folder)) ? readdirSync(join(base, folder)) : [])

describe('a case out of a bundle', () => {
  it('has the journal to the byte and every exhibit but those held back, under a key of its own', async () => {
    const path = await importBundle(zip, options())
    expect(journals(path)).toEqual(journals(source))
    const copy = await openCaseFolder(path, { mode: 'read', keys: join(base, 'other-keys') })
    expect(copy.info).toEqual(store.info)
    const [exe = ''] = digests('process/exe')
    expect(await copy.exhibit(exe)).toEqual(await store.exhibit(exe))
    const [environ = ''] = digests('process/environ')
    expect(copy.has(environ)).toBe(false)
    expect(await codeOf(copy.exhibit(environ))).toBe('case-missing')
    expect(copy.keys.id).not.toBe(store.keys.id)
    for (const name of ['case.json', 'journal/case.jsonl']) {
      expect(readFileSync(join(path, name), 'utf8')).not.toContain('stand-in')
    }
  })

  it('exports to the very same bundle with the same signer', async () => {
    const path = await importBundle(zip, options())
    const copy = await openCaseFolder(path, { mode: 'read', keys: join(base, 'other-keys') })
    const { caseSigner } = await import('./signers.ts')
    await exportBundle(copy, { out: join(base, 'again.zip'), signer: caseSigner(store.keys), ...head })
    expect(readFileSync(join(base, 'again.zip')).equals(readFileSync(zip))).toBe(true)
  })

  it('is read until somebody takes it over, and says so in its journal then', async () => {
    const path = await importBundle(zip, options())
    const keys = join(base, 'other-keys')
    expect(await codeOf(openCaseFolder(path, { mode: 'write', examiner: 'Bob', keys }))).toBe('case-locked')
    const takeOver = 'second shift'
    const mine = await openCaseFolder(path, { mode: 'write', examiner: 'Bob', keys, takeOver })
    expect(mine.events('case').at(-1)).toMatchObject({ type: 'case-taken-over', data: { examiner: 'Bob' } })
    await mine.close()
    await (await openCaseFolder(path, { mode: 'write', examiner: 'Bob', keys })).close()
  })

  it('is refused when the case is here already, and when its folder is taken', async () => {
    await expect(importBundle(zip, options({ known: () => Promise.resolve('/there') }))).rejects.toMatchObject({
      code: 'case-exists',
      params: { path: '/there' },
    })
    await importBundle(zip, options())
    expect(await codeOf(importBundle(zip, options()))).toBe('case-exists')
    expect(left('cases')).toHaveLength(1)
  })

  it('is not made of a bundle that was tampered with: neither folder nor key is left', async () => {
    const bytes = readFileSync(zip)
    for (let at = 100; at < bytes.length; at += Math.ceil(bytes.length / 23)) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 4
      writeFileSync(zip, changed)
      expect(await codeOf(importBundle(zip, options())), String(at)).toMatch(/^(bundle-invalid|journal-broken)$/)
    }
    expect([left('cases'), left('other-keys')]).toEqual([[], []])
  })

  it('takes the key that this machine still has of the case', async () => {
    mkdirSync(join(base, 'other-keys'))
    const name = `${store.info.caseId}.key`
    copyFileSync(join(base, 'keys', name), join(base, 'other-keys', name))
    const path = await importBundle(zip, options())
    const copy = await openCaseFolder(path, { mode: 'read', keys: join(base, 'keys') })
    expect((await copy.exhibit(digests('process/exe')[0] ?? '')).length).toBeGreaterThan(0)
  })

  it('leaves nothing when it is cancelled, and when there is no folder to put it in', async () => {
    const stop = new AbortController()
    const known = (): Promise<null> => {
      stop.abort()
      return Promise.resolve(null)
    }
    expect(await codeOf(importBundle(zip, options({ signal: stop.signal, known })))).toBe('cancelled')
    expect([left('cases'), left('other-keys')]).toEqual([[], []])
    writeFileSync(join(base, 'file'), '')
    expect(await codeOf(importBundle(zip, options({ into: join(base, 'file', 'cases') })))).toBe('disk-error')
    expect(left('other-keys')).toEqual([])
  })

  it('killed in the middle is no case, and the next import sweeps what it left', { timeout: 30_000 }, async () => {
    const big = await openCaseFolder(source, { mode: 'write', examiner: 'Ada', keys: join(base, 'keys') })
    for (let at = 0; at < 12; at++)
      await big.keep('host-web1', new Uint8Array(1024 * 1024).fill(at), fixtureMeta('file'))
    await exportBundle(big, { out: zip, exportId: 'export-big' })
    await big.close()
    const hook = `import { readFileSync } from 'node:fs'
      export const load = (url, context, next) => url.endsWith('?raw')
        ? { format: 'module', shortCircuit: true, source: 'export default ' + JSON.stringify(readFileSync(new URL(url.slice(0, -4)), 'utf8')) }
        : next(url, context)`
    const script = `import { register } from 'node:module'
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})
      const { importBundle } = await import(${JSON.stringify(join(import.meta.dirname, 'case-import.ts'))})
      const { steadyWorld } = await import(${JSON.stringify(join(import.meta.dirname, 'case-fixture.ts'))})
      const world = steadyWorld()
      let made = 0
      const random = { bytes: (count) => {
        if (count === 12 && (made += 1) === 8) process.kill(process.pid, 'SIGKILL')
        return world.random.bytes(count)
      } }
      await importBundle(${JSON.stringify(zip)}, {
        into: ${JSON.stringify(join(base, 'cases'))}, keys: ${JSON.stringify(join(base, 'other-keys'))},
        world: { ...world, random }, known: () => Promise.resolve(null) })`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: 'inherit',
    })
    const signal = await new Promise((resolve) =>
      child.on('exit', (_, by) => {
        resolve(by)
      }),
    )
    expect(signal).toBe('SIGKILL')
    expect(left('cases')).toMatchObject([expect.stringMatching(/^\.import\./)])
    const path = await importBundle(zip, options())
    expect(left('cases')).toEqual([store.info.caseId])
    const copy = await openCaseFolder(path, { mode: 'read', keys: join(base, 'other-keys') })
    expect(copy.events('host-web1').length).toBeGreaterThan(store.events('host-web1').length)
  })
})

describe('a case out of another folder', () => {
  const away = (): string => {
    renameSync(join(base, 'keys'), join(base, 'away'))
    return join(base, 'away', `${store.info.caseId}.key`)
  }

  it.each([
    [
      'beside it',
      (key: string) => {
        copyFileSync(key, join(base, `${store.info.caseId}.key`))
      },
    ],
    [
      'in it',
      (key: string) => {
        copyFileSync(key, join(source, `${store.info.caseId}.key`))
      },
    ],
    [
      'where keys live',
      (key: string) => {
        cpSync(join(key, '..'), join(base, 'other-keys'), { recursive: true })
      },
    ],
  ])('comes with everything when its key is %s', async (_, bring) => {
    bring(away())
    const path = await importFolder(source, options())
    expect(journals(path)).toEqual(journals(source))
    const copy = await openCaseFolder(path, { mode: 'read', keys: join(base, 'other-keys') })
    for (const what of ['process/exe', 'process/environ', 'findings'])
      for (const sha256 of digests(what)) expect(await copy.exhibit(sha256)).toEqual(await store.exhibit(sha256))
    expect(copy.keys).toEqual(store.keys)
    expect(existsSync(join(path, 'home.json'))).toBe(false)
  })

  it('is refused without its key, and says where the key is looked for', async () => {
    away()
    await expect(importFolder(source, options())).rejects.toMatchObject({
      code: 'case-key-missing',
      params: { path: join(base, `${store.info.caseId}.key`) },
    })
    expect([left('cases'), left('other-keys')]).toEqual([[], []])
  })

  it('is refused with a damaged or a lost exhibit, a broken journal, and where there is no case', async () => {
    const keys = join(base, 'keys')
    const [exe = ''] = digests('process/exe')
    const sealed = join(source, 'exhibits', exe.slice(0, 2), exe)
    const bytes = readFileSync(sealed)
    rmSync(sealed)
    expect(await codeOf(importFolder(source, options({ keys })))).toBe('exhibit-damaged')
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(sealed, bytes)
    expect(await codeOf(importFolder(source, options({ keys })))).toBe('exhibit-damaged')
    const journal = join(source, 'journal', 'host-web1.jsonl')
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('infected', 'inflated'))
    expect(await codeOf(importFolder(source, options({ keys })))).toBe('journal-broken')
    expect(await codeOf(importFolder(join(base, 'nothing'), options()))).toBe('case-missing')
    expect(left('cases')).toEqual([])
    expect(existsSync(join(keys, `${store.info.caseId}.key`))).toBe(true)
  })

  it('brings a line that a crash tore, which becomes evidence when the copy is taken over', async () => {
    const file = join(source, 'journal', 'host-web1.jsonl')
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"format":"tourn`)
    const keys = join(base, 'keys')
    const path = await importFolder(source, options({ keys }))
    const mine = await openCaseFolder(path, { mode: 'write', examiner: 'Bob', keys, takeOver: 'x' })
    expect(
      mine
        .events('host-web1')
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['exhibit-stored', 'gap'])
    await mine.close()
  })
})
