import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownText } from '../host-text.ts'
import { aProcess } from '../judge/fixtures/facts.ts'
import { aUnit } from '../judge/fixtures/units.ts'
import type { HostRequest, HostSession } from '../host/session.ts'
import type { Fact, UnitFact } from '../probes/facts.ts'
import type { Clock } from '../ports.ts'
import { kill } from './kill.ts'
import type { ChangeRecord, PlannedItem } from './verb.ts'

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

/** Processes that somebody ended after the freeze. */
const ended = new Set<string>()

/** Runs what is asked with this machine's shell; only how the frozen processes stand is made up. */
const here = {
  arrival: { bootId: 'boot', ourPids: [] },
  run: ({ argv }: HostRequest) => {
    const words = argv.map((word) => (typeof word === 'string' ? word : Buffer.from(word).toString()))
    const at = words.indexOf('process-state')
    if (at !== -1)
      return Promise.resolve({ exit: 0, stdout: Buffer.from(ended.has(words[at + 1] ?? '') ? 'gone\n' : 'stopped\n') })
    const { stdout, status } = spawnSync('/bin/sh', words.slice(1))
    return Promise.resolve({ exit: status, stdout: new Uint8Array(stdout) })
  },
} as unknown as HostSession

function planned(facts: readonly Fact[], changes: readonly ChangeRecord[], session = here) {
  const clock = undefined as unknown as Clock
  return kill.plan({
    findings: [],
    facts,
    options: {},
    capture: ['exe'],
    changes,
    caseId: 'case',
    session,
    clock,
  })
}
const pidsOf = (items: readonly PlannedItem[]) =>
  items.map(({ target }) => (target.kind === 'process' ? target.identity.pid : null))

describe('a plan to kill', () => {
  it('ends children before their parents: a parent that goes first wakes its stopped children', async () => {
    const facts = [7, 90, 800].map((pid) => aProcess(pid, '/opt/x'))
    const { items } = await planned(facts, [frozen([7, 800]), frozen([90])])
    expect(pidsOf(items)).toEqual([800, 90, 7])
  })

  it('never names process 1 or our own session, whatever a freeze says', async () => {
    const facts = [1, 70, 80].map((pid) => aProcess(pid, '/opt/x'))
    const session = { ...here, arrival: { ...here.arrival, ourPids: [80] } }
    const { items, declined } = await planned(facts, [frozen([1, 70, 80])], session)
    expect(pidsOf(items)).toEqual([70])
    expect(declined.map(({ reason, detail }) => [reason, detail])).toEqual(
      Array.from({ length: 2 }, () => ['guard', 'our own session or process 1']),
    )
  })

  it('leaves out what was ended after the freeze, as systemd ends a stopped unit that it watches', async () => {
    ended.add('80')
    const { items, declined } = await planned([aProcess(70, '/opt/x')], [frozen([70, 80])])
    ended.clear()
    expect(pidsOf(items)).toEqual([70])
    expect(declined).toMatchObject([{ reason: 'already', target: { identity: { pid: 80 } } }])
  })

  it('leaves frozen what systemd would start again or clean up after, until its unit is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kill-'))
    const path = join(folder, 'guard.service')
    writeFileSync(path, '[Service]\n')
    const main = aProcess(70, '/opt/guard')
    const child = aProcess(80, '/opt/miner', { ppid: 70 })
    const unit = (change: Partial<UnitFact>) => aUnit(path, { pids: [70, 80], ...change })
    const changes = [frozen([70, 80])]
    for (const change of [
      { restart: ownText('always') },
      { starts: [ownText('repair.service')] },
      { command: ownText('/opt/guard\n/opt/hook') },
    ]) {
      const { items, declined } = await planned([main, child, unit(change)], changes)
      expect([pidsOf(items), declined.map(({ reason }) => reason)]).toEqual([[80], ['guard']])
    }
    const plain = await planned([main, child, unit({ restart: ownText('no') })], changes)
    expect(pidsOf(plain.items)).toEqual([80, 70])
    rmSync(folder, { recursive: true })
    const gone = await planned([main, child, unit({ restart: ownText('always') })], changes)
    expect(pidsOf(gone.items)).toEqual([80, 70])
  })
})
