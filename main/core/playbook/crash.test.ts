// A run that breaks off, at any event and with any answer lost, on a fake host: resumed, it ends where a run without a crash ends, and repeats no act.

import fc from 'fast-check'
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
  states,
  type Bench,
} from '../../platform/engine-fixture.ts'
import type { AnyEvent } from '../case/events.ts'
import { resumeRun } from './resume.ts'
import { reboot } from './testing/fake-host.ts'
import { undoChanges } from './undo.ts'

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
