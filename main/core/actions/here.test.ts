// Verbs through their real requests under the real toolbox on this machine: processes hidden below a mount over /proc, control groups, files that cannot be
// read. What must not stand on this machine stands in a mount namespace of the test; only processes of the test are touched.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshHome, usable } from '../../platform/act-script-fixture.ts'
import { nodeHashing } from '../../platform/hashing.ts'
import { sessionHere, toolbox } from '../../platform/here-fixture.ts'
import { sleeper, startOf, stateOf, type Sleeper } from '../../platform/sleeper-fixture.ts'
import type { HostSession } from '../host/session.ts'
import type { ProcessIdentity } from '../host/identity.ts'
import { type HostText, hostText, ownText, parseHostText, shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { editLines } from './edit-lines.ts'
import { freeze } from './freeze.ts'
import freezeScript from './freeze.sh?raw'
import { kill } from './kill.ts'
import sameExecutable from './same-executable.sh?raw'
import stateScript from './process-state.sh?raw'
import signalScript from './signal.sh?raw'
import { processState } from './signal.ts'
import type { ActContext, ChangeRecord, PlannedItem } from './verb.ts'

const groups = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((dir) => existsSync(join(dir, 'cgroup.procs')))

const here = (scene?: string) => sessionHere(scene, { bootId: 'boot', workDir: toolbox })

const contextOf = (session: HostSession): ActContext => ({
  caseId: 'case',
  run: 'run',
  act: 'act',
  session,
  clock: undefined as never,
})

let home: string
beforeEach(() => {
  ;({ home } = freshHome())
})

/** A process with an executable of its own. */
function start(name = 'miner'): Sleeper {
  const exe = join(home, name)
  if (!existsSync(exe)) execFileSync('cp', ['/bin/sleep', exe])
  return sleeper(exe)
}

function identityOf({ pid, start, exe }: Sleeper): ProcessIdentity {
  return { bootId: 'boot', pid, startTime: start, exeDev: exe[0], exeInode: exe[1], exeSha256: null }
}

function itemOf(args: PlannedItem['args']): PlannedItem {
  return { key: 'item', finding: null, target: { kind: 'host' }, diff: [], args, captures: [], hostile: true }
}

function freezing(identity: ProcessIdentity, cgroups: readonly string[] = []): PlannedItem {
  return itemOf({
    max: 4,
    members: [{ identity: { ...identity }, exe: null, cmdline: '' }],
    guards: [],
    inodes: [],
    hashes: [],
    cgroups: [...cgroups],
  })
}

describe.skipIf(!usable)(
  'a process below a mount over its /proc entry (skipped: needs root, x86_64 and the toolbox)',
  () => {
    it('is frozen, known to be frozen, killed and known to be gone', async () => {
      const victim = identityOf(start())
      const session = here(`/bin/mount -t tmpfs none /proc/${String(victim.pid)}`)
      const context = contextOf(session)
      const item = freezing(victim)
      const frozen = freeze.readAct(await session.run(freeze.act(item, context)), item, context)
      expect(frozen).toMatchObject({ outcome: 'done', detail: '' })
      expect(stateOf(victim.pid)).toBe('T')
      expect(await freeze.verify(item, frozen.change as ChangeRecord, context)).toMatchObject({ result: 'yes' })
      const end = itemOf({ identity: { ...victim }, exe: null, cmdline: '' })
      expect(await kill.probe(end, context)).toBe('no')
      const killed = kill.readAct(await session.run(kill.act(end, context)), end, context)
      expect(killed.outcome).toBe('done')
      expect(await kill.verify(end, killed.change as ChangeRecord, context)).toEqual({
        result: 'yes',
        detail: 'no process runs its executable',
      })
    })

    it('is unknown, never gone, where no /proc of our own can be mounted', async () => {
      const { pid, startTime, exeDev, exeInode } = identityOf(start())
      const session = here(`/bin/mount -t tmpfs none /proc/${String(pid)}`)
      const plain = async (script: string, ...args: string[]) => {
        const { exit, stdout } = await session.run({ argv: ['sh', '-c', script, 'script', ...args] })
        return [exit, Buffer.from(stdout).toString()]
      }
      const who = [String(pid), startTime]
      expect(await plain(stateScript, ...who)).toEqual([1, ''])
      expect(await plain(signalScript, 'KILL', ...who, exeDev ?? '', exeInode ?? '', '-', 'no')).toEqual([30, ''])
      expect(await plain(sameExecutable, exeDev ?? '', exeInode ?? '')).toEqual([30, ''])
      const [, said] = await plain(
        freezeScript,
        '4',
        '3',
        '1000',
        '',
        `${who.join(' ')} ${exeDev ?? ''}:${exeInode ?? ''}`,
        '',
        '',
        '',
      )
      expect(said).toContain(`unreadable ${String(pid)}\n`)
      expect(stateOf(pid)).toBe('S')
      const item = freezing(identityOf(start('other')))
      const reply = { ...(await session.run({ argv: ['true'] })), stdout: new TextEncoder().encode(String(said)) }
      expect(freeze.readAct(reply, item, contextOf(session))).toMatchObject({ outcome: 'failed', change: null })
    })

    it('is told from one that is really gone', async () => {
      const ended = start()
      const victim = identityOf(ended)
      const { pid } = victim
      await ended.end()
      expect(existsSync(`/proc/${String(pid)}`)).toBe(false)
      const session = here()
      expect(await processState(victim, { session })).toBe('gone')
      const reply = await session.run({
        argv: ['sh', '-c', stateScript, 'process-state', String(pid), victim.startTime],
      })
      expect(Buffer.from(reply.stdout).toString()).toBe('gone\n')
    })
  },
)

describe.skipIf(!usable || groups === undefined)(
  'the control group of a frozen set (skipped: needs root, x86_64, the toolbox and cgroups)',
  () => {
    it('takes in whoever runs in exactly that group, blanks and patterns in its name included, and nobody from another', async () => {
      const names = ['tq *[a].service ', 'tq *[a].service', 'tq xa.service '].map(
        (name) => `${name}${String(process.pid)} `,
      )
      const dirs = names.map((name) => join(groups ?? '', name))
      const started: Sleeper[] = []
      try {
        const pids = dirs.map((dir, at) => {
          mkdirSync(dir)
          const one = start(`miner-${String(at)}`)
          started.push(one)
          writeFileSync(join(dir, 'cgroup.procs'), String(one.pid))
          return one.pid
        })
        // planned: a process of another place, so that only the group brings the first one in
        const planned = identityOf(start('planned'))
        const text = shown(hostText(readFileSync(`/proc/${String(pids[0])}/cgroup`).subarray(0, -1)))
        const session = here()
        const item = freezing(planned, [text])
        const { change } = freeze.readAct(
          await session.run(freeze.act(item, contextOf(session))),
          item,
          contextOf(session),
        )
        expect(change?.objects).toEqual(
          [planned.pid, pids[0]].map((pid) => `process:${String(pid)}:${startOf(pid ?? 0)}`),
        )
        expect(pids.map((pid) => stateOf(pid))).toEqual(['T', 'S', 'S'])
      } finally {
        await Promise.all(started.map((one) => one.end()))
        for (const dir of dirs) if (existsSync(dir)) rmdirSync(dir)
      }
      expect(readdirSync(groups ?? '').filter((name) => name.startsWith('tq '))).toEqual([])
    })
  },
)

describe.skipIf(!usable)('lines taken out of a file (skipped: needs root, x86_64 and the toolbox)', () => {
  const verb = editLines(nodeHashing)
  const target = (path: string, content: string | null) =>
    itemOf({
      path: shown(ownText(path)),
      identity: { dev: '1', inode: '1', sha256: null },
      lines: [1],
      removed: ['evil'],
      content,
      contentSha256: null,
    })
  const verify = async (path: string, content: string | null) =>
    (await verb.verify(target(path, content), {} as ChangeRecord, contextOf(here()))).result

  const planned = (path: HostText, line: number, text: string) => {
    const identity = { dev: '1', inode: '1', sha256: null }
    return verb.plan({
      findings: [
        { id: 'f', target: { kind: 'line', path, identity, line, text: ownText(text) } } as unknown as Finding,
      ],
      facts: [],
      options: {},
      capture: [],
      changes: [],
      caseId: 'case',
      session: here(),
      clock: undefined as never,
    })
  }

  it('are gone when they are gone; a file that cannot be read is unknown, and only one that is absent is absent', async () => {
    const path = join(home, 'crontab')
    const loop = join(home, 'loop')
    symlinkSync(loop, loop)
    expect(await verify(path, null)).toBe('yes')
    expect(await verify(join(loop, 'crontab'), null)).toBe('unknown')
    expect(await verify(path, 'kept')).toBe('unknown')
    writeFileSync(path, 'kept\n')
    expect(await verify(path, null)).toBe('no')
    expect(await verify(path, 'kept')).toBe('yes')
    writeFileSync(path, 'kept\nevil\n')
    expect(await verify(path, 'kept')).toBe('no')
  })

  it('may be several: a block of a shell file goes whole, and an equal line elsewhere is not it', async () => {
    const path = join(home, 'bashrc')
    const block = 'if [ ! -e /tmp/.s ]; then\n  /tmp/.x\nfi'
    writeFileSync(path, `if a; then\n  b\nfi\n${block}\nexport A=1\n`)
    const plan = (text: string) => planned(ownText(path), 4, text)
    const { items } = await plan(block)
    const args = items[0]?.args as { readonly content: string; readonly lines: readonly number[] }
    expect(args.lines).toEqual([4, 5, 6])
    const left = Buffer.from(args.content, 'base64').toString()
    expect(left).toBe('if a; then\n  b\nfi\nexport A=1\n')
    const verified = async () =>
      (await verb.verify(items[0] as PlannedItem, {} as ChangeRecord, contextOf(here()))).result
    expect(await verified()).toBe('no')
    writeFileSync(path, left)
    expect(await verified()).toBe('yes') // its own `fi` is none of ours
    for (const stale of [`${block}x`, `${block}\nexport A=2`, `${block}\nexport A=1\n\n\n`])
      expect((await plan(stale)).declined.map(({ reason }) => reason)).toEqual(['not-possible'])
    rmSync(path)
  })

  it('cannot be planned from a file that is gone, and stay unknown in one that cannot be read', async () => {
    const loop = join(home, 'loop')
    symlinkSync(loop, loop)
    const plan = async (path: string) =>
      (await planned(parseHostText(path), 1, 'evil')).declined.map(({ reason }) => reason)
    expect(await plan(join(home, 'crontab'))).toEqual(['not-possible'])
    expect(await plan(join(loop, 'crontab'))).toEqual(['unknown'])
  })
})
