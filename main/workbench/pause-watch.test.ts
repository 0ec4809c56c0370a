// Between two jobs: an open run's pause is kept, a finished run's is not, and one that the dead man ended is said to be over.

import { afterEach, describe, expect, test } from 'vitest'
import type { AnyEvent } from '../core/case/events.ts'
import type { DeadMan } from '../core/host/dead-man.ts'
import { resumeRun } from '../core/playbook/resume.ts'
import { bench, dataOf, eventsOf, evict, infected, states, type Bench } from '../platform/engine-fixture.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { PauseWatch } from './pause-watch.ts'

const watches: PauseWatch[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.end()
})

interface Watched {
  readonly said: string[]
  readonly watch: PauseWatch
}

/** A watch over the bench's host. `fired`: what he says he resumed. */
function watchOver(one: Bench, idle = true, fired: readonly string[] = []): Watched {
  const said: string[] = []
  const deps = one.deps()
  const host = one.host()
  const log = fired.map((key) => ({ key, atUptime: 1, result: 'resumed' as const }))
  const answer = (word: string) => () => {
    said.push(word)
    return Promise.resolve({ standing: [...one.world.armed], log })
  }
  const man: DeadMan = { arm: answer('arm'), renew: answer('renew'), look: answer('look'), disarm: answer('disarm') }
  const { store } = deps
  const clock = { ...deps.clock, sleep: () => new Promise<void>(() => undefined) }
  const watch = new PauseWatch({
    store,
    clock,
    hashing: nodeHashing,
    deadMan: () => man,
    idle: () => (idle ? [host] : []),
  })
  watches.push(watch)
  return { said, watch }
}

/** A run that was stopped while its schedulers are paused. */
async function stopped(one: Bench): Promise<void> {
  const stop = new AbortController()
  const result = await evict(
    one,
    one.deps({
      signal: stop.signal,
      onProgress: (told) => {
        if (told.type === 'acted' && told.verb === 'freeze') stop.abort()
      },
    }),
  )
  expect(result.finished).toBe(false)
  expect(states(one.world)['cron']).toBe('paused')
}

const lapses = (events: readonly AnyEvent[]) => dataOf(events, 'gap').filter(({ probe }) => probe === 'dead-man')

describe('between two jobs', () => {
  test('the dead man is renewed while an open run has schedulers paused', async () => {
    const one = bench(infected())
    await stopped(one)
    const { said, watch } = watchOver(one)
    await watch.round()
    await watch.round()
    expect(said).toEqual(['renew', 'renew'])
  })

  test('he is only looked at when the run that paused them is over, and left alone when nothing is paused', async () => {
    const paused = bench(infected())
    await evict(paused, paused.deps(), 'stop-crontab@1.0.0')
    const over = watchOver(paused)
    await over.watch.round()
    expect(over.said).toEqual(['look'])
    const done = bench(infected())
    await evict(done)
    const none = watchOver(done)
    await none.watch.round()
    expect(none.said).toEqual([])
  })

  test('a host that a job holds is the job’s', async () => {
    const one = bench(infected())
    await stopped(one)
    const { said, watch } = watchOver(one, false)
    await watch.round()
    expect(said).toEqual([])
  })

  test('a pause he ended is said to be over, once, and the run asks for it again', async () => {
    const one = bench(infected())
    await stopped(one)
    const fired = [...one.world.armed]
    one.world.armed.clear()
    one.world.objects.get('cron')!.state = 'running'
    const { said, watch } = watchOver(one, true, fired)
    await watch.round()
    await watch.round()
    expect(said).toEqual(['renew'])
    expect(lapses(eventsOf(one))).toHaveLength(1)
    const result = await resumeRun(one.deps(), { hosts: [one.host()] })
    expect(result).toMatchObject({ finished: true, exit: 0 })
    const pauses = dataOf(eventsOf(one), 'intended').filter(({ verb }) => verb === 'pause-schedulers')
    expect(pauses).toHaveLength(2)
    expect(states(one.world)).toMatchObject({ cron: 'running', miner: 'dead' })
  })
})
