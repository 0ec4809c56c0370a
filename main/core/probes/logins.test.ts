import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import { loginFacts, parseLogs, parseRecords, together } from './logins.ts'
import { gather } from './reply.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name))
const mark = '0123abcd-0000-4000-8000-0123456789ab'
const sections = (...pairs: readonly (readonly [string, string])[]) =>
  Buffer.from(`@${mark} begin\n${pairs.map(([name, text]) => `\n@${mark} ${name}\n${text}`).join('')}`, 'latin1')

function logs(text: string, name = '/var/log/auth.log') {
  const into = gather('logins')
  const lines = parseLogs(sections([`log ${name}`, text], [`size ${name}`, '1\n'], ['end', '']), into)
  return { into, lines: lines ?? [] }
}

const sshd = (message: string) => `Nov 21 03:04:05 host sshd[77]: ${message}\n`
const failed = sshd('Failed password for root from 203.0.113.7 port 40000 ssh2')
const facts = (text: string) =>
  loginFacts(logs(text).lines).map(({ what, user, from, count }) => [what, shown(user), shown(from), count])

describe('logins', () => {
  it('of the demonstration host: the burst, and the login that came after it', () => {
    const into = gather('logins')
    const lines = parseLogs(fixture('demonstration-logins.raw'), into)
    const found = loginFacts(lines ?? []).map(({ what, user, from }) => `${what} ${shown(user)} ${shown(from)}`)
    expect(found).toContain('failed-burst admin,root 203.0.113.66')
    expect(found).toContain('accepted-after-burst root 203.0.113.66')
    expect(into.unknowns).toEqual([])
  })

  it('of the demonstration host: what only its binary records tell is added, what the log tells too is not told twice', () => {
    const into = gather('logins')
    const records = parseRecords(fixture('demonstration-login-records.raw'), 'x86_64', into) ?? []
    expect(into.unknowns).toEqual([])
    expect(
      loginFacts(together([], records)).map(({ what, user, source }) => [what, shown(user), shown(source)]),
    ).toEqual([
      ['failed-burst', 'root,adm\\x1b[2Jin', '/var/log/btmp'],
      ['accepted', 'root', '/var/log/wtmp'],
    ])
    const { lines } = logs(sshd('Accepted publickey for root from 10.231.0.9 port 5 ssh2'))
    expect(together(lines, records).filter(({ source }) => source.endsWith('wtmp'))).toEqual([])
  })

  it('that the log no longer holds are known from wtmp, and a guessed password from btmp and wtmp together', () => {
    const at = (outcome: 'accepted' | 'failed', seconds: number) =>
      ({
        outcome,
        user: 'root',
        from: '203.0.113.9',
        count: 1,
        time: String(seconds),
        source: '/var/log/x',
        port: null,
        key: null,
      }) as const
    const records = [...Array.from({ length: 6 }, (_, second) => at('failed', second)), at('accepted', 7)]
    expect(loginFacts(together([], records)).map(({ what }) => what)).toEqual(['failed-burst', 'accepted-after-burst'])
  })

  it('without a text log: an unknown that spoils only logins and says where the failures are', () => {
    const into = gather('logins')
    expect(parseLogs(sections(['journal', '/var/log/journal\n'], ['end', '']), into)).toEqual([])
    expect(into.unknowns).toMatchObject([{ reason: 'not-supported', spoils: ['login'] }])
    expect(into.unknowns[0]?.detail).toMatch(/only the binary journal/)
  })

  it('keep the connections of a login, with the key where the log names it', () => {
    const print = `SHA256:${'A'.repeat(43)}`
    const { lines } = logs(
      sshd(`Accepted publickey for root from 10.231.0.9 port 4242 ssh2: ED25519 ${print}`) +
        sshd('Accepted password for root from 10.231.0.9 port 4343 ssh2') +
        sshd(
          'Accepted publickey for x from 1.2.3.4 port 7 ssh2: RSA SHA256:short for root from 10.231.0.9 port 1 ssh2',
        ),
    )
    expect(loginFacts(lines)[0]?.sessions).toEqual([
      { port: 4242, key: print },
      { port: 4343, key: null },
    ])
  })

  it('count six tries as a burst and five as a mistyping person; repeated lines count as often as they say', () => {
    expect(facts(failed.repeat(5))).toEqual([])
    expect(facts(failed.repeat(6))).toEqual([['failed-burst', 'root', '203.0.113.7', 6]])
    expect(
      facts(failed + sshd('message repeated 5 times: [ Failed password for root from 203.0.113.7 port 1 ssh2]')),
    ).toEqual([['failed-burst', 'root', '203.0.113.7', 6]])
  })

  it('count one try once, however many lines sshd writes about it', () => {
    const three =
      sshd('Invalid user oracle from 198.51.100.1 port 1') +
      sshd('Failed password for invalid user oracle from 198.51.100.1 port 1 ssh2') +
      sshd('Connection closed by invalid user oracle 198.51.100.1 port 1 [preauth]')
    expect(facts(three.repeat(6))).toEqual([['failed-burst', 'oracle', '198.51.100.1', 6]])
  })

  it('are not forged by a user name that looks like the rest of a line', () => {
    const name = 'x from 192.0.2.1 port 1 ssh2'
    expect(facts(sshd(`Failed password for invalid user ${name} from 203.0.113.7 port 2 ssh2`).repeat(6))).toEqual([
      ['failed-burst', name, '203.0.113.7', 6],
    ])
  })

  it('are not read from lines that are not of sshd', () => {
    expect(facts(`Nov 21 03:04:05 host app[1]: ${failed}`.repeat(6))).toEqual([])
    expect(facts('\0\x1b[2J\n\n'.repeat(10))).toEqual([])
  })

  it('say so when the log is longer than what was read', () => {
    const into = gather('logins')
    parseLogs(sections(['log /var/log/auth.log', ''], ['size /var/log/auth.log', '99999999\n'], ['end', '']), into)
    expect(into.unknowns).toMatchObject([{ what: '/var/log/auth.log', reason: 'truncated', spoils: [] }])
  })

  it('of a file this login may not read are unknown, in both replies', () => {
    const denied = sections(['denied /var/log/btmp', ''], ['end', ''])
    for (const parse of [
      parseLogs,
      (bytes: Uint8Array, into: ReturnType<typeof gather>) => parseRecords(bytes, 'x86_64', into),
    ]) {
      const into = gather('logins')
      parse(denied, into)
      expect(into.unknowns).toContainEqual(expect.objectContaining({ reason: 'not-permitted', spoils: ['login'] }))
    }
  })

  it('in records that were cut, or that hold something else, are told as unknown', () => {
    const into = gather('logins')
    const cut = fixture('demonstration-login-records.raw').subarray(0, 5000)
    expect(parseRecords(cut, 'x86_64', into)).not.toBeNull()
    expect(into.unknowns).toContainEqual(expect.objectContaining({ reason: 'truncated', spoils: ['login'] }))
    const other = gather('logins')
    parseRecords(
      sections(
        ['file /var/log/wtmp', '768 0\n'],
        ['records /var/log/wtmp', 'rm -rf /\n'.repeat(86).slice(0, 768)],
        ['end', ''],
      ),
      'x86_64',
      other,
    )
    expect(other.unknowns).toMatchObject([{ what: '/var/log/wtmp', reason: 'unparseable' }])
  })

  it('are unknown altogether when the reply is not ours', () => {
    expect(parseLogs(Buffer.from('bash: command not found'), gather('logins'))).toBeNull()
    expect(parseRecords(new Uint8Array(), 'x86_64', gather('logins'))).toBeNull()
  })
})
