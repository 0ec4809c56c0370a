// An act that the time limit on the host cut off: it may have done its work and not come to say so. Played with the verb that moves files and a host that
// answers as ours would.

import { describe, expect, it } from 'vitest'
import { quarantine } from '../actions/quarantine.ts'
import type { ActContext, PlannedItem } from '../actions/verb.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import { ownText } from '../host-text.ts'
import { recover, type Stage } from './perform.ts'
import type { Plan } from './plan.ts'
import type { ActState } from './state.ts'

const identity = { dev: '1', inode: '2', sha256: 'a'.repeat(64) }
const item = {
  key: 'file:/opt/x',
  finding: null,
  target: { kind: 'file', path: ownText('/opt/x'), identity },
  diff: [],
  args: { path: '/opt/x', identity },
  captures: [],
  hostile: true,
} as unknown as PlannedItem

function replyOf(answer: Partial<HostReply> | string): HostReply {
  const stdout = new TextEncoder().encode(typeof answer === 'string' ? answer : '')
  const truncated = { stdout: false, stderr: false }
  const plain = { exit: 0, stdout, stderr: new Uint8Array(), truncated, timedOut: false, replayed: false }
  return { ...plain, ...(typeof answer === 'string' ? {} : answer) } as HostReply
}
const cut = { exit: null, timedOut: true }

/** Journal and outcome when the act, the question what stands, and the act asked again are answered so. */
async function played(stands: string, again: Partial<HostReply> & { readonly text?: string }) {
  const journal: unknown[] = []
  const answers = [replyOf(cut), replyOf(stands), { ...replyOf(again.text ?? ''), ...again }]
  const asked: HostRequest[] = []
  const session = {
    arrival: { adopted: true, bootId: 'boot', workDir: '/run/.ours' },
    run: (request: HostRequest) => {
      asked.push(request)
      return Promise.resolve(answers[asked.length - 1])
    },
  } as unknown as HostSession
  const context = { caseId: 'case', run: 'run', act: 'act-1', session } as ActContext
  const stage = {
    ...{ run: 'run', session, verb: quarantine, signal: undefined, context: () => context },
    record: (type: string, data: object) => Promise.resolve(void journal.push({ type, ...data })),
  } as unknown as Stage
  const state = { act: 'act-1', intended: { boot: 'boot' } } as unknown as ActState
  const outcome = await recover(stage, { step: 'take' } as Plan, item, state)
  return { outcome, journal, asked }
}

describe('an act that was cut off by its limit on the host', () => {
  it('is in the journal with its undo when the change stands', async () => {
    const { outcome, journal, asked } = await played('yes\n', { exit: 10, text: 'mode=644\nuid=0\nhow=renamed\n' })
    expect(asked).toHaveLength(3)
    expect(asked[0]?.once).toBe('act-1')
    expect(asked[2]?.once).toBeUndefined() // the key is taken by the attempt that was cut off
    expect(outcome).toMatchObject({ outcome: 'done', change: { before: { entry: 'act-1', meta: { mode: '644' } } } })
    expect(journal).toMatchObject([{ type: 'acted', outcome: 'done', change: { objects: ['file:/opt/x'] } }])
  })

  it('failed when nothing stands', async () => {
    const { outcome, asked } = await played('no\n', {})
    expect(asked).toHaveLength(2)
    expect(outcome).toEqual({ outcome: 'failed', change: null, detail: 'time limit reached' })
  })

  it('failed, and says that nobody knows, when what stands cannot be read', async () => {
    const { outcome, journal } = await played('?', {})
    expect(outcome).toMatchObject({ change: null, detail: 'time limit reached, and what stands cannot be read' })
    expect(journal).toMatchObject([{ type: 'acted', outcome: 'failed' }])
  })
})
