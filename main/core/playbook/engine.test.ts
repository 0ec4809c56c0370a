// The engine end to end on a fake host: order, evidence and approval of a run, with the shipped evict-miner.

import { describe, expect, test } from 'vitest'
import {
  bench,
  cron,
  dataOf,
  eventsOf,
  evict,
  expectLawful,
  infected,
  object,
  outcomes,
  states,
} from '../../platform/engine-fixture.ts'
import { library } from '../../platform/playbooks-fixture.ts'
import type { EngineDeps } from './deps.ts'
import { resumeRun } from './resume.ts'
import { runPlaybook, triageHost } from './run.ts'

describe('a run of evict-miner', () => {
  test('takes everything hostile away, lets the schedulers run again, and ends clean', async () => {
    const one = bench(infected())
    const result = await evict(one)
    expect(states(one.world)).toEqual({
      cron: 'running',
      miner: 'dead',
      watchdog: 'dead',
      'preload-line': 'taken',
      library: 'taken',
      'cron-line': 'taken',
      'cron-file': 'taken',
      payload: 'taken',
    })
    expect(result).toMatchObject({ exit: 0, finished: true })
    expect(result.hosts[0]).toMatchObject({ verdict: 'clean', exit: 0, remaining: [], error: null })
    expect(result.hosts[0]!.changes.every((change) => change.verified === 'yes')).toBe(true)
    expectLawful(one)
    expect(one.world.armed.size).toBe(0)
  })

  test('acts in the order pause, freeze, disarm, kill, resume', async () => {
    const one = bench(infected())
    await evict(one)
    const verbs = dataOf(eventsOf(one), 'intended').map((event) => event.verb)
    expect(verbs.filter((verb, index) => verb !== verbs[index - 1])).toEqual([
      'pause-schedulers',
      'freeze',
      'edit-lines',
      'quarantine',
      'edit-lines',
      'quarantine',
      'kill',
      'resume-schedulers',
    ])
  })

  test('writes nothing on a clean host, and nothing on a second run', async () => {
    const clean = bench([cron, object('database', 'process', { proposed: 'no' })])
    const result = await evict(clean)
    expect(dataOf(eventsOf(clean), 'intended')).toEqual([])
    expect(outcomes(result)['stop/pause']).toBe('not-applicable')
    const one = bench(infected())
    await evict(one)
    const effects = one.world.effects.size
    expect((await evict(one)).exit).toBe(0)
    expect(one.world.effects.size).toBe(effects)
  })

  test('never selects what is unknown, and says so', async () => {
    const one = bench([cron, object('miner', 'process'), object('odd', 'process', { proposed: 'unknown' })])
    const result = await evict(one)
    expect(states(one.world)).toMatchObject({ miner: 'dead', odd: 'live' })
    expect(result.exit).toBe(3)
    expect(result.hosts[0]!.remaining.map((finding) => finding.id)).toEqual(['odd'])
  })

  test('stops for want of an approval, exit 4, and goes on when somebody is there', async () => {
    const one = bench(infected())
    const missing = await evict(one, one.deps({ approver: { decide: () => Promise.resolve({ decision: 'missing' }) } }))
    expect(missing).toMatchObject({ exit: 4, finished: false })
    expect(dataOf(eventsOf(one), 'intended')).toEqual([])
    const result = await resumeRun(one.deps(), { hosts: [one.host()] })
    expect(result).toMatchObject({ exit: 0, finished: true, alreadyFinished: false, run: missing.run })
    expectLawful(one)
  })

  test('a refusal skips what relies on it, but the schedulers run again', async () => {
    const one = bench(infected())
    const approver: EngineDeps['approver'] = {
      decide: ({ plan }) =>
        Promise.resolve(
          plan.verb === 'freeze'
            ? { decision: 'refused', by: 'tester' }
            : { decision: 'approved', by: 'tester', how: 'asked' },
        ),
    }
    const result = await evict(one, one.deps({ approver }))
    expect(outcomes(result)).toMatchObject({
      'contain/freeze': 'operator',
      'kill/kill': 'dependency-failed',
      resume: 'done',
      final: 'done',
    })
    expect(states(one.world)).toMatchObject({ cron: 'running', miner: 'live' })
    expect(result.exit).toBe(4)
  })

  test('what cannot be kept as evidence is not touched; the rest goes on', async () => {
    const one = bench([
      cron,
      object('miner', 'process'),
      object('a', 'schedule'),
      object('b', 'schedule', { unreadable: true }),
    ])
    const result = await evict(one)
    expect(states(one.world)).toMatchObject({ a: 'taken', b: 'live', miner: 'dead' })
    expect(outcomes(result)['schedule-lines']).toBe('unknown')
    expect(dataOf(eventsOf(one), 'gap').map((gap) => gap.probe)).toEqual(['capture'])
    expect(result.exit).toBe(6)
  })

  test('a host that is not as planned is looked at and planned once more, then the step is stopped', async () => {
    const once = bench([cron, object('miner', 'process'), object('line', 'schedule', { restless: 1 })])
    expect((await evict(once)).exit).toBe(0)
    expect(dataOf(eventsOf(once), 'planned').filter((plan) => plan.step === 'schedule-lines')).toHaveLength(2)
    expect(dataOf(eventsOf(once), 'approved').filter((plan) => plan.step === 'schedule-lines')).toHaveLength(2)
    const always = bench([cron, object('miner', 'process'), object('line', 'schedule', { restless: 9 })])
    const result = await evict(always)
    expect(outcomes(result)).toMatchObject({
      'schedule-lines': 'failed',
      'kill/kill': 'dependency-failed',
      resume: 'done',
    })
    expect(dataOf(eventsOf(always), 'planned').filter((plan) => plan.step === 'schedule-lines')).toHaveLength(2)
    expect(states(always.world)).toMatchObject({ line: 'live', cron: 'running' })
    expect(result.exit).toBe(3)
  })

  test('a step that is planned again still takes what an earlier step had made unprovable', async () => {
    const one = bench([
      cron,
      object('miner', 'process'),
      object('timer', 'schedule', { tags: ['whole-file'] }),
      object('late', 'schedule', { tags: ['whole-file'], restless: 1 }),
      object('unit', 'file', { leansOn: 'timer' }),
    ])
    expect((await evict(one)).exit).toBe(0)
    expect(dataOf(eventsOf(one), 'planned').filter((plan) => plan.step === 'schedule-files')).toHaveLength(2)
    expect(states(one.world)).toMatchObject({ timer: 'taken', late: 'taken', unit: 'taken' })
  })

  test('a cancel stops before the next intent and leaves the run open', async () => {
    const one = bench(infected())
    const stop = new AbortController()
    const deps = one.deps({
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.type === 'acted' && progress.verb === 'freeze') stop.abort()
      },
    })
    const result = await evict(one, deps)
    expect(result.hosts[0]!.error?.code).toBe('cancelled')
    expect(result.finished).toBe(false)
    expect(dataOf(eventsOf(one), 'intended').filter((event) => event.verb === 'freeze')).toHaveLength(1)
    expect(one.world.armed.size).toBeGreaterThan(0)
  })

  test('plan-only plans everything, asks nobody and changes nothing', async () => {
    const one = bench(infected())
    const top = library.get('evict-miner@1.0.0')!
    const never = () => Promise.reject(new Error('asked'))
    const deps = one.deps({ approver: { decide: never }, attestor: { attest: never } })
    const result = await runPlaybook(deps, {
      top,
      library,
      params: {},
      hosts: [one.host()],
      approval: 'plan-only',
      examiner: 't',
    })
    expect(one.world.effects.size).toBe(0)
    expect(outcomes(result)['contain/freeze']).toBe('plan-only')
    expect(result.exit).toBe(3)
  })

  test('is refused when the playbook does not pass lint', async () => {
    const one = bench([])
    const deps = one.deps({ techniques: new Set<string>() })
    await expect(evict(one, deps)).rejects.toMatchObject({ code: 'playbook-lint' })
    expect(one.world.requests).toBe(0)
  })
})

describe('triage', () => {
  test('looks and keeps what it found, and never writes', async () => {
    const one = bench(infected())
    const sight = await triageHost(one.deps(), one.host())
    expect(sight.verdict).toBe('infected')
    expect(dataOf(eventsOf(one), 'looked')).toHaveLength(1)
    expect(one.world.effects.size).toBe(0)
  })
})
