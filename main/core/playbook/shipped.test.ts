// The playbooks in this repository: they parse, they lint, they compose in the order argued for, and their JSON Schema is current.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeHashing } from '../../platform/hashing.ts'
import { library, problems, shipped, techniques } from '../../platform/playbooks-fixture.ts'
import { flatten, libraryOf } from './compose.ts'
import { lint } from './lint.ts'
import { parsePlaybook } from './parse.ts'
import { problemLine } from './problem.ts'
import { playbookJsonSchema } from './schema.ts'

const text = (id: string, steps: string) => {
  const head = `schema: tourniquet.playbook/1\nid: ${id}\nversion: 1.0.0\ntitle: { en: A, zh-CN: 甲 }\nsteps:\n`
  const result = parsePlaybook(`${id}.yaml`, new TextEncoder().encode(`${head}${steps}\n`), nodeHashing)
  if (!result.ok) throw new Error(result.problems.map(problemLine).join('\n'))
  return result.parsed
}

describe('the shipped playbooks', () => {
  test('are the moves of this release', () => {
    expect(problems).toEqual([])
    expect(shipped.map((one) => one.playbook.id).sort()).toEqual([
      'clean-ld-so-preload',
      'clean-startup',
      'evict-miner',
      'kill-miner',
      'restore-binaries',
      'rotate-keys',
      'snapshot-reminder',
      'stop-crontab',
      'stop-service',
    ])
  })

  test.each(shipped.map((one) => [one.file, one] as const))('%s passes lint', (_name, one) => {
    expect(lint(one, { library, techniques }).map(problemLine)).toEqual([])
  })

  test('a file is named after its playbook', () => {
    for (const one of shipped) expect(one.file).toBe(`${one.playbook.id}.yaml`)
  })

  test('evict-miner composes to one order: evidence, pause, freeze, block, disarm, kill, access, resume, lift, soak, look', () => {
    const evict = library.get('evict-miner@1.0.0')!
    expect(flatten(evict, library, {}).flat.steps.map((step) => step.id)).toEqual([
      'snapshot/machine',
      'snapshot/snapshot',
      'look',
      'stop/pause',
      'contain/freeze',
      'contain/block',
      'look-again',
      'contain-again/freeze',
      'contain-again/block',
      'services/generators',
      'services/timers',
      'services/units',
      'startup/lines',
      'startup/files',
      'preload/lines',
      'preload/library',
      'schedule-lines',
      'schedule-files',
      'payload',
      'kill/kill',
      'access/keys',
      'programs/restore',
      'programs/renamed',
      'resume',
      'lift/lift',
      'soak',
      'final',
    ])
  })

  test('every step of evict-miner stands in a phase, and the phases come in the order of the work', () => {
    const evict = library.get('evict-miner@1.0.0')!
    const met = flatten(evict, library, {}).flat.steps.map((step) => step.phase)
    expect(met).not.toContain(null)
    expect(met.filter((phase, index) => phase !== met[index - 1])).toEqual([
      'stop-bleeding',
      'evict',
      'restore',
      'watch',
    ])
  })

  test('every step of every shipped playbook says its phase', () => {
    for (const one of shipped)
      for (const step of flatten(one, library, {}).flat.steps)
        expect(step.phase, `${one.file} ${step.id}`).not.toBeNull()
  })

  test('a step without a phase takes that of the use around it', () => {
    const inner = text('inner', '  - { id: one, inspect: all }\n  - { id: two, phase: watch, inspect: all }')
    const outer = text('outer', '  - { id: part, phase: harden, use: inner@1.0.0 }\n  - { id: three, inspect: all }')
    const { flat } = flatten(outer, libraryOf([inner, outer]).library, {})
    expect(flat.steps.map((step) => [step.id, step.phase])).toEqual([
      ['part/one', 'harden'],
      ['part/two', 'watch'],
      ['three', null],
    ])
  })

  test('the kill of evict-miner takes what its containment froze', () => {
    const evict = library.get('evict-miner@1.0.0')!
    const kill = flatten(evict, library, {}).flat.steps.find((step) => step.id === 'kill/kill')
    expect(kill?.from).toEqual(['contain/freeze', 'contain-again/freeze'])
  })

  test('the published JSON Schema is the one the code checks with', () => {
    expect(readFileSync(join(import.meta.dirname, '../../../playbooks/schema/playbook.schema.json'), 'utf8')).toBe(
      playbookJsonSchema(),
    )
  })
})
