// Processes of a test: they sleep, and are killed when it is over; and what the kernel says of them.

import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { identity } from './act-script-fixture.ts'

export interface Sleeper {
  readonly pid: number
  /** clock ticks since boot, as the kernel writes them */
  readonly start: string
  /** device and inode of its executable */
  readonly exe: readonly [string, string]
  /** kills it, and waits until it is gone */
  end(): Promise<void>
}

/** Runs a copy of sleep, or sleep itself, for ten minutes at most. */
export function sleeper(path = '/bin/sleep'): Sleeper {
  const child = spawn(path, ['600'])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  execFileSync('sleep', ['0.1']) // until it is the program and no longer the test that forked
  const pid = child.pid ?? 0
  return {
    pid,
    start: startOf(pid),
    exe: identity(path),
    end: () =>
      new Promise((gone) => {
        child.once('exit', () => {
          gone()
        })
        child.kill('SIGKILL')
      }),
  }
}

/** The fields of /proc/PID/stat after the name, which may hold anything. */
function statOf(pid: number): readonly string[] {
  const line = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
  return line.slice(line.lastIndexOf(') ') + 2).split(' ')
}

/** One letter: `S` sleeps, `T` is stopped. */
export const stateOf = (pid: number): string => statOf(pid)[0] ?? ''

export const startOf = (pid: number): string => statOf(pid)[19] ?? ''
