// The probes against the machine the tests run on, through the real scripts under the real toolbox: no ssh, no frames, no stand-in for either.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import type { HostReply, HostSession } from '../host/session.ts'
import type { Clock } from '../ports.ts'
import type { Fact, FactKind, FactOf, ProbeOutcome } from './facts.ts'
import type { Probe } from './probe.ts'
import { processes } from './processes.ts'
import { look } from './look.ts'

const busybox = [join(process.cwd(), 'resources/toolbox/x86_64/busybox'), '/bin/busybox'].find((path) =>
  existsSync(path),
)
const root = process.getuid?.() === 0

/** The least a probe needs of a session: runs what is asked with an empty environment, keeps the limits. */
function sessionHere(tool: string): HostSession {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return {
    arrival: {
      bootId,
      euid: process.getuid?.() ?? 1,
      ourPids: [],
      workDir: '/run/.none',
      toolboxSha256: '0'.repeat(64),
      arch: 'x86_64',
    } as unknown as HostSession['arrival'],
    run(request) {
      const done = spawnSync(
        tool,
        request.argv.map((word) => (typeof word === 'string' ? word : Buffer.from(word).toString())),
        {
          env: { PATH: join(tool, '..'), ...request.env },
          input: request.stdin ?? new Uint8Array(),
          timeout: request.timeLimit ?? 5000,
          maxBuffer: request.stdoutLimit ?? 1 << 20,
          cwd: '/',
        },
      )
      const reply: HostReply = {
        exit: done.status,
        stdout: done.stdout,
        stderr: done.stderr,
        truncated: { stdout: false, stderr: false },
        timedOut: done.status === null,
        replayed: false,
        clocks: { hostStart: '0', hostEnd: '0', sent: '', received: '' },
      }
      return Promise.resolve(reply)
    },
    onClosed: () => undefined,
    onTraffic: () => undefined,
    close: () => Promise.resolve(),
    detach: () => Promise.resolve(),
  }
}

const clock: Clock = {
  now: () => new Date().toISOString(),
  monotonic: () => performance.now(),
  sleep: () => Promise.resolve(),
}

async function read(probe: Probe, known: readonly Fact[] = []): Promise<ProbeOutcome> {
  return probe.read({ session: sessionHere(busybox ?? ''), clock, known, hostView: true })
}

function of<K extends FactKind>(outcome: ProbeOutcome, kind: K): FactOf<K>[] {
  return outcome.facts.filter((fact): fact is FactOf<K> => fact.kind === kind)
}

describe.skipIf(busybox === undefined || !root)('on this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  describe('processes', () => {
    const nasty = `sleeper\n) R 1 1 \x1b[2J\u202e`
    let outcome: ProbeOutcome
    const child = spawn('/bin/sleep', ['60'], {
      argv0: nasty,
      env: { LD_PRELOAD: '', SECRET: 'x', HISTFILE: '/dev/null' },
    })
    beforeAll(async () => {
      outcome = await read(processes)
    })
    afterAll(() => {
      child.kill('SIGKILL')
    })

    it('finds a process with a hostile argv, whole and identified', () => {
      const fact = of(outcome, 'process').find(({ identity }) => identity.pid === child.pid)
      expect(fact).toBeDefined()
      expect(shown(fact!.argv0!)).toBe('sleeper\\x0a) R 1 1 \\x1b[2J\\xe2\\x80\\xae')
      expect(shown(fact!.cmdline)).toMatch(/ 60$/)
      expect(shown(fact!.exe!)).toMatch(/\/sleep$/)
      expect(fact!.identity.exeSha256).toBe(execFileSync('sha256sum', ['/bin/sleep']).toString().slice(0, 64))
      expect(fact!.environ?.map((variable) => shown(variable)).sort()).toEqual(['HISTFILE=/dev/null', 'LD_PRELOAD='])
      expect(fact).toMatchObject({ inReaddir: 'yes', inHostPs: 'yes', kernelThread: false, ppid: process.pid, uid: 0 })
      expect(fact!.cpuPermille).toBeLessThan(50)
    })

    it('knows kernel threads by their flag and itself by descent', () => {
      const all = of(outcome, 'process')
      expect(all.find(({ identity }) => identity.pid === 2)).toMatchObject({
        kernelThread: true,
        exe: null,
        ours: false,
      })
      expect(all.filter(({ ours }) => ours).length).toBeGreaterThan(0)
      expect(all.find(({ identity }) => identity.pid === process.pid)).toMatchObject({ ours: false })
    })

    it('sees no hidden process here and leaves nothing unknown', () => {
      expect(of(outcome, 'process').filter(({ inReaddir }) => inReaddir !== 'yes')).toEqual([])
      expect(outcome.unknowns.filter(({ spoils }) => spoils.length > 0)).toEqual([])
    })
  })
})
