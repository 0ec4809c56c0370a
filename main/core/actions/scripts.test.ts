// The act scripts under the real busybox, on real files with real flags and attributes, and on real processes of our own.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type ScriptResult,
  actScript,
  flagsOf,
  freshHome,
  identity,
  run,
  sha,
  usable,
} from '../../platform/act-script-fixture.ts'
import { busybox, toolbox } from '../../platform/here-fixture.ts'
import { sleeper, stateOf } from '../../platform/sleeper-fixture.ts'

let home: string
let quarantineDir: string
beforeEach(() => {
  ;({ home, quarantineDir } = freshHome())
})

describe.skipIf(!usable)('quarantine and restore (root, x86_64 and the toolbox are needed)', () => {
  const hostile = [`plain`, `with blank `, `new\nline`, `quote'"$(touch pwned)`, `-rf`, `\u001b[31mred`]

  it.each(hostile)('moves a locked file away and brings back every attribute: %j', (name) => {
    const path = join(home, name)
    writeFileSync(path, 'payload\0bytes\n', { mode: 0o4751 })
    execFileSync('chown', ['33:33', '--', path])
    execFileSync('chmod', ['4751', '--', path])
    execFileSync(join(toolbox, 'setfattr'), ['-n', 'user.note', '-v', '0x00ff0a', path])
    execFileSync('setfacl', ['-m', 'u:7:r', '--', path])
    execFileSync('touch', ['-d', '2020-02-02T02:02:02.123456789Z', '--', path])
    execFileSync('chattr', ['+ia', '--', path])
    const before = lstatSync(path, { bigint: true })
    const acl = execFileSync('getfacl', ['-pn', '--', path]).toString()

    const taken = run('quarantine', [
      quarantineDir,
      'act-1',
      path,
      ...identity(path),
      sha('payload\0bytes\n'),
      '-',
      actScript('restore-by-hand'),
    ])
    expect(taken).toMatchObject({ exit: 0, err: '' })
    expect(taken.out).toContain('how=renamed')
    expect(existsSync(path)).toBe(false)

    const again = run('quarantine', [
      quarantineDir,
      'act-1',
      path,
      String(before.dev),
      String(before.ino),
      sha('payload\0bytes\n'),
      '-',
      '',
    ])
    expect(again.exit).toBe(10)

    const back = run('restore', [quarantineDir, 'act-1', '-', '-', '-'])
    expect(back).toMatchObject({ exit: 0, err: '' })
    const after = lstatSync(path, { bigint: true })
    expect(after).toMatchObject({
      ino: before.ino,
      mode: before.mode,
      uid: 33n,
      gid: 33n,
      mtimeNs: before.mtimeNs,
      nlink: 1n,
    })
    expect(flagsOf(path)).toBe(flagsOf(path).includes('e') ? 'iae' : 'ia')
    expect(execFileSync('getfacl', ['-pn', '--', path]).toString()).toBe(acl)
    expect(
      execFileSync(join(toolbox, 'getfattr'), ['-n', 'user.note', '-e', 'hex', '--absolute-names', path]).toString(),
    ).toContain('0x00ff0a')
    expect(readFileSync(path, 'latin1')).toBe('payload\0bytes\n')
    expect(run('restore', [quarantineDir, 'act-1', '-', '-', '-']).exit).toBe(10)
    expect(existsSync(join(home, 'pwned'))).toBe(false)
  })

  it('copies across file systems and says what that costs', () => {
    const path = `/dev/shm/tourniquet-${String(process.pid)}`
    writeFileSync(path, 'on tmpfs')
    try {
      const taken = run('quarantine', [quarantineDir, 'act-2', path, ...identity(path), sha('on tmpfs'), '-', ''])
      expect(taken).toMatchObject({ exit: 0, err: '' })
      expect(taken.out).toContain('how=copied')
      expect(existsSync(path)).toBe(false)
      const back = run('restore', [quarantineDir, 'act-2', '-', '-', '-'])
      expect(back.out).toContain('lost=inode')
      expect(readFileSync(path, 'utf8')).toBe('on tmpfs')
    } finally {
      rmSync(path, { force: true })
    }
  })

  it('refuses a file whose bytes or inode changed since the plan, and leaves it untouched', () => {
    const path = join(home, 'cron')
    writeFileSync(path, 'other bytes')
    const [dev, inode] = identity(path)
    expect(run('quarantine', [quarantineDir, 'act-3', path, dev, inode, sha('planned bytes'), '-', ''])).toMatchObject({
      exit: 20,
    })
    expect(run('quarantine', [quarantineDir, 'act-3', path, dev, '1', sha('other bytes'), '-', ''])).toMatchObject({
      exit: 20,
    })
    expect(readFileSync(path, 'utf8')).toBe('other bytes')
  })

  it('puts edited bytes in place with mode, owner and attributes, and undo brings the very inode back with its lock', () => {
    const path = join(home, 'ld.so.preload')
    writeFileSync(path, '/lib/good.so\n/lib/evil.so\n')
    execFileSync('chmod', ['640', path])
    execFileSync('chown', ['0:42', path])
    execFileSync('setfacl', ['-m', 'u:7:r', path])
    execFileSync('chattr', ['+i', path])
    const before = identity(path)
    const kept = '/lib/good.so\n'
    const taken = run(
      'quarantine',
      [quarantineDir, 'act-4', path, ...before, sha(readFileSync(path)), sha(kept), ''],
      kept,
    )
    expect(taken).toMatchObject({ exit: 0, err: '' })
    expect(readFileSync(path, 'utf8')).toBe(kept)
    expect(lstatSync(path)).toMatchObject({ gid: 42 })
    expect(execFileSync('getfacl', ['-pn', path]).toString()).toContain('user:7:r--')
    expect(flagsOf(path)).not.toContain('i')
    const left = taken.out.match(/^new=(\d+) (\d+) ([0-9a-f]{64})$/m)!.slice(1)
    expect(run('restore', [quarantineDir, 'act-4', ...left])).toMatchObject({ exit: 0, err: '' })
    expect(identity(path)).toEqual(before)
    expect(flagsOf(path)).toContain('i')
    expect(readFileSync(path, 'utf8')).toBe('/lib/good.so\n/lib/evil.so\n')
  })

  it('never overwrites what somebody else put there since', () => {
    const path = join(home, 'file')
    writeFileSync(path, 'old')
    expect(run('quarantine', [quarantineDir, 'act-5', path, ...identity(path), sha('old'), '-', '']).exit).toBe(0)
    writeFileSync(path, 'the customer wrote this')
    expect(run('restore', [quarantineDir, 'act-5', '-', '-', '-'])).toMatchObject({ exit: 20 })
    expect(readFileSync(path, 'utf8')).toBe('the customer wrote this')
  })

  it('refuses a quarantine folder that is a link or not ours', () => {
    const path = join(home, 'file')
    writeFileSync(path, 'x')
    symlinkSync('/tmp', quarantineDir)
    expect(run('quarantine', [quarantineDir, 'act-6', path, ...identity(path), sha('x'), '-', ''])).toMatchObject({
      exit: 30,
    })
    expect(existsSync(path)).toBe(true)
  })

  it('lets a person put a file back with the shell alone', () => {
    const path = join(home, 'by hand')
    writeFileSync(path, 'x', { mode: 0o600 })
    expect(
      run('quarantine', [quarantineDir, 'act-7', path, ...identity(path), sha('x'), '-', actScript('restore-by-hand')])
        .exit,
    ).toBe(0)
    const listed = execFileSync('/bin/sh', [join(quarantineDir, 'RESTORE.sh')]).toString()
    expect(listed).toBe(`act-7\t${path}\n`)
    execFileSync('/bin/sh', [join(quarantineDir, 'RESTORE.sh'), '--all'])
    expect(readFileSync(path, 'utf8')).toBe('x')
    expect(lstatSync(path).mode & 0o777).toBe(0o600)
  })
})

