// A freeze against a disguise: the miner is a copy, a hard link or an old version of a program that is innocent. Its closure never takes the innocent in.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshHome, run, sha, usable } from '../../platform/act-script-fixture.ts'
import { sleeper, stateOf } from '../../platform/sleeper-fixture.ts'
import type { HostSession } from '../host/session.ts'
import { ownText } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aProcess } from '../judge/fixtures/facts.ts'
import type { Clock } from '../ports.ts'
import type { Fact, ProcessFact } from '../probes/facts.ts'
import { freeze } from './freeze.ts'
import type { PlanInput } from './verb.ts'

describe.skipIf(!usable)('freeze against a disguise', () => {
  let home: string
  beforeEach(() => {
    ;({ home } = freshHome())
  })

  it('never lets an executable that is known to be innocent join by its bytes', () => {
    const [miner, database] = [join(home, 'miner'), join(home, 'database')]
    // bytes of this test's own: what joins by them is stopped, whoever runs it
    const program = Buffer.concat([readFileSync('/bin/sleep'), randomBytes(16)])
    for (const path of [miner, database]) writeFileSync(path, program, { mode: 0o755 })
    const [hostile, innocent, sibling, bystander] = [sleeper(miner), sleeper(database), sleeper(miner), sleeper()]
    const member = `${String(hostile.pid)} ${hostile.start} ${hostile.exe.join(':')}`
    const hash = sha(program)
    const args = ['8', '5', '50000', '', member, '', hash, '', innocent.exe.join(':')]
    const done = run('freeze', args)
    expect(done).toMatchObject({ exit: 0, err: '' })
    expect([hostile, innocent, sibling, bystander].map(({ pid }) => stateOf(pid))).toEqual(['T', 'S', 'T', 'S'])
  })
})

describe('the plan of a freeze', () => {
  const finding = (process: ProcessFact): Finding => ({
    id: `process:${String(process.identity.pid)}`,
    kind: 'process',
    score: 90,
    proposed: 'yes',
    title: 'process.miner',
    params: {},
    tags: [],
    target: {
      kind: 'process',
      identity: process.identity,
      exe: process.exe,
      cmdline: process.cmdline,
      cgroup: process.cgroup,
    },
    reasons: [],
    related: [],
  })
  async function planOf(miner: ProcessFact, others: readonly Fact[], capture: readonly string[] = []) {
    const input = {
      findings: [finding(miner)],
      facts: [miner, ...others],
      options: { closure: { same: ['inode', 'sha256', 'cgroup'], max: 32 } },
      capture,
      changes: [],
      caseId: 'case-1',
      session: { arrival: { ourPids: [] } } as unknown as HostSession,
      clock: {} as Clock,
    } satisfies PlanInput
    const { items } = await freeze.plan(input)
    return items[0]!
  }
  async function closureOf(miner: ProcessFact, others: readonly Fact[]) {
    const { args } = await planOf(miner, others)
    return args as unknown as { inodes: string[]; hashes: string[]; innocent: string[] }
  }
  const digest = 'ab'.repeat(32)
  const miner = aProcess(600, '/tmp/.x/kworker', { exeSha256: digest, cgroup: '/user.slice/a.scope' })
  const dropped = aFile('/tmp/.x/kworker', null)

  it('keeps the state of each, and its executable where no file holds it, and is not held up by one that ends meanwhile', async () => {
    const environ = { what: 'process/environ', read: { by: 'process', pid: 600, entry: 'environ' }, required: false }
    expect((await planOf(miner, [], ['exe', 'environ'])).captures).toMatchObject([environ])
    for (const lost of [{ exeDeleted: true }, { exeMemfd: true }])
      expect((await planOf({ ...miner, ...lost }, [], ['exe', 'environ'])).captures).toMatchObject([
        { what: 'process/exe', required: false },
        environ,
      ])
  })

  it('widens by the executable and the bytes of what was dropped', async () => {
    const { inodes, hashes } = await closureOf(miner, [dropped])
    expect(inodes).toEqual([`${miner.identity.exeDev!}:${miner.identity.exeInode!}`])
    expect(hashes).toEqual([digest])
  })

  it('does not widen to a database because the miner is a copy of it', async () => {
    const database = aProcess(70, '/usr/lib/postgresql/15/bin/postgres', { exeSha256: digest })
    const packaged = aFile('/usr/lib/postgresql/15/bin/postgres', 'postgresql-15')
    const { hashes, innocent } = await closureOf(miner, [dropped, database, packaged])
    expect(hashes).toEqual([])
    expect(innocent).toEqual([`${database.identity.exeDev!}:${database.identity.exeInode!}`])
    // nor where nobody could say whose the other one is
    expect((await closureOf(miner, [dropped, database])).hashes).toEqual([])
    const same = { meta: { identity: { dev: '2049', inode: '7', sha256: digest } } }
    expect((await closureOf(miner, [dropped, aFile('/usr/bin/python3', 'python3', same)])).hashes).toEqual([])
  })

  it('does not widen to every interpreter because the miner runs a hard link of one', async () => {
    const { identity: same } = miner
    const python = { ...aProcess(71, '/usr/bin/python3'), identity: { ...same, pid: 71, startTime: '710' } }
    const packaged = aFile('/usr/bin/python3', 'python3', {
      meta: { identity: { dev: same.exeDev!, inode: same.exeInode!, sha256: null } },
    })
    const linked = aFile('/tmp/.x/kworker', null, { meta: { identity: packaged.meta.identity } })
    expect(await closureOf(miner, [linked, python, packaged])).toMatchObject({ inodes: [], hashes: [] })
  })

  it('does not widen to every old interpreter because its package was upgraded', async () => {
    const old = { ...miner, exe: ownText('/usr/bin/python3'), exeDeleted: true }
    expect(await closureOf(old, [aFile('/usr/bin/python3', 'python3')])).toMatchObject({ inodes: [], hashes: [] })
    const own = { ...miner, exeDeleted: true }
    expect((await closureOf(own, [])).inodes).toHaveLength(1)
  })
})
