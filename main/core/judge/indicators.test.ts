import { describe, expect, it } from 'vitest'
import { compileIndicators, hostsIn, isAddress, parseIndicators, shippedPools } from './indicators.ts'

const read = (text: string, allowPrivate = false) => parseIndicators(text, { source: 'case', allowPrivate })

describe('the shipped pools', () => {
  it('all read, each with its source and weight', () => {
    const pools = shippedPools()
    expect(pools.length).toBeGreaterThanOrEqual(20)
    expect(pools.every((one) => one.type === 'domain' && one.permille === 850 && one.source !== 'pools')).toBe(true)
  })
})

describe('a pasted list', () => {
  it.each([
    ['evil.example.com', { type: 'domain', value: 'evil.example.com', port: null }],
    ['hxxp://evil[.]example[.]com/x.sh', { type: 'domain', value: 'evil.example.com', port: null }],
    ['stratum+tcp://evil.example.com:3333', { type: 'domain', value: 'evil.example.com', port: 3333 }],
    ['||evil.example.com^', { type: 'domain', value: 'evil.example.com' }],
    ['*.Evil.example.com.', { type: 'domain', value: 'evil.example.com' }],
    ['203.0.113.9', { type: 'address', value: '203.0.113.9', port: null }],
    ['203.0.113.9:8080', { type: 'address', value: '203.0.113.9', port: 8080 }],
    ['203.0.113.9, 8080', { type: 'address', value: '203.0.113.9', port: 8080 }],
    ['[2001:db8::9]:443', { type: 'address', value: '2001:db8::9', port: 443 }],
    ['AB'.repeat(32), { type: 'sha256', value: 'ab'.repeat(32) }],
    ['domain evil.example.com 400 alert', { permille: 400, source: 'alert' }],
    ['evil.example.com # from the cloud console', { value: 'evil.example.com', source: 'case' }],
  ])('reads %s', (line, wanted) => {
    expect(read(line)).toMatchObject({ indicators: [wanted], refused: [] })
  })

  it.each([
    ['com', 'unreadable'],
    ['co.uk', 'too-broad'],
    ['github.io', 'too-broad'],
    ['10.0.0.8', 'private-address'],
    ['127.0.0.1:3333', 'private-address'],
    ['fe80::1', 'private-address'],
    ['a sentence about evil things', 'unreadable'],
    ['.', 'unreadable'],
    ['domain evil.example.com 1001 x', 'unreadable'],
    ['999.1.1.1', 'unreadable'],
  ])('refuses %s and says why', (line, reason) => {
    expect(read(`ok.example.com\n${line}`)).toMatchObject({ indicators: [{}], refused: [{ line: 2, reason }] })
  })

  it('takes private addresses when the case says so', () => {
    expect(read('10.231.0.9', true).indicators).toHaveLength(1)
  })
})

describe('matching', () => {
  const compiled = compileIndicators([...shippedPools(), ...read('203.0.113.9:3333\n203.0.113.10').indicators])

  it('takes names below a listed one, and never a name that only ends like it', () => {
    expect(compiled.host('gulf.moneroocean.stream', 10128)?.value).toBe('moneroocean.stream')
    expect(compiled.host('NANOPOOL.org.')?.value).toBe('nanopool.org')
    expect(compiled.host('notnanopool.org')).toBeNull()
    expect(compiled.host('nanopool.org.example.com')).toBeNull()
    expect(compiled.host('org')).toBeNull()
  })

  it('keeps to the port where one is listed', () => {
    expect(compiled.address('203.0.113.9', 3333)).not.toBeNull()
    expect(compiled.address('203.0.113.9', 443)).toBeNull()
    expect(compiled.address('203.0.113.10', 443)).not.toBeNull()
  })
})

describe('hosts in a text', () => {
  it('come with their ports, without paths and versions', () => {
    expect(hostsIn('-o stratum+tcp://Pool.example.org:3333/x --ip 203.0.113.9:80 v1.2 a.b')).toEqual([
      { host: 'pool.example.org', port: 3333 },
      { host: '203.0.113.9', port: 80 },
    ])
  })
  it('know an address from a name', () => {
    expect(['1.2.3.4', '2001:db8::1', '::ffff:1.2.3.4'].every(isAddress)).toBe(true)
    expect(['1.2.3.400', 'a.b', '12:30', ''].some((text) => text !== '12:30' && isAddress(text))).toBe(false)
  })
})
