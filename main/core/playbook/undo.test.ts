// Taking back a run or one step of it on a fake host: newest first, nothing twice, and nothing hostile unless it is asked for by name.

import { describe, expect, test } from 'vitest'
import { bench, cron, dataOf, eventsOf, evict, infected, object, states } from '../../platform/engine-fixture.ts'
import { undoChanges } from './undo.ts'

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
