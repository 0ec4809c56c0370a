// The product as a stranger uses it: its command line in a process of its own, its JSON events read line by line.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryFolder } from '../range/machine.ts'
import type { RangeHost } from '../range/host.ts'

export interface Event {
  readonly type: string
  readonly [field: string]: unknown
}

export interface HostResult {
  readonly host: string
  readonly verdict: string
  readonly exit: number
  readonly findings?: readonly {
    readonly kind: string
    readonly score: number
    readonly proposed: string
    readonly title: string
    readonly target: string
  }[]
  readonly steps?: readonly { readonly id: string; readonly outcome: string }[]
  readonly changes?: readonly {
    readonly verb: string
    readonly step: string
    readonly act: string
    /** of an undo */
    readonly outcome?: string
    readonly skip?: string | null
    readonly notRestored?: readonly string[]
  }[]
  readonly remaining?: readonly { readonly kind: string; readonly title: string; readonly target: string }[]
}

export interface Finished {
  readonly exit: number | null
  readonly events: readonly Event[]
  /** the last event's hosts */
  readonly hosts: readonly HostResult[]
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly events: readonly Event[]
  /** Resolves with the first event that matches; rejects when the program ends without one. */
  until(matches: (event: Event) => boolean): Promise<Event>
  readonly finished: Promise<Finished>
}

/** A folder of one test's own for cases, keys and known hosts. */
export function workFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tourniquet-e2e-'))
}

/** Starts a command with `--json`. Keys and caches go to `home`, never to the developer's own. */
export function start(
  home: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [join(repositoryFolder, 'resources/bin/tourniquet.mjs'), ...args, '--json'], {
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), SSH_AUTH_SOCK: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: Event[] = []
  const waiting = new Set<{
    matches: (event: Event) => boolean
    resolve: (event: Event) => void
    reject: (error: Error) => void
  }>()
  let stdout = ''
  let stderr = ''
  let line = ''
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString()
    const lines = (line + bytes.toString()).split('\n')
    line = lines.pop() ?? ''
    for (const text of lines) {
      const event = JSON.parse(text) as Event
      events.push(event)
      for (const each of waiting) {
        if (!each.matches(event)) continue
        waiting.delete(each)
        each.resolve(event)
      }
    }
  })
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (exit) => {
      const hosts = (events.findLast((event) => event.type === 'result')?.['hosts'] ?? []) as HostResult[]
      for (const each of waiting)
        each.reject(new Error(`ended with ${String(exit)} before that: ${stderr.slice(-2000)}${stdout.slice(-500)}`))
      resolve({ exit, events, hosts, stdout, stderr })
    })
  })
  return {
    child,
    events,
    finished,
    until: (matches) =>
      new Promise((resolve, reject) => {
        const found = events.find(matches)
        if (found) resolve(found)
        else waiting.add({ matches, resolve, reject })
      }),
  }
}

/** Runs a command to its end. */
export function tourniquet(
  home: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return start(home, args, environment).finished
}

/** The words that reach a range host as root with its key pinned. */
export function reach(host: RangeHost): readonly string[] {
  return [
    '-i',
    host.rootKey,
    '--known-hosts',
    host.knownHosts,
    '-F',
    'none',
    `root@${host.address}:${String(host.port)}`,
  ]
}