describe.skipIf(!usable)('signal and freeze on processes of our own', () => {
  it('stops, refuses to kill the running, kills the stopped, and knows it is gone', () => {
    const victim = sleeper()
    const who = [String(victim.pid), victim.start, ...victim.exe, '-']
    expect(run('signal', ['KILL', ...who, 'yes'])).toMatchObject({ exit: 20 })
    expect(stateOf(victim.pid)).toBe('S')
    expect(run('signal', ['STOP', ...who, 'no'])).toMatchObject({ exit: 0, out: 'state=T\n' })
    expect(run('signal', ['STOP', ...who, 'no'])).toMatchObject({ exit: 10 })
    expect(run('signal', ['CONT', ...who, 'no'])).toMatchObject({ exit: 0 })
    expect(run('signal', ['STOP', ...who, 'no'])).toMatchObject({ exit: 0 })
    expect(run('signal', ['KILL', ...who, 'yes'])).toMatchObject({ exit: 0, out: 'state=gone\n' })
  })

  it('leaves a process alone whose start time or executable is not the planned one', () => {
    const victim = sleeper()
    const [dev, inode] = victim.exe
    expect(run('signal', ['STOP', String(victim.pid), '1', dev, inode, '-', 'no'])).toMatchObject({ exit: 20 })
    expect(run('signal', ['STOP', String(victim.pid), victim.start, dev, '1', '-', 'no'])).toMatchObject({ exit: 20 })
    expect(run('signal', ['STOP', String(victim.pid), victim.start, dev, inode, sha('x'), 'no'])).toMatchObject({
      exit: 20,
    })
    expect(stateOf(victim.pid)).toBe('S')
  })

  it('freezes the planned and whoever joins with the same executable, never a guarded one, never more than the maximum', () => {
    const copy = join(home, 'labminer')
    execFileSync('cp', ['/bin/sleep', copy])
    const [first, second, guarded, extra] = [sleeper(copy), sleeper(copy), sleeper(copy), sleeper(copy)]
    const exe = identity(copy).join(':')
    const where = Buffer.from(`${copy}\n`).toString('base64')
    const member = `${String(first.pid)} ${first.start} ${exe}`
    const done = run('freeze', [
      '2',
      '5',
      '50000',
      `pid ${String(guarded.pid)}\npid ${String(extra.pid)}`,
      member,
      exe,
      '',
      '',
    ])
    expect(done).toMatchObject({ exit: 0, err: '' })
    expect(done.out).toMatch(new RegExp(`^frozen ${String(first.pid)} \\d+ ${exe} planned ${where}$`, 'm'))
    expect(done.out).toMatch(new RegExp(`^frozen ${String(second.pid)} \\d+ ${exe} joined ${where}$`, 'm'))
    expect(done.out).toContain('quiet yes')
    expect([first, second, guarded, extra].map(({ pid }) => stateOf(pid))).toEqual(['T', 'T', 'S', 'S'])
    const beyond = run('freeze', ['1', '4', '50000', '', `${String(guarded.pid)} ${guarded.start} ${exe}`, exe, '', ''])
    expect(beyond.out).toMatch(/^overflow \d+$/m)

    const list = `${member}\n${String(second.pid)} ${second.start} ${exe}`
    expect(run('unfreeze', [list])).toMatchObject({ exit: 0 })
    expect(stateOf(first.pid)).toBe('S')
  })
})

