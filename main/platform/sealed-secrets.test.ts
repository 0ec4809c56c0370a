import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSealedSecrets, type Sealer } from './sealed-secrets.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tq-secrets-'))
  file = join(folder, 'secrets.json')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Seals with a key number, so that a renewed or lost key can be played. */
function sealer(key: number, more: { backend?: string; available?: boolean; renew?: boolean } = {}): Sealer {
  return {
    isAsyncEncryptionAvailable: () => Promise.resolve(more.available ?? true),
    encryptStringAsync: (plain) =>
      Promise.resolve(Buffer.from([key, ...Buffer.from(plain).map((byte) => byte ^ 0x5a)])),
    decryptStringAsync: (sealed) =>
      sealed[0] === key || (more.renew === true && sealed[0] === key - 1)
        ? Promise.resolve({
            result: Buffer.from(sealed.subarray(1).map((byte) => byte ^ 0x5a)).toString(),
            shouldReEncrypt: sealed[0] !== key,
          })
        : Promise.reject(new Error('another key')),
    getSelectedStorageBackend: () => more.backend ?? 'gnome_libsecret',
  }
}
const open = async (given: Sealer, platform: NodeJS.Platform = 'linux') => {
  const secrets = await openSealedSecrets(given, file, platform)
  if (secrets === null) throw new Error('no store')
  return secrets
}

describe('remembered secrets', () => {
  it('come back after a restart, and are nowhere in plain', async () => {
    await (await open(sealer(1))).set('root@host password', 'correct 止血 horse')
    expect(await (await open(sealer(1))).get('root@host password')).toBe('correct 止血 horse')
    expect(readFileSync(file, 'utf8')).not.toContain('horse')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('are absent under names never kept, the names of objects included', async () => {
    const secrets = await open(sealer(1))
    for (const name of ['x', '__proto__', 'constructor']) expect(await secrets.get(name)).toBeNull()
  })

  it('keep all of several written at once', async () => {
    const secrets = await open(sealer(1))
    await Promise.all(['a', 'b', 'c'].map((name) => secrets.set(name, `secret ${name}`)))
    const again = await open(sealer(1))
    expect(await Promise.all(['a', 'b', 'c'].map((name) => again.get(name)))).toEqual([
      'secret a',
      'secret b',
      'secret c',
    ])
  })

  it('are forgotten on disk, not only in memory', async () => {
    const secrets = await open(sealer(1))
    await secrets.set('a', 'one')
    await secrets.clear()
    expect(await secrets.get('a')).toBeNull()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ schema: 'tourniquet.secrets/1', sealed: {} })
  })

  it('are as if absent when the keychain cannot unseal them any more', async () => {
    await (await open(sealer(1))).set('a', 'one')
    expect(await (await open(sealer(9))).get('a')).toBeNull()
  })

  it('are sealed again when the keychain has a newer key', async () => {
    await (await open(sealer(1))).set('a', 'one')
    expect(await (await open(sealer(2, { renew: true }))).get('a')).toBe('one')
    expect(await (await open(sealer(2))).get('a')).toBe('one')
  })

  it('start anew from a damaged file', async () => {
    writeFileSync(file, '{"schema":"tourniquet.sec')
    const secrets = await open(sealer(1))
    expect(await secrets.get('a')).toBeNull()
    await secrets.set('a', 'one')
    expect(await (await open(sealer(1))).get('a')).toBe('one')
  })

  it('stay as they were when the disk refuses', async () => {
    const secrets = await open(sealer(1))
    await secrets.set('a', 'one')
    rmSync(folder, { recursive: true })
    await expect(secrets.set('b', 'two')).rejects.toMatchObject({ code: 'disk-error' })
    expect(await secrets.get('a')).toBe('one')
    expect(await secrets.get('b')).toBeNull()
  })

  it('are not kept at all where nothing can seal', async () => {
    expect(await openSealedSecrets(sealer(1, { available: false }), file, 'linux')).toBeNull()
  })

  it.each([
    ['linux', 'basic_text', 'plain'],
    ['linux', 'unknown', 'plain'],
    ['linux', 'kwallet6', 'protected'],
    ['darwin', 'basic_text', 'protected'],
    ['win32', 'unknown', 'protected'],
  ] as const)('on %s with %s are %s', async (platform, backend, protection) => {
    expect((await open(sealer(1, { backend }), platform)).protection).toBe(protection)
  })
})
