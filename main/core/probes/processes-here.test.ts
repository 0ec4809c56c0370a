// Processes of the machine the tests run on: hostile words, a mount over /proc/N, a busy one, our own. By the real script under the real toolbox.
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ready } from '../../platform/here-fixture.ts'
import { lookHere, of, spoiling } from '../../platform/look-here-fixture.ts'
import { shown } from '../host-text.ts'
import type { LookResult } from './look.ts'

describe.skipIf(!ready)('processes of this machine (skipped: needs root and the toolbox)', () => {
  let result: LookResult
  const sleeper = (argv0: string, env: Record<string, string>) =>
    spawn('/bin/sleep', ['60'], { argv0, env, stdio: 'ignore' })
  const nasty = sleeper(`sleeper\n) R 1 1 \x1b[2J\u202e`, { LD_PRELOAD: '', SECRET: 'x', HISTFILE: '/dev/null' })
  const covered = sleeper('covered', {})
  const long = spawn('/bin/sh', ['-c', 'sleep 60; :', 'x'.repeat(100_000)], { stdio: 'ignore', detached: true })
  const spinner = spawn('/bin/sh', ['-c', 'ulimit -t 30; while :; do :; done'], { stdio: 'ignore' }) // ends by itself should this process be killed
  const pidOf = (pid: number | undefined) => of(result, 'process').find(({ identity }) => identity.pid === pid)
  beforeAll(async () => {
    result = await lookHere(['processes'], `/bin/mount -t tmpfs none /proc/${covered.pid ?? 0}`)
  })
  afterAll(() => {
    for (const child of [nasty, covered, spinner]) child.kill('SIGKILL')
    if (long.pid !== undefined) process.kill(-long.pid, 'SIGKILL')
  })

  it('finds a process with a hostile argv, whole and identified', () => {
    const fact = pidOf(nasty.pid)!
    expect(shown(fact.argv0!)).toBe('sleeper\\x0a) R 1 1 \\x1b[2J\\xe2\\x80\\xae')
    expect(shown(fact.cmdline)).toMatch(/ 60$/)
    expect(shown(fact.exe!)).toMatch(/\/sleep$/)
    expect(fact.identity.exeSha256).toBe(createHash('sha256').update(readFileSync('/bin/sleep')).digest('hex'))
    expect(fact).toMatchObject({ inReaddir: 'yes', inHostPs: 'yes', kernelThread: false, ppid: process.pid, uid: 0 })
    expect(fact.cpuPermille).toBeLessThan(50)
  })

  it('brings the variables that matter and leaves the others on the host', () => {
    const names = pidOf(nasty.pid)!.environ?.map((variable) => shown(variable))
    expect(names?.sort()).toEqual(['HISTFILE=/dev/null', 'LD_PRELOAD='])
    const raw = result.outcomes.flatMap(({ raw: some }) =>
      some.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
    )
    expect(raw.join('')).not.toContain('SECRET')
  })

  it('sees a process below a mount over its folder, which the host ps does not', () => {
    expect(pidOf(covered.pid)).toMatchObject({ overMounted: true, inReaddir: 'yes', inHostPs: 'no' })
    expect(shown(pidOf(covered.pid)!.exe!)).toMatch(/\/sleep$/)
    expect(pidOf(nasty.pid)).toMatchObject({ overMounted: false })
  })

  it('cuts a command line of 100 kB and says so', () => {
    expect(pidOf(long.pid)).toMatchObject({ cmdlineCut: true })
    expect(shown(pidOf(long.pid)!.cmdline).length).toBeLessThanOrEqual(4096)
    expect(pidOf(nasty.pid)).toMatchObject({ cmdlineCut: false })
  })

  it('measures a spinning process over the window', () => {
    // how much it gets is up to the machine; the sleepers get nothing
    expect(pidOf(spinner.pid)!.cpuPermille).toBeGreaterThan(pidOf(nasty.pid)!.cpuPermille!)
    expect(pidOf(spinner.pid)!.cpuPermille).toBeLessThanOrEqual(1050)
  })

  it('knows kernel threads by their flag and itself by descent', () => {
    expect(pidOf(2)).toMatchObject({ kernelThread: true, exe: null, ours: false })
    expect(of(result, 'process').some(({ ours }) => ours)).toBe(true)
    expect(pidOf(process.pid)).toMatchObject({ ours: false })
  })

  it('takes no process for hidden that is not, and leaves nothing unknown', () => {
    expect(of(result, 'process').filter(({ inReaddir }) => inReaddir === 'no')).toEqual([])
    expect(spoiling(result)).toEqual([])
  })
})
