import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isTourniquetError } from '../core/errors.ts'
import { hostCheck } from './host-keys.ts'
import { describeHostKey, globMatches, knownLine, lookUp, parseKnownHosts } from './known-hosts.ts'

const root = mkdtempSync(join(tmpdir(), 'tq-known-'))
afterAll(() => {
  rmSync(root, { recursive: true })
})

const blobs = {
  first: 'AAAAC3NzaC1lZDI1NTE5AAAAIJLtCB06JEHTfqnr0FJqY1y9K7JuJO4mBsXhvIvqvP1y',
  second: 'AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g',
}
const first = describeHostKey(Buffer.from(blobs.first, 'base64'))!
const second = describeHostKey(Buffer.from(blobs.second, 'base64'))!
const line = (names: string, blob = blobs.first) => `${names} ssh-ed25519 ${blob} comment\n`
const found = (text: string, host: string, port = 22) => lookUp(parseKnownHosts(text, 'f'), host, port).length > 0

function file(text?: string): string {
  const path = join(mkdtempSync(join(root, 'k')), 'known_hosts')
  if (text !== undefined) writeFileSync(path, text)
  return path
}

function codeOf(action: () => unknown): { code: string; params: Readonly<Record<string, string | number>> } {
  try {
    action()
  } catch (error) {
    if (isTourniquetError(error)) return error
    throw error
  }
  return { code: 'no error', params: {} }
}

describe('known_hosts lines', () => {
  it('are found by name, by pattern, not by a negated one, and case does not matter', () => {
    expect(found(line('Web1,10.0.0.1'), 'web1')).toBe(true)
    expect(found(line('*.example.org'), 'a.example.org')).toBe(true)
    expect(found(line('*.example.org,!bad.example.org'), 'bad.example.org')).toBe(false)
    expect(found(line('web?'), 'web12')).toBe(false)
  })

  it('speak of another port only when it is written', () => {
    expect(found(line('web1'), 'web1', 2222)).toBe(false)
    expect(found(line('[web1]:2222'), 'web1', 2222)).toBe(true)
    expect(found(line('[web1]:2222'), 'web1')).toBe(false)
  })

  it('hashed by ssh-keygen -H are found under every name they had', (ctx) => {
    const path = file(line('web1') + line('[web2]:2222'))
    if (spawnSync('ssh-keygen', ['-H', '-f', path]).status !== 0) ctx.skip('no ssh-keygen')
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('|1|')
    expect(text).not.toContain('web1')
    expect([found(text, 'web1'), found(text, 'web2', 2222), found(text, 'web2')]).toEqual([true, true, false])
  })

  it('that cannot be used are reported with the reason, and the rest still counts', () => {
    const { entries, ignored } = parseKnownHosts(
      `# comment\n\n@cert-authority ${line('*')}@strange ${line('x')}web ssh-rsa ${blobs.first}\nweb ssh-ed25519 !!!\nonly\n${line('web1')}`,
      'f',
    )
    expect(entries).toHaveLength(1)
    expect(ignored.map(({ line, why }) => `${line} ${why}`)).toEqual([
      '3 certificate authorities are not supported',
      '4 unknown marker @strange',
      '5 the key is not of the type stated',
      '6 the key is not base64',
      '7 expected: names, key type, key',
    ])
  })

  it('match globs in time that does not explode', () => {
    const started = performance.now()
    expect(globMatches('*a'.repeat(200) + 'b', 'a'.repeat(2000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('carry the fingerprints that ssh-keygen prints', (ctx) => {
    const path = file(line('web1'))
    const print = (hash: string) => spawnSync('ssh-keygen', ['-l', '-E', hash, '-f', path])
    if (print('sha256').status !== 0) ctx.skip('no ssh-keygen')
    expect(print('sha256').stdout.toString()).toContain(first.sha256)
    expect(print('md5').stdout.toString()).toContain(first.md5)
  })
})

describe('the verdict on a host key', () => {
  const policy = (files: readonly string[], more: { trustNew?: boolean; pin?: string } = {}) => ({
    files,
    trustNew: false,
    ...more,
  })

  it('is known when any of several files has it', () => {
    const check = hostCheck(policy([file(), file(line('web1'))]), 'web1', 22, true)
    expect(check.judge(first)).toBe('known-hosts')
    expect(check.knownTypes).toEqual(['ssh-ed25519'])
  })

  it('is unknown with both fingerprints, and says which lines were of no use', () => {
    const { code, params } = codeOf(() =>
      hostCheck(policy([file(`@cert-authority ${line('*')}`)]), 'web1', 22, true).judge(first),
    )
    expect([code, params['sha256'], params['md5']]).toEqual(['host-key-unknown', first.sha256, first.md5])
    expect(params['ignored']).toContain('certificate authorities')
  })

  it('is changed with old and new, even when first-seen keys are trusted', () => {
    const check = hostCheck(policy([file(line('web1'))], { trustNew: true }), 'web1', 22, true)
    const { code, params } = codeOf(() => check.judge(second))
    expect([code, params['sha256']]).toEqual(['host-key-changed', second.sha256])
    expect(params['old']).toContain(first.sha256)
  })

  it('is changed when only a key of another type is on file', () => {
    const rsa = describeHostKey(
      Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-rsa'), Buffer.alloc(20, 1)]),
    )!
    const check = hostCheck(policy([file(line('web1'))], { trustNew: true }), 'web1', 22, true)
    expect(codeOf(() => check.judge(rsa)).code).toBe('host-key-changed')
  })

  it('refuses a revoked key, whatever else vouches for it', () => {
    const files = [file(line('web1') + `@revoked ${line('*')}`)]
    expect(codeOf(() => hostCheck(policy(files), 'web1', 22, true).judge(first)).code).toBe('host-key-mismatch')
    const pinned = hostCheck(policy(files, { pin: first.sha256 }), 'web1', 22, true)
    expect(codeOf(() => pinned.judge(first)).params['revoked']).toMatch(/:2$/)
  })

  it('follows the pin for the target and the files for a jump host', () => {
    const pinned = policy([file(line('web1'))], { pin: second.sha256 })
    expect(hostCheck(pinned, 'web1', 22, true).judge(second)).toBe('pinned')
    expect(codeOf(() => hostCheck(pinned, 'web1', 22, true).judge(first)).code).toBe('host-key-mismatch')
    expect(hostCheck(pinned, 'web1', 22, false).judge(first)).toBe('known-hosts')
    expect(codeOf(() => hostCheck(policy([], { pin: 'SHA256:short' }), 'web1', 22, true)).code).toBe('usage')
  })

  it('of a first-seen key is written down once, 0600, after a torn last line', () => {
    const path = join(mkdtempSync(join(root, 'k')), 'sub', 'known_hosts')
    const check = hostCheck(policy([path], { trustNew: true }), 'web1', 2222, true)
    expect(check.judge(first)).toBe('first-seen')
    check.remember(first)
    expect(readFileSync(path, 'utf8')).toBe(knownLine('web1', 2222, first))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(hostCheck(policy([path]), 'web1', 2222, true).judge(first)).toBe('known-hosts')

    const torn = file(line('other').trimEnd())
    const link = `${torn}-link`
    symlinkSync(torn, link)
    hostCheck(policy([link], { trustNew: true }), 'web1', 22, true).remember(second)
    expect(parseKnownHosts(readFileSync(torn, 'utf8'), 'f').entries).toHaveLength(2)
  })
})
