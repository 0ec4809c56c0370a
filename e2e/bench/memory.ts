// How much memory and processor a browser's processes take, read from /proc: what a tool inside the browser says of itself leaves out what it does not know of.

import { readdirSync, readFileSync } from 'node:fs'

/** Every process of the browser with that profile. */
export function pidsOf(profile: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && [pid, ...ancestors(pid)].some((one) => commandOf(one).includes(profile)))
}

/** The processes of its pages, their workers included. */
export function rendererPids(profile: string): readonly number[] {
  return pidsOf(profile).filter((pid) => commandOf(pid).includes('--type=renderer'))
}

/** MiB that a process holds in memory; 0 when it has ended. */
export function resident(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readText(`/proc/${String(pid)}/status`))?.[1] ?? 0) / 1024
}

/** Seconds of processor time, of 100 ticks each (proc_pid_stat(5)); the name before the fields may hold blanks. */
export function worked(pid: number): number {
  const fields = readText(`/proc/${String(pid)}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

function ancestors(pid: number): readonly number[] {
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(readText(`/proc/${String(pid)}/status`))?.[1] ?? 0)
  return parent <= 1 ? [] : [parent, ...ancestors(parent)]
}

function commandOf(pid: number): string {
  return readText(`/proc/${String(pid)}/cmdline`)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // the process has ended
  }
}
