// The phase bar: what it may show in green, and what takes the green away again.

import { describe, expect, it } from 'vitest'
import type { AnyEvent, EventType } from '../../main/core/case/events.ts'
import type { Phase } from '../../main/core/contract.ts'
import { phaseStates, type OutlineStep, type RunView } from './progress.ts'

const digest = 'a'.repeat(64)

function outline(step: string, kind: OutlineStep['kind'], phase: Phase | null): OutlineStep {
  return { step, kind, title: null, sentence: null, phase, verb: null, attack: [], irreversible: null }
}

const run: RunView = {
  head: {
    run: 'run-1',
    playbook: { id: 'evict', version: '1.0.0', digest },
    hosts: ['one', 'two'],
    approval: 'ask',
    examiner: 'Lin',
    openedAt: '2026-01-01T00:00:00Z',
    outcome: null,
  },
  playbook: null,
  steps: [outline('clean-up', 'act', 'evict'), outline('soak', 'wait', 'watch'), outline('remains', 'inspect', null)],
  job: null,
  working: false,
}

type Entry = readonly [EventType, object]

function chain(...entries: readonly Entry[]): readonly AnyEvent[] {
  return entries.map(([type, data], seq) => ({ seq, at: '2026-01-01T00:00:00Z', type, data }) as unknown as AnyEvent)
}

const of = (step: string): { readonly run: string; readonly step: string } => ({ run: 'run-1', step })
const ended = (step: string, outcome = 'done'): Entry => [
  'step-ended',
  { ...of(step), outcome, skip: null, detail: '' },
]
const change = { verb: 'quarantine', summary: { code: 'x', params: {} }, objects: [], hostile: true, reversible: true }
const through: readonly Entry[] = [
  ['step-started', of('clean-up')],
  ['acted', { ...of('clean-up'), act: 'act-1', outcome: 'done', change, detail: '', replayed: false }],
  ['verified', { ...of('clean-up'), act: 'act-1', result: 'yes', detail: '' }],
  ended('clean-up'),
  ['step-started', of('soak')],
  ended('soak'),
  ['step-started', of('remains')],
  ['looked', { ...of('remains'), findings: digest, verdict: 'clean', unknowns: 0 }],
  ended('remains'),
]
const undone: Entry = [
  'undone',
  { ...of('clean-up'), act: 'act-1', undoAct: 'act-2', outcome: 'done', notRestored: [], detail: '' },
]
const nothingToDo: readonly Entry[] = [
  ['step-started', of('clean-up')],
  ended('clean-up', 'nothing-to-do'),
  ...through.slice(4),
]

describe('the phase bar', () => {
  it('is green where every host is through and proven', () => {
    const states = phaseStates(run, { one: chain(...through), two: chain(...nothingToDo) })
    expect(states).toEqual({ 'stop-bleeding': 'none', evict: 'done', restore: 'none', harden: 'none', watch: 'done' })
  })

  it('is not green while one host is behind', () => {
    const { evict, watch } = phaseStates(run, { one: chain(...through), two: chain() })
    expect({ evict, watch }).toEqual({ evict: 'now', watch: 'now' })
  })

  it('does not stay green when something was put back after the watch', () => {
    const { evict, watch } = phaseStates(run, { one: chain(...through, undone), two: chain(...nothingToDo) })
    expect({ evict, watch }).toEqual({ evict: 'now', watch: 'now' })
  })

  it('has nothing green before the first run', () => {
    expect(Object.values(phaseStates(null, {}))).toEqual(['none', 'none', 'none', 'none', 'none'])
  })
})
