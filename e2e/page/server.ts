// `tourniquet serve` as a stranger starts it: a process of its own, its one URL read from what it prints, its folders below a home of the test's own.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../fixtures/ssh/free-port.ts'
import { repositoryFolder } from '../range/machine.ts'
import { homeOf } from './browser.ts'

export interface Server {
  readonly child: ChildProcess
  readonly port: number
  /** good for one page, once */
  readonly url: string
  readonly token: string
  /** Ends it as Ctrl-C does, and waits. */
  stop(): Promise<void>
  /** Ends it as a power cut does, and waits. */
  kill(): Promise<void>
}

/** Starts it, on a free port unless one is given, and waits for its URL. The same port again gives a page its IndexedDB back. */
export async function startServer(home: string, port?: number): Promise<Server> {
  const at = port ?? (await freePort())
  const child = spawn(
    process.execPath,
    [join(repositoryFolder, 'resources/bin/tourniquet.mjs'), 'serve', '--port', String(at)],
    {
      env: { ...process.env, ...homeOf(home) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let printed = ''
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    printed += piece.toString()
    if (printed.includes('\n')) break
  }
  const token = new RegExp(`^http://127\\.0\\.0\\.1:${String(at)}/#t=([\\w-]+)\n$`).exec(printed)?.[1]
  if (token === undefined) throw new Error(`serve printed ${JSON.stringify(printed)}`)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const over = once(child, 'exit')
    child.kill(signal)
    await over
  }
  return {
    child,
    port: at,
    url: printed.trim(),
    token,
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
  }
}
