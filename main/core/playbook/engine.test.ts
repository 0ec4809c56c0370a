// The engine end to end on a fake host: order, evidence, approval, crash, resume and undo, with the shipped evict-miner.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyEvent } from '../case/events.ts'
import type { EngineDeps } from './deps.ts'
import { resumeRun } from './resume.ts'
import { runPlaybook, triageHost } from './run.ts'
import {
  bench,
  cron,
  dataOf,
  eventsOf,
  evict,
  expectLawful,
  infected,
  library,
  object,
  outcomes,
  states,
  type Bench,
} from '../../platform/engine-fixture.ts'
import { reboot } from './testing/fake-host.ts'
import { undoChanges } from './undo.ts'

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

describe('resume', () => {
  test('of a finished run says so and does nothing', async () => {
    const one = bench(infected())
    const first = await evict(one)
    const requests = one.world.requests
    const again = await resumeRun(one.deps(), { hosts: [one.host()] })
    expect(again).toMatchObject({ alreadyFinished: true, finished: true, exit: 0, run: first.run })
    expect(one.world.requests).toBe(requests)
  })

  test('after a reboot asks the host what stands instead of repeating', async () => {
    const one = bench(infected())
    const kill = await crashAfter(one, (event) => event.type === 'intended' && event.data.verb === 'quarantine')
    expect(kill).toBe(true)
    one.world.objects.get('library')!.state = 'taken' // it had happened; only the answer was lost
    one.world.effects.set('lost', 1)
    reboot(one.world)
    const result = await resumeRun(one.deps(), { hosts: [one.host(false)] })
    expect(result.finished).toBe(true)
    const replayed = dataOf(eventsOf(one), 'acted').find((event) => event.step === 'preload/library')
    // what we did is a change with an undo, also when the answer that told of it is lost
    expect(replayed).toMatchObject({ outcome: 'done', change: { verb: 'quarantine' } })
    const undo = { hosts: [one.host()], step: 'library', restoreHostile: true }
    expect(await undoChanges(one.deps(), undo)).toMatchObject({ exit: 0 })
    expect(one.world.objects.get('library')!.state).toBe('live')
    expectLawful(one)
  })

  test('lets schedulers run again whose pause was never answered', async () => {
    const one = bench(infected())
    expect(await crashAfter(one, (event) => event.type === 'intended' && event.data.verb === 'pause-schedulers')).toBe(
      true,
    )
    one.world.objects.get('cron')!.state = 'paused'
    one.world.kept.clear() // somebody removed our folder: the kept answer is gone with it
    const result = await resumeRun(one.deps(), { hosts: [one.host(false)] })
    expect(result.finished).toBe(true)
    expect(one.world.objects.get('cron')!.state).toBe('running')
  })

  test('looks for itself when the kept answer of an act never comes, instead of asking for ever', async () => {
    const one = bench(infected())
    expect(await crashAfter(one, (event) => event.type === 'intended' && event.data.verb === 'quarantine')).toBe(true)
    const stuck = dataOf(eventsOf(one), 'intended').at(-1)!.once
    one.world.stuck.add(stuck) // the lane was killed in mid-act: its key is taken, its result will never be written
    const result = await resumeRun(one.deps(), { hosts: [one.host()] })
    expect(result).toMatchObject({ finished: true, exit: 0 })
    expect(one.world.objects.get('library')!.state).toBe('taken')
  })

  /** Runs until the first event that fits is on disk, then dies. */
  async function crashAfter(one: Bench, fits: (event: AnyEvent) => boolean): Promise<boolean> {
    for (let appends = 1; appends < 400; appends++) {
      const probe = bench(infected())
      await evict(probe, probe.deps({ appendsLeft: appends })).catch(() => null)
      if (eventsOf(probe).some(fits)) {
        await evict(one, one.deps({ appendsLeft: appends }))
        return true
      }
    }
    return false
  }
})

