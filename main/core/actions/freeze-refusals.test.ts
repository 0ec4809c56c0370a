// What the freeze script refuses on real processes: the guarded although they were planned, and a number that is no longer the planned process.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { actScript, freshHome, runText, usable } from '../../platform/act-script-fixture.ts'
import { sleeper, stateOf, type Sleeper } from '../../platform/sleeper-fixture.ts'

let home: string
let planned: Sleeper
beforeEach(() => {
  ;({ home } = freshHome())
  planned = sleeper()
})

/** One planned member; every signal is written down. `host` is shell in the place of what the host would say. */
function freeze(start: string, guards: string, host = '') {
  const { pid, exe } = planned
  const signals = join(home, 'signals')
  writeFileSync(signals, '')
  const told = `kill() { echo "$*" >>'${signals}'; busybox kill "$@"; }\n${host}\n${actScript('freeze')}`
  const done = runText(told, 'freeze', [
    '8',
    '1',
    '1000',
    guards,
    `${String(pid)} ${start} ${exe.join(':')}`,
    '',
    '',
    '',
    '',
  ])
  return { ...done, signals: readFileSync(signals, 'utf8') }
}

describe.skipIf(!usable)('a planned process (root, x86_64 and the toolbox are needed)', () => {
  it('is not stopped when it is guarded by its number or by what it runs', () => {
    for (const guard of [`pid ${String(planned.pid)}`, `exe ${planned.exe.join(':')}`]) {
      const done = freeze(planned.start, guard)
      expect(done).toMatchObject({ exit: 0, signals: '' })
      expect(done.out).toContain(`refused ${String(planned.pid)}\n`)
    }
    expect(stateOf(planned.pid)).toBe('S')
  })

  it('gets no signal at all when another has its number by now', () => {
    const done = freeze('1', '')
    expect(done.out).toContain(`changed ${String(planned.pid)}\n`)
    expect(done.signals).toBe('')
  })

  it('is let go at once when the number changed hands between the look and the signal', () => {
    const seen = join(home, 'seen')
    // the first look finds the planned one, the next another of the same number
    const host = `cat() { case $1 in
        /proc/${String(planned.pid)}/stat) if [ -e '${seen}' ]; then echo '${String(planned.pid)} (other) T 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 0'; else : >'${seen}'; busybox cat "$1"; fi ;;
        *) busybox cat "$@" ;;
      esac; }`
    const done = freeze(planned.start, '', host)
    expect(existsSync(seen)).toBe(true)
    expect(done.out).toContain(`changed ${String(planned.pid)}\n`)
    expect(done.out).not.toContain(`frozen ${String(planned.pid)}`)
    expect(done.signals).toBe(`-STOP ${String(planned.pid)}\n-CONT ${String(planned.pid)}\n`)
    expect(stateOf(planned.pid)).toBe('S')
  })
})
