// Who may come in, on a real host: the intruder's open session goes with the miner and nobody else's does; keys are changed without locking anybody out;
// and a change after which nobody could log in any more is taken back.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable, run } from '../range/machine.ts'
import { world } from '../range/net.ts'
import { matching } from '../range/processes.ts'
import { cronMiner } from '../range/scenarios/cron-miner.ts'
import { foreignKey, labKey, plantForeignKey } from '../range/scenarios/foreign-key.ts'
import { put } from '../range/scenarios/plant.ts'
import { reach, tourniquet, workFolder, type Finished } from './tourniquet.ts'

const unavailable = rangeUnavailable()
if (unavailable === null) ensureTools()
const title = `access on a range host${unavailable === null ? '' : ` (skipped: ${unavailable})`}`

/** Another administrator, at an address from which nobody guessed. */
const admin = '203.0.113.77'
const theirs = 'sleep 86413'
const honest = 'sleep 86414'
const miner = cronMiner('/usr/share/doc/.access', 'lab_accessd', '/etc/cron.d/access-refresh')
const rootKeys = 'root/.ssh/authorized_keys'

describe.skipIf(unavailable !== null)(title, () => {
  let host: RangeHost
  const home = workFolder()
  const sessions: ChildProcess[] = []
  const keysNow = (): string => readFileSync(join(host.dir, rootKeys), 'utf8')
  const colleague = fingerprintOf(labKey('colleague', 'x'))

  beforeAll(async () => {
    host = await bootHost({ scenario: 'access' })
    plantForeignKey(host)
    plantGuesses(host)
    await miner.plant(host)
    sessions.push(await comeIn(host, world.attacker, theirs), await comeIn(host, admin, honest))
  })
  afterAll(() => {
    for (const one of sessions) one.kill('SIGKILL')
    host.close()
    rmSync(home, { recursive: true, force: true })
  })

  it('freezes and ends the session of whoever guessed the password, and no other', async () => {
    const done = await act(host, home, 'one', 'evict-miner', '--param', 'soak=30s', '--param', 'soak-max=30s')
    expect(done.stderr).toBe('')
    expect(matching(host.processes(), theirs)).toEqual([])
    expect(matching(host.processes(), miner.payload)).toEqual([])
    const [alive] = matching(host.processes(), honest)
    expect(alive).toMatchObject({ frozen: false })
    expect(alive?.state).not.toBe('T')
    expect(sessions[1]?.exitCode).toBeNull()
    expect(keysNow()).not.toContain(foreignKey)
    expect(done.hosts[0]?.remaining?.filter(({ title: one }) => one.includes('session'))).toEqual([])
  })

  it('takes back a change after which nobody could log in, and keeps the session', async () => {
    plantForeignKey(host)
    const before = keysNow()
    // The intruder waits for the edit and spoils the file: sshd refuses what everybody may write.
    await host.startIn('cron.service', [
      'sh',
      '-c',
      'was=$(stat -c %i "$1"); while [ "$(stat -c %i "$1")" = "$was" ]; do sleep 0.05; done; chmod 666 "$1"',
      'spoiler',
      '/root/.ssh/authorized_keys',
    ])
    const done = await act(host, home, 'two', 'rotate-keys')
    const step = done.hosts[0]?.steps?.find(({ id }) => id === 'keys') as
      { outcome?: string; detail?: string } | undefined
    expect(step).toMatchObject({ outcome: 'failed' })
    expect(step?.detail).toMatch(/^login-not-proven: .*the change was taken back$/)
    expect(done.hosts[0]?.steps?.find(({ id }) => id === 'check')).toMatchObject({ outcome: 'done' })
    expect(done.exit).toBe(3)
    expect(keysNow()).toBe(before)
    expect(logsIn(host, host.rootKey)).toBe(true)
  })

  it('leaves the key of our own session where it is, whatever was named to keep', async () => {
    const keep = ['--param', 'keys=all-but-kept', '--param', `keep=${colleague}`]
    const done = await act(host, home, 'three', 'rotate-keys', ...keep)
    expect(done.stderr).toBe('')
    expect(keysNow()).not.toContain(foreignKey)
    expect(logsIn(host, host.rootKey)).toBe(true)
  })

  it('refuses to take all but none', async () => {
    const done = await act(host, home, 'four', 'rotate-keys', '--param', 'keys=all-but-kept')
    expect(done.exit).toBe(2)
    expect(logsIn(host, host.rootKey)).toBe(true)
  })

  it('installs a new key, proves it, and only then closes the old way', async () => {
    const keep = ['--param', 'keys=all-but-kept', '--param', `keep=${colleague}`, '--param', 'new-key=yes']
    const done = await act(host, home, 'five', 'rotate-keys', ...keep)
    expect(done.stderr).toBe('')
    const folder = join(home, 'config/tourniquet/keys')
    const caseId = (JSON.parse(readFileSync(join(home, 'five/case.json'), 'utf8')) as { caseId: string }).caseId
    const key = join(folder, `login-${caseId}`)
    expect(logsIn(host, key)).toBe(true)
    expect(logsIn(host, host.rootKey)).toBe(false)
    expect(spawnSync('grep', ['-rl', 'PRIVATE KEY', join(home, 'five')]).stdout.toString()).toBe('')
    // The old way back: undone over the new one.
    const door = ['-i', key, ...reach(host).slice(2, -1)]
    const undone = await tourniquet(home, ['undo', ...door, '--case', join(home, 'five'), '--restore-hostile'])
    expect({ exit: undone.exit, stderr: undone.stderr }).toEqual({ exit: 0, stderr: '' })
    expect(logsIn(host, host.rootKey)).toBe(true)
    expect(logsIn(host, key)).toBe(false)
  })
})