describe('a crash', () => {
  test('at every event of a run ends, after resume, where the run without a crash ends', async () => {
    const small = () => [
      cron,
      object('miner', 'process'),
      object('preload-line', 'preload'),
      object('library', 'file', { tags: ['library'], leansOn: 'preload-line' }),
      object('line', 'schedule'),
    ]
    const straight = bench(small())
    await evict(straight)
    const total = [...straight.disk.chains.values()].flat().length
    for (let appends = 0; appends <= total; appends++) {
      const one = bench(small())
      await evict(one, one.deps({ appendsLeft: appends })).catch(() => null)
      await resumeUntilDone(one)
      expect(states(one.world), `crash after ${String(appends)} events`).toEqual(states(straight.world))
      expectLawful(one)
    }
  }, 120_000)

  const runs = Number(process.env['TOURNIQUET_CRASH_RUNS'] ?? '20')
  test(
    `again and again, with lost answers, on ${String(runs)} generated hosts never repeats an act`,
    async () => {
      const spec = fc.record({
        kind: fc.constantFrom('process', 'schedule', 'preload', 'file'),
        tag: fc.constantFrom([], ['library'], ['whole-file']),
        proposed: fc.constantFrom('yes', 'yes', 'yes', 'unknown', 'no'),
        restless: fc.constantFrom(0, 0, 0, 1, 3),
        unreadable: fc.constantFrom(false, false, false, true),
      })
      const crash = fc.record({
        appends: fc.nat(120),
        breakIn: fc.option(fc.integer({ min: 1, max: 40 })),
        offline: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(
          fc.array(spec, { maxLength: 6 }),
          fc.array(crash, { maxLength: 4 }),
          async (specs, crashes) => {
            const objects = () => [
              cron,
              ...specs.map(({ kind, tag, ...rest }, index) =>
                object(`o${String(index)}`, kind, { tags: tag, ...rest }),
              ),
            ]
            const straight = bench(objects())
            await evict(straight)
            const one = bench(objects())
            for (const [index, { appends, breakIn, offline }] of crashes.entries()) {
              one.world.breakAt = breakIn === null ? null : one.world.requests + breakIn
              const deps = one.deps({ appendsLeft: appends })
              await (index === 0 ? evict(one, deps) : resumeRun(deps, { hosts: offline ? [] : [one.host()] })).catch(
                () => null,
              )
            }
            one.world.breakAt = null
            await resumeUntilDone(one)
            expectLawful(one)
            const schedulers = one.world.objects.get('cron')?.state
            expect(schedulers).toBe('running')
            // A host that changes by itself may be caught at another moment; one that does not ends the same.
            if (specs.every((each) => each.restless === 0)) expect(states(one.world)).toEqual(states(straight.world))
          },
        ),
        { numRuns: runs },
      )
    },
    Math.max(120_000, runs * 2000),
  )

  async function resumeUntilDone(one: Bench): Promise<void> {
    const opened = (one.disk.chains.get('case') ?? []).some((event) => event.type === 'run-opened')
    const result = opened ? await resumeRun(one.deps(), { hosts: [one.host()] }) : await evict(one)
    expect(result.finished, JSON.stringify(result.hosts[0]?.error)).toBe(true)
  }
})

describe('undo', () => {
  test('of a run brings back what can come back, newest first, and the schedulers run throughout only at the ends', async () => {
    const one = bench(infected())
    const { run } = await evict(one)
    const result = await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: true })
    expect(states(one.world)).toMatchObject({ cron: 'running', miner: 'dead', 'cron-line': 'live', library: 'live' })
    const verbs = result.hosts[0]!.changes.map((change) => change.verb)
    expect(verbs[0]).toBe('resume-schedulers')
    expect(verbs.at(-1)).toBe('pause-schedulers')
    // what was killed cannot come back, and so neither can its freeze be undone: both are listed, and nothing else is missing
    expect(
      result.hosts[0]!.changes.flatMap((change) => (change.skip === null ? [] : [change.verb, change.skip])),
    ).toEqual(['kill', 'freeze'].flatMap((verb) => [verb, 'irreversible', verb, 'irreversible']))
    expect(result.exit).toBe(0)
    expect(one.world.complaints).toEqual([])
    expect(one.world.armed.size).toBe(0)
    const again = await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: true })
    expect(again.hosts[0]!.changes.filter((change) => change.outcome === 'done')).toEqual([])
  })

  test('leaves hostile things where they are unless they are asked for by name', async () => {
    const one = bench(infected())
    const { run } = await evict(one)
    const result = await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: false })
    expect(result.exit).toBe(4)
    expect(states(one.world)).toMatchObject({ 'cron-line': 'taken', cron: 'running' })
  })

  test('of a pause that was left standing takes its dead man off the host', async () => {
    const one = bench(infected())
    const { run } = await evict(one, one.deps(), 'stop-crontab@1.0.0')
    expect(states(one.world)).toMatchObject({ cron: 'paused' })
    expect(one.world.armed.size).toBeGreaterThan(0)
    const result = await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: false })
    expect(result.exit).toBe(0)
    expect(states(one.world)).toMatchObject({ cron: 'running' })
    expect(one.world.armed.size).toBe(0)
  })

  test('of an older change is refused while a newer one stands on the same object', async () => {
    const one = bench([cron, object('miner', 'process')])
    const { run } = await evict(one)
    const result = await undoChanges(one.deps(), { hosts: [one.host()], run, step: 'pause', restoreHostile: false })
    expect(result.hosts[0]!.changes).toMatchObject([{ outcome: 'skipped', skip: 'blocked' }])
    expect(result.exit).toBe(3)
  })

  test('of one step, and a new run of it, is change, undo, change', async () => {
    const one = bench(infected())
    const { run } = await evict(one)
    await undoChanges(one.deps(), { hosts: [one.host()], run, step: 'schedule-lines', restoreHostile: true })
    expect(states(one.world)['cron-line']).toBe('live')
    expect((await evict(one)).exit).toBe(0)
    expect(states(one.world)['cron-line']).toBe('taken')
  })

  test('a lost answer is not undone twice', async () => {
    const one = bench(infected())
    const { run } = await evict(one)
    const before = one.world.effects.size
    one.world.breakAt = one.world.requests + 3
    const lost = await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: true })
    expect(lost.hosts[0]!.error?.code).toBe('link-lost')
    await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: true })
    for (const count of one.world.effects.values()) expect(count).toBe(1)
    expect(one.world.effects.size).toBe(before + 7)
    expect(states(one.world)).toMatchObject({ 'cron-line': 'live', cron: 'running' })
  })

  test('asks the host anew when the kept answer of an undo never comes', async () => {
    const one = bench(infected())
    const { run } = await evict(one)
    one.world.breakAt = one.world.requests + 3
    await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: true })
    one.world.stuck.add(dataOf(eventsOf(one), 'intended').findLast((event) => event.undoes !== null)!.once)
    const again = await undoChanges(one.deps(), { hosts: [one.host()], run, restoreHostile: true })
    expect(again.hosts[0]!.error).toBeNull()
    expect(states(one.world)).toMatchObject({ 'cron-line': 'live', library: 'live', cron: 'running' })
  })

  test('names the steps there are when the one asked for has no change', async () => {
    const one = bench(infected())
    const { run } = await evict(one)
    await expect(
      undoChanges(one.deps(), { hosts: [one.host()], run, step: 'nope', restoreHostile: false }),
    ).rejects.toMatchObject({ code: 'usage' })
    await expect(
      undoChanges(one.deps(), { hosts: [one.host()], run: 'run-none', restoreHostile: false }),
    ).rejects.toMatchObject({ code: 'run-missing' })
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
