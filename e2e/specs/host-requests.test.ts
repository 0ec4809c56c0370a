// Requests to this machine over the framed shell: every byte of them, their limits, their order, and tools run in a clean room.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanRoom, cleanRoomFailure } from '../../main/core/host/clean-room.ts'
import { localConnection } from '../fixtures/local-connection.ts'
import { localSessions, out, pause, script, stateOf } from '../fixtures/local-sessions.ts'

const root = process.getuid?.() === 0
const { enter } = localSessions('host-requests')

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