describe('a freeze that something answers', () => {
  it('tells who was born meanwhile, and is quiet only after a longer silence', () => {
    const copy = join(home, 'labminer')
    execFileSync('cp', ['/bin/sleep', copy])
    const reviver = spawn('/bin/sh', ['-c', 'for i in 1 2 3; do sleep 0.4; "$0" 600 & done; wait', copy])
    const first = sleeper(copy)
    try {
      const exe = identity(copy).join(':')
      const member = `${String(first.pid)} ${first.start} ${exe}`
      const done = run('freeze', ['8', '60', '150000', '', member, exe, '', ''])
      const born = [...done.out.matchAll(/^frozen (\d+) \d+ \S+ respawned (\S+)$/gm)]
      expect(born).toHaveLength(3)
      for (const [, pid, path] of born) {
        expect(Buffer.from(path!, 'base64').toString()).toBe(`${copy}\n`)
        expect(readFileSync(`/proc/${pid!}/stat`, 'utf8')).toContain(') T ')
        process.kill(Number(pid), 'SIGKILL')
      }
      expect(done.out).toContain('quiet yes')
    } finally {
      reviver.kill('SIGKILL')
    }
  }, 30_000)

  it('notices that somebody ended what it stopped, and waits for what is started in its place', () => {
    const copy = join(home, 'labminer')
    execFileSync('cp', ['/bin/sleep', copy])
    const first = sleeper(copy)
    const watch =
      'until grep -q ") T " "/proc/$1/stat"; do sleep 0.05; done; sleep 0.2; kill -9 "$1"; sleep 1.4; "$0" 600 & wait'
    const watcher = spawn('/bin/sh', ['-c', watch, copy, String(first.pid)])
    try {
      const exe = identity(copy).join(':')
      const done = run('freeze', ['8', '60', '300000', '', `${String(first.pid)} ${first.start} ${exe}`, exe, '', ''])
      expect(done.out.match(/^ended \d+$/gm)).toEqual([`ended ${String(first.pid)}`])
      const [, pid] = /^frozen (\d+) \d+ \S+ respawned /m.exec(done.out) ?? []
      expect(readFileSync(`/proc/${pid!}/stat`, 'utf8')).toContain(') T ')
      process.kill(Number(pid), 'SIGKILL')
      expect(done.out).toContain('quiet yes')
    } finally {
      watcher.kill('SIGKILL')
    }
  }, 30_000)
})

