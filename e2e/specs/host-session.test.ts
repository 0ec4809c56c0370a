// The framed shell on a real host: this machine, entered as an ssh login would be, through the shipped toolbox. Needs Linux and the toolbox of its architecture.

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { hostText, ownText, shown } from '../../main/core/host-text.ts'
import { cleanRoom, cleanRoomFailure } from '../../main/core/host/clean-room.ts'
import { deadMan } from '../../main/core/host/dead-man.ts'
import { statExecutables, statFiles } from '../../main/core/host/file-meta.ts'
import { readHostFile } from '../../main/core/host/read-file.ts'
import type { HostReply, HostRequest, HostSession } from '../../main/core/host/session.ts'
import type { EnterOptions } from '../../main/core/host/enter.ts'
import { localConnection, localSession, localToolbox } from '../fixtures/local-connection.ts'

const root = process.getuid?.() === 0
const scratch = mkdtempSync(join(tmpdir(), 'host-session-'))
const open: HostSession[] = []

async function enter(options: Partial<EnterOptions> = {}, connection = localConnection()): Promise<HostSession> {
  const session = await localSession(options, connection)
  open.push(session)
  return session
}

afterEach(async () => {
  for (const session of open.splice(0)) await session.detach().catch(() => undefined)
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

const out = (reply: HostReply): string => Buffer.from(reply.stdout).toString('latin1')
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const script = (text: string, ...args: (string | Uint8Array)[]): HostRequest => ({
  argv: ['sh', '-c', text, 'test', ...args],
})

describe('arrival', () => {
  it('names the host, proves the toolbox, and leaves nothing behind', async () => {
    const session = await enter()
    const { arrival } = session
    expect(arrival.bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    expect(shown(arrival.kernel)).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim())
    expect(arrival.ourPids).toContain(process.pid)
    expect(statSync(arrival.workDir).mode & 0o777).toBe(0o700)
    await session.detach()
    expect(existsSync(arrival.workDir)).toBe(false)
  })

  it.each(['/bin/bash', '/bin/dash', '/bin/csh', '/usr/bin/tcsh', '/usr/bin/fish', '/usr/bin/zsh', '/usr/bin/mksh'])(
    'passes through %s as a login shell',
    async (shell) => {
      if (!existsSync(shell)) {
        console.log(`skipped: no ${shell} on this machine`)
        return
      }
      const session = await enter({}, localConnection([shell, '-c']))
      expect(out(await session.run({ argv: ['echo', 'inside'] }))).toBe('inside\n')
    },
  )

  it('works with busybox as every tool of the host', async () => {
    const busybox = join(scratch, 'tools')
    mkdirSync(busybox, { recursive: true })
    const toolbox = Object.values(localToolbox())[0]?.find(({ name }) => name === 'busybox')
    writeFileSync(join(busybox, 'busybox'), toolbox!.bytes, { mode: 0o755 })
    const session = await enter({}, localConnection([join(busybox, 'busybox'), 'sh', '-c']))
    expect(out(await session.run({ argv: ['echo', 'inside'] }))).toBe('inside\n')
  })

  it('keeps what the login chain prints as evidence, and never as output', async () => {
    const noisy = join(scratch, 'noisy')
    writeFileSync(
      noisy,
      '#!/bin/sh\necho "motd: $2"\nprintf "\\033[2Jno newline"\necho oops >&2\nexec /bin/sh "$@"\n',
      { mode: 0o755 },
    )
    const session = await enter({}, localConnection([noisy, '-c']))
    expect(out(await session.run({ argv: ['echo', 'x'] }))).toBe('x\n')
    const preamble = Buffer.from(session.arrival.preamble).toString()
    expect(preamble).toContain('motd: exec /bin/sh')
    expect(preamble).toContain('no newline')
    expect(preamble).toContain('oops')
  })

  it.each([
    ['a login that prints without end', '#!/bin/sh\nexec yes\n', 'host-flooded'],
    ['a login that says no', '#!/bin/sh\necho This account is currently not available.\nexit 1\n', 'shell-unusable'],
    ['a login that echoes our command', '#!/bin/sh\nprintf "%s\\n" "$2" "$2"\n', 'shell-unusable'],
    ['a system that is not Linux', '#!/bin/sh\nexec sh -c "$(printf %s "$2" | sed "s/= Linux/= Plan9/")"\n', undefined],
  ])('tells %s by its own code', async (_, text, code) => {
    const login = join(scratch, 'login')
    writeFileSync(login, text, { mode: 0o755 })
    const entering = enter({}, localConnection([login, '-c']))
    if (code !== undefined) await expect(entering).rejects.toMatchObject({ code })
    else await expect(entering).rejects.toMatchObject({ code: 'not-linux' })
  })

  it('refuses an architecture it has no toolbox for, and takes its folder away again', async () => {
    const before = ownFolders()
    const [tools] = Object.values(localToolbox())
    const other = process.arch === 'arm64' ? 'x86_64' : 'aarch64'
    await expect(enter({ toolbox: { [other]: tools! } })).rejects.toMatchObject({ code: 'arch-unsupported' })
    await pause(300)
    expect(ownFolders()).toEqual(before)
  })

  it('finds a toolbox that was damaged on the way, and takes its folder away again', async () => {
    const before = ownFolders()
    const [[arch, tools]] = Object.entries(localToolbox()) as [
      [string, readonly { name: string; bytes: Uint8Array; sha256: string }[]],
    ]
    const damage = (at: number, byte: number): Partial<EnterOptions> => ({
      toolbox: {
        [arch]: tools.map((tool) =>
          tool.name === 'busybox'
            ? { ...tool, bytes: tool.bytes.map((old, index) => (index === at ? byte : old)) }
            : tool,
        ),
      },
    })
    await expect(enter(damage(0, 0x20))).rejects.toMatchObject({ code: 'toolbox-damaged' }) // no ELF any more
    const getfattr = tools.map((tool) => (tool.name === 'getfattr' ? { ...tool, sha256: '0'.repeat(64) } : tool))
    await expect(enter({ toolbox: { [arch]: getfattr } })).rejects.toMatchObject({ code: 'toolbox-damaged' })
    await pause(300)
    expect(ownFolders()).toEqual(before)
  })
})

/** The kernel's letter for a process; `?` when there is none. */
function stateOf(pid: number): string {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '?'
  } catch {
    return '?'
  }
}

function ownFolders(): readonly string[] {
  return ['/run', '/dev/shm', '/tmp', '/var/tmp'].flatMap((place) =>
    readdirSync(place)
      .filter((name) => /^\.[0-9a-f]{12}$/.test(name))
      .map((name) => `${place}/${name}`),
  )
}

describe('requests', () => {
  it('carry every byte an argument can hold through a real ash, and stdin without loss', async () => {
    const session = await enter()
    const word = fc.uint8Array({ min: 1, max: 255, maxLength: 64 })
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), fc.uint8Array({ maxLength: 300 }), async (words, stdin) => {
        const [asArgs, asEnv, asInput] = await Promise.all([
          session.run(script('printf "%s\\0" "$@"', ...words)),
          session.run({ argv: ['env'], env: { VALUE: 'a=b\nc' } }),
          session.run({ argv: ['cat'], stdin }),
        ])
        // printf with no arguments left prints its format once
        const expected =
          words.length === 0
            ? Buffer.from([0])
            : Buffer.concat(words.flatMap((one) => [Buffer.from(one), Buffer.from([0])]))
        expect(Buffer.from(asArgs.stdout)).toEqual(expected)
        expect(out(asEnv)).toContain('VALUE=a=b\nc\n')
        expect(Buffer.from(asInput.stdout)).toEqual(Buffer.from(stdin))
      }),
      { numRuns: 40 },
    )
    const all = Uint8Array.from({ length: 255 }, (_, index) => index + 1)
    expect(Buffer.from((await session.run(script('printf %s "$1"', all))).stdout)).toEqual(Buffer.from(all))
  })

  it('are all sent before the first reply is awaited', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const before = connection.written.length
    const replies = Array.from({ length: 20 }, (_, index) => session.run({ argv: ['echo', String(index)] }))
    await Promise.resolve()
    await Promise.resolve()
    expect(connection.written.length - before).toBe(20)
    expect((await Promise.all(replies)).map(out)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`))
  })

  it('find no tool of the host by a bare name, and start with an empty environment', async () => {
    const session = await enter()
    const [perl, sshd, env] = await Promise.all([
      session.run({ argv: ['perl', '-e', '1'] }),
      session.run(script('sshd -V')),
      session.run({ argv: ['env'] }),
    ])
    expect(perl.exit).toBe(127)
    expect(sshd.exit).toBe(127)
    expect(out(env)).toBe(`PATH=${session.arrival.workDir}\n`)
  })

  it('say what they cut: output beyond its limit, time beyond its limit', async () => {
    const session = await enter()
    const [cut, exact, slow, loud] = await Promise.all([
      session.run({ argv: ['yes'], stdoutLimit: 1000 }),
      session.run({ argv: ['printf', '%s', 'x'.repeat(1000)], stdoutLimit: 1000 }),
      session.run({ argv: ['sh', '-c', 'echo begun; sleep 60'], timeLimit: 300 }),
      session.run({ argv: ['sh', '-c', 'yes >&2'], stderrLimit: 10, timeLimit: 5000 }),
    ])
    expect(cut).toMatchObject({ truncated: { stdout: true, stderr: false }, timedOut: false })
    expect(cut.stdout).toHaveLength(1000)
    expect(exact).toMatchObject({ truncated: { stdout: false }, exit: 0 })
    expect(slow).toMatchObject({ exit: null, timedOut: true })
    expect(out(slow)).toBe('begun\n')
    expect(loud).toMatchObject({ truncated: { stdout: false, stderr: true } })
  })

  it('leave nothing running in their group, and a runaway that holds the streams costs its limit, no more', async () => {
    const session = await enter()
    const started = performance.now()
    const [group, runaway, next] = await Promise.all([
      session.run(script('sleep 61 & echo $!')),
      session.run({ ...script('setsid sleep 62 & usleep 200000; echo $!'), timeLimit: 800 }),
      session.run({ argv: ['echo', 'still here'] }),
    ])
    expect(performance.now() - started).toBeLessThan(8000)
    await pause(200) // whoever adopts orphans here takes a moment to bury them
    expect(stateOf(Number(out(group)))).toMatch(/^[Z?]$/)
    expect(runaway.truncated.stdout).toBe(true)
    expect(out(next)).toBe('still here\n')
    const pid = Number(out(runaway))
    expect(pid).toBeGreaterThan(1) // what it said before the limit is not lost
    process.kill(pid, 'SIGKILL')
  })

  it('take a mebibyte of stdin and give back four', async () => {
    const session = await enter()
    const stdin = new Uint8Array(1024 * 1024).map((_, index) => index * 7)
    const [echoed, large] = await Promise.all([
      session.run({ argv: ['sha256sum'], stdin }),
      session.run({ argv: ['dd', 'if=/dev/zero', 'bs=1048576', 'count=4'], stdoutLimit: 4 * 1024 * 1024 }),
    ])
    const expected = execFileSync('sha256sum', { input: stdin }).toString().slice(0, 64)
    expect(out(echoed).slice(0, 64)).toBe(expected)
    expect(large.stdout).toHaveLength(4 * 1024 * 1024)
    expect(large.truncated.stdout).toBe(false)
  })

  it('report exit status and signals as a shell does', async () => {
    const session = await enter()
    const replies = await Promise.all([
      session.run(script('exit 3')),
      session.run(script('kill -TERM $$')),
      session.run({ argv: ['/nonexistent'] }),
    ])
    expect(replies.map(({ exit }) => exit)).toEqual([3, 143, 127])
  })

  it('can be cancelled without disturbing the ones behind', async () => {
    const session = await enter()
    const stop = new AbortController()
    const slow = session.run({ argv: ['sleep', '1'] }, { signal: stop.signal })
    const next = session.run({ argv: ['echo', 'next'] })
    stop.abort()
    await expect(slow).rejects.toMatchObject({ code: 'cancelled' })
    expect(out(await next)).toBe('next\n')
  })

  it('on the bulk lane never make the control lane wait', async () => {
    const session = await enter()
    const bulk = session.run({ argv: ['sleep', '3'] }, { lane: 'bulk' })
    const started = performance.now()
    await session.run({ argv: ['true'] })
    expect(performance.now() - started).toBeLessThan(2000)
    await bulk
  })
})

describe('a lane that dies', () => {
  it('takes its pending requests with it, and the next request opens another in the same folder', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const pending = expect(session.run({ argv: ['sleep', '5'] })).rejects.toMatchObject({ code: 'link-lost' })
    await pause(200)
    connection.children[0]!.kill('SIGKILL')
    await pause(200)
    connection.children[0]!.stdout!.destroy() // the sleep still holds nothing of ours but its own streams
    await pending
    const [again, twice] = await Promise.all([session.run({ argv: ['env'] }), session.run({ argv: ['echo', 'twice'] })])
    expect(out(again)).toBe(`PATH=${session.arrival.workDir}\n`)
    expect(out(twice)).toBe('twice\n')
    // control, the bulk lane standing by, and the one new control lane
    expect(connection.children).toHaveLength(3)
  })

  it('in mid-request leaves nothing running once its folder is gone and its time is over', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const { workDir } = session.arrival
    const pending = session.run({ argv: ['sleep', '30'], timeLimit: 500 }).catch(() => undefined)
    await pause(200)
    connection.children[0]!.kill('SIGKILL')
    connection.children[0]!.stdout!.destroy()
    await pending
    await session.detach().catch(() => undefined)
    rmSync(workDir, { recursive: true, force: true })
    await pause(2500)
    const ours = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(workDir)
      } catch {
        return false // it ended while we looked
      }
    })
    expect(ours).toEqual([])
  })

  it('while it stands by is replaced when it is wanted', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const gone = new Promise((done) => connection.children[1]!.once('close', done))
    connection.children[1]!.kill('SIGKILL')
    await gone
    const reply = await session.run({ argv: ['echo', 'bulk'] }, { lane: 'bulk' })
    expect(out(reply)).toBe('bulk\n')
    expect(connection.children).toHaveLength(3)
  })

  it('while it stands by may say what it likes, and is neither believed nor kept without bound', async () => {
    const login = join(scratch, 'chatty')
    // from the second crossing on: our marker, and then no end
    const lines = [
      '#!/bin/sh',
      'case "$2" in *"read -r d"*)',
      `  [ -e ${scratch}/chatted ] || { : >${scratch}/chatted; printf "\\n%s lane\\n" "$(printf %s "$2" | grep -oE "[0-9a-f]{32}" | head -n 1)"; exec yes; };;`,
      'esac',
      'exec /bin/sh "$@"',
      '',
    ]
    writeFileSync(login, lines.join('\n'), { mode: 0o755 })
    const connection = localConnection([login, '-c'])
    const session = await enter({}, connection)
    const chatty = connection.children[1]!
    if (chatty.exitCode === null && chatty.signalCode === null) await new Promise((done) => chatty.once('close', done))
    const reply = await session.run({ argv: ['echo', 'bulk'] }, { lane: 'bulk' })
    expect(out(reply)).toBe('bulk\n')
    expect(connection.children).toHaveLength(3)
  })
})

describe('once', () => {
  const key = 'act-once-1'
  const append = (file: string): HostRequest => ({
    ...script('echo ran >>"$1"; echo out; echo err >&2; exit 7', file),
    once: key,
  })

  it('runs a key once and replays the whole reply', async () => {
    const session = await enter()
    const file = join(scratch, 'once')
    const first = await session.run(append(file))
    const second = await session.run(append(file))
    expect(readFileSync(file, 'utf8')).toBe('ran\n')
    expect(first).toMatchObject({ exit: 7, replayed: false })
    expect(second).toMatchObject({ exit: 7, replayed: true, stdout: first.stdout, stderr: first.stderr })
    expect(second.clocks.hostStart).toBe(first.clocks.hostStart)
  })

  it('finishes when the link drops in mid-run, and a later session reads what it left', async () => {
    const file = join(scratch, 'dropped')
    const connection = localConnection()
    const first = await localSession({}, connection)
    const act: HostRequest = { ...script('sleep 1; echo ran >>"$1"; echo finished', file), once: 'act-drop-1' }
    const lost = expect(first.run(act)).rejects.toMatchObject({ code: 'link-lost' })
    await pause(400)
    connection.children[0]!.stdin!.destroy()
    connection.children[0]!.stdout!.destroy()
    connection.children[0]!.stderr!.destroy()
    await first.close()
    await lost
    const second = await enter({ adoptDir: first.arrival.workDir })
    expect(second.arrival).toMatchObject({ adopted: true, workDir: first.arrival.workDir })
    const reply = await second.run(act)
    expect(reply).toMatchObject({ replayed: true, exit: 0 })
    expect(out(reply)).toBe('finished\n')
    expect(readFileSync(file, 'utf8')).toBe('ran\n')
  })

  it('does not run a request whose last byte never came', async () => {
    const file = join(scratch, 'partial')
    const connection = localConnection()
    const session = await localSession({}, connection)
    const [child] = connection.children
    const words = `test\0sh\0-c\0touch ${file}`
    child!.stdin!.end(`run 99 5.000 10 10 3 0 0 -\n${words.slice(5)}`)
    await new Promise((resolve) => child!.once('close', resolve))
    expect(existsSync(file)).toBe(false)
    rmSync(session.arrival.workDir, { recursive: true })
    await session.close()
  })

  it.each([
    [
      'a folder open to others',
      (dir: string) => {
        chmodSync(dir, 0o755)
      },
    ],
    [
      'a folder with another busybox',
      (dir: string) => {
        rmSync(join(dir, 'busybox'))
        writeFileSync(join(dir, 'busybox'), '#!/bin/sh\n')
      },
    ],
    [
      'a folder of another boot',
      (dir: string) => {
        writeFileSync(join(dir, 'boot'), 'x\n')
      },
    ],
  ])('does not adopt %s', async (_, spoil) => {
    const first = await localSession()
    await first.close()
    spoil(first.arrival.workDir)
    const second = await enter({ adoptDir: first.arrival.workDir })
    expect(second.arrival.adopted).toBe(false)
    rmSync(first.arrival.workDir, { recursive: true })
  })

  it('does not adopt through a link or a path of someone else’s making', async () => {
    const first = await localSession()
    await first.close()
    const link = join(scratch, 'link')
    symlinkSync(first.arrival.workDir, link)
    expect((await enter({ adoptDir: link })).arrival.adopted).toBe(false)
    expect((await enter({ adoptDir: '/run/$(id)' })).arrival.adopted).toBe(false)
    rmSync(first.arrival.workDir, { recursive: true })
  })
})

describe('reading files', () => {
  it('gives bytes, metadata and a digest that agree, for small, large, cut, empty and /proc', async () => {
    const session = await enter()
    const large = join(scratch, 'large')
    writeFileSync(large, Buffer.alloc(9 * 1024 * 1024 + 5, 'abcdefg'))
    const digest = execFileSync('sha256sum', [large]).toString().slice(0, 64)
    const whole = await readHostFile(session, { path: ownText(large), limit: 20e6 })
    expect(Buffer.from(whole.bytes).equals(readFileSync(large))).toBe(true)
    expect(whole).toMatchObject({ hostSha256: digest, truncated: false, changed: false })
    expect(whole.meta.identity.sha256).toBe(digest)
    const cut = await readHostFile(session, { path: ownText(large), limit: 5e6 })
    expect(cut).toMatchObject({ truncated: true })
    expect(cut.hostSha256).toBe(
      execFileSync('sh', ['-c', `head -c 5000000 ${large} | sha256sum`])
        .toString()
        .slice(0, 64),
    )
    const empty = join(scratch, 'empty')
    writeFileSync(empty, '')
    expect(await readHostFile(session, { path: ownText(empty), limit: 10 })).toMatchObject({
      truncated: false,
      bytes: new Uint8Array(),
    })
    const proc = await readHostFile(session, { path: ownText('/proc/self/status'), limit: 1e6 })
    expect(Buffer.from(proc.bytes).toString()).toMatch(/^Name:/)
    const exact = await readHostFile(session, { path: ownText(large), limit: 9 * 1024 * 1024 + 5 })
    expect(exact).toMatchObject({ truncated: false, hostSha256: digest })
  })

  it('never opens pipes or devices, and tells absent from unreadable', async () => {
    const session = await enter()
    const pipe = join(scratch, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(await readHostFile(session, { path: ownText(pipe), limit: 10 })).toMatchObject({
      meta: { type: 'fifo' },
      bytes: new Uint8Array(),
    })
    await expect(readHostFile(session, { path: ownText('/nope'), limit: 10 })).rejects.toMatchObject({
      code: 'file-unreadable',
      params: { reason: 'absent' },
    })
  })

  it('looks many names up in one round trip, hostile ones among them', async () => {
    const session = await enter()
    const dir = mkdtempSync(join(scratch, 'names-'))
    const names = ['plain', '-n', 'a\nb', ' blank ', "quo'te", '$(id)', '\u0001', 'ü', 'x'.repeat(200)]
    for (const name of names) writeFileSync(join(dir, name), name)
    symlinkSync('pl\nain', join(dir, 'link'))
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'seen', join(dir, 'plain')], { stdio: 'ignore' })
    const paths = [...names, 'link', 'missing'].map((name) => hostText(Buffer.from(join(dir, name))))
    const readings = await statFiles(session, paths)
    expect(readings.map(({ state }) => state)).toEqual([...names.map(() => 'present'), 'present', 'absent'])
    names.forEach((name, index) => {
      const reading = readings[index]!
      const real = statSync(join(dir, name), { bigint: true })
      if (reading.state !== 'present') throw new Error(name)
      expect(reading.meta).toMatchObject({
        type: 'file',
        size: String(real.size),
        mode: '0644',
        nlink: 1,
        path: paths[index],
      })
      expect(reading.meta.identity).toMatchObject({ inode: String(real.ino), dev: String(real.dev) })
      expect(reading.meta.mtime.replace('.', '')).toBe(String(real.mtimeNs))
      expect(reading.meta.identity.sha256).toBe(execFileSync('sha256sum', { input: name }).toString().slice(0, 64))
    })
    expect(readings[names.length]).toMatchObject({
      meta: { type: 'symlink', linkTarget: 'pl\\x0aain', identity: { sha256: null } },
    })
  })

  it('looks at executables through /proc, the deleted among them', async () => {
    const session = await enter()
    const copy = join(scratch, 'sleeper')
    execFileSync('cp', ['/bin/sleep', copy])
    const child = spawn(copy, ['60'])
    await pause(100)
    rmSync(copy)
    const [reading, none] = await statExecutables(session, [child.pid!, 4_000_000])
    expect(reading).toMatchObject({
      state: 'present',
      meta: { nlink: 0, identity: { sha256: execFileSync('sha256sum', ['/bin/sleep']).toString().slice(0, 64) } },
    })
    expect(none).toEqual({ state: 'absent' })
    child.kill('SIGKILL')
  })
})

describe('the dead man', () => {
  const startOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[19]!

  it('resumes what is listed when the workbench falls silent, only that, and takes our folder away after a detach', async () => {
    const session = await enter()
    const [listed, unlisted] = [spawn('sleep', ['60']), spawn('sleep', ['60'])]
    const identity = { bootId: session.arrival.bootId, pid: listed.pid!, startTime: startOf(listed.pid!) }
    const man = deadMan(session)
    const armed = await man.arm(
      [
        { key: 'act-listed', process: identity },
        { key: 'act-reused', process: { ...identity, pid: unlisted.pid!, startTime: '1' } },
      ],
      3,
    )
    expect(armed).toEqual({ standing: ['act-listed', 'act-reused'], log: [] })
    for (const child of [listed, unlisted]) child.kill('SIGSTOP')
    await pause(1500)
    await man.renew()
    await pause(1800)
    expect(stateOf(listed.pid!)).toBe('T') // renewed in time
    await session.detach()
    await pause(5000)
    expect(stateOf(listed.pid!)).not.toBe('T')
    expect(stateOf(unlisted.pid!)).toBe('T')
    expect(existsSync(session.arrival.workDir)).toBe(false)
    for (const child of [listed, unlisted]) child.kill('SIGKILL')
  })

  it('is disarmed by key, leaves when nothing is left, and tells a later session what he did', async () => {
    const session = await enter()
    const child = spawn('sleep', ['60'])
    const identity = { bootId: session.arrival.bootId, pid: child.pid!, startTime: startOf(child.pid!) }
    const man = deadMan(session)
    await man.arm([{ key: 'act-first', process: identity }], 1)
    await man.arm([{ key: 'act-second', process: identity }], 600)
    expect((await man.disarm('act-second')).standing).not.toContain('act-second')
    await pause(3500)
    const state = await man.renew()
    expect(state.standing).toEqual([])
    expect(state.log).toMatchObject([{ key: 'act-first', result: 'resumed' }])
    expect(existsSync(join(session.arrival.workDir, 'dead-man', 'armed'))).toBe(false)
    child.kill('SIGKILL')
  })
})

describe.skipIf(!root)('the clean room', () => {
  it('runs a tool with a covered preload file and an empty environment, in a namespace of its own', async () => {
    const session = await enter()
    const reply = await session.run({
      argv: cleanRoom('/bin/sh', ['-c', 'echo "$0 $1"; readlink /proc/self/ns/mnt; env', 'a b', '$(id)'], {
        LANG: 'C',
      }),
    })
    expect(cleanRoomFailure(reply)).toBeNull()
    const [words, namespace] = out(reply).split('\n')
    expect(words).toBe('a b $(id)')
    expect(namespace).not.toBe(execFileSync('readlink', ['/proc/self/ns/mnt']).toString().trim())
    expect(out(reply)).not.toContain(session.arrival.workDir)
  })

  it('says when it could not be made, instead of running the tool', async () => {
    const session = await enter()
    const argv = cleanRoom('/bin/echo', ['ran'])
    const reply = await session.run({
      argv: ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', ...argv],
    })
    expect(out(reply)).toBe('')
    expect(reply.exit).not.toBe(0)
  })
})
