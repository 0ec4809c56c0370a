// Who may come in, read by the real scripts under the real toolbox from an /etc that a test planted in a mount namespace of its own.
import { generateKeyPairSync } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ready } from '../../platform/here-fixture.ts'
import { lookHere, of, spoiling } from '../../platform/look-here-fixture.ts'
import { shown } from '../host-text.ts'
import type { LookResult } from './look.ts'
import type { ProbeId } from './probe.ts'

const folder = mkdtempSync(join(tmpdir(), 'access-'))
const etc = join(folder, 'etc')

function put(path: string, text: string | Buffer): void {
  const at = path.startsWith('/etc/') ? join(etc, path.slice(5)) : join(folder, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, text)
}

/** A real public key in one line, with the fingerprint ssh-keygen gives it. */
function aKey(comment: string): { readonly line: string; readonly fingerprint: string } {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'jwk' }).x ?? ''
  const blob = Buffer.concat([Buffer.from('\0\0\0\vssh-ed25519\0\0\0 ', 'latin1'), Buffer.from(raw, 'base64url')])
  const line = `ssh-ed25519 ${blob.toString('base64')} ${comment}`
  writeFileSync(join(folder, 'key.pub'), `${line}\n`)
  const told = execFileSync('ssh-keygen', ['-lf', join(folder, 'key.pub')]).toString()
  return { line, fingerprint: told.split(' ')[1] ?? '' }
}

/** Every request runs with the planted /etc over the real one. */
const lookThere = (...probes: ProbeId[]): Promise<LookResult> => lookHere(probes, `/bin/mount --bind ${etc} /etc`)

const blank = '/usr/sbin/nologin '
const homes = join(folder, 'homes')

