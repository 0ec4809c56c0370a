import { describe, expect, it } from 'vitest'
import { aProcess } from '../judge/fixtures/facts.ts'
import type { HostSession } from '../host/session.ts'
import type { Clock } from '../ports.ts'
import { kill } from './kill.ts'
import type { ChangeRecord } from './verb.ts'

/** A freeze that stands, with its members in the order in which they were stopped: parents first. */
function frozen(pids: readonly number[]): ChangeRecord {
  return {
    verb: 'freeze',
    act: 'act-1',
    item: 'set',
    objects: [],
    hostile: true,
    summary: { code: 'change.freeze', params: {} },
    before: {},
    after: {
      members: pids.map((pid) => ({
        pid,
        startTime: aProcess(pid, '/opt/x').identity.startTime,
        exeDev: '1',
        exeInode: '2',
        joined: false,
      })),
      quiet: true,
      overflow: [],
    },
    reversible: true,
  }
}

describe('a plan to kill', () => {
  it('ends children before their parents: a parent that goes first wakes its stopped children', async () => {
    const { items } = await kill.plan({
      findings: [],
      facts: [7, 90, 800].map((pid) => aProcess(pid, '/opt/x')),
      options: {},
      capture: ['exe'],
      changes: [frozen([7, 800]), frozen([90])],
      caseId: 'case',
      session: { arrival: { bootId: 'boot', ourPids: [] } } as unknown as HostSession,
      clock: undefined as unknown as Clock,
    })
    expect(items.map(({ target }) => target.kind === 'process' && target.identity.pid)).toEqual([800, 90, 7])
  })
})
