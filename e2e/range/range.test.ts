// The range itself: hosts boot, scenarios are what they say, the oracle sees what it must, and nothing is left behind.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootHost } from './host.ts'
import type { RangeHost } from './host.ts'
import { rangeFolder, rangeUnavailable, repositoryFolder, runAside, tryRun } from './machine.ts'
import { readRecord, remains } from './registry.ts'
import { takeBaseline, wrongAfterEviction, wrongAfterLook, wrongAfterUndo } from './scenarios/baseline.ts'
import type { Baseline } from './scenarios/baseline.ts'
import { hiddenMiner } from './scenarios/hidden-miner.ts'
import { everyCron } from './scenarios/every-cron.ts'
import { innocence } from './scenarios/innocence.ts'
import { asideOf } from './scenarios/plant.ts'
import { hostileAlive } from './scenarios/scenario.ts'
import { overmount } from './scenarios/overmount.ts'
import type { Scenario } from './scenarios/scenario.ts'

const reason = rangeUnavailable()

/** For what takes milliseconds on an idle machine. */
const patient = { timeout: 15_000, interval: 50 }

describe.skipIf(reason !== null)(`the range${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let infected: RangeHost
  let innocent: RangeHost
  let infectedBefore: Baseline
  let innocentBefore: Baseline

  beforeAll(async () => {
    ;[infected, innocent] = await Promise.all([up(hiddenMiner), up(innocence)])
    infectedBefore = takeBaseline(hiddenMiner, infected)
    innocentBefore = takeBaseline(innocence, innocent)
  })

  afterAll(() => {
    infected.close()
    innocent.close()
  })

  it('lets everybody in by key over real ssh, with the host key it announced', async () => {
    const rootId = await login(infected, 'root', 'id -u; hostname')
    expect(rootId.stdout).toBe(`0\n${infected.name}\n`)
    expect((await login(innocent, 'ops', 'sudo -n id -u')).stdout).toBe('0\n')
    expect((await login(innocent, 'deploy', 'sudo -n id -u')).code).not.toBe(0)
    expect(
      (await login(innocent, 'deploy', `echo ${innocent.users.deploy.password} | sudo -S -p "" id -u`)).stdout,
    ).toBe('0\n')
  })

  it('runs a miner that the tools of the host do not show, and the kernel does', async () => {
    const [miner] = hostileAlive(hiddenMiner, infected)
    expect(miner).toBeDefined()
    const pid = String(miner?.pid)
    expect((await infected.sh('ps -eo pid=')).split(/\s+/)).not.toContain(pid)
    expect(await infected.sh('ls -A /proc')).not.toMatch(new RegExp(`^${pid}$`, 'm'))
    expect(await infected.sh('cat /proc/"$1"/comm', pid)).toBe('lab_kworkd\n')
    expect(await infected.sh('ls -A /usr/local/lib')).not.toContain('lab_libsystem')
    expect(await infected.sh('lsattr /etc/ld.so.preload')).toMatch(/^----i/)
    expect(readFileSync(infected.poolLog, 'utf8')).toContain('"event":"login"')
  })

  it('keeps the hosts apart: a unit frozen in one does not reach the same unit of the other', async () => {
    const folder = '$(dirname "$(find /sys/fs/cgroup -path "*system.slice/cron.service/cgroup.freeze" | head -n 1)")'
    const frozen = (host: RangeHost) => host.sh(`grep frozen ${folder}/cgroup.events`)
    await infected.sh(`echo 1 > ${folder}/cgroup.freeze`)
    await expect.poll(() => frozen(infected), patient).toBe('frozen 1\n')
    expect(await frozen(innocent)).toBe('frozen 0\n')
    expect(wrongAfterUndo(infectedBefore, infected).join('\n')).toMatch(/cron -f \(pid \d+\) is frozen/)
    await infected.sh(`echo 0 > ${folder}/cgroup.freeze`)
    await expect.poll(() => frozen(infected), patient).toBe('frozen 0\n')
  })

  it('leads nowhere: not to the networks of this machine, not to another host', async () => {
    const fetch = (url: string) => infected.exec(['wget', '-q', '-t', '1', '-T', '3', '-O', '-', url])
    expect((await fetch('http://203.0.113.20/lab_update.sh')).code).toBe(0)
    expect((await fetch('http://192.0.2.1/')).code).not.toBe(0)
    expect((await fetch(`http://${innocent.address}:3333/`)).code).not.toBe(0)
    expect((await innocent.exec(['wget', '-q', '-t', '1', '-O', '-', 'http://127.0.0.1:3333/'])).stdout).toBe('ok\n')
  })

  it('has an oracle that is silent about an untouched host and names what somebody touched', async () => {
    expect(wrongAfterLook(innocentBefore, innocent)).toEqual([])
    await innocent.sh(
      'chmod 755 /root/ir-notes.md; chattr -i /etc/resolv.conf; touch /var/tmp/left-behind; systemctl restart crunch',
    )
    const wrong = wrongAfterLook(innocentBefore, innocent).join('\n')
    expect(wrong).toContain('changed /root/ir-notes.md: mode 644 → 755')
    expect(wrong).toContain('changed /etc/resolv.conf: flags i → -')
    expect(wrong).toContain('appeared /var/tmp/left-behind')
    expect(wrong).toMatch(/crunch .* is gone/)
  })

  it('brings a killed miner back within its period, past every decoy', async () => {
    killHostile(hiddenMiner, infected)
    await expect.poll(() => hostileAlive(hiddenMiner, infected).length, patient).toBe(0)
    const killed = Date.now()
    await expect.poll(() => hostileAlive(hiddenMiner, infected).length, { timeout: 75_000, interval: 250 }).toBe(1)
    expect(Date.now() - killed).toBeLessThan((hiddenMiner.revivePeriod + 10) * 1000)
    expect(wrongAfterUndo(infectedBefore, infected)).toEqual([])
  })

  it('calls an eviction by hand clean, and the same host infected before', () => {
    expect(wrongAfterEviction(infectedBefore, infected).join('\n')).toMatch(/alive: .*still there: .*lab_libsystem/s)
    evictByHand(infectedBefore, infected)
    expect(wrongAfterEviction(infectedBefore, infected)).toEqual([])
    expect(wrongAfterUndo(infectedBefore, infected).join('\n')).toContain('gone /etc/cron.d/sysupdate')
  })

  it('plants one payload in every scheduler, and has it back soon after it is killed', async () => {
    const host = await up(everyCron)
    try {
      const before = takeBaseline(everyCron, host)
      expect(before.wanted.size).toBe(everyCron.hostileFiles.length)
      expect(await host.sh('atq')).toMatch(/root\n$/)
      expect(await host.sh('systemctl is-active dbus-kernel.timer')).toBe('active\n')
      killHostile(everyCron, host)
      await expect
        .poll(() => hostileAlive(everyCron, host).length, { timeout: 70_000, interval: 250 })
        .toBeGreaterThan(0)
      evictByHand(before, host)
      await host.sh('systemctl daemon-reload; systemctl stop dbus-kernel.timer 2>/dev/null || true')
      expect(wrongAfterEviction(before, host)).toEqual([])
    } finally {
      host.close()
    }
    expect(remains(host.record)).toEqual([])
  })

  it('hides a miner behind a mount, from everything that trusts its own /proc', async () => {
    const host = await up(overmount)
    try {
      const before = takeBaseline(overmount, host)
      const pid = String(hostileAlive(overmount, host)[0]?.pid)
      expect(await host.sh('kill -0 "$1"; ls -A /proc/"$1"', pid)).toBe('.keep\n')
      expect(await host.sh('grep -c " /proc/$1 " /proc/self/mountinfo', pid)).toBe('1\n')
      expect((await host.sh('ps -eo pid=')).split(/\s+/)).not.toContain(pid)
      expect((await host.exec(['chattr', '-i', '/etc/cron.d/mdstat'])).code).toBe(127)
      evictByHand(before, host)
      expect(wrongAfterEviction(before, host)).toEqual([])
    } finally {
      host.close()
    }
  })

  it('leaves nothing behind when the process that booted a host is killed', async () => {
    const script = `import(${JSON.stringify(join(rangeFolder, 'host.ts'))}).then(m => m.bootHost({ scenario: 'crash' })).then(h => console.log(h.name))`
    const owner = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
      cwd: repositoryFolder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const name = await new Promise<string>((resolve) =>
      owner.stdout.once('data', (bytes: Buffer) => {
        resolve(bytes.toString().trim())
      }),
    )
    const record = readRecord(name)
    expect(record?.initPid).toBeGreaterThan(0)
    owner.kill('SIGKILL')
    await expect.poll(() => (record ? remains(record) : ['no record']), { timeout: 20_000, interval: 200 }).toEqual([])
  })

  it('leaves nothing behind when a host is closed', async () => {
    const host = await bootHost({ scenario: 'closing' })
    expect(remains(host.record)).not.toEqual([])
    host.close()
    host.close()
    expect(remains(host.record)).toEqual([])
  })
})

