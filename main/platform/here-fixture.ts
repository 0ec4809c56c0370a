// This machine as a host for tests: requests run by the real toolbox, without ssh and frames but with no stand-in for the host either.
// What must not stand on this machine (a hostile file, a mount over /proc/N) stands in a mount namespace of one request.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostReply, HostSession } from '../core/host/session.ts'

/** Folder of the tools we bring, for this machine. */
export const toolbox = join(
  import.meta.dirname,
  '../../resources/toolbox',
  process.arch === 'arm64' ? 'aarch64' : 'x86_64',
)

/** The one that runs all scripts of ours. */
export const busybox = join(toolbox, 'busybox')

/** Root with a toolbox: without either, nothing can be asked here. */
export const ready = process.getuid?.() === 0 && existsSync(busybox)

/**
 * The least a probe or an act needs of a session: runs what is asked and keeps the limits. `scene` are shell lines that build a mount namespace around
 * every request; none: the request runs on the machine as it is.
 */
export function sessionHere(scene = '', arrival: object = {}): HostSession {
  const inScene = ['-m', '--propagation', 'private', '/bin/sh', '-ec', `${scene}\nexec "$0" "$@"`]
  return {
    arrival: {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      euid: 0,
      ourPids: [],
      workDir: '/run/.none',
      toolboxSha256: '0'.repeat(64),
      ...arrival,
    } as unknown as HostSession['arrival'],
    run(request) {
      const asked = [
        busybox,
        ...request.argv.map((word) => (typeof word === 'string' ? word : Buffer.from(word).toString())),
      ]
      const [command = '', ...args] = scene === '' ? asked : ['/usr/bin/unshare', ...inScene, ...asked]
      const done = spawnSync(command, args, {
        env: { PATH: toolbox, TOOLS: toolbox, ...request.env },
        input: request.stdin ?? new Uint8Array(),
        timeout: request.timeLimit ?? 10_000,
        maxBuffer: request.stdoutLimit ?? 1 << 20,
        cwd: '/',
      })
      const reply: HostReply = {
        exit: done.status,
        stdout: new Uint8Array(done.stdout),
        stderr: new Uint8Array(done.stderr),
        truncated: { stdout: false, stderr: false },
        timedOut: done.status === null,
        replayed: false,
        clocks: { hostStart: '0', hostEnd: '0', sent: '', received: '' },
      }
      return Promise.resolve(reply)
    },
    terminal: () => Promise.reject(new Error('not asked for')),
    onClosed: () => undefined,
    onTraffic: () => undefined,
    close: () => Promise.resolve(),
    detach: () => Promise.resolve(),
  }
}
