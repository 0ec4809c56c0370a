// The act scripts against somebody who knows them: planted links and folders, hosts that stop in mid-act, names that steer a terminal, and
// an innocent program copied for a disguise. Run by the real busybox on real files and processes of our own.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
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
import type { HostSession } from '../host/session.ts'
import { ownText } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aProcess } from '../judge/fixtures/facts.ts'
import type { Clock } from '../ports.ts'
import type { Fact, ProcessFact } from '../probes/facts.ts'
import { freeze } from './freeze.ts'
import { quarantine } from './quarantine.ts'
import type { PlanInput } from './verb.ts'

const tools = join(import.meta.dirname, '../../../resources/toolbox/x86_64')
const script = (name: string): string => readFileSync(join(import.meta.dirname, `${name}.sh`), 'utf8')
const usable = process.getuid?.() === 0 && process.arch === 'x64' && existsSync(join(tools, 'setfattr'))

interface Result {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

function run(name: string, args: readonly string[], stdin: Uint8Array | string = ''): Result {
  const done = spawnSync(join(tools, 'busybox'), ['sh', '-c', script(name), name, ...args], {
    input: stdin,
    env: { TOOLS: tools },
  })
  return { exit: done.status, out: done.stdout.toString(), err: done.stderr.toString() }
}

const sha = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
const flagsOf = (path: string): string =>
  execFileSync('lsattr', ['-d', path]).toString().split(' ')[0]!.replaceAll('-', '')
const identity = (path: string): [string, string] => {
  const at = lstatSync(path, { bigint: true })
  return [String(at.dev), String(at.ino)]
}

let home: string
let shared: string
let quarantineDir: string
beforeEach(() => {
  home = mkdtempSync('/var/tmp/tourniquet-hostile-')
  shared = mkdtempSync('/dev/shm/tourniquet-hostile-')
  execFileSync('chmod', ['755', home])
  mkdirSync(join(home, 'quarantine'), { mode: 0o700 })
  quarantineDir = join(home, 'quarantine/case-1')
})
afterEach(() => {
  spawnSync('chattr', ['-R', '-ia', home])
  rmSync(home, { recursive: true })
  rmSync(shared, { recursive: true })
})

/** `quarantine ACT PATH` of a file with these bytes, perhaps edited. */
function take(act: string, path: string, bytes: string, edited: string | null = null, who = identity(path)): Result {
  const args = [quarantineDir, act, path, ...who, sha(bytes), edited === null ? '-' : sha(edited)]
  return run('quarantine', [...args, script('restore-by-hand')], edited ?? '')
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
    const done = spawnSync(join(tools, 'busybox'), ['sh', '-c', tick + wraps + script(name), name, ...args], {
      input: stdin,
      env: { TOOLS: tools, PATH: tools },
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

describe.skipIf(!usable)('freeze against a disguise', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  const start = (exe: string): number => {
    const child = spawn(exe, ['600'])
    children.push(child)
    return child.pid!
  }
  const stat = (pid: number): string[] =>
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]!
      .split(' ')

  it('never lets an executable that is known to be innocent join by its bytes', () => {
    const [miner, database] = [join(home, 'miner'), join(home, 'database')]
    execFileSync('cp', ['/bin/sleep', miner])
    execFileSync('cp', ['/bin/sleep', database])
    const [hostile, innocent, sibling] = [start(miner), start(database), start(miner)]
    execFileSync('sleep', ['0.1'])
    const member = `${String(hostile)} ${stat(hostile)[19]!} ${identity(miner).join(':')}`
    const hash = sha(readFileSync(miner))
    const args = ['8', '5', '50000', '', member, '', hash, '', identity(database).join(':')]
    const done = run('freeze', args)
    expect(done).toMatchObject({ exit: 0, err: '' })
    expect([hostile, innocent, sibling].map((pid) => stat(pid)[0])).toEqual(['T', 'S', 'T'])
  })
})

describe('the plan of a freeze', () => {
  const finding = (process: ProcessFact): Finding => ({
    id: `process:${String(process.identity.pid)}`,
    kind: 'process',
    score: 90,
    proposed: 'yes',
    title: 'process.miner',
    params: {},
    tags: [],
    target: {
      kind: 'process',
      identity: process.identity,
      exe: process.exe,
      cmdline: process.cmdline,
      cgroup: process.cgroup,
    },
    reasons: [],
    related: [],
  })
  async function closureOf(
    miner: ProcessFact,
    others: readonly Fact[],
  ): Promise<{ inodes: string[]; hashes: string[]; innocent: string[] }> {
    const input = {
      findings: [finding(miner)],
      facts: [miner, ...others],
      options: { closure: { same: ['inode', 'sha256', 'cgroup'], max: 32 } },
      capture: [],
      changes: [],
      caseId: 'case-1',
      session: { arrival: { ourPids: [] } } as unknown as HostSession,
      clock: {} as Clock,
    } satisfies PlanInput
    const { items } = await freeze.plan(input)
    return items[0]!.args as unknown as { inodes: string[]; hashes: string[]; innocent: string[] }
  }
  const digest = 'ab'.repeat(32)
  const miner = aProcess(600, '/tmp/.x/kworker', { exeSha256: digest, cgroup: '/user.slice/a.scope' })
  const dropped = aFile('/tmp/.x/kworker', null)

  it('widens by the executable and the bytes of what was dropped', async () => {
    const { inodes, hashes } = await closureOf(miner, [dropped])
    expect(inodes).toEqual([`${miner.identity.exeDev!}:${miner.identity.exeInode!}`])
    expect(hashes).toEqual([digest])
  })

  it('does not widen to a database because the miner is a copy of it', async () => {
    const database = aProcess(70, '/usr/lib/postgresql/15/bin/postgres', { exeSha256: digest })
    const packaged = aFile('/usr/lib/postgresql/15/bin/postgres', 'postgresql-15')
    const { hashes, innocent } = await closureOf(miner, [dropped, database, packaged])
    expect(hashes).toEqual([])
    expect(innocent).toEqual([`${database.identity.exeDev!}:${database.identity.exeInode!}`])
    // nor where nobody could say whose the other one is
    expect((await closureOf(miner, [dropped, database])).hashes).toEqual([])
    const same = { meta: { identity: { dev: '2049', inode: '7', sha256: digest } } }
    expect((await closureOf(miner, [dropped, aFile('/usr/bin/python3', 'python3', same)])).hashes).toEqual([])
  })

  it('does not widen to every interpreter because the miner runs a hard link of one', async () => {
    const { identity: same } = miner
    const python = { ...aProcess(71, '/usr/bin/python3'), identity: { ...same, pid: 71, startTime: '710' } }
    const packaged = aFile('/usr/bin/python3', 'python3', {
      meta: { identity: { dev: same.exeDev!, inode: same.exeInode!, sha256: null } },
    })
    const linked = aFile('/tmp/.x/kworker', null, { meta: { identity: packaged.meta.identity } })
    expect(await closureOf(miner, [linked, python, packaged])).toMatchObject({ inodes: [], hashes: [] })
  })

  it('does not widen to every old interpreter because its package was upgraded', async () => {
    const old = { ...miner, exe: ownText('/usr/bin/python3'), exeDeleted: true }
    expect(await closureOf(old, [aFile('/usr/bin/python3', 'python3')])).toMatchObject({ inodes: [], hashes: [] })
    const own = { ...miner, exeDeleted: true }
    expect((await closureOf(own, [])).inodes).toHaveLength(1)
  })
})

describe('the plan of a quarantine', () => {
  it('leaves alone what was never looked at as a file: whose it is, is unknown', async () => {
    const file = aFile('/opt/thing', null)
    const found: Finding = {
      id: 'file:1',
      kind: 'file',
      score: 90,
      proposed: 'yes',
      title: 'file.payload',
      params: {},
      tags: [],
      related: [],
      target: { kind: 'file', path: file.meta.path, identity: file.meta.identity },
      reasons: [],
    }
    const input = {
      findings: [found],
      facts: [] as Fact[],
      options: {},
      capture: ['file'],
      changes: [],
      caseId: 'case-1',
      session: {} as HostSession,
      clock: {} as Clock,
    } satisfies PlanInput
    expect(await quarantine.plan(input)).toMatchObject({ items: [], declined: [{ reason: 'unknown' }] })
    expect((await quarantine.plan({ ...input, facts: [file] })).items).toHaveLength(1)
  })
})
