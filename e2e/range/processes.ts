// The processes of a range host as the kernel has them, read through this machine's own /proc: no preload, mount or module of the
// host can hide one. A process that ends while it is read is left out.
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { isFrozen } from './cgroups.ts'
import { birthOf } from './machine.ts'

export interface RangeProcess {
  /** As the host numbers it. */
  readonly pid: number
  /** As this machine numbers it. */
  readonly outsidePid: number
  /** Clock ticks since boot: with the pid, the identity of a process. */
  readonly birth: string
  readonly uid: number
  readonly comm: string
  /** Arguments; empty for one that overwrote them with nothing. */
  readonly argv: readonly string[]
  /** Link text of its executable, as seen from the host's root. */
  readonly exe: string
  /** `dev:inode` of its executable. */
  readonly exeInode: string
  /** One letter: R, S, D, T (stopped), Z … */
  readonly state: string
  /** Its cgroup is frozen. */
  readonly frozen: boolean
}

/** Reads those pids of this machine. */
export function readProcesses(pids: readonly number[]): readonly RangeProcess[] {
  return pids.flatMap((pid) => readProcess(pid) ?? [])
}

/** Only those whose argument vector, joined by blanks, or executable contains the text. */
export function matching(processes: readonly RangeProcess[], text: string): readonly RangeProcess[] {
  return processes.filter(({ argv, exe }) => argv.join(' ').includes(text) || exe.includes(text))
}

function readProcess(outsidePid: number): RangeProcess | null {
  const folder = `/proc/${outsidePid}`
  try {
    const status = readFileSync(`${folder}/status`, 'latin1')
    const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? ''
    const numbers = field('NSpid').split(/\s+/)
    const birth = birthOf(outsidePid)
    if (birth === null) return null
    const inode = statSync(`${folder}/exe`)
    return {
      pid: Number(numbers[1] ?? numbers[0]), // this machine's, the host's, and in a container on the host one more
      outsidePid,
      birth,
      uid: Number(field('Uid').split(/\s+/)[0]),
      comm: field('Name'),
      argv: readFileSync(`${folder}/cmdline`, 'utf8').split('\0').slice(0, -1),
      exe: readlinkSync(`${folder}/exe`),
      exeInode: `${inode.dev}:${inode.ino}`,
      state: field('State').slice(0, 1),
      frozen: isFrozen(outsidePid),
    }
  } catch {
    return null // it ended, or is a zombie without an executable
  }
}
