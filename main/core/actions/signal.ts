// One signal to one identified process: the request that pause, resume, kill and their undo share, and the reading of its reply.

import type { ProcessIdentity } from '../host/identity.ts'
import type { HostRequest } from '../host/session.ts'
import type { ActContext, CaptureSpec } from './verb.ts'
import type { Tri } from '../tri.ts'
import { underCleanProc } from '../host/clean-proc.ts'
import stateScript from './process-state.sh?raw'
import script from './signal.sh?raw'

export type Signal = 'STOP' | 'CONT' | 'KILL'

/** Milliseconds: the script itself waits at most two seconds for the state to change; hashing a large executable takes the rest. */
const signalTimeLimit = 9000

/** Checks pid, start time and executable, then signals, in one request. `mustBeStopped` refuses a process that is not frozen (kill). */
export function signalRequest(signal: Signal, identity: ProcessIdentity, mustBeStopped: boolean): HostRequest {
  return {
    argv: underCleanProc(script, 'signal', [
      signal,
      String(identity.pid),
      identity.startTime,
      identity.exeDev ?? '-',
      identity.exeInode ?? '-',
      identity.exeSha256 ?? '-',
      mustBeStopped ? 'yes' : 'no',
    ]),
    timeLimit: signalTimeLimit,
  }
}

/** Present and stopped: yes; present and running: no; another process or none: `gone`; unreadable: unknown. */
export async function processState(
  identity: ProcessIdentity,
  context: Pick<ActContext, 'session'>,
): Promise<'stopped' | 'running' | 'gone' | 'unknown'> {
  const reply = await context.session.run({
    argv: underCleanProc(stateScript, 'process-state', [String(identity.pid), identity.startTime]),
  })
  const answer = new TextDecoder().decode(reply.stdout).trim()
  return answer === 'stopped' || answer === 'running' || answer === 'gone' ? answer : 'unknown'
}

/** The stack's name for a process. */
export function processObject(identity: ProcessIdentity): string {
  return `process:${String(identity.pid)}:${identity.startTime}`
}

const captureEntries = {
  exe: { entry: 'exe', required: true, limit: 64 * 1024 * 1024 },
  cmdline: { entry: 'cmdline', required: true, limit: 1024 * 1024 },
  environ: { entry: 'environ', required: false, limit: 1024 * 1024 },
  maps: { entry: 'maps', required: true, limit: 4 * 1024 * 1024 },
  status: { entry: 'status', required: true, limit: 64 * 1024 },
  stat: { entry: 'stat', required: true, limit: 64 * 1024 },
  fds: { entry: 'fds', required: false, limit: 1024 * 1024 },
  cgroup: { entry: 'cgroup', required: false, limit: 64 * 1024 },
} as const

/**
 * What to keep of a process before it is touched. Bytes that a frozen or exiting process may refuse (environ, fds) do not block the act.
 * `sockets` falls to the tables themselves: the process's descriptors name the inodes.
 */
export function processCaptures(identity: ProcessIdentity, names: readonly string[]): readonly CaptureSpec[] {
  return names.flatMap((name): CaptureSpec[] => {
    if (name === 'sockets') {
      return ['tcp', 'tcp6', 'udp', 'udp6'].map((table) => ({
        what: `process/net-${table}`,
        read: {
          by: 'request',
          request: { argv: underCleanProc('cat "$1"', 'cat', [`/proc/${String(identity.pid)}/net/${table}`]) },
        },
        required: false,
        limit: 1024 * 1024,
      }))
    }
    const known = Object.entries(captureEntries).find(([key]) => key === name)?.[1]
    if (!known) return []
    return [
      {
        what: `process/${known.entry}`,
        read: { by: 'process', pid: identity.pid, startTime: identity.startTime, entry: known.entry },
        required: known.required,
        limit: known.limit,
      },
    ]
  })
}

/** Stopped means the pause stands. */
export function standsStopped(state: Awaited<ReturnType<typeof processState>>): Tri {
  return state === 'unknown' ? 'unknown' : state === 'stopped' ? 'yes' : 'no'
}
