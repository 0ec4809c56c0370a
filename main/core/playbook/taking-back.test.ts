// A change whose proof fails is undone in the very step that made it, and the choice of keys reaches that step through every composition.

import { describe, expect, test } from 'vitest'
import {
  bench,
  cron,
  dataOf,
  eventsOf,
  evict,
  expectLawful,
  object,
  outcomes,
  states,
  type Bench,
} from '../../platform/engine-fixture.ts'
import { library } from '../../platform/playbooks-fixture.ts'
import { nodeHashing } from '../../platform/hashing.ts'
import { flatten } from './compose.ts'
import type { EngineDeps } from './deps.ts'
import { parsePlaybook } from './parse.ts'
import { runPlaybook } from './run.ts'

const world = () => [cron, object('miner', 'process'), object('cron-line', 'schedule')]
const notProven = { result: 'no', detail: 'login-not-proven: auth-refused', revert: true } as const
/** All that a run needs, with a change of lines whose proof always fails. */
function unproven(one: Bench): EngineDeps {
  const deps = one.deps()
  const verify = () => Promise.resolve(notProven)
  return { ...deps, verbs: { ...deps.verbs, 'edit-lines': { ...deps.verbs['edit-lines'], verify } } }
}

describe('a change whose proof fails', () => {
  test('is undone at once, the step fails with the reason, and the schedulers run again', async () => {
    const one = bench(world())
    const result = await evict(one, unproven(one))
    const undone = dataOf(eventsOf(one), 'undone')
    expect(undone).toMatchObject([{ step: 'schedule-lines', outcome: 'done' }])
    const ended = dataOf(eventsOf(one), 'step-ended').find(({ step }) => step === 'schedule-lines')
    expect(ended).toMatchObject({
      outcome: 'failed',
      detail: 'login-not-proven: auth-refused; the change was taken back',
    })
    expect(states(one.world)).toMatchObject({ 'cron-line': 'live', cron: 'running' })
    expect(outcomes(result)['kill/kill']).toBe('dependency-failed')
    expectLawful(one)
  })

  test('is undone as well where the step soaks: the proof is missing there too', async () => {
    const one = bench(world())
    const parsed = parsePlaybook(
      'soaks.yaml',
      new TextEncoder().encode(`schema: tourniquet.playbook/1
id: soaks
version: 1.0.0
title: { en: A, zh-CN: 甲 }
steps:
  - id: look
    inspect: all
  - id: lines
    act: edit-lines
    title: { en: B, zh-CN: 乙 }
    attack: [T1053.003]
    on: { kind: schedule, proposed: yes }
    capture: [file]
    verify: { absent: lines, soak: 30s }
    limit: 60s
`),
      nodeHashing,
    )
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    const result = await runPlaybook(unproven(one), {
      top: parsed.parsed,
      library,
      params: {},
      hosts: [one.host()],
      approval: 'all',
      examiner: 'tester',
    })
    expect(outcomes(result)['lines']).toBe('failed')
    expect(dataOf(eventsOf(one), 'undone')).toMatchObject([{ step: 'lines', outcome: 'done' }])
    expect(states(one.world)).toMatchObject({ 'cron-line': 'live' })
    expectLawful(one)
  })

  test('is told before the failed proof: whoever reads the journal after a crash finds it undone', async () => {
    const one = bench(world())
    await evict(one, unproven(one))
    const types = eventsOf(one).map(({ type }) => type)
    const failed = eventsOf(one).findIndex(
      ({ type, data }) => type === 'verified' && (data as { result?: unknown }).result === 'no',
    )
    expect(types.lastIndexOf('undone')).toBeLessThan(failed)
  })
})

describe('the choice of keys', () => {
  const fingerprint = `SHA256:${'A'.repeat(43)}`
  const composed = parsePlaybook(
    'composed.yaml',
    new TextEncoder().encode(`schema: tourniquet.playbook/1
id: composed
version: 1.0.0
title: { en: A, zh-CN: 甲 }
params:
  keys: { type: choice, options: [proposed, all-but-kept], default: proposed }
  keep: { type: list, default: [] }
steps:
  - id: access
    use: rotate-keys@1.0.0
    only: [look, keys]
    with: { keys: { param: keys }, keep: { param: keep } }
`),
    nodeHashing,
  )
  if (!composed.ok) throw new Error('does not parse')
  const flat = (given: Readonly<Record<string, unknown>>) => flatten(composed.parsed, library, given)

  test('reaches the step through a composition, as text from a command line too', () => {
    const { flat: one, problems } = flat({ keys: 'all-but-kept', keep: fingerprint })
    expect(problems).toEqual([])
    expect(one.steps.find(({ id }) => id === 'access/keys')?.body.step).toMatchObject({
      with: { keys: 'all-but-kept', keep: [fingerprint] },
    })
  })

  test('without anybody named to keep is refused before a host is touched', () => {
    expect(flat({ keys: 'all-but-kept' }).problems).toMatchObject([{ rule: 'option-value' }])
    expect(flat({ keys: 'all-but-kept', keep: 'SHA256:short' }).problems).toMatchObject([{ rule: 'option-value' }])
  })
})
