import { describe, expect, it } from 'vitest'
import { check, runtimeChecks } from './self-check.ts'

describe('the runtime checks', () => {
  it('all hold under plain Node, and name what SSH offers here', async () => {
    const checks = await runtimeChecks()
    expect(checks.filter(({ ok }) => !ok)).toEqual([])
    const detail = (name: string): string => checks.find((each) => each.name === name)?.detail ?? ''
    expect(detail('crypto')).toMatch(/groups: .*modp14.*; ciphers: .*aes-256-gcm.*; hashes: .*sha256/)
    expect(detail('ssh-kex')).toContain('curve25519-sha256: works')
    expect(detail('ssh-kex')).toContain('diffie-hellman-group14-sha256: works')
    expect(detail('ssh-cipher')).toContain('chacha20-poly1305@openssh.com: works')
    expect(detail('ssh-hmac')).toContain('hmac-sha1: works')
    expect(detail('ssh-serverHostKey')).toContain('rsa-sha2-512: works')
  }, 60_000)

  it('tell a failure with its reason instead of ending', async () => {
    const thrown = await check('x', () => {
      throw new Error('no such cipher')
    })
    expect(thrown).toEqual({ name: 'x', ok: false, detail: 'no such cipher' })
    expect(await check('y', () => Promise.reject(new Error('later')))).toEqual({
      name: 'y',
      ok: false,
      detail: 'later',
    })
  })
})
