// Arriving where the host makes it hard: sudo in all its moods, no dd, no chmod, nowhere to write, nowhere to execute. Every host here is this machine seen
// through a private mount namespace, so nothing of it changes. Needs root and, for sudo, the sudo package.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { crossingCommand, oneLine } from '../../main/core/host/arrive.ts'
import type { EnterOptions } from '../../main/core/host/enter.ts'
import type { HostSession } from '../../main/core/host/session.ts'
import { localConnection, localSession } from '../fixtures/local-connection.ts'

const root = process.getuid?.() === 0
const scratch = mkdtempSync(join(tmpdir(), 'host-arrival-'))
const open: HostSession[] = []

afterEach(async () => {
  for (const session of open.splice(0)) await session.detach()
})
afterAll(() => {
  execFileSync('rm', ['-rf', scratch])
})

/** Enters through a login shell that runs after `setup`, in mount namespace of its own. */
async function enterAfter(
  setup: string,
  options: Partial<EnterOptions> = {},
  login = 'exec /bin/sh -c "$1"',
): Promise<HostSession> {
  const session = await localSession(
    options,
    localConnection(['unshare', '-m', 'sh', '-ec', `${setup}\n${login}`, 'login']),
  )
  open.push(session)
  return session
}

const password = (text: string): Partial<EnterOptions> => ({ sudo: { password: Buffer.from(text) } })
const out = async (session: HostSession, ...argv: string[]): Promise<string> =>
  Buffer.from((await session.run({ argv })).stdout).toString()