describe.skipIf(!usable)('block and lift (root, x86_64 and the toolbox are needed)', () => {
  /** Everything happens in a mount namespace that ends with the script. */
  const inside = (body: string, ...args: readonly string[]): ScriptResult => {
    const words = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', body, 'inside', ...args]
    const done = spawnSync(busybox, words, {
      env: {
        TOOLS: toolbox,
        BLOCK: actScript('block-exec'),
        LIFT: actScript('lift-block'),
        STATE: actScript('block-state'),
      },
    })
    return { exit: done.status, out: done.stdout.toString(), err: done.stderr.toString() }
  }
  const names = ['plain', 'with blank', 'quote\'"$(touch pwned)', 'back\\slash', 'tab\there']
  const pointOf = (path: string) => path.replaceAll('\\', '\\134').replaceAll(' ', '\\040').replaceAll('\t', '\\011')

  it.each(names)('keeps a copied program from starting, and lets it start again: %j', (name) => {
    const folder = join(home, name)
    execFileSync('mkdir', [folder])
    execFileSync('cp', [busybox, join(folder, 'busybox')])
    const [dev, inode] = identity(join(folder, 'busybox'))
    const done = inside(
      `sh -c "$BLOCK" block "$1" "$2" "$3" ""; echo "block $?"
       cp "$1/busybox" "$1/again"; "$1/again" true 2>/dev/null; echo "start $?"
       sh -c "$BLOCK" block "$1" "$2" "$3" ""; echo "twice $?"
       sh -c "$STATE" state "$2"
       sh -c "$LIFT" lift "$1" "$2"; echo "lift $?"
       "$1/busybox" true; echo "start $?"
       sh -c "$STATE" state "$2"
       sh -c "$LIFT" lift "$1" "$2"; echo "twice $?"`,
      folder,
      pointOf(folder),
      `${dev}:${inode}`,
    )
    expect(done.err).toBe('')
    expect(done.out).toMatch(
      /^dev=\d+\ninode=\d+\nblock 0\nstart 126\nmount=ours\ntwice 10\nstate=blocked\nlift 0\nstart 0\nstate=open\ntwice 10\n$/,
    )
  })

  it('refuses a folder with a program nobody judged, one that is a link, and one that is a mount already', () => {
    const folder = join(home, 'mixed')
    execFileSync('mkdir', [folder])
    execFileSync('cp', ['/bin/sleep', join(folder, 'honest')])
    symlinkSync(folder, join(home, 'link'))
    const body = `sh -c "$BLOCK" block "$1" "$1" "$2" "$3"; echo "$?"; sh -c "$STATE" state "$1"`
    expect(inside(body, folder, '', sha('other'))).toMatchObject({
      out: '20\nstate=open\n',
      err: 'another program lives there\n',
    })
    expect(inside(body, folder, '', sha(readFileSync('/bin/sleep'))).out).toMatch(/\n0\nstate=blocked\n$/)
    expect(inside(body, join(home, 'link'), '', '')).toMatchObject({
      out: '20\nstate=open\n',
      err: 'not a plain folder\n',
    })
    expect(inside(`mount -t tmpfs none "$1"; ${body}`, folder, '', '')).toMatchObject({ out: '20\nstate=other\n' })
  })

  it('refuses a folder that an honest program runs from, although its file is gone from there', () => {
    const folder = join(home, 'runs')
    execFileSync('mkdir', [folder])
    execFileSync('cp', ['/bin/sleep', join(folder, 'honest')])
    const { pid } = sleeper(join(folder, 'honest'))
    rmSync(join(folder, 'honest'))
    const done = inside(`sh -c "$BLOCK" block "$1" "$1" "" ""; echo "$?"`, folder)
    expect(done.out).toBe('20\n')
    expect(done.err).toContain(`an honest program runs from it: /proc/${String(pid)}`)
  })

  it('leaves a mount that somebody put over its own', () => {
    const folder = join(home, 'covered')
    execFileSync('mkdir', [folder])
    const done = inside(
      `sh -c "$BLOCK" block "$1" "$1" "" "" >/dev/null; mount -t tmpfs none "$1"; sh -c "$LIFT" lift "$1" "$1"; echo "$?"`,
      folder,
    )
    expect(done).toMatchObject({ out: '20\n', err: 'another mount lies there\n' })
  })
})
