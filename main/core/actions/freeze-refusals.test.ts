// What the freeze script refuses on real processes: the guarded although they were planned, and a number that is no longer the planned process.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actScript, freshHome, identity, leaveHome, runText, usable } from '../../platform/act-script-fixture.ts'

let home: string
let child: ChildProcess
let pid: string
let exe: string
beforeEach(() => {
  ;({ home } = freshHome())
  child = spawn('/bin/sleep', ['600'])
  execFileSync('sleep', ['0.1'])
  pid = String(child.pid)
  exe = identity('/bin/sleep').join(':')
})
afterEach(() => {
  child.kill('SIGKILL')
  leaveHome(home)
})

const fields = (): readonly string[] => (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ')

/** One planned member; every signal is written down. `host` is shell in the place of what the host would say. */
function freeze(start: string, guards: string, host = '') {
  const signals = join(home, 'signals')
  writeFileSync(signals, '')
  const told = `kill() { echo "$*" >>'${signals}'; busybox kill "$@"; }\n${host}\n${actScript('freeze')}`
  const done = runText(told, 'freeze', ['8', '1', '1000', guards, `${pid} ${start} ${exe}`, '', '', '', ''])
  return { ...done, signals: readFileSync(signals, 'utf8') }
}

describe.skipIf(!usable)('a planned process (root, x86_64 and the toolbox are needed)', () => {
  it('is not stopped when it is guarded by its number or by what it runs', () => {
    for (const guard of [`pid ${pid}`, `exe ${exe}`]) {
      const done = freeze(fields()[19] ?? '', guard)
      expect(done).toMatchObject({ exit: 0, signals: '' })
      expect(done.out).toContain(`refused ${pid}\n`)
    }
    expect(fields()[0]).toBe('S')
  })

  it('gets no signal at all when another has its number by now', () => {
    const done = freeze('1', '')
    expect(done.out).toContain(`changed ${pid}\n`)
    expect(done.signals).toBe('')
  })

  it('is let go at once when the number changed hands between the look and the signal', () => {
    const seen = join(home, 'seen')
    // the first look finds the planned one, the next another of the same number
    const host = `cat() { case $1 in
        /proc/${pid}/stat) if [ -e '${seen}' ]; then echo '${pid} (other) T 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 0'; else : >'${seen}'; busybox cat "$1"; fi ;;
        *) busybox cat "$@" ;;
      esac; }`
    const done = freeze(fields()[19] ?? '', '', host)
    expect(existsSync(seen)).toBe(true)
    expect(done.out).toContain(`changed ${pid}\n`)
    expect(done.out).not.toContain(`frozen ${pid}`)
    expect(done.signals).toBe(`-STOP ${pid}\n-CONT ${pid}\n`)
    expect(fields()[0]).toBe('S')
  })
})
