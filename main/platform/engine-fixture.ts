// The engine on a fake host, set up once for every test of it: the shipped playbooks, a world of objects, a case in memory, and what no run may ever break.

import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { nodeHashing } from './hashing.ts'
import { library, techniques } from './playbooks-fixture.ts'
import type { AnyEvent, EventData } from '../core/case/events.ts'
import type { EngineDeps } from '../core/playbook/deps.ts'
import type { Progress } from '../core/playbook/progress.ts'
import type { RunResult } from '../core/playbook/result.ts'
import { runPlaybook } from '../core/playbook/run.ts'
import {
  fakeEyes,
  fakeSession,
  fakeVerbs,
  fakeWorld,
  type FakeObject,
  type FakeWorld,
} from '../core/playbook/testing/fake-host.ts'
import { emptyDisk, openMemoryStore, testClock, type MemoryDisk } from '../core/playbook/testing/memory-store.ts'

export type Spec = Omit<FakeObject, 'version'>
export const object = (name: string, kind: FakeObject['kind'], more: Partial<Spec> = {}): Spec => ({
  name,
  kind,
  tags: [],
  proposed: 'yes',
  state: 'live',
  restless: 0,
  unreadable: false,
  ...more,
})
export const cron = object('cron', 'scheduler-daemon', { state: 'running', proposed: 'no' })
export const infected = (): Spec[] => [
  cron,
  object('miner', 'process'),
  object('watchdog', 'process'),
  object('preload-line', 'preload'),
  object('library', 'file', { tags: ['library'] }),
  object('cron-line', 'schedule'),
  object('cron-file', 'schedule', { tags: ['whole-file'] }),
  object('payload', 'file', { tags: ['payload'] }),
]

export interface Bench {
  readonly disk: MemoryDisk
  readonly world: FakeWorld
  readonly told: Progress[]
  deps(options?: { appendsLeft?: number } & Partial<EngineDeps>): EngineDeps
  host(adopted?: boolean): { id: string; address: string; session: ReturnType<typeof fakeSession> }
}

export function bench(objects: readonly Spec[]): Bench {
  const disk = emptyDisk()
  const world = fakeWorld(objects)
  const told: Progress[] = []
  const clock = testClock()
  return {
    disk,
    world,
    told,
    deps: ({ appendsLeft = Infinity, ...more } = {}) => ({
      store: openMemoryStore(disk, { hashing: nodeHashing, clock, appendsLeft }),
      clock,
      random: { bytes: (count) => randomBytes(count) },
      hashing: nodeHashing,
      verbs: fakeVerbs(world),
      ...fakeEyes(world),
      deadManTtl: 14_400,
      hostView: true,
      approver: { decide: () => Promise.resolve({ decision: 'approved', by: 'tester', how: 'approve-all' }) },
      attestor: { attest: () => Promise.resolve({ by: 'tester', text: 'snap-1' }) },
      techniques,
      onProgress: (progress) => told.push(progress),
      ...more,
    }),
    host: (adopted = true) => ({ id: 'host-one', address: '192.0.2.1', session: fakeSession(world, adopted) }),
  }
}

export function evict(one: Bench, deps = one.deps(), playbook = 'evict-miner@1.0.0'): Promise<RunResult> {
  const top = library.get(playbook)
  if (!top) throw new Error(playbook)
  return runPlaybook(deps, {
    top,
    library,
    params: { ...(playbook.startsWith('evict') ? { soak: '30s' } : {}) },
    hosts: [one.host()],
    approval: 'all',
    examiner: 'tester',
  })
}

export const states = (world: FakeWorld) =>
  Object.fromEntries([...world.objects].map(([name, one]) => [name, one.state]))
export const eventsOf = (one: Bench) => one.disk.chains.get('host-one') ?? []
export const outcomes = (result: RunResult) =>
  Object.fromEntries((result.hosts[0]?.steps ?? []).map((step) => [step.id, step.skip ?? step.outcome]))
export function dataOf<T extends AnyEvent['type']>(events: readonly AnyEvent[], type: T): EventData<T>[] {
  return events.filter((event) => event.type === type).map((event) => event.data as EventData<T>)
}

/** The two sentences no run may ever break, checked on the journal alone. */
export function expectLawful(one: Bench): void {
  const approved = new Set<string>()
  const kept = new Set<string>()
  for (const event of eventsOf(one)) {
    if (event.type === 'approved') approved.add(event.data.plan)
    if (event.type === 'evidence-kept') kept.add(event.data.act)
    if (event.type === 'intended' && event.data.undoes === null) {
      expect(approved, `approval before ${event.data.act}`).toContain(event.data.plan)
      expect(kept, `evidence before ${event.data.act}`).toContain(event.data.act)
    }
  }
  for (const [act, count] of one.world.effects) expect(count, `${act} took effect`).toBe(1)
  expect(one.world.complaints).toEqual([])
}
