// The neighbour everyone has: OpenSSH's client, once with a connection for each command, once with one connection shared by all (ControlMaster).

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { BenchHost } from './host.ts'

function options(host: BenchHost, port: number): readonly string[] {
  const set = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ]
  return ['-F', 'none', '-i', host.keyFile, '-p', String(port), ...set.flatMap((one) => ['-o', one])]
}

/** Runs the client once. Rejects with what it said when it does not end well. */
async function ssh(words: readonly string[]): Promise<void> {
  const child = spawn('ssh', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const status = await new Promise<number | null>((done, failed) => {
    child.once('error', failed).once('close', done)
  })
  if (status !== 0) throw new Error(`ssh ended with ${String(status)}: ${said.slice(-400)}`)
}

/** One command over a connection of its own. */
export function freshCommand(host: BenchHost, port: number, command: string): Promise<void> {
  return ssh([...options(host, port), 'root@127.0.0.1', command])
}

/** TCP, keys, login, and no command: the client goes to the background once it is logged in. */
export async function connectOnly(host: BenchHost, port: number): Promise<{ close(): Promise<void> }> {
  const socket = join(host.folder, `login-${port}`)
  await ssh([...options(host, port), '-M', '-S', socket, '-f', '-N', 'root@127.0.0.1'])
  return { close: () => ssh(['-S', socket, '-O', 'exit', 'root@127.0.0.1']) }
}

export interface Shared {
  command(text: string): Promise<void>
  close(): Promise<void>
}

/** A connection that further commands share. */
export async function sharedConnection(host: BenchHost, port: number): Promise<Shared> {
  const socket = join(host.folder, `mux-${port}`)
  const master = spawn('ssh', [...options(host, port), '-M', '-S', socket, '-N', 'root@127.0.0.1'], { stdio: 'ignore' })
  const gone = new Promise<void>((done) =>
    master.once('exit', () => {
      done()
    }),
  )
  const at = ['-S', socket, 'root@127.0.0.1']
  for (let tries = 0; ; tries++) {
    const ready = await ssh(['-O', 'check', ...at]).then(
      () => true,
      () => false,
    )
    if (ready) break
    if (tries === 100) throw new Error('ssh did not open its shared connection')
    await new Promise((done) => setTimeout(done, 50))
  }
  return {
    command: (text) => ssh([...options(host, port), '-o', 'ControlMaster=no', ...at, text]),
    close: async () => {
      master.kill()
      await gone
    },
  }
}
