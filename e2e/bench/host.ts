// The host the bench measures on: a real sshd in its own process and mount namespaces, so that its work does not depend on what else this machine is
// doing or holds. It sees its own few processes, this machine's system files, and empty shared folders. Its network is this machine's loopback.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../fixtures/ssh/free-port.ts'
import { sshdMissing, makeKey } from '../fixtures/ssh/sshd.ts'
import { spawnSync } from 'node:child_process'
import net from 'node:net'

export interface BenchHost {
  readonly port: number
  /** root logs in with it */
  readonly keyFile: string
  /** `SHA256:…` of the host key */
  readonly fingerprint: string
  /** scratch folder of the bench, removed with the host */
  readonly folder: string
  close(): Promise<void>
}

/** Null when the host can run here, else the reason. */
export function benchUnavailable(): string | null {
  const missing = sshdMissing()
  if (missing !== null) return missing
  return spawnSync('unshare', ['-m', '-p', '-f', '--mount-proc', 'true']).status === 0 ? null : 'no process namespaces'
}

/** Starts it. Throws with sshd's own words when it does not answer. */
export async function startHost(): Promise<BenchHost> {
  const folder = mkdtempSync(join(tmpdir(), 'tq-bench-'))
  makeKey(join(folder, 'host'), 'ed25519')
  makeKey(join(folder, 'user'), 'ed25519')
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'user.pub')), { mode: 0o600 })
  const port = await freePort()
  writeFileSync(join(folder, 'sshd_config'), config(port))
  const child = spawn(
    'unshare',
    ['-m', '-p', '-f', '--kill-child', '--mount-proc', 'sh', '-c', inside, 'host', folder],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4096)))
  const gone = new Promise<void>((done) =>
    child.once('exit', () => {
      done()
    }),
  )
  const kill = () => child.kill('SIGKILL') // unshare takes the namespace and all in it along
  process.once('exit', kill)
  const close = async () => {
    process.removeListener('exit', kill)
    kill()
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
  if (!(await answers(port))) {
    await close()
    throw new Error(`sshd did not start: ${said}`)
  }
  const fingerprint =
    spawnSync('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')])
      .stdout.toString()
      .split(' ')[1] ?? ''
  return { port, keyFile: join(folder, 'user'), fingerprint, folder, close }
}

/** Run in the namespaces: our folder under a name that stays, empty shared folders, sshd in the foreground as their first process. */
const inside = `set -e
mount -t tmpfs tmpfs /mnt; mkdir /mnt/bench; mount --bind "$1" /mnt/bench
for d in /run /tmp /var/tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $d; done
mkdir -m 755 /run/sshd
exec /usr/sbin/sshd -D -e -f /mnt/bench/sshd_config`

function config(port: number): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    'HostKey /mnt/bench/host',
    'AuthorizedKeysFile /mnt/bench/authorized_keys',
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'StrictModes no',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 100',
    '',
  ].join('\n')
}

async function answers(port: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    const banner = await new Promise<boolean>((done) => {
      const socket = net.connect(port, '127.0.0.1')
      socket.once('data', () => {
        socket.destroy()
        done(true)
      })
      socket.once('error', () => {
        done(false)
      })
    })
    if (banner) return true
    await new Promise((done) => setTimeout(done, 50))
  }
  return false
}