describe.skipIf(!root)('a host with little left', () => {
  it.each([
    ['without dd', 'mount --bind /dev/null /usr/bin/dd'],
    ['without uname', 'mount --bind /dev/null /usr/bin/uname'],
    ['without chmod', 'mount --bind /dev/null /usr/bin/chmod'],
    ['without any of them', 'for tool in dd uname chmod head cat id; do mount --bind /dev/null /usr/bin/$tool; done'],
  ])('is entered %s', { timeout: 60_000 }, async (_, setup) => {
    const session = await enterAfter(setup)
    expect(await out(session, 'echo', 'inside')).toBe('inside\n')
    expect(session.arrival.arch).toBe(process.arch === 'arm64' ? 'aarch64' : 'x86_64')
  })

  it('is entered where the first places cannot be written, hold nothing or execute nothing', async () => {
    const session = await enterAfter(
      'mount -t tmpfs -o ro none /run; mount -t tmpfs -o size=64k none /dev/shm; mount -t tmpfs -o noexec none /tmp',
    )
    expect(session.arrival.workDir).toMatch(/^\/var\/tmp\//)
  })

  it('says of every place why not, when there is none', async () => {
    const setup =
      'mount -t tmpfs -o ro none /run; mount -t tmpfs -o size=64k none /dev/shm; mount -t tmpfs -o noexec none /tmp; mount -t tmpfs -o ro none /var/tmp; export HOME=/nonexistent'
    const entering = enterAfter(setup)
    await expect(entering).rejects.toMatchObject({ code: 'no-place-for-toolbox' })
    const detail = await entering.catch((error: unknown) => String(error))
    for (const reason of [
      /run: .*Read-only/,
      /shm: .*No space left/,
      /tmp: .*Permission denied/,
      /nonexistent: .*No such file/,
    ])
      expect(detail).toMatch(reason)
  })

  it('is entered as an ordinary user, who owns the folder', async () => {
    const session = await enterAfter('', {}, 'exec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh -c "$1"')
    expect(session.arrival.euid).toBe(65534)
    expect(await out(session, 'stat', '-c', '%u %a', session.arrival.workDir)).toBe('65534 700\n')
  })
})

describe.skipIf(!root || !existsSync('/usr/bin/sudo'))('sudo', () => {
  const sudoers = join(scratch, 'sudoers')
  const shadow = join(scratch, 'shadow')
  const asNobody = 'exec setpriv --reuid=nobody --regid=nogroup --init-groups /bin/sh -c "$1"'

  /** A host on which `nobody` logs in with the password `correct horse` and this line of sudoers. */
  function through(rule: string, options: Partial<EnterOptions>): Promise<HostSession> {
    const hash = execFileSync('openssl', ['passwd', '-6', 'correct horse']).toString().trim()
    writeFileSync(sudoers, `Defaults lecture=always\n${rule}\n`, { mode: 0o440 })
    writeFileSync(shadow, `root:*:19000:0:99999:7:::\nnobody:${hash}:19000:0:99999:7:::\n`, { mode: 0o600 })
    return enterAfter(
      `mount --bind ${sudoers} /etc/sudoers; mount --bind ${shadow} /etc/shadow; mount -t tmpfs none /run/sudo 2>/dev/null || :`,
      options,
      asNobody,
    )
  }

  it('gets root with a password that is asked for by sudo alone, and the folder is root’s', async () => {
    const session = await through('nobody ALL=(ALL) ALL', password('correct horse'))
    expect(session.arrival).toMatchObject({ euid: 0, sudo: true })
    expect(await out(session, 'stat', '-c', '%u %a', session.arrival.workDir)).toBe('0 700\n')
    expect(Buffer.from(session.arrival.preamble).toString()).not.toContain('correct horse')
    expect((await session.run({ argv: ['id', '-u'] }, { lane: 'bulk' })).exit).toBe(0)
  })

  it('gets root with a pty of sudo’s own in between', async () => {
    const session = await through('Defaults use_pty\nnobody ALL=(ALL) ALL', password('correct horse'))
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const reply = await session.run({ argv: ['cat'], stdin: bytes })
    expect(Buffer.from(reply.stdout)).toEqual(Buffer.from(bytes))
  })

  it('gets root without a password where the host asks for none, offered or not', async () => {
    for (const sudo of [{ password: null }, { password: Buffer.from('unneeded') }]) {
      const session = await through('nobody ALL=(ALL) NOPASSWD: ALL', { sudo })
      expect(await out(session, 'id', '-u')).toBe('0\n')
    }
  })

  it.each([
    ['a wrong password', 'nobody ALL=(ALL) ALL', password('wrong'), 'sudo-refused'],
    ['no password', 'nobody ALL=(ALL) ALL', { sudo: { password: null } }, 'sudo-password-missing'],
    ['a user who may not', 'root ALL=(ALL) ALL', password('correct horse'), 'sudo-refused'],
    [
      'a user who may not, asked without a password',
      'Defaults !authenticate\nroot ALL=(ALL) ALL',
      { sudo: { password: null } },
      'sudo-refused',
    ],
    [
      'a rule that demands a terminal',
      'Defaults requiretty\nnobody ALL=(ALL) NOPASSWD: ALL',
      { sudo: { password: null } },
      'sudo-refused',
    ],
  ])('is refused with its own code for %s', { timeout: 60_000 }, async (_, rule, options, code) => {
    await expect(through(rule, options)).rejects.toMatchObject({ code })
  })

  it('that is not there is told', async () => {
    const entering = enterAfter('mount --bind /dev/null /usr/bin/sudo', password('x'))
    await expect(entering).rejects.toMatchObject({ code: 'sudo-absent' })
  })
})

describe('the crossing command', () => {
  it('is one line without anything a csh or a fish would obey', () => {
    const command = crossingCommand(': ;\n# it’s a comment, and dropped!\necho fine;', ['0123', '.abc'], {
      prompt: '00ff:',
      ask: true,
    })
    expect(command).not.toContain('\n')
    expect(command).not.toContain('!')
    expect(() => oneLine("echo 'x'")).toThrow('internal')
    expect(() => oneLine('[ ! -e x ]')).toThrow('internal')
    expect(() => oneLine('printf "\\\\"')).toThrow('internal')
  })
})
