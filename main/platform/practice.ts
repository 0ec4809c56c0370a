// A host to practise on: boots one disposable machine with a harmless stand-in miner, where this machine can. The range that comes with the sources does the
// booting, as a child whose end is the host's end: nothing is left when it stops, when we stop, or when either is killed.

import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Practice } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Frozen } from '../core/rpc/define.ts'
import { programFolder } from './resources.ts'

/** What infects it: enough for every kind of step, and little enough to walk through in minutes. */
const scenario = 'hidden-miner'
/** Milliseconds a stop waits before the child is killed; its guard takes the host down then. */
const stopLimit = 20_000

/** One line of the range's `hold` command. */
const said = z.union([
  z.strictObject({ state: z.literal('booting'), detail: z.string() }),
  z.strictObject({ state: z.literal('ready'), address: z.string(), identity: z.string(), hostKey: z.string() }),
])

type View = Frozen<Practice>

export interface Practising {
  view(): View
  start(told: (practice: View) => void): Promise<void>
  readonly stop: () => Promise<void>
}

/** What the machine offers, asked at start; given in tests. */
export interface PracticeMachine {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly root: boolean
  readonly has: (path: string) => boolean
  /** folder of the sources */
  readonly folder: string
}

/** Why no host can be booted here, in one sentence; null when one can. */
export function practiceMissing(machine: PracticeMachine): string | null {
  const { platform, arch, root, has, folder } = machine
  if (platform !== 'linux') return 'Practice hosts need Linux with systemd-nspawn.'
  if (arch !== 'x64') return 'Practice hosts are built for x86_64 only.'
  if (!has(join(folder, 'e2e/range/cli.ts')) || !has(join(folder, 'node_modules/tsx')))
    return 'Practice hosts come with the source checkout, not with the packaged program.'
  if (!root) return 'Practice hosts need root: start the workbench as root to boot one.'
  if (!has('/usr/bin/systemd-nspawn') && !has('/usr/bin/apt-get'))
    return 'systemd-nspawn is not installed, and there is no apt-get to install it with.'
  return null
}

function thisMachine(): PracticeMachine {
  return {
    platform: process.platform,
    arch: process.arch,
    root: process.getuid?.() === 0,
    has: existsSync,
    folder: join(programFolder('resources'), '..'),
  }
}

/** One practice host, off at first. */
export function practiceHost(machine: PracticeMachine = thisMachine()): Practising {
  const missing = practiceMissing(machine)
  const off: View =
    missing === null
      ? { state: 'off', detail: '', destination: null }
      : { state: 'unavailable', detail: missing, destination: null }
  let view = off
  let child: ChildProcess | null = null
  let tell: (practice: View) => void = () => undefined

  const become = (next: View): void => {
    view = next
    tell(view)
  }
  const onLine = (line: string): void => {
    const read = said.safeParse(parsed(line))
    if (!read.success) return // a tool that the range runs may print; only whole lines of ours count
    if (read.data.state === 'booting') become({ state: 'booting', detail: read.data.detail, destination: null })
    else {
      const { address, identity, hostKey } = read.data
      become({
        state: 'ready',
        detail: `Its host key is ${hostKey}`,
        destination: { address: `root@${address}`, jumps: null, identity, sshConfig: false },
      })
    }
  }

  return {
    view: () => view,
    start(told) {
      if (missing !== null) return Promise.reject(new TourniquetError('practice-failed', { detail: missing }))
      if (child !== null) return Promise.reject(new TourniquetError('busy', { what: 'practice' }))
      tell = told
      const started = hold(machine.folder)
      child = started
      become({ state: 'booting', detail: 'Starting the range.', destination: null })
      let errors = ''
      started.stderr?.on('data', (bytes: Buffer) => {
        errors = `${errors}${bytes.toString('utf8')}`.slice(-1000)
      })
      if (started.stdout) createInterface({ input: started.stdout }).on('line', onLine)
      const ended = (detail: string): void => {
        if (child !== started) return // stopped by us
        child = null
        become({ state: 'failed', detail, destination: null })
      }
      started.once('error', (cause) => {
        ended(cause.message)
      })
      started.once('exit', (code, signal) => {
        ended(errors.trim() || `The practice host ended by itself (${signal ?? String(code)}).`)
      })
      return Promise.resolve()
    },
    async stop() {
      const leaving = child
      if (leaving === null) {
        if (view !== off) become(off)
        return
      }
      child = null
      await end(leaving)
      become(off)
    },
  }
}

/** Holds a host for as long as its standard input is open: our death closes it, whatever killed us. */
function hold(folder: string): ChildProcess {
  const cli = join(folder, 'e2e/range/cli.ts')
  // In the desktop shell execPath is Electron's; the range is a program of Node.
  const node = 'electron' in process.versions ? 'node' : process.execPath
  return spawn(node, ['--import', 'tsx', cli, 'hold', scenario], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C at our terminal is ours to answer; the child hears of it when we leave
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TOURNIQUET_RANGE: process.env['TOURNIQUET_RANGE'] },
  })
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      resolve()
      return
    }
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimit)
    child.once('exit', () => {
      clearTimeout(late)
      resolve()
    })
    child.stdin?.end()
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null // not a line of ours
  }
}
