// Quarantine against somebody who knows its scripts: planted links and folders, hosts that stop in mid-act, names that steer a terminal.
// Run by the real busybox on real files.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

let home: string
let shared: string
let quarantineDir: string
beforeEach(() => {
  ;({ home, quarantineDir } = freshHome())
  shared = mkdtempSync('/dev/shm/tourniquet-hostile-')
  execFileSync('chmod', ['755', home])
})
afterEach(() => {
  rmSync(shared, { recursive: true })
})

/** `quarantine ACT PATH` of a file with these bytes, perhaps edited. */
function take(
  act: string,
  path: string,
  bytes: string,
  edited: string | null = null,
  who = identity(path),
): ScriptResult {
  const args = [quarantineDir, act, path, ...who, sha(bytes), edited === null ? '-' : sha(edited)]
  return run('quarantine', [...args, actScript('restore-by-hand')], edited ?? '')
}

describe.skipIf(!usable)(
  'quarantine against a host that plants things (root, x86_64 and the toolbox are needed)',
  () => {
    it('does not write through a link that waits where the copy is made on the way back', () => {
      const victim = join(home, 'shadow')
      writeFileSync(victim, 'root:secret\n', { mode: 0o600 })
      const path = join(shared, 'miner')
      writeFileSync(path, 'on tmpfs')
      chownSync(path, 33, 33)
      expect(take('act-link', path, 'on tmpfs').out).toContain('how=copied')
      symlinkSync(victim, join(shared, '.tourniquet-act-link'))
      run('restore', [quarantineDir, 'act-link', '-', '-', '-'])
      expect(readFileSync(victim, 'utf8')).toBe('root:secret\n')
      expect(lstatSync(victim)).toMatchObject({ uid: 0, gid: 0, mode: 0o100600 })
    })

    it('does not write through a link that waits where an edited file is made', () => {
      const victim = join(home, 'shadow')
      writeFileSync(victim, 'root:secret\n', { mode: 0o600 })
      const path = join(home, 'crontab')
      writeFileSync(path, 'good\nevil\n')
      chownSync(path, 33, 33)
      symlinkSync(victim, join(home, '.tourniquet-act-edit'))
      take('act-edit', path, 'good\nevil\n', 'good\n')
      expect(readFileSync(victim, 'utf8')).toBe('root:secret\n')
      expect(lstatSync(victim)).toMatchObject({ uid: 0, mode: 0o100600 })
    })

    it('puts nothing back through a folder that has become a link to another place', () => {
      const folder = join(home, 'www')
      const elsewhere = join(home, 'profile.d')
      mkdirSync(folder)
      mkdirSync(elsewhere)
      const path = join(folder, 'evil.sh')
      writeFileSync(path, 'payload')
      expect(take('act-dir', path, 'payload').exit).toBe(0)
      rmSync(folder, { recursive: true })
      symlinkSync(elsewhere, folder)
      expect(run('restore', [quarantineDir, 'act-dir', '-', '-', '-'])).toMatchObject({ exit: 20 })
      execFileSync('/bin/sh', ['-c', 'sh "$1" --all; true', 'x', join(quarantineDir, 'RESTORE.sh')])
      expect(readdirSync(elsewhere)).toEqual([])
      rmSync(folder)
      mkdirSync(folder)
      expect(run('restore', [quarantineDir, 'act-dir', '-', '-', '-'])).toMatchObject({ exit: 0 })
      expect(readFileSync(path, 'utf8')).toBe('payload')
    })

    it('refuses an entry that is a link, and one that is not ours', () => {
      const path = join(home, 'file')
      writeFileSync(path, 'x')
      mkdirSync(quarantineDir, { mode: 0o700 })
      mkdirSync(join(home, 'theirs'))
      symlinkSync(join(home, 'theirs'), join(quarantineDir, 'act-entry'))
      expect(take('act-entry', path, 'x')).toMatchObject({ exit: 30 })
      expect(readdirSync(join(home, 'theirs'))).toEqual([])
      rmSync(join(quarantineDir, 'act-entry'))
      mkdirSync(join(quarantineDir, 'act-entry'), { mode: 0o755 })
      execFileSync('chmod', ['755', join(quarantineDir, 'act-entry')])
      expect(take('act-entry', path, 'x')).toMatchObject({ exit: 30 })
      expect(readFileSync(path, 'utf8')).toBe('x')
    })

    it('does not move a file into a folder planted where its bytes should go', () => {
      const path = join(home, 'file')
      writeFileSync(path, 'x')
      execFileSync('chattr', ['+i', path])
      mkdirSync(join(quarantineDir, 'act-data/data'), { recursive: true, mode: 0o700 })
      expect(take('act-data', path, 'x')).toMatchObject({ exit: 30 })
      expect(lstatSync(path).isFile()).toBe(true)
      expect(flagsOf(path)).toContain('i')
    })

    it('shows names in RESTORE.sh without obeying them', () => {
      const path = join(home, 'a\u001b]0;owned\u0007b\nc')
      writeFileSync(path, 'x')
      expect(take('act-name', path, 'x').exit).toBe(0)
      const listed = execFileSync('/bin/sh', [join(quarantineDir, 'RESTORE.sh')]).toString()
      expect(listed).toMatch(/^act-name\t[\x20-\x7e]+\n$/)
    })

    it('does not replace a dangling link that stands there when a person puts a file back', () => {
      const path = join(home, 'file')
      writeFileSync(path, 'x')
      expect(take('act-hand', path, 'x').exit).toBe(0)
      symlinkSync('/nowhere', path)
      const done = spawnSync('/bin/sh', [join(quarantineDir, 'RESTORE.sh'), 'act-hand'])
      expect(done.status).toBe(1)
      expect(lstatSync(path).isSymbolicLink()).toBe(true)
    })
  },
)

