// What is timed over the long link, ours and the neighbour's: each workload is prepared once a link, then run as often as there are samples.
// A run returns nothing; only its time counts, and a wrong answer ends the bench.

import { join } from 'node:path'
import { enter, engineDeps, leave, tool } from '../../main/compose.ts'
import type { EnterOptions } from '../../main/core/host/enter.ts'
import { enterHost } from '../../main/core/host/enter.ts'
import type { HostSession } from '../../main/core/host/session.ts'
import { triageHost } from '../../main/core/playbook/run.ts'
import type { Connection } from '../../main/core/ports.ts'
import { createCaseFolder } from '../../main/platform/case-folder.ts'
import { systemClock } from '../../main/platform/clock.ts'
import { nodeHashing } from '../../main/platform/hashing.ts'
import { systemRandom } from '../../main/platform/random.ts'
import { loadToolbox } from '../../main/platform/resources.ts'
import { dial } from '../../main/ssh/dial.ts'
import type { BenchHost } from './host.ts'
import { freshCommand, sharedConnection } from './openssh.ts'

/** Twenty things a responder reads that do not depend on one another. */
const reads = [
  ...['loadavg', 'uptime', 'stat', 'meminfo', 'version', 'mounts', 'cmdline', 'filesystems', 'cpuinfo', 'vmstat'],
  ...['net/tcp', 'net/udp', 'net/unix', 'net/route', 'net/dev', 'self/status', 'self/mountinfo', 'self/limits'],
  ...['sys/kernel/osrelease', 'sys/kernel/hostname'],
].map((name) => `/proc/${name}`)

/** Steps of the dependent chain: each begins when the one before has answered. Short, so that on a busy machine some chain runs undisturbed. */
const chain = 4
/** What sshd grants on one connection at once (MaxSessions). */
const sessionsAtOnce = 10

/** Ready to run on one link. `run` may say how long it took, when part of it does not count. */
export interface Ready {
  run(): Promise<number | undefined>
  close(): Promise<void>
}

export interface Workload {
  readonly id: string
  readonly what: string
  /** steps in one run: figures are for one of them */
  readonly steps: number
  readonly goal: number | null
  readonly prepare: (host: BenchHost, port: number) => Promise<Ready>
}

/** A logged-in connection of ours. */
export function connect(host: BenchHost, port: number): Promise<Connection> {
  return dial(
    { host: '127.0.0.1', user: 'root', port },
    {
      credentials: { keyFile: host.keyFile, agent: 'off' },
      hostKeys: { files: [], trustNew: false, pin: host.fingerprint },
    },
  )
}

async function session(host: BenchHost, port: number): Promise<HostSession> {
  return enterHost(await connect(host, port), await entering())
}

async function entering(): Promise<EnterOptions> {
  return { toolbox: await loadToolbox(nodeHashing), clock: systemClock, random: systemRandom, hashing: nodeHashing }
}

async function read(on: HostSession, path: string): Promise<void> {
  const reply = await on.run({ argv: ['cat', path] })
  if (reply.exit !== 0) throw new Error(`${path} was not read: ${Buffer.from(reply.stderr).toString()}`)
}

const nothing = () => Promise.resolve()

export const independentReads: Workload = {
  id: 'reads',
  what: '20 independent reads, one session',
  steps: 1,
  goal: 2,
  prepare: async (host, port) => {
    const on = await session(host, port)
    return {
      run: async () => {
        await Promise.all(reads.map((path) => read(on, path)))
        return undefined
      },
      close: () => on.detach(),
    }
  },
}

export const dependentStep: Workload = {
  id: 'step',
  what: 'a dependent step',
  steps: chain,
  goal: 1.05,
  prepare: async (host, port) => {
    const on = await session(host, port)
    return {
      run: async () => {
        for (const path of reads.slice(0, chain)) await read(on, path)
        return undefined
      },
      close: () => on.detach(),
    }
  },
}

export const arrival: Workload = {
  id: 'arrival',
  what: 'arrival: connect to first answer',
  steps: 1,
  goal: null,
  prepare: (host, port) =>
    Promise.resolve({
      run: async () => {
        const began = performance.now()
        const on = await session(host, port)
        await read(on, '/proc/loadavg')
        const took = performance.now() - began
        await on.detach()
        return took
      },
      close: nothing,
    }),
}

/** Everything `triage` does for one host, from the dial to the verdict, the case on disk among it. */
export const coldTriage: Workload = {
  id: 'triage',
  what: 'triage of one host, cold',
  steps: 1,
  goal: 12,
  prepare: async (host, port) => {
    const store = await createCaseFolder(join(host.folder, `case-${port}`), {
      examiner: 'bench',
      tool,
      keys: join(host.folder, `keys-${port}`),
    })
    const deps = engineDeps(store, {
      approver: { decide: () => Promise.resolve({ decision: 'missing' }) },
      attestor: { attest: () => Promise.resolve(null) },
      deadManTtl: 0,
      hostView: true,
      indicators: [],
    })
    return {
      run: async () => {
        const began = performance.now()
        const entered = await enter(store, `bench-${port}`, await connect(host, port), {
          sudo: false,
          sudoPassword: undefined,
        })
        const { verdict, unknowns } = await triageHost(deps, entered)
        const took = performance.now() - began
        await leave(store, entered, false, 'bench')
        if (verdict === 'unknown')
          console.warn(`triage was not complete: ${unknowns.map(({ what }) => what).join(', ')}`)
        return took
      },
      close: () => store.close(),
    }
  },
}

export const sshFresh: Workload = {
  id: 'ssh',
  what: 'OpenSSH, a connection a command',
  steps: 1,
  goal: null,
  prepare: (host, port) =>
    Promise.resolve({
      run: async () => {
        await freshCommand(host, port, 'cat /proc/loadavg')
        return undefined
      },
      close: nothing,
    }),
}

export const sshShared: Workload = {
  id: 'mux',
  what: 'OpenSSH, ControlMaster, a command',
  steps: 5,
  goal: null,
  prepare: async (host, port) => {
    const shared = await sharedConnection(host, port)
    return {
      run: async () => {
        for (const path of reads.slice(0, 5)) await shared.command(`cat ${path}`)
        return undefined
      },
      close: () => shared.close(),
    }
  },
}

export const sshSharedAtOnce: Workload = {
  id: 'mux-20',
  what: 'OpenSSH, ControlMaster, 20 at once*',
  steps: 1,
  goal: null,
  prepare: async (host, port) => {
    const shared = await sharedConnection(host, port)
    return {
      run: async () => {
        for (let at = 0; at < reads.length; at += sessionsAtOnce)
          await Promise.all(reads.slice(at, at + sessionsAtOnce).map((path) => shared.command(`cat ${path}`)))
        return undefined
      },
      close: () => shared.close(),
    }
  },
}
