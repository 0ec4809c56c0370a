// The parsers of access against whoever writes the files: nothing throws, nothing takes the square of its input, and the fine print of sshd is kept.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeHashing } from '../../platform/hashing.ts'
import { parseKeyLine } from './authorized-key.ts'
import { parsePamStack } from './pam-stack.ts'
import { parseGroups, parsePasswd } from './passwd.ts'
import {
  daemonOptions,
  expandTokens,
  keyFilesFor,
  matchHolds,
  readSshdConfig,
  splitWords,
  valuesFor,
} from './sshd-config.ts'
import { parseDoas, parseSudoers } from './sudoers.ts'

const user = { name: 'deploy', uid: 1001, home: '/home/deploy', groups: ['deploy', 'docker'] }
const read = (content: string) => readSshdConfig('/c', { file: () => content, include: () => null }).settings
const keysOf = (content: string) => keyFilesFor(read(content), user)

describe('sshd’s configuration', () => {
  it('is divided into words as sshd does', () => {
    expect(splitWords('\t AuthorizedKeysFile  "/a b/%u" .ssh/x # no more')).toEqual([
      'AuthorizedKeysFile',
      '/a b/%u',
      '.ssh/x',
    ])
    expect(splitWords('PermitRootLogin=yes')).toEqual(['PermitRootLogin', 'yes'])
    expect(splitWords('  # Port 22')).toEqual([])
  })

  it('means the first value, and a Match that holds before the global one', () => {
    const text =
      'AuthorizedKeysFile /a/%u\nAuthorizedKeysFile /b/%u\nMatch User dep*,!x Group docker\nAuthorizedKeysFile %h/c\n'
    expect(keysOf(text)).toEqual(['/home/deploy/c'])
    expect(keysOf(text.replace('dep*', '!deploy,*'))).toEqual(['/a/deploy'])
    expect(keysOf('')).toEqual(['/home/deploy/.ssh/authorized_keys', '/home/deploy/.ssh/authorized_keys2'])
    expect(keysOf('AuthorizedKeysFile none')).toEqual([])
  })

  it('counts both ways where only the connection knows', () => {
    expect(keysOf('AuthorizedKeysFile /a\nMatch Address 10.0.0.0/8\nAuthorizedKeysFile /b\n')).toEqual(['/b', '/a'])
    expect(matchHolds('User=deploy LocalPort 22', user)).toBe('unknown')
    expect(matchHolds('user root', user)).toBe('no')
    expect(matchHolds('All', user)).toBe('yes')
  })

  it('fills in tokens, and knows which it does not know', () => {
    expect(expandTokens('/k/%%%u/%U', user)).toBe('/k/%deploy/1001')
    expect(expandTokens('%h/x/%C', user)).toBeNull()
    expect(expandTokens('%h/x/%', user)).toBeNull()
  })

  it('takes what a running daemon was started with before its file', () => {
    const title = 'sshd: /usr/sbin/sshd -D -f /etc/x.conf -o AuthorizedKeysFile=/tmp/k [listener] 0 of 10-100 startups'
    const { config, settings } = daemonOptions(title)
    expect(config).toBe('/etc/x.conf')
    expect(valuesFor(settings, 'authorizedkeysfile', user)).toEqual([['/tmp/k']])
  })
})

describe('no file', () => {
  const bytes = fc.string({ unit: 'binary-ascii', maxLength: 400 })
  it('makes a parser throw', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        parseKeyLine(text, nodeHashing)
        keysOf(text)
        parseSudoers(text)
        parseDoas(text)
        parsePamStack(text)
        parsePasswd(text)
        parseGroups(text)
        daemonOptions(text)
      }),
    )
  })

  it('makes one slow', () => {
    const long = 400_000
    const worst = [
      `a${' '.repeat(long)}b`,
      '\\\n'.repeat(long / 2),
      '#\r'.repeat(long / 2),
      `ssh-ed25519 ${'A'.repeat(long)}!`,
      `"${'\\"'.repeat(long / 2)}`,
      `x ALL${' '.repeat(long)}= ALL`,
      `AuthorizedKeysFile ${'%'.repeat(long)}`,
      `Match User ${'*a'.repeat(long / 2)}\nAuthorizedKeysFile x`,
      `auth ${'[ '.repeat(long / 2)}`,
    ]
    const began = performance.now()
    for (const text of worst) {
      parseKeyLine(text, nodeHashing)
      keysOf(text)
      parseSudoers(text)
      parseDoas(text)
      parsePamStack(text)
      parsePasswd(text)
    }
    expect(performance.now() - began).toBeLessThan(15_000) // the square of any of these takes minutes
  })
})
