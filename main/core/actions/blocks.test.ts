// Where a block is planned, and in which order a set is frozen: decided from facts and from what a freeze saw, on this side of the link.

import { describe, expect, it } from 'vitest'
import type { HostSession } from '../host/session.ts'
import { mountPointText } from '../host/mount-point.ts'
import { ownText } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aProcess, bootId } from '../judge/fixtures/facts.ts'
import type { Clock } from '../ports.ts'
import type { Fact, ProcessFact } from '../probes/facts.ts'
import { blockExec, liftBlocks } from './blocks.ts'
import { freeze } from './freeze.ts'
import type { ChangeRecord, PlanInput } from './verb.ts'

const session = { arrival: { bootId, ourPids: [] } } as unknown as HostSession
const input = (facts: readonly Fact[], more: Partial<PlanInput>): PlanInput => ({
  findings: [],
  facts,
  options: {},
  capture: [],
  changes: [],
  caseId: 'case-1',
  session,
  clock: {} as Clock,
  ...more,
})
const found = (fact: ProcessFact, ...tags: readonly string[]): Finding => ({
  id: `process:${String(fact.identity.pid)}`,
  kind: 'process',
  score: 90,
  proposed: 'yes',
  title: 'process.miner',
  params: {},
  tags,
  related: [],
  target: { kind: 'process', identity: fact.identity, exe: fact.exe, cmdline: fact.cmdline, cgroup: fact.cgroup },
  reasons: [],
})

/** What a freeze says it did: one planned member, and one of the same kind that joined, as told. */
function frozen(
  exe: string,
  how: {
    readonly joined?: boolean
    readonly respawned?: boolean
    readonly quiet?: boolean
    readonly startTime?: string
  },
): ChangeRecord {
  const { identity } = aProcess(60, exe)
  const { startTime = '600' } = how
  const member = { pid: 60, startTime, exeDev: identity.exeDev ?? '', exeInode: identity.exeInode ?? '', exe }
  const { joined = false, respawned = false, quiet = true } = how
  return {
    verb: 'freeze',
    act: 'act-1',
    item: 'set',
    objects: [],
    hostile: true,
    summary: { code: 'change.freeze', params: {} },
    before: {},
    after: { members: [{ ...member, joined, respawned }], quiet, overflow: [], unreadable: [] },
    reversible: true,
  }
}

describe('the plan of a block', () => {
  const payload = '/usr/lib/.x/m'
  const miner = aProcess(60, payload, { exeSha256: 'a'.repeat(64) })
  const plan = (change: ChangeRecord, facts: readonly Fact[] = [miner]) =>
    blockExec.plan(input(facts, { changes: [change] }))
  const planAfter = (...changes: readonly ChangeRecord[]) => blockExec.plan(input([miner], { changes }))

  it('is empty where nothing came back while it was frozen: a calm host never gets one', async () => {
    expect(await plan(frozen(payload, {}))).toEqual({ items: [], declined: [] })
    expect(await plan(frozen(payload, { joined: true }))).toEqual({ items: [], declined: [] })
  })

  it('covers the folder of what was born during the freeze, and of what kept joining to the end', async () => {
    for (const how of [
      { joined: true, respawned: true },
      { joined: true, quiet: false },
    ]) {
      const { items } = await plan(frozen(payload, how))
      expect(items.map(({ key }) => key)).toEqual(['mount:/usr/lib/.x'])
    }
  })

  it.each(['/usr/bin', '/usr/local/bin', '/tmp', '/dev/shm', '/home/dev', '/opt/app', '/', '/var/tmp'])(
    'never covers %s, which others use too',
    async (folder) => {
      const { items, declined } = await plan(
        frozen(`${folder === '/' ? '' : folder}/m`, { joined: true, respawned: true }),
      )
      expect(items).toEqual([])
      expect(declined).toMatchObject([{ reason: 'guard' }])
    },
  )

  it('covers the folder of what a second freeze had to take again, born after all that the first had stopped', async () => {
    const first = frozen(payload, {})
    const { items } = await planAfter(first, frozen(payload, { startTime: '601' }))
    expect(items.map(({ key }) => key)).toEqual(['mount:/usr/lib/.x'])
    expect((await planAfter(first, frozen(payload, { startTime: '599' }))).items).toEqual([])
    expect((await planAfter(first, frozen('/opt/another/m', { startTime: '601' }))).items).toEqual([])
  })

  it('never covers a folder with a file of a package, or our own toolbox', async () => {
    const change = frozen(payload, { joined: true, respawned: true })
    expect((await plan(change, [miner, aFile('/usr/lib/.x/.hmac', 'libssl')])).items).toEqual([])
    expect((await plan(change, [miner, aProcess(90, '/usr/lib/.x/busybox', { ours: true })])).items).toEqual([])
  })

  it('does not let the bytes of a packaged program pass for hostile ones', async () => {
    const same = { meta: { identity: { dev: '2049', inode: '9', sha256: 'a'.repeat(64) } } }
    const { items } = await plan(frozen(payload, { joined: true, respawned: true }), [
      miner,
      aFile('/usr/bin/x', 'x', same),
    ])
    expect(items[0]?.args).toMatchObject({ hashes: [] })
  })

  it('is what a lift takes off again, by the very same path', async () => {
    const [item] = (await plan(frozen(payload, { joined: true, respawned: true }))).items
    const block = { ...frozen(payload, {}), verb: 'block-exec' as const, before: item?.args ?? null }
    const { items } = await liftBlocks.plan(input([], { changes: [block] }))
    expect(items.map(({ key }) => key)).toEqual(['mount:/usr/lib/.x'])
  })

  it('writes a path as the kernel does', () => {
    expect(new TextDecoder().decode(mountPointText(ownText('/a b\\c\td')))).toBe('/a\\040b\\134c\\011d')
  })
})

describe('the order of a freeze', () => {
  it('puts revivers before miners and parents before children, whatever was born first', async () => {
    const pair = aProcess(20, '/usr/lib/.x/a', { ppid: 90 })
    const child = aProcess(30, '/usr/lib/.x/c', { ppid: 20 })
    const loop = aProcess(90, '/usr/lib/.x/loop')
    const watcher = aProcess(95, '/usr/lib/.x/w')
    const facts = [pair, child, loop, watcher]
    const findings = [found(pair, 'pool'), found(child), found(loop), found(watcher)]
    const { items } = await freeze.plan(input(facts, { findings }))
    const { members } = items[0]?.args as { members: readonly { identity: { pid: number } }[] }
    expect(members.map(({ identity }) => identity.pid)).toEqual([90, 95, 20, 30])
  })

  it('does not end in a circle of parents', async () => {
    const a = aProcess(20, '/usr/lib/.x/a', { ppid: 30 })
    const b = aProcess(30, '/usr/lib/.x/b', { ppid: 20 })
    const { items } = await freeze.plan(input([a, b], { findings: [found(a), found(b)] }))
    expect(items).toHaveLength(1)
  })

  it('leaves out what an earlier freeze of this run still holds', async () => {
    const held = { ...aProcess(60, '/usr/lib/.x/m'), state: 'T' }
    const changes = [frozen('/usr/lib/.x/m', {})]
    expect(await freeze.plan(input([held], { findings: [found(held)], changes }))).toMatchObject({
      items: [],
      declined: [{ reason: 'already' }],
    })
    const awake = { ...held, state: 'S' }
    expect((await freeze.plan(input([awake], { findings: [found(awake)], changes }))).items).toHaveLength(1)
  })
})