describe.skipIf(!ready)('access, on this machine (skipped: needs root and the toolbox)', () => {
  const [root, borg, news, everybody, second, dormant] = [1, 2, 3, 4, 5, 6].map((n) => aKey(`LAB key ${n}`))
  beforeAll(() => {
    put(
      '/etc/passwd',
      [
        `root:x:0:0:root:${homes}/root:/bin/sh`,
        `toor:x:0:0:twin:${homes}/root:/bin/sh`,
        `news:x:9:9:news:${homes}/news:${blank}`,
        `daemon:x:1:1:d:/nonexistent:/usr/sbin/nologin`,
        `deploy:x:1001:1001:\x1b[2Jhidden:${homes}/deploy:/bin/sh`,
        `open::1002:1002::${homes}/open:/bin/sh`,
        `old:$6$abc$defghijkl:1003:1003::${homes}/old:/bin/sh`,
        '+::::::',
        '',
      ].join('\n'),
    )
    put('/etc/passwd-', `root:x:0:0:root:/root:/bin/sh\ndeploy:x:1001:1001::/home/deploy:/bin/sh\n`)
    put('/etc/shadow', `root:$y$j9T$secret:20000:0:99999:7:::\nnews:*:1:::::\ndeploy::${'9'.repeat(30)}:::::\n`)
    put('/etc/group', 'root:x:0:\nnews:x:9:\ndocker:x:999:deploy\nops:x:1001:\n')
    put('/etc/shells', `/bin/sh\n${blank}\n`)
    put(
      '/etc/ssh/sshd_config',
      'Include /etc/ssh/conf.d/*.conf\nPermitRootLogin yes\nMatch User deploy\n  AuthorizedKeysFile .ssh/authorized_keys "keys/%u"\n',
    )
    put('/etc/ssh/conf.d/10-keys.conf', `AuthorizedKeysFile\t.ssh/authorized_keys ${folder}/etc/ssh/keys/%u\n`)
    put(
      '/etc/ssh/conf.d/20-match.conf',
      `Match Group news\nAuthorizedKeysFile ${folder}/for-news\n# the Match ends with this file\n`,
    )
    put('homes/root/.ssh/authorized_keys', `# mine\n${root!.line}\r\n\nnot a key at all\n`)
    put('homes/root/.ssh/authorized_keys2', `${dormant!.line}\n`)
    put('homes/deploy/.ssh/authorized_keys', `command="borg serve",restrict ${borg!.line}\n`)
    put('homes/deploy/keys/deploy', `${second!.line}\n`)
    put('for-news', `${news!.line}\n`)
    put('etc/ssh/keys/root', `${everybody!.line}\n`)
    put('/etc/sudoers', `Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n@includedir ${folder}/sudo.d\n`)
    put('sudo.d/00-x', `www-data ALL=(ALL) \\\n  NOPASSWD: ALL\n`)
    put('sudo.d/skip.dpkg-old', 'evil ALL=NOPASSWD: ALL\n')
    put(
      '/etc/pam.d/common-auth',
      'auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth optional pam_exec.so quiet expose_authtok /usr/local/lib/.x\nauth sufficient pam_permit.so\nauth required /opt/lab/pam_lab.so\n',
    )
    mkdirSync(join(folder, 'suid'), { recursive: true })
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('finds the keys of every file sshd reads, and none that it does not as if it did', async () => {
    const result = await lookThere('keys')
    const rows = of(result, 'authorized-key').map((fact) => [
      shown(fact.file.path).slice(folder.length),
      fact.line,
      shown(fact.account),
      fact.fingerprint,
      fact.effective,
    ])
    expect(rows.sort()).toEqual(
      [
        ['/homes/root/.ssh/authorized_keys', 2, 'root', root!.fingerprint, 'yes'],
        ['/homes/root/.ssh/authorized_keys', 4, 'root', null, 'yes'],
        ['/homes/root/.ssh/authorized_keys2', 1, 'root', dormant!.fingerprint, 'no'],
        ['/homes/deploy/.ssh/authorized_keys', 1, 'deploy', borg!.fingerprint, 'yes'],
        ['/homes/deploy/keys/deploy', 1, 'deploy', second!.fingerprint, 'yes'],
        ['/for-news', 1, 'news', news!.fingerprint, 'yes'],
        ['/etc/ssh/keys/root', 1, 'root', everybody!.fingerprint, 'yes'],
      ].sort(),
    )
    expect(spoiling(result)).toEqual([])
    const facts = of(result, 'authorized-key')
    expect(shown(facts.find(({ fingerprint }) => fingerprint === borg!.fingerprint)!.options!)).toBe(
      'command="borg serve",restrict',
    )
    expect(facts.find(({ fingerprint }) => fingerprint === root!.fingerprint)!.others.map(shown)).toEqual(['toor'])
    expect(facts.find(({ fingerprint }) => fingerprint === news!.fingerprint)!.systemAccount).toBe(true)
    expect(of(result, 'sshd-setting').map(({ keyword, match }) => [keyword, match && shown(match)])).toContainEqual([
      'authorizedkeysfile',
      'Group news',
    ])
  })

  it('says that keys a program prints are unknown', async () => {
    put(
      '/etc/ssh/conf.d/30-command.conf',
      'AuthorizedKeysCommand /usr/local/bin/keys %u\nAuthorizedKeysCommandUser nobody\n',
    )
    const result = await lookThere('keys')
    rmSync(join(etc, 'ssh/conf.d/30-command.conf'))
    expect(spoiling(result)).toEqual([
      'keys that /usr/local/bin/keys %u prints: sshd asks a program for keys; only running it would tell which',
    ])
  })

  it('a loop of Includes, a missing one and a link to keys end well', async () => {
    put(
      '/etc/ssh/conf.d/40-loop.conf',
      'Include /etc/ssh/conf.d/40-loop.conf\nInclude /etc/ssh/none-*.conf\nInclude conf.d/../conf.d/40*\n',
    )
    symlinkSync(join(folder, 'for-news'), join(etc, 'ssh/keys/news'))
    const result = await lookThere('keys')
    rmSync(join(etc, 'ssh/conf.d/40-loop.conf'))
    rmSync(join(etc, 'ssh/keys/news'))
    expect(spoiling(result).join()).toContain('could not be followed')
    expect(of(result, 'authorized-key').filter(({ fingerprint }) => fingerprint === news!.fingerprint)).toHaveLength(1)
  })

  it('without any configuration the built-in names count', async () => {
    const saved = readFileSync(join(etc, 'ssh/sshd_config'))
    rmSync(join(etc, 'ssh/sshd_config'))
    const result = await lookThere('keys')
    writeFileSync(join(etc, 'ssh/sshd_config'), saved)
    const both = of(result, 'authorized-key').filter(({ uid }) => uid === 0)
    expect(both.map(({ effective }) => effective)).toEqual(['yes', 'yes', 'yes'])
  })

  it('reads accounts by their bytes: twins, blanks, empty passwords, no hash', async () => {
    const result = await lookThere('accounts')
    const rows = of(result, 'account').map((fact) => [
      shown(fact.name),
      fact.uid,
      fact.password,
      fact.login,
      shown(fact.shell),
      fact.shellListed,
      fact.powerfulGroups.map(shown).join(),
      fact.inBackup,
    ])
    expect(rows).toEqual([
      ['root', 0, 'set', 'yes', '/bin/sh', 'yes', '', 'yes'],
      ['toor', 0, 'locked', 'yes', '/bin/sh', 'yes', '', 'no'],
      ['news', 9, 'locked', 'no', '/usr/sbin/nologin\\x20', 'yes', '', 'no'],
      ['daemon', 1, 'locked', 'no', '/usr/sbin/nologin', 'no', '', 'no'],
      ['deploy', 1001, 'empty', 'yes', '/bin/sh', 'yes', 'docker', 'yes'],
      ['open', 1002, 'empty', 'yes', '/bin/sh', 'yes', '', 'no'],
      ['old', 1003, 'set', 'yes', '/bin/sh', 'yes', '', 'no'],
    ])
    expect(spoiling(result)).toEqual(['/etc/passwd:8: +::::::'])
    const everything = result.outcomes.flatMap(({ raw }) =>
      raw.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
    )
    expect(everything.join()).not.toMatch(/secret|defghijkl/)
  })

  it('reads grants of sudo over broken lines, and knows the files sudo skips', async () => {
    const result = await lookThere('accounts')
    const rows = of(result, 'sudo-rule').map((fact) => [
      shown(fact.file.path).slice(shown(fact.file.path).lastIndexOf('/') + 1),
      fact.line,
      shown(fact.who),
      shown(fact.commands),
      fact.noPassword,
    ])
    expect(rows).toEqual([
      ['sudoers', 2, 'root', 'ALL', false],
      ['00-x', 1, 'www-data', 'ALL', true],
    ])
  })

  it('tells lines of PAM that run programs, let everybody in, or load strange modules', async () => {
    const result = await lookThere('accounts')
    const rows = of(result, 'pam-rule').map((fact) => [
      fact.line,
      shown(fact.module),
      fact.owned,
      fact.program && shown(fact.program),
      fact.openDoor,
    ])
    expect(rows).toEqual([
      [2, 'pam_exec.so', 'yes', '/usr/local/lib/.x', false],
      [3, 'pam_permit.so', 'yes', null, true],
      [4, '/opt/lab/pam_lab.so', 'no', null, false],
    ])
  })

  it('finds a copy of a shell that runs as root', async () => {
    const copy = join(folder, 'suid/.dash')
    copyFileSync('/bin/dash', copy)
    chmodSync(copy, 0o4755)
    const result = await lookThere('accounts')
    rmSync(copy)
    expect(of(result, 'setuid-shell').map(({ file, shell }) => [shown(file.path), shown(shell)])).toEqual([
      [copy, expect.stringMatching(/dash|\/bin\/sh/)],
    ])
  })
})