async function up(scenario: Scenario): Promise<RangeHost> {
  const host = await bootHost({ scenario: scenario.name })
  await scenario.plant(host)
  return host
}

function login(host: RangeHost, user: string, command: string): ReturnType<typeof runAside> {
  const trust = [
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    `UserKnownHostsFile=${host.knownHosts}`,
    '-o',
    'BatchMode=yes',
  ]
  return runAside(['ssh', '-F', 'none', '-i', host.rootKey, ...trust, `${user}@${host.address}`, command])
}

/** What a perfect cleaner would leave: files first, then the processes, all from outside. */
function evictByHand(before: Baseline, host: RangeHost): void {
  for (const [path, bytes] of before.wanted) {
    const file = join(host.dir, path)
    tryRun(['chattr', '-ia', '--', file])
    const delivered = asideOf(host, path)
    if (bytes === null) rmSync(file)
    else if (existsSync(delivered)) execFileSync('cp', ['-a', '--', delivered, file])
    else writeFileSync(file, bytes)
  }
  while (hostileAlive(before.scenario, host).length > 0) killHostile(before.scenario, host)
}

function killHostile(scenario: Scenario, host: RangeHost): void {
  const pids = hostileAlive(scenario, host).map(({ outsidePid }) => String(outsidePid))
  tryRun(['kill', '-9', ...pids]) // a short-lived second instance may be gone already
}
