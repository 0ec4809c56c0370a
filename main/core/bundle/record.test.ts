import { describe, expect, it } from 'vitest'
import type { AnyEvent, EventType } from '../case/events.ts'
import { recordOf } from './record.ts'

const digest = '0'.repeat(64)
const opened = { caseId: 'case-0011223344556677', number: null, examiner: 'ada', tool: 't', createdAt: 'x' }

/** Events of one chain without their hashes, which a record does not ask for. */
function chain(name: string, events: readonly (readonly [EventType, object])[]): AnyEvent[] {
  return events.map(
    ([type, data], seq) =>
      ({
        chain: name,
        seq,
        at: `2026-01-01T00:00:0${String(seq)}.000Z`,
        type,
        data,
        hash: digest,
      }) as unknown as AnyEvent,
  )
}

const looked = ['looked', { run: null, step: null, findings: digest, verdict: 'clean', unknowns: 0 }] as const
const undo = (outcome: 'done' | 'failed') =>
  ['undone', { run: 'run-1', step: 's', act: 'act-1', undoAct: 'act-2', outcome, notRestored: [], detail: '' }] as const

describe('the last look at a host', () => {
  it.each([
    ['nothing was undone', [looked], 0],
    ['the undo came before it', [looked, undo('done'), looked], 0],
    ['the undo came after it', [looked, undo('done'), undo('done')], 2],
    ['an undo after it failed', [looked, undo('failed')], 0],
    ['there was none', [undo('done')], 1],
  ] as const)('tells how much was undone since when %s', (_, events, expected) => {
    const snapshot = new Map([
      ['case', chain('case', [['case-opened', opened]])],
      ['host-1', chain('host-1', events)],
    ])
    expect(recordOf(snapshot).hosts).toMatchObject([{ host: 'host-1', undoneSince: expected }])
  })
})
