// Each way of failing on a host, as the person at the keyboard meets it: one code, one sentence, the exit status of its group, no stack trace, and nothing
// lost. A real host and real full disks.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeKey } from '../fixtures/ssh/sshd.ts'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'
import { expectFailure } from './failing.ts'
import { reach, start, tourniquet, workFolder } from './tourniquet.ts'

const unavailable = rangeUnavailable()
const answers = ['--approve', 'all', '--attest', 'all=range host, nothing to snapshot']
const home = workFolder()
const mounts: string[] = []

if (unavailable === null) ensureTools()

afterAll(() => {
  for (const mount of mounts) execFileSync('umount', ['-l', mount])
  rmSync(home, { recursive: true })
})

const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  tourniquet(home, args, environment)

describe.skipIf(unavailable !== null)(
  `one range host${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    let host: RangeHost
    let target: string

    beforeAll(async () => {
      host = await bootHost({ scenario: 'failures' })
      target = `root@${host.address}`
    })
    afterAll(() => {
      host.close()
    })

    const known = () => ['-F', 'none', '--known-hosts', host.knownHosts]
    const stateOf = (name: string) => host.processes().find(({ exe }) => exe === `/usr/sbin/${name}`)?.state
    /** `user@host` with the key that everyone accepts. */
    const as = (user: string, ...more: readonly string[]) => [
      ...known(),
      '-i',
      host.rootKey,
      ...more,
      `${user}@${host.address}`,
    ]

    describe('whose key is in doubt', () => {
      it('is shown by its fingerprint and sent nothing when nobody knows it', async () => {
        const empty = join(home, 'known-nobody')
        writeFileSync(empty, '')
        const done = await run(['triage', '-F', 'none', '--known-hosts', empty, '-i', host.rootKey, target])
        expectFailure(done, 5, 'host-key-unknown', new RegExp(`is not known: ssh-ed25519 ${fingerprintOf(host)}`))
        expect(readFileSync(empty, 'utf8')).toBe('')
        await expect.poll(journalOfSshd, { timeout: 5000 }).toMatch(/Connection (closed|reset) by .* \[preauth\]/)
        expect(await journalOfSshd()).not.toMatch(/Accepted|Failed|authenticating user/)
      })

      it('is refused when another key is on record, with both fingerprints', async () => {
        makeKey(join(home, 'other-host'), 'ed25519')
        const other = readFileSync(join(home, 'other-host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
        const file = join(home, 'known-other')
        writeFileSync(file, `${host.address} ${other}\n`)
        const done = await run([
          'triage',
          '-F',
          'none',
          '--known-hosts',
          file,
          '--trust-new',
          '-i',
          host.rootKey,
          target,
        ])
        expectFailure(
          done,
          5,
          'host-key-changed',
          new RegExp(`now ${fingerprintOf(host)}, before SHA256:.*known-other:1`),
        )
      })

      it('is refused when it is not the one demanded', async () => {
        const pin = `SHA256:${'A'.repeat(43)}`
        const done = await run(['triage', ...known(), '--host-key', pin, '-i', host.rootKey, target])
        expectFailure(done, 5, 'host-key-mismatch', new RegExp(`${fingerprintOf(host)} instead of ${pin}`))
      })

      const journalOfSshd = () => host.sh('journalctl -q --no-pager -t sshd -o cat')
    })

    describe('that does not let us in', () => {
      it('for a wrong key', async () => {
        makeKey(join(home, 'stranger'), 'ed25519')
        const done = await run(['triage', ...known(), '-i', join(home, 'stranger'), target])
        expectFailure(
          done,
          5,
          'auth-refused',
          /refused the login of root; tried: publickey SHA256:\S+ .*stranger; it takes: publickey/,
        )
      })

      it('for a key file that is missing, or is no key', async () => {
        const done = await run(['triage', ...known(), '-i', join(home, 'nothing'), target])
        expectFailure(done, 5, 'auth-key-unreadable', /nothing could not be used: .*(ENOENT|no such file)/i)
        writeFileSync(join(home, 'no-key'), 'not a key\n')
        expectFailure(
          await run(['triage', ...known(), '-i', join(home, 'no-key'), target]),
          5,
          'auth-key-unreadable',
          /no-key could not be used/,
        )
      })

      it('for a missing or wrong passphrase, and does for the right one', async () => {
        const locked = join(home, 'locked')
        copyFileSync(host.rootKey, locked)
        execFileSync('chmod', ['600', locked])
        execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', locked])
        const args = ['triage', ...known(), '-i', locked]
        expectFailure(await run([...args, target]), 5, 'auth-key-passphrase', /--key-passphrase-env/)
        const given = [...args, '--key-passphrase-env', 'PHRASE', target]
        expectFailure(await run(given, { PHRASE: 'wrong' }), 5, 'auth-key-passphrase', /the one given is wrong/)
        expect((await run(given, { PHRASE: 'open sesame' })).exit).toBe(0)
      })

      it('for a wrong password, and does for the right one', async () => {
        const args = ['triage', ...known(), '--password-env', 'WORD', `deploy@${host.address}`]
        expectFailure(
          await run(args, { WORD: 'wrong' }),
          5,
          'auth-refused',
          /refused the login of deploy; tried: password/,
        )
        expect((await run(args, { WORD: host.users.deploy.password })).exit).toBe(6)
      })

      it('past sudo, without its password, with a wrong one, and for one who may not', async () => {
        expectFailure(
          await run(['triage', ...as('deploy', '--sudo')]),
          5,
          'sudo-password-missing',
          /--sudo-password-env/,
        )
        const given = ['--sudo', '--sudo-password-env', 'WORD']
        expectFailure(
          await run(['triage', ...as('deploy', ...given)], { WORD: 'wrong' }),
          5,
          'sudo-refused',
          /may not become root/,
        )
        const dev = await run(['triage', ...as('dev', ...given)], { WORD: host.users.dev.password })
        expectFailure(dev, 5, 'sudo-refused', /may not become root/)
      })
    })

    describe('with less than root', () => {
      it('is triaged as unknown, exit 6, never as clean', async () => {
        const done = await run(['triage', ...as('dev')])
        expect({ exit: done.exit, verdict: done.hosts[0]?.verdict }).toEqual({ exit: 6, verdict: 'unknown' })
      })

      it('is triaged as root with sudo and its password, or where none is asked', async () => {
        const deploy = ['triage', ...as('deploy', '--sudo', '--sudo-password-env', 'WORD')]
        const done = await run(deploy, { WORD: host.users.deploy.password })
        expect({ exit: done.exit, verdict: done.hosts[0]?.verdict, stderr: done.stderr }).toEqual({
          exit: 0,
          verdict: 'clean',
          stderr: '',
        })
        expect((await run(['triage', ...as('ops', '--sudo')])).exit).toBe(0)
      })
    })

    describe('that cannot carry us', () => {
      it('for its machine type', async () => {
        await host.sh(
          'printf "#!/bin/sh\\necho riscv64\\n" >/usr/local/uname && chmod 755 /usr/local/uname && mount --bind /usr/local/uname /usr/bin/uname',
        )
        try {
          expectFailure(await run(['triage', ...reach(host)]), 5, 'arch-unsupported', /machine type \(riscv64\)/)
        } finally {
          await host.sh('umount /usr/bin/uname; rm /usr/local/uname')
        }
        expect(await host.sh('ls -A /run /dev/shm /tmp /var/tmp | grep -E "^\\.[0-9a-f]{12}$" || :')).toBe('')
      })

      it('for want of a place that takes and runs our toolbox', async () => {
        await host.sh(
          'for place in /dev/shm /tmp /var/tmp /home/dev; do mount -t tmpfs -o noexec,mode=1777 none "$place"; done',
        )
        try {
          const done = await run(['triage', ...known(), '--password-env', 'WORD', `dev@${host.address}`], {
            WORD: host.users.dev.password,
          })
          expectFailure(done, 5, 'no-place-for-toolbox', /\/run: .*Permission denied.*\/tmp: .*Permission denied/)
        } finally {
          await host.sh('umount /dev/shm /tmp /var/tmp /home/dev')
        }
      })

      it('for a login shell that never stops talking', async () => {
        await host.sh(
          'cp /home/dev/.bashrc /root/bashrc.dev; echo "exec yes" | cat - /root/bashrc.dev >/home/dev/.bashrc',
        )
        try {
          expectFailure(await run(['triage', ...as('dev')]), 5, 'host-flooded', /more than anyone asked for/)
        } finally {
          await host.sh('mv /root/bashrc.dev /home/dev/.bashrc; chown dev: /home/dev/.bashrc')
        }
      })
    })

    describe('and a person who is not there', () => {
      it('gets no change without an approval, and is told how to give it', async () => {
        const folder = join(home, 'case-approval')
        const done = await run(['run', 'stop-crontab', ...reach(host), '--case', folder])
        expectFailure(done, 4, 'approval-missing', /awaits an approval.*resume --approve all.*resume --case/)
        expect(stateOf('cron')).not.toBe('T')
        expect(done.hosts[0]?.changes).toEqual([])
      })

      it('gets nothing done past a step that wants a word, and is told its name', async () => {
        const done = await run(['run', 'snapshot-reminder', ...reach(host), '--case', join(home, 'case-word')])
        expectFailure(done, 4, 'attestation-missing', /--attest snapshot=TEXT/)
      })
    })

    describe('and a parameter nobody understands', () => {
      it.each([
        ['soak=soon', /soak.*soon.*expected/],
        ['soak=1s', /soak.*1s.*expected/],
        ['soek=30s', /soek.*expected soak/],
      ])('%s', async (param, sentence) => {
        const args = ['run', 'evict-miner', ...reach(host), '--case', join(home, 'case-param'), ...answers]
        expectFailure(await run([...args, '--param', param]), 2, 'param-invalid', sentence)
      })
    })

    describe('and a case', () => {
      it('that another process works in is left alone', async () => {
        const folder = join(home, 'case-locked')
        const file = join(home, 'wait.yaml')
        writeFileSync(
          file,
          `schema: tourniquet.playbook/1
id: wait-a-while
version: 1.0.0
title: { en: Wait, zh-CN: 等待 }
steps:
  - id: pause
    title: { en: Wait, zh-CN: 等待 }
    wait: 120s
`,
        )
        const first = start(home, ['run', file, ...reach(host), '--case', folder])
        await first.until(({ type }) => type === 'waiting')
        expectFailure(
          await run(['triage', ...reach(host), '--case', folder]),
          1,
          'case-locked',
          new RegExp(`in use.*process ${String(first.child.pid)}`),
        )
        first.child.kill('SIGINT')
        expectFailure(await first.finished, 1, 'cancelled', /can be resumed or undone/)
      })

      it('on a full disk loses nothing that was kept, and goes on when there is room', async () => {
        const disk = join(home, 'small')
        mkdirSync(disk)
        const needed = Number(
          execFileSync('du', ['-sk', join(home, 'case-approval')])
            .toString()
            .split('\t')[0],
        )
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(Math.floor(needed / 2))}k`, 'none', disk])
        mounts.push(disk)
        const folder = join(disk, 'case')
        const full = await run(['run', 'stop-crontab', ...reach(host), '--case', folder, ...answers])
        expectFailure(full, 1, 'disk-full', /disk of this computer is full \(.*\).*nothing is lost/)
        expect(stateOf('cron')).not.toBe('T')
        execFileSync('mount', ['-o', 'remount,size=64m', disk])
        const resumed = await run(['resume', '--case', folder, ...reach(host).slice(0, -1), ...answers])
        expect({ exit: resumed.exit, stderr: resumed.stderr }).toEqual({ exit: 0, stderr: '' })
        expect(stateOf('cron')).toBe('T')
        const undo = await run(['undo', '--case', folder, ...reach(host).slice(0, -1)])
        expect({ exit: undo.exit, state: stateOf('cron') }).toEqual({ exit: 0, state: 'S' })
      })

      it('whose bundle lost one bit is refused, and the file is named', async () => {
        const bundle = join(home, 'bundle.zip')
        expect((await run(['export', '--case', join(home, 'case-approval'), '--out', bundle])).exit).toBe(0)
        expect((await run(['verify', bundle])).exit).toBe(0)
        const bytes = readFileSync(bundle)
        const at = bytes.indexOf('approval missing') // members are stored, not deflated
        const header = bytes.lastIndexOf('PK\x03\x04', at, 'latin1')
        const name = bytes.toString('latin1', header + 30, header + 30 + bytes.readUInt16LE(header + 26))
        expect(name).toContain('/data/')
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
        writeFileSync(bundle, bytes)
        const done = await run(['verify', bundle])
        expectFailure(done, 3, 'bundle-invalid', /does not hold together: \S+ /)
        expect(done.stderr.replaceAll(/\s+/g, '')).toContain(name.slice(name.indexOf('/') + 1))
      })
    })

    describe('that is infected and has no room left', () => {
      const preload = () => join(host.dir, 'etc/ld.so.preload')

      it('keeps its files as they are when they cannot be put in quarantine, and is cleaned when they can', async () => {
        await hiddenMiner.plant(host)
        const before = readFileSync(preload())
        const flags = await host.sh('lsattr /etc/ld.so.preload')
        await fill(host)
        const folder = join(home, 'case-full-host')
        const args = ['run', 'clean-ld-so-preload', ...reach(host), '--case', folder, ...answers]
        const full = await run(args)
        expect({ exit: full.exit, changes: full.hosts[0]?.changes }).toEqual({ exit: 3, changes: [] })
        expect(full.hosts[0]?.steps).toContainEqual(expect.objectContaining({ id: 'lines', outcome: 'failed' }))
        expect(readFileSync(preload())).toEqual(before)
        expect(await host.sh('lsattr /etc/ld.so.preload')).toBe(flags)
        expect(readdirSync(join(host.dir, 'etc')).filter((name) => name.startsWith('.tourniquet'))).toEqual([])

        await host.sh('rm /var/fill.*')
        const again = await run(args)
        expect(again.hosts[0]?.changes?.map(({ verb }) => verb)).toEqual(['edit-lines', 'quarantine'])
        expect(readFileSync(preload(), 'utf8')).toBe(before.toString().split('\n').slice(0, 1).join('\n') + '\n')
      })
    })
  },
)

/** Takes every block of the host's file system, those kept for root included. */
async function fill(host: RangeHost): Promise<void> {
  await host.sh(`
    size=400000
    n=0
    while [ "$size" -ge 1 ]; do
      if fallocate -l "\${size}k" "/var/fill.$n" 2>/dev/null; then n=$((n + 1)); else size=$((size / 2)); fi
    done`)
}

function fingerprintOf(host: RangeHost): string {
  const line = execFileSync('ssh-keygen', ['-l', '-f', join(host.dir, 'etc/ssh/ssh_host_ed25519_key.pub')]).toString()
  return (line.split(' ')[1] ?? '').replaceAll(/[+/]/g, '\\$&')
}