describe.skipIf(!usable)('quarantine on a host that stopped in mid-act', () => {
  it('tells all that undo needs when it is asked again after its answer was lost', () => {
    const path = join(home, 'file')
    writeFileSync(path, 'good\nevil\n')
    execFileSync('chattr', ['+i', path])
    const who = identity(path)
    const first = take('act-lost', path, 'good\nevil\n', 'good\n', who)
    const again = take('act-lost', path, 'good\nevil\n', 'good\n', who)
    expect(first.exit).toBe(0)
    expect(again.exit).toBe(10)
    expect(again.out.split('\n').sort()).toEqual(first.out.split('\n').sort())
  })

  it('finishes an edit that was cut off after the original had left', () => {
    const path = join(home, 'crontab')
    writeFileSync(path, 'good\nevil\n')
    chownSync(path, 0, 42)
    const who = identity(path)
    expect(take('act-cut', path, 'good\nevil\n', 'good\n', who).exit).toBe(0)
    rmSync(path) // as if the power had failed between the two renames
    const again = take('act-cut', path, 'good\nevil\n', 'good\n', who)
    expect(again).toMatchObject({ exit: 10, err: '' })
    expect(readFileSync(path, 'utf8')).toBe('good\n')
    expect(lstatSync(path)).toMatchObject({ gid: 42 })
    const left = /^new=(\d+) (\d+) ([0-9a-f]{64})$/m.exec(again.out)!.slice(1)
    expect(run('restore', [quarantineDir, 'act-cut', ...left])).toMatchObject({ exit: 0 })
    expect(identity(path)).toEqual(who)
  })

  it('knows the file as taken from the moment it has left its place', () => {
    const path = join(home, 'file')
    writeFileSync(path, 'x')
    const who = identity(path)
    // strace would be the honest way to stop between two system calls; the order of the marks on disk shows the same
    expect(take('act-mark', path, 'x', null, who).exit).toBe(0)
    const entry = join(quarantineDir, 'act-mark')
    const [marked, moved] = ['moved', 'data'].map((name) => lstatSync(join(entry, name), { bigint: true }).ctimeNs)
    expect(marked!).toBeLessThanOrEqual(moved!)
  })

  it('goes on from a copy that was cut off, and keeps the locks it had seen', () => {
    const path = join(home, 'file')
    writeFileSync(path, 'whole bytes')
    execFileSync('chattr', ['+i', path])
    const who = identity(path)
    expect(take('act-half', path, 'whole bytes', null, who).exit).toBe(0)
    // as if the first attempt had unlocked the file, copied half and stopped
    const entry = join(quarantineDir, 'act-half')
    renameSync(join(entry, 'data'), path)
    rmSync(join(entry, 'moved'))
    writeFileSync(join(entry, 'data'), 'who')
    expect(take('act-half', path, 'whole bytes', null, who)).toMatchObject({ exit: 0 })
    expect(readFileSync(join(entry, 'data'), 'utf8')).toBe('whole bytes')
    expect(run('restore', [quarantineDir, 'act-half', '-', '-', '-'])).toMatchObject({ exit: 0 })
    expect(flagsOf(path)).toContain('i')
  })

  it('finishes a way back that was cut off after the file stood in its place again', () => {
    const path = join(home, 'file')
    writeFileSync(path, 'x')
    execFileSync('chattr', ['+i', path])
    expect(take('act-back', path, 'x').exit).toBe(0)
    renameSync(join(quarantineDir, 'act-back/data'), path)
    expect(run('restore', [quarantineDir, 'act-back', '-', '-', '-'])).toMatchObject({ exit: 10 })
    expect(flagsOf(path)).toContain('i')
    expect(run('restore', [quarantineDir, 'act-back', '-', '-', '-'])).toMatchObject({ exit: 10 })
  })

  it('takes a link that leads nowhere across file systems', () => {
    const path = join(shared, 'link')
    symlinkSync('/nowhere/at/all', path)
    const taken = run('quarantine', [quarantineDir, 'act-sym', path, ...identity(path), '-', '-', ''])
    expect(taken).toMatchObject({ exit: 0 })
    expect(run('restore', [quarantineDir, 'act-sym', '-', '-', '-'])).toMatchObject({ exit: 0 })
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
  })
})

