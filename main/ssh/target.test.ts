import { describe, expect, it } from 'vitest'
import { parseSshConfig, route } from './ssh-config.ts'
import { parseJumps, parseTarget } from './target.ts'

describe('a target', () => {
  it.each([
    ['web1', { host: 'web1' }],
    ['root@web1:2222', { user: 'root', host: 'web1', port: 2222 }],
    ['ops@corp@web1', { user: 'ops@corp', host: 'web1' }],
    ['::1', { host: '::1' }],
    ['root@[fe80::1%eth0]:22', { user: 'root', host: 'fe80::1%eth0', port: 22 }],
    ['2001:db8::22', { host: '2001:db8::22' }],
    ['主机.example', { host: '主机.example' }],
  ])('%s is understood', (text, expected) => {
    expect(parseTarget(text)).toEqual(expected)
  })

  it.each([
    '',
    '@web1',
    'root@',
    '-oProxyCommand=x',
    'web1:0',
    'web1:65536',
    'web1:x',
    'a b',
    'web1\nx',
    '-l@web1',
    '[::1',
    'a/b',
  ])('%j is refused', (text) => {
    expect(() => parseTarget(text)).toThrow('usage')
  })

  it('may be reached through several jumps, nearest first', () => {
    expect(parseJumps('a@b:1, ssh://c').map(({ host }) => host)).toEqual(['b', 'c'])
    expect(parseJumps('none')).toEqual([])
  })
})

describe('ssh_config', () => {
  const config = parseSshConfig(
    `# global\nUser=ops\nHost web* !web9\n  HostName %h.example.org\n  Port 2222\n  IdentityFile "~/my keys/%h"\n  ProxyJump bastion\n` +
      `Host bastion\n  HostName 10.0.0.1\n  User jump\nMatch exec "touch /tmp/x"\n  User evil\nHost *\n  Port 99\n  IdentityFile /k\n  ProxyCommand nc %h %p\n`,
    'cfg',
  )

  it('gives host, user, port, identities and jumps, the first value winning', () => {
    const { target, identityFiles, jumps } = route({ host: 'web1' }, config)
    expect(target).toEqual({ host: 'web1.example.org', user: 'ops', port: 2222 })
    expect(identityFiles.map((file) => file.replace(/^.*\/my keys/, '~'))).toEqual(['~/web1.example.org', '/k'])
    expect(jumps.map((jump) => jump.target)).toEqual([{ host: '10.0.0.1', user: 'ops', port: 99 }])
  })

  it('yields to what is written, skips negated hosts, and lets -J replace ProxyJump', () => {
    expect(route({ host: 'web9' }, config).target).toEqual({ host: 'web9', user: 'ops', port: 99 })
    expect(route({ host: 'web1', user: 'me', port: 7 }, config, []).target).toEqual({
      host: 'web1.example.org',
      user: 'me',
      port: 7,
    })
    expect(route({ host: 'web1' }, config, []).jumps).toEqual([])
  })

  it('never follows Match or ProxyCommand, and says so', () => {
    expect(route({ host: 'web1' }, config).target.user).not.toBe('evil')
    expect(config.notes).toEqual(['cfg:11 match is not followed', 'cfg:16 proxycommand is not followed'])
    expect(() => parseSshConfig('Host a\n  Port\n', 'cfg')).toThrow('cfg:2')
    expect(() => route({ host: 'x' }, parseSshConfig('Host x\nPort http\n', 'cfg'))).toThrow('usage')
  })
})
