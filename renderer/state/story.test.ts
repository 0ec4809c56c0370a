import { describe, expect, it } from 'vitest'
import type { AnyEvent, EventData, EventType } from '../../main/core/case/events.ts'
import { signOf, storyOf, untold, type StepStory } from './story.ts'

const digest = 'a'.repeat(64)
const smaller = 'b'.repeat(64)

type Entry = readonly [EventType, object]

/** A chain of a host: each entry is a kind and its data. */
function chain(...entries: readonly Entry[]): readonly AnyEvent[] {
  return entries.map(
    ([type, data], seq) =>
      ({
        format: 'tourniquet.journal/1',
        chain: 'host-1',
        seq,
        prev: null,
        at: `2026-01-01T00:00:${String(seq).padStart(2, '0')}Z`,
        mono: seq,
        type,
        data,
        hash: digest,
      }) as unknown as AnyEvent,
  )
}

const at = { run: 'run-1', step: 'kill' }
const act = { ...at, act: 'act-1' }
const exhibit: EventData<'exhibit-stored'> = {
  sha256: digest,
  size: 3,
  what: 'process/exe',
  path: null,
  pathBytes: null,
  meta: null,
  method: 'read',
  hostSha256: digest,
  hostTime: null,
  truncated: false,
}
const change = {
  verb: 'kill',
  summary: { code: 'change.kill', params: {} },
  objects: ['p'],
  hostile: true,
  reversible: true,
}
const started = ['step-started', at] as const
const planned = ['planned', { ...at, plan: digest, items: 2 }] as const
const kept = ['evidence-kept', { ...act, exhibits: [digest] }] as const
const intended = [
  'intended',
  { ...act, plan: digest, item: 'process:1:2', verb: 'kill', once: 'x', undoes: null },
] as const
const acted = ['acted', { ...act, outcome: 'done', change, detail: '', replayed: false }] as const
const verified = (result: string) => ['verified', { ...act, result, detail: '' }] as const
const ended = (outcome: string) => ['step-ended', { ...at, outcome, skip: null, detail: '' }] as const

function stepAfter(...entries: readonly Entry[]): StepStory {
  return storyOf(chain(...entries), 'run-1')['kill'] ?? untold
}

describe('the story of a step', () => {
  it('takes what is stored while the step is at work, and nothing before or after', () => {
    const story = stepAfter(['exhibit-stored', exhibit], started, ['exhibit-stored', exhibit], ended('done'), [
      'exhibit-stored',
      exhibit,
    ])
    expect(story.exhibits.map(({ seq }) => seq)).toEqual([2])
  })

  it('leaves other runs out', () => {
    expect(storyOf(chain(started, planned), 'run-2')).toEqual({})
  })

  it('counts evidence for the plan in force', () => {
    expect(stepAfter(started, planned, kept).keptForPlan).toBe(1)
    expect(stepAfter(started, planned, kept, planned).keptForPlan).toBe(0)
  })

  it('lets evidence of a whole larger plan serve the smaller one, and never a part of it', () => {
    const narrows = { plan: digest, by: 'Lin' }
    const narrowed = ['planned', { ...at, plan: smaller, items: 1, narrows }] as const
    const other = ['evidence-kept', { ...act, act: 'act-2', exhibits: [] }] as const
    expect(stepAfter(started, planned, kept, other, narrowed).keptForPlan).toBe(1)
    expect(stepAfter(started, planned, kept, narrowed).keptForPlan).toBe(0)
  })

  it('tells an undo of an act and not as an act of its own', () => {
    const undo = { ...act, act: 'act-9' }
    const story = stepAfter(
      started,
      planned,
      intended,
      acted,
      ['intended', { ...undo, plan: digest, item: 'process:1:2', verb: 'kill', once: 'y', undoes: 'act-1' }],
      ['undone', { ...act, undoAct: 'act-9', outcome: 'done', notRestored: [], detail: '' }],
    )
    expect(story.acts.map((one) => [one.act, one.undone])).toEqual([['act-1', 'done']])
  })

  it('is open again when it is started again', () => {
    expect(stepAfter(started, ended('waiting'), started).ended).toBeNull()
  })
})

describe('the sign of a step', () => {
  const sign = (...entries: readonly Entry[]) => signOf(stepAfter(...entries), false, false)

  it('is green only when every change was verified', () => {
    const done = [started, planned, intended, acted] as const
    expect(sign(...done, verified('yes'), ended('done'))).toBe('done')
    expect(sign(...done, verified('unknown'), ended('done'))).toBe('unknown')
    expect(sign(...done, verified('no'), ended('done'))).toBe('unknown')
  })

  it('is not green when a look left something unknown or found something', () => {
    const looked = (unknowns: number, verdict = 'clean') =>
      ['looked', { ...at, findings: digest, verdict, unknowns }] as const
    expect(sign(started, looked(0), ended('done'))).toBe('done')
    expect(sign(started, looked(1), ended('done'))).toBe('read')
    expect(sign(started, looked(0, 'infected'), ended('done'))).toBe('read')
  })

  it('is not green any more for a look or a watch when something was put back on the host since, by whichever run', () => {
    const put = (run: string) =>
      ['undone', { ...act, run, undoAct: 'act-9', outcome: 'done', notRestored: [], detail: '' }] as const
    const clean = ['looked', { ...at, findings: digest, verdict: 'clean', unknowns: 0 }] as const
    expect(sign(started, clean, ended('done'), put('run-1'))).toBe('lapsed')
    expect(sign(started, clean, ended('done'), put('run-0'))).toBe('lapsed')
    expect(sign(started, ended('done'), put('run-0'))).toBe('lapsed') // a watch
    expect(sign(started, put('run-0'), clean, ended('done'))).toBe('done')
    expect(sign(started, clean, ended('done'), put('run-0'), started, clean, ended('done'))).toBe('done')
    expect(sign(started, ['attested', { ...at, by: 'Lin', text: 'snap-1' }], ended('done'), put('run-0'))).toBe('done')
    expect(sign(started, planned, intended, acted, verified('yes'), ended('done'), put('run-0'))).toBe('done')
  })

  it('says who must move', () => {
    const begun = stepAfter(started)
    expect(signOf(begun, true, true)).toBe('needs-you')
    expect(signOf(begun, false, true)).toBe('working')
    expect(signOf(begun, false, false)).toBe('held')
    expect(signOf(stepAfter(started, ended('waiting')), false, false)).toBe('needs-you')
    expect(signOf(untold, false, true)).toBe('ahead')
  })
})
