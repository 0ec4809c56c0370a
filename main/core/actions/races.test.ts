// What somebody who owns the way to a file can do to us between two lines of a script: the scripts under the real busybox, with the other's move at the very
// moment that hurts. Whatever he does, nothing of the host that was not planned is touched.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  actScript,
  flagsOf,
  freshHome,
  identity,
  runText,
  sha,
  usable,
  type ScriptResult,
} from '../../platform/act-script-fixture.ts'
import { busybox, toolbox } from '../../platform/here-fixture.ts'

let home: string
let quarantineDir: string
beforeEach(() => {
  ;({ home, quarantineDir } = freshHome())
})

/** Shell of the other side, defined before the script of ours that it disturbs. `$home` is the folder of the test. */
function disturbed(disturbance: string, script: string, args: readonly string[], stdin = ''): ScriptResult {
  const text = `home='${home}'\n${disturbance}\n${actScript(script)}`
  return runText(text, script, args, stdin)
}

describe.skipIf(!usable)(
  'a folder that is blocked while its name is led elsewhere (root, x86_64 and the toolbox)',
  () => {
    const inside = (body: string): ScriptResult => {
      const words = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', body, 'inside', home]
      const done = spawnSync(busybox, words, {
        env: { TOOLS: toolbox, BLOCK: actScript('block-exec'), LIFT: actScript('lift-block') },
      })
      return { exit: done.status, out: done.stdout.toString(), err: done.stderr.toString() }
    }
    const mounted = 'sed -n "s|^.* $1/\\([^ ]*\\) \\([^ ]*\\) .*|\\1 \\2|p" /proc/self/mountinfo | cut -d , -f 1-3'
    const swap = 'mv "$home/a" "$home/b"; ln -s "$home/else" "$home/a"'

    beforeEach(() => {
      mkdirSync(join(home, 'a/nest'), { recursive: true })
      mkdirSync(join(home, 'else/nest'), { recursive: true })
    })

    it('leaves no mount behind, and covers nothing else', () => {
      const disturbance = `home='${home}'; mount() { busybox mount "$@" || return; [ "$1" != --bind ] || { ${swap}; }; }\n`
      const done = inside(
        `mount -t tmpfs none "$1/else/nest"; sh -c '${disturbance.replaceAll("'", `'\\''`)}'"$BLOCK" block "$1/a/nest" "$1/a/nest" "" ""; echo "$?"; ${mounted}`,
      )
      expect(done).toMatchObject({ out: '30\nelse/nest rw,relatime\n', err: 'it cannot be made noexec\n' })
    })

    it('lifts its own mount, not the one its name leads to by then', () => {
      const disturbance = `home='${home}'; umount() { ${swap}; busybox umount "$@"; }\n`
      const done = inside(
        `mount -t tmpfs none "$1/else/nest"; sh -c "$BLOCK" block "$1/a/nest" "$1/a/nest" "" "" >/dev/null;
       sh -c '${disturbance.replaceAll("'", `'\\''`)}'"$LIFT" lift "$1/a/nest" "$1/a/nest"; echo "$?"; ${mounted}`,
      )
      expect(done).toMatchObject({ out: '0\nelse/nest rw,relatime\n', err: '' })
    })

    it('is not blocked where not all of it could be looked at', () => {
      const done = inside(
        `sh -c 'find() { return 1; }\n'"$BLOCK" block "$1/a/nest" "$1/a/nest" "" ""; echo "$?"; ${mounted}`,
      )
      expect(done).toMatchObject({ out: '20\n', err: 'cannot be read\n' })
    })
  },
)

