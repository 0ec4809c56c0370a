import { describe, expect, it } from 'vitest'
import { nodeCrypto, offer, type CryptoProbe } from './algorithms.ts'

interface Lists {
  readonly append: readonly RegExp[]
  readonly prepend: readonly RegExp[]
  readonly remove: readonly RegExp[]
}
const lists = (probe: CryptoProbe, legacy: boolean, knownKeyTypes: readonly string[] = []) =>
  offer({ legacy, knownKeyTypes }, probe) as unknown as Record<'kex' | 'cipher' | 'hmac' | 'serverHostKey', Lists>
const some = (patterns: readonly RegExp[], name: string) => patterns.some((pattern) => pattern.test(name))

/** As Electron's crypto was reported to behave: no second Oakley group, no 3DES. */
const boring: CryptoProbe = {
  group: (name) => name === 'modp14',
  ciphers: () => nodeCrypto.ciphers().filter((name) => !name.startsWith('des-')),
  hashes: nodeCrypto.hashes,
}

describe('the offer', () => {
  it('leaves out groups that the runtime cannot do, so that no handshake breaks half-way', () => {
    const { kex } = lists(boring, true)
    expect(some(kex.remove, 'diffie-hellman-group16-sha512')).toBe(true)
    expect(some(kex.remove, 'diffie-hellman-group14-sha256')).toBe(false)
    expect(some(kex.append, 'diffie-hellman-group1-sha1')).toBe(false)
    expect(some(kex.append, 'diffie-hellman-group14-sha1')).toBe(true)
    expect(some(lists(boring, true).cipher.append, '3des-cbc')).toBe(false)
    expect(some(lists(boring, true).cipher.append, 'aes128-cbc')).toBe(true)
  })

  it('has weak algorithms only when asked', () => {
    const modern = lists(nodeCrypto, false)
    for (const list of Object.values(modern).filter((list) => !Array.isArray(list))) expect(list.append).toEqual([])
    expect(some(lists(nodeCrypto, true).serverHostKey.append, 'ssh-dss')).toBe(true)
  })

  it('does not ask about old groups unless they are wanted: the answer costs more than a whole handshake', () => {
    const asked: string[] = []
    lists({ ...nodeCrypto, group: (name) => asked.push(name) > 0 }, false)
    expect(asked).not.toContain('modp2')
  })

  it('asks first for the host key types on file, an RSA key by its better signatures', () => {
    const { serverHostKey } = lists(nodeCrypto, false, ['ssh-rsa'])
    expect(serverHostKey.prepend.map(String)).toEqual(['/^rsa-sha2-512$/', '/^rsa-sha2-256$/', '/^ssh-rsa$/'])
  })
})