function act(
  host: RangeHost,
  home: string,
  name: string,
  playbook: string,
  ...more: readonly string[]
): Promise<Finished> {
  const words = ['run', playbook, ...reach(host), '--case', join(home, name), '--examiner', 'range test']
  return tourniquet(home, [...words, '--approve', 'all', '--attest', 'all=range host', ...more])
}

/** Forty failures and a login, as sshd writes them. */
function plantGuesses(host: RangeHost): void {
  const stamp = new Date(Date.now() - 3_600_000).toISOString().replace('Z', '+00:00')
  const line = (text: string) => `${stamp} ${host.name} sshd[900]: ${text} from ${world.attacker} port 40000 ssh2\n`
  const lines = line('Failed password for root').repeat(40) + line('Accepted password for root')
  put(host, '/var/log/auth.log', lines, { mode: 0o640, group: 'adm', daysOld: 0 })
}

/** Logs in from an address of the world and stays; resolves once its command runs. */
async function comeIn(host: RangeHost, from: string, command: string): Promise<ChildProcess> {
  const { worldNetns } = host.record.net
  run(['ip', '-n', worldNetns, 'addr', 'add', `${from}/24`, 'dev', 'world0'])
  const options = [
    '-b',
    from,
    '-i',
    host.rootKey,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
  ]
  const words = ['netns', 'exec', worldNetns, 'ssh', '-F', 'none', ...options, `root@${world.host}`, command]
  const child = spawn('ip', words, { stdio: 'ignore' })
  const deadline = Date.now() + 30_000
  while (matching(host.processes(), command).length === 0) {
    if (Date.now() > deadline) throw new Error(`nobody came in from ${from}`)
    await sleep(100)
  }
  return child
}

function logsIn(host: RangeHost, key: string): boolean {
  const options = ['-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${host.knownHosts}`]
  return spawnSync('ssh', ['-F', 'none', '-i', key, ...options, `root@${host.address}`, 'true']).status === 0
}

function fingerprintOf(line: string): string {
  return (
    spawnSync('ssh-keygen', ['-lf', '-'], { input: `${line}\n` })
      .stdout.toString()
      .split(' ')[1] ?? ''
  )
}