describe.skipIf(!usable)(
  'a file that is edited while another stands in its place (root, x86_64 and the toolbox)',
  () => {
    const planned = 'keep\nevil\n'
    const kept = 'keep\n'
    let path: string
    beforeEach(() => {
      mkdirSync(join(home, 'own'))
      path = join(home, 'own/file')
      writeFileSync(path, planned)
      chownSync(path, 33, 33)
      chmodSync(path, 0o600)
    })
    const words = (): readonly string[] => [
      quarantineDir,
      'act-1',
      path,
      ...identity(path),
      sha(planned),
      sha(kept),
      '',
    ]

    it('never gets the mode and the owner of the other', () => {
      writeFileSync(join(home, 'own/rich'), '')
      chmodSync(join(home, 'own/rich'), 0o4755)
      const disturbance = `stat() {
      case $2 in mode=*) mv "$home/own/file" "$home/own/aside"; mv "$home/own/rich" "$home/own/file" ;; esac
      busybox stat "$@"; status=$?
      case $2 in mode=*) mv "$home/own/file" "$home/own/rich"; mv "$home/own/aside" "$home/own/file" ;; esac
      return $status
    }`
      const done = disturbed(disturbance, 'quarantine', words(), kept)
      expect(done).toMatchObject({ exit: 20, err: 'another file stands at this path\n' })
      expect(statSync(path)).toMatchObject({ mode: 0o100600, uid: 33 })
      expect(readFileSync(path, 'utf8')).toBe(planned)
    })

    it('goes back untouched when it is another in the very moment of the move', () => {
      const disturbance = `mv() {
      case $3 in */data) busybox mv "$home/own/file" "$home/own/aside"; echo another >"$home/own/file" ;; esac
      busybox mv "$@"
    }`
      const done = disturbed(disturbance, 'quarantine', words(), kept)
      expect(done).toMatchObject({ exit: 20, err: 'another file appeared while we moved\n' })
      expect(readFileSync(path, 'utf8')).toBe('another\n')
      expect(readFileSync(join(home, 'own/aside'), 'utf8')).toBe(planned)
      expect(existsSync(join(quarantineDir, 'act-1/moved'))).toBe(false)
    })

    it('never gets what the kernel grants to another program of its name', () => {
      mkdirSync(join(home, 'granted'))
      writeFileSync(join(home, 'granted/file'), '')
      // cap_net_raw+ep
      const capability = ['-n', 'security.capability', '-v', '0x0100000200200000000000000000000000000000']
      execFileSync(join(toolbox, 'setfattr'), [...capability, join(home, 'granted/file')])
      const own = join(home, 'tools')
      mkdirSync(own)
      for (const tool of ['setfattr', 'busybox']) execFileSync('cp', [join(toolbox, tool), own])
      const wrapper = `#!${own}/busybox sh
      mv ${home}/own ${home}/aside; ln -s ${home}/granted ${home}/own
      ${join(toolbox, 'getfattr')} "$@"
      rm ${home}/own; mv ${home}/aside ${home}/own\n`
      writeFileSync(join(own, 'getfattr'), wrapper, { mode: 0o755 })
      const done = spawnSync(join(own, 'busybox'), ['sh', '-c', actScript('quarantine'), 'quarantine', ...words()], {
        input: kept,
        env: { TOOLS: own },
      })
      expect(done.status).toBe(0)
      expect(readFileSync(path, 'utf8')).toBe(kept)
      expect(readFileSync(join(quarantineDir, 'act-1/xattrs'), 'utf8')).toBe('')
      expect(execFileSync(join(toolbox, 'getfattr'), ['-d', '-m', '-', '--absolute-names', path]).toString()).toBe('')
    })

    it('keeps its grants to itself: edited bytes are not the program that was trusted', () => {
      const capability = ['-n', 'security.capability', '-v', '0x0100000200200000000000000000000000000000']
      execFileSync(join(toolbox, 'setfattr'), [...capability, path])
      expect(disturbed('', 'quarantine', words(), kept)).toMatchObject({ exit: 0, err: '' })
      expect(execFileSync(join(toolbox, 'getfattr'), ['-d', '-m', '-', '--absolute-names', path]).toString()).toBe('')
    })

    it('comes back by hand without giving away whatever a link leads to that appears in its place', () => {
      const victim = join(home, 'victim')
      writeFileSync(victim, 'root only', { mode: 0o600 })
      expect(
        disturbed('', 'quarantine', [
          ...[quarantineDir, 'act-1', path, ...identity(path), sha(planned), '-'],
          actScript('restore-by-hand'),
        ]).exit,
      ).toBe(0)
      const attack = `chown() { case $2 in */own/file) rm -f "$2"; ln -s ${victim} "$2" ;; esac; command chown "$@"; }\n`
      const done = spawnSync('/bin/sh', ['-c', attack + actScript('restore-by-hand'), 'RESTORE.sh', 'act-1'], {
        cwd: quarantineDir,
      })
      expect(done.status).toBe(0)
      expect(statSync(victim)).toMatchObject({ uid: 0, mode: 0o100600 })
    })
  },
)

describe.skipIf(!usable)('a lock that is taken off (root, x86_64 and the toolbox)', () => {
  it('stays on the file of the same name that the way leads to a moment later', () => {
    for (const folder of ['own', 'else']) {
      mkdirSync(join(home, folder))
      writeFileSync(join(home, folder, 'file'), folder)
      execFileSync('chattr', ['+i', join(home, folder, 'file')])
    }
    const path = join(home, 'own/file')
    const attack = 'chattr() { mv "$home/own" "$home/aside"; ln -s "$home/else" "$home/own"; busybox chattr "$@"; }'
    expect(disturbed(attack, 'flags', [path, ...identity(path), 'clear', 'i'])).toMatchObject({ exit: 0, err: '' })
    expect(flagsOf(join(home, 'else/file'))).toContain('i')
    expect(flagsOf(join(home, 'aside/file'))).not.toContain('i')
  })
})

describe.skipIf(!usable)('a first file of keys (root, x86_64 and the toolbox)', () => {
  it('leaves no folder behind when it could not be written whole', () => {
    const keyFile = join(home, '.ssh/authorized_keys')
    const done = disturbed('', 'install-key', [keyFile, '33', '33', sha('other bytes')], 'ssh-ed25519 AAAA\n')
    expect(done).toMatchObject({ exit: 30, err: 'the bytes arrived damaged\n' })
    expect(existsSync(join(home, '.ssh'))).toBe(false)
  })
})