describe.skipIf(!usable)('quarantine cut off before any one of its changes', () => {
  const changing = ['mkdir', 'rmdir', 'mv', 'rm', 'ln', 'cp', 'chattr', 'chown', 'chmod', 'fsync', 'cat', 'touch']
  /** The script with every command that changes something counted, and the whole killed before the one that is asked for. */
  function cutOff(name: string, args: readonly string[], stdin: string, at: number): boolean {
    const counted = join(home, 'counted')
    writeFileSync(counted, '')
    const tick = `tick() { echo x >>${counted}; [ "$(wc -l <${counted})" != ${String(at)} ] || { kill -9 $$; exit 9; }; }\n`
    const wraps = changing.map((each) => `${each}() { tick; busybox ${each} "$@"; }\n`).join('')
    const done = spawnSync(busybox, ['sh', '-c', tick + wraps + actScript(name), name, ...args], {
      input: stdin,
      env: { TOOLS: toolbox, PATH: toolbox },
    })
    return done.signal === 'SIGKILL'
  }

  it.each([
    ['a locked file edited in a locked folder', true, 'good\n'],
    ['a file copied from another file system', false, null],
  ] as const)('is made whole by asking again, and undone whole: %s', { timeout: 120_000 }, (_, locked, edited) => {
    let cuts = 0
    for (let at = 1; at < 200; at++) {
      const act = `act-${String(at)}`
      const folder = join(locked ? home : shared, `at-${String(at)}`)
      mkdirSync(folder)
      const path = join(folder, 'crontab')
      writeFileSync(path, 'good\nevil\n')
      chownSync(path, 0, 42)
      if (locked) execFileSync('chattr', ['+i', path, folder])
      const who = identity(path)
      const args = [quarantineDir, act, path, ...who, sha('good\nevil\n'), edited === null ? '-' : sha(edited), '']
      const cut = cutOff('quarantine', args, edited ?? '', at)
      const again = run('quarantine', args, edited ?? '')
      expect([at, again.err, [0, 10].includes(again.exit ?? -1)]).toEqual([at, '', true])
      expect(existsSync(path) ? readFileSync(path, 'utf8') : null).toBe(edited)
      expect(readdirSync(folder)).toEqual(edited === null ? [] : ['crontab'])
      if (locked) expect([at, flagsOf(folder)]).toEqual([at, expect.stringContaining('i')])
      const left = /^new=(\d+) (\d+) ([0-9a-f]{64})$/m.exec(again.out)?.slice(1) ?? ['-', '-', '-']
      const undone = cutOff('restore', [quarantineDir, act, ...left], '', at)
      const back = run('restore', [quarantineDir, act, ...left])
      expect([at, back.err, [0, 10].includes(back.exit ?? -1)]).toEqual([at, '', true])
      expect(readFileSync(path, 'utf8')).toBe('good\nevil\n')
      expect(readdirSync(folder)).toEqual(['crontab'])
      expect(lstatSync(path)).toMatchObject({ gid: 42 })
      if (locked) {
        expect([at, identity(path), flagsOf(path)]).toEqual([at, who, expect.stringContaining('i')])
        expect([at, flagsOf(folder)]).toEqual([at, expect.stringContaining('i')])
      }
      if (cut) cuts++
      if (!cut && !undone) break
    }
    expect(cuts).toBeGreaterThan(8)
  })
})
