// What people decide, and that it holds: items taken out of a plan are never acted on, a refusal keeps its reason, and a pause that ran out is asked for again.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasLapsed } from './state.ts'
import type { Decision } from './approval.ts'
import type { EngineDeps } from './deps.ts'
import { leaveOut, narrow, readPlan, type Plan } from './plan.ts'
import { resumeRun, runState } from './resume.ts'
import type { Unknown } from '../probes/facts.ts'
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
  type Bench,
} from '../../platform/engine-fixture.ts'

const yes: Decision = { decision: 'approved', by: 'tester', how: 'asked' }

/** Takes these items out of the first plan of a verb that has them, and approves everything else. */
function without(verb: string, keys: readonly string[], seen: Plan[] = []): EngineDeps['approver'] {
  return {
    decide: ({ plan }) => {
      seen.push(plan)
      const out = plan.verb === verb ? keys.filter((key) => plan.items.some((item) => item.key === key)) : []
      return Promise.resolve(out.length === 0 ? yes : { decision: 'narrowed', by: 'tester', keys: out })
    },
  }
}

const intents = (one: Bench) => dataOf(eventsOf(one), 'intended')

describe('taking items out of a plan', () => {
  test('makes a smaller plan with its own digest, and only that one is approved and run', async () => {
    const one = bench([cron, object('miner', 'process'), object('mine', 'schedule'), object('theirs', 'schedule')])
    const seen: Plan[] = []
    const result = await evict(one, one.deps({ approver: without('edit-lines', ['theirs'], seen) }))
    expect(states(one.world)).toMatchObject({ mine: 'taken', theirs: 'live', miner: 'dead', cron: 'running' })
    const [whole, left] = dataOf(eventsOf(one), 'planned').filter((event) => event.step === 'schedule-lines')
    expect(left).toMatchObject({ items: 1, narrows: { plan: whole!.plan, by: 'tester' } })
    const approved = dataOf(eventsOf(one), 'approved').map((event) => event.plan)
    expect(approved).toContain(left!.plan)
    expect(approved).not.toContain(whole!.plan)
    const kept = readPlan(await one.deps().store.exhibit(left!.plan))
    expect(kept.declined).toMatchObject([{ finding: 'theirs', reason: 'not-selected' }])
    expect(outcomes(result)['schedule-lines']).toBe('done')
    expect(result.hosts[0]!.remaining.map((finding) => finding.id)).toEqual(['theirs'])
    expectLawful(one)
  })

  test('a process that was not frozen is not killed', async () => {
    const one = bench([cron, object('miner', 'process'), object('database', 'process')])
    await evict(one, one.deps({ approver: without('freeze', ['database']) }))
    expect(states(one.world)).toMatchObject({ miner: 'dead', database: 'live' })
    expect(intents(one).filter(({ item }) => item === 'database')).toEqual([])
  })

  test('evidence of what is left is not read twice', async () => {
    const one = bench([cron, object('miner', 'process'), object('mine', 'schedule'), object('theirs', 'schedule')])
    const straight = bench([cron, object('miner', 'process'), object('mine', 'schedule'), object('theirs', 'schedule')])
    const reads = async (on: Bench, deps: EngineDeps) => {
      await evict(on, deps)
      return dataOf(eventsOf(on), 'exhibit-stored').filter(({ what }) => what === 'fake').length
    }
    const once = await reads(straight, straight.deps())
    expect(await reads(one, one.deps({ approver: without('edit-lines', ['theirs']) }))).toBe(once)
  })

  test('evidence that cannot be kept of what was taken out holds nothing up', async () => {
    const one = bench([
      cron,
      object('miner', 'process'),
      object('a', 'schedule'),
      object('b', 'schedule', { unreadable: true }),
    ])
    const result = await evict(one, one.deps({ approver: without('edit-lines', ['b']) }))
    expect(outcomes(result)['schedule-lines']).toBe('done')
    expect(states(one.world)).toMatchObject({ a: 'taken', b: 'live' })
  })

  test('what was taken out stays out when the step is planned again', async () => {
    const one = bench([
      cron,
      object('miner', 'process'),
      object('mine', 'schedule', { restless: 1 }),
      object('theirs', 'schedule'),
    ])
    await evict(one, one.deps({ approver: without('edit-lines', ['theirs']) }))
    expect(dataOf(eventsOf(one), 'planned').filter((event) => event.step === 'schedule-lines')).toHaveLength(3)
    expect(states(one.world)).toMatchObject({ mine: 'taken', theirs: 'live' })
    expectLawful(one)
  })

  test('nothing left, or an item that is not there, is refused', async () => {
    const one = bench(infected())
    const seen: Plan[] = []
    await evict(one, one.deps({ approver: without('none', [], seen) }))
    const plan = seen.find(({ verb }) => verb === 'freeze')!
    expect(() =>
      narrow(
        plan,
        plan.items.map(({ key }) => key),
      ),
    ).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => narrow(plan, ['stranger'])).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(leaveOut(plan, new Set(['stranger']))).toBe(plan)
  })

  test('never is an item acted on that was taken out, whatever is taken out and wherever the run crashes', async () => {
    const names = ['p1', 'p2', 's1', 's2', 'f1', 'f2'] as const
    const world = () => [
      cron,
      object('p1', 'process'),
      object('p2', 'process'),
      object('s1', 'schedule'),
      object('s2', 'schedule', { restless: 1 }),
      object('f1', 'file'),
      object('f2', 'file'),
    ]
    await fc.assert(
      fc.asyncProperty(fc.subarray([...names]), fc.nat(140), async (out, appends) => {
        const one = bench(world())
        const approver = (): EngineDeps['approver'] => ({
          decide: ({ plan }) => {
            const keys = plan.items.flatMap(({ key }) => ((out as string[]).includes(key) ? [key] : []))
            return Promise.resolve(
              keys.length === 0
                ? yes
                : keys.length === plan.items.length
                  ? { decision: 'refused', by: 'tester' }
                  : { decision: 'narrowed', by: 'tester', keys },
            )
          },
        })
        await evict(one, one.deps({ appendsLeft: appends, approver: approver() })).catch(() => null)
        if (eventsOf(one).length > 0)
          await resumeRun(one.deps({ approver: approver() }), { hosts: [one.host()] }).catch(() => null)
        for (const { item } of intents(one)) expect(out).not.toContain(item)
        for (const name of out) expect(one.world.objects.get(name)!.state).toBe('live')
        expectLawful(one)
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

describe('a refusal', () => {
  test('keeps the reason and the words that were given', async () => {
    const one = bench(infected())
    const approver: EngineDeps['approver'] = {
      decide: ({ plan }) =>
        Promise.resolve(
          plan.verb === 'freeze'
            ? { decision: 'refused', by: 'tester', reason: 'customer-refuses', text: 'not before the night batch' }
            : yes,
        ),
    }
    const result = await evict(one, one.deps({ approver }))
    expect(dataOf(eventsOf(one), 'refused')).toMatchObject([
      { by: 'tester', reason: 'customer-refuses', text: 'not before the night batch' },
    ])
    expect(outcomes(result)['contain/freeze']).toBe('operator')
  })
})

describe('a pause that the dead man ended', () => {
  /** Runs until the freeze is approved, is stopped there, and the host's dead man fires while nobody is there. */
  async function stoppedAfterPause(one: Bench): Promise<void> {
    const stop = new AbortController()
    await evict(
      one,
      one.deps({
        signal: stop.signal,
        onProgress: (told) => {
          if (told.type === 'acted' && told.verb === 'pause-schedulers') stop.abort()
        },
      }),
    )
    expect(one.world.objects.get('cron')!.state).toBe('paused')
  }

  function fired(one: Bench): Partial<EngineDeps> {
    const keys = [...one.world.armed]
    const { deadMan } = one.deps()
    one.world.armed.clear()
    one.world.objects.get('cron')!.state = 'running'
    const log = keys.map((key) => ({ key, atUptime: 1, result: 'resumed' as const }))
    return {
      deadMan: (session) => {
        const real = deadMan(session)
        return {
          ...real,
          arm: async (entries, ttl) => ({ ...(await real.arm(entries, ttl)), log }),
          renew: async () => ({ ...(await real.renew()), log }),
        }
      },
    }
  }

  test('is planned, asked for and made again on resume', async () => {
    const one = bench(infected())
    await stoppedAfterPause(one)
    const asked: Plan[] = []
    const result = await resumeRun(one.deps({ ...fired(one), approver: without('none', [], asked) }), {
      hosts: [one.host()],
    })
    expect(asked.filter(({ verb }) => verb === 'pause-schedulers')).toHaveLength(1)
    expect(intents(one).filter(({ verb }) => verb === 'pause-schedulers')).toHaveLength(2)
    expect(dataOf(eventsOf(one), 'gap')).toMatchObject([{ probe: 'dead-man' }])
    expect(result).toMatchObject({ exit: 0, finished: true })
    expect(states(one.world)).toMatchObject({ cron: 'running', miner: 'dead' })
    expectLawful(one)
  })

  test('is not made again when nobody approves it: the step is left out, and nothing claims that the schedulers stand still', async () => {
    const one = bench(infected())
    await stoppedAfterPause(one)
    const approver: EngineDeps['approver'] = {
      decide: ({ plan }) =>
        Promise.resolve(plan.verb === 'pause-schedulers' ? { decision: 'refused', by: 'tester' } : yes),
    }
    const result = await resumeRun(one.deps({ ...fired(one), approver }), { hosts: [one.host()] })
    expect(outcomes(result)['stop/pause']).toBe('operator')
    expect(states(one.world)).toMatchObject({ cron: 'running', miner: 'live' })
    expect(intents(one).filter(({ verb }) => verb === 'pause-schedulers')).toHaveLength(1)
  })

  test('is told from one that a person undid', async () => {
    const one = bench(infected())
    await stoppedAfterPause(one)
    const result = await resumeRun(one.deps(fired(one)), { hosts: [one.host()] })
    const state = runState(one.deps().store, result.run).hosts['host-one']!
    const pauses = Object.values(state.acts).filter(({ intended }) => intended?.verb === 'pause-schedulers')
    expect(pauses.map((act) => hasLapsed(state, act)).sort()).toEqual([false, true])
  })
})

describe('a step that found nothing to take hold of', () => {
  const looked = (reason: Unknown['reason']): Pick<EngineDeps, 'look'> => ({
    look: (_session, { probes }) => {
      const unknowns: readonly Unknown[] = [
        { probe: 'schedulers', what: '/var/spool/cron', reason, detail: '', spoils: ['schedule'] },
      ]
      const outcomes = probes.map((probe) => ({ probe, facts: [], unknowns, raw: [] }))
      return Promise.resolve({ facts: [], unknowns, outcomes })
    },
  })

  test('says unknown where the things it is about could not be read, and not that there was nothing to do', async () => {
    const one = bench([cron, object('miner', 'process')])
    const result = await evict(one, one.deps(looked('timed-out')))
    expect(outcomes(result)).toMatchObject({ 'schedule-lines': 'unknown', 'startup/lines': 'nothing-to-do' })
    expect(states(one.world)).toMatchObject({ miner: 'dead', cron: 'running' })
  })

  test('is done where no host of its kind can be read for them', async () => {
    const one = bench([cron, object('miner', 'process')])
    const result = await evict(one, one.deps(looked('not-supported')))
    expect(outcomes(result)).toMatchObject({ 'schedule-lines': 'nothing-to-do' })
  })
})
