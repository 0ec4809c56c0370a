import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLoginRecords } from './login-records.ts'
import { bytesOf, parseSections } from './reply.ts'

/** utmp as glibc lays it out; offsets written out again here, so that a slip in the reader does not hide in its test. */
function record(
  arch: 'x86_64' | 'aarch64',
  type: number,
  user: string,
  host: string,
  address: readonly number[],
): Buffer {
  const bytes = Buffer.alloc(arch === 'x86_64' ? 384 : 400)
  bytes.writeUInt16LE(type, 0)
  bytes.write('pts/0', 8)
  bytes.write(user, 44, 32, 'latin1')
  bytes.write(host, 76, 256, 'latin1')
  bytes.writeUInt32LE(1_795_300_000, arch === 'x86_64' ? 340 : 344)
  Buffer.from(address).copy(bytes, arch === 'x86_64' ? 348 : 360)
  return bytes
}

const login = (user: string, host: string, address: readonly number[] = []) => record('x86_64', 7, user, host, address)
const read = (bytes: Uint8Array, outcome: 'accepted' | 'failed' = 'accepted', start = 0) =>
  parseLoginRecords(bytes, start, 'x86_64', outcome)

/** The file as it came from a practice host. */
function captured(name: string): Uint8Array {
  const sections = parseSections(readFileSync(join(import.meta.dirname, 'fixtures/demonstration-login-records.raw')))
  return bytesOf(sections?.get(`records /var/log/${name}`) ?? '')
}

describe('login records', () => {
  it('of a real Debian 12: the ssh logins with a terminal, not the boot, the run level or the console', () => {
    const { records, odd } = read(captured('wtmp'))
    expect(odd).toBe(0)
    expect(records.map(({ outcome, user, from }) => [outcome, user, from])).toEqual([
      ['accepted', 'root', '10.231.0.9'],
      ['accepted', 'root', '10.231.0.9'],
    ])
    expect(new Date((records[0]?.seconds ?? 0) * 1000).getUTCFullYear()).toBe(2026)
  })

  it('of a real Debian 12: the guessed passwords, for names that try to clear the screen too', () => {
    const { records, odd } = read(captured('btmp'), 'failed')
    expect(odd).toBe(0)
    expect(new Set(records.map(({ from }) => from))).toEqual(new Set(['10.231.0.9']))
    expect(new Set(records.map(({ user }) => user))).toEqual(new Set(['root', 'adm\x1b[2Jin']))
  })

  it.each(['x86_64', 'aarch64'] as const)('have their address where glibc puts it on %s', (arch) => {
    const { records, odd } = parseLoginRecords(record(arch, 7, 'ops', 'bastion', [203, 0, 113, 9]), 0, arch, 'accepted')
    expect(records).toEqual([{ outcome: 'accepted', user: 'ops', from: '203.0.113.9', seconds: 1_795_300_000 }])
    expect(odd).toBe(0)
  })

  it('write IPv6 as people do, and a mapped address as the IPv4 it is', () => {
    const v6 = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 7]
    const mapped = [...Array<number>(10).fill(0), 255, 255, 192, 0, 2, 1]
    expect(read(Buffer.concat([login('a', '', v6), login('b', '', mapped)])).records.map(({ from }) => from)).toEqual([
      '2001:db8::7',
      '192.0.2.1',
    ])
  })

  it('from no address are left out: console, tmux, an X display; a resolved name counts', () => {
    const lines = ['', 'tmux(77).%0', ':0', ':pts/1:S.0', '\x1b[2J', 'host.example.net']
    expect(read(Buffer.concat(lines.map((host) => login('x', host)))).records.map(({ from }) => from)).toEqual([
      'host.example.net',
    ])
  })

  it('are refusals in btmp whichever of its two types they carry, and no logins in wtmp for the one', () => {
    const both = Buffer.concat([6, 7, 8].map((type) => record('x86_64', type, 'root', '', [198, 51, 100, 3])))
    expect(read(both, 'failed').records).toHaveLength(2)
    expect(read(both).records).toHaveLength(1)
  })

  it('begin at the next whole one when reading began in the middle of the file', () => {
    const file = Buffer.concat([
      login('a', '', [1, 1, 1, 1]),
      login('b', '', [2, 2, 2, 2]),
      login('c', '', [3, 3, 3, 3]),
    ])
    expect(read(file.subarray(100), 'accepted', 100).records.map(({ user }) => user)).toEqual(['b', 'c'])
    expect(read(file.subarray(384), 'accepted', 384).records.map(({ user }) => user)).toEqual(['b', 'c'])
  })

  it('that are none are counted: text written over the file, and half a record at the end', () => {
    expect(read(Buffer.from('GET / HTTP/1.1\r\n'.repeat(48)))).toEqual({ records: [], odd: 2 })
    expect(read(login('a', '', [1, 1, 1, 1]).subarray(0, 383))).toEqual({ records: [], odd: 1 })
    expect(read(new Uint8Array())).toEqual({ records: [], odd: 0 })
  })

  it('are read from any bytes without an error, and never more than fit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(5000), (bytes, start) => {
        expect(read(bytes, 'failed', start).records.length).toBeLessThanOrEqual(bytes.length / 384)
      }),
    )
  })
})
