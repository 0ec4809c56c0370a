// Putting programs back: what is planned from which source, and the scripts on real files with locks and modes, under the real toolbox.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshHome, identity, run as runScript, sha, usable } from '../../platform/act-script-fixture.ts'
import { nodeHashing } from '../../platform/hashing.ts'
import { sessionHere } from '../../platform/here-fixture.ts'
import { ownText } from '../host-text.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import type { Finding } from '../judge/finding.ts'
import { aTool } from '../judge/fixtures/binaries.ts'
import { meta } from '../judge/fixtures/facts.ts'
import type { PackagedFile, PackageSource } from '../packages/package-source.ts'
import type { BinaryFact } from '../probes/facts.ts'
import { restoreBinary } from './restore-binary.ts'
import type { ActContext, ChangeRecord, PlanDraft, PlanInput, PlannedItem } from './verb.ts'

const good = new TextEncoder().encode('\x7fELF the delivered program\n')

const fact = aTool('/usr/bin/ps', { listed: ownText('/bin/ps'), content: 'script' })
const original = { meta: meta('/usr/bin/ps.original'), matches: 'yes' as const, named: true }

const finding = (one: BinaryFact): Finding => ({
  id: 'f'.repeat(16),
  kind: 'binary',
  title: 'binary.replaced',
  params: {},
  target: { kind: 'file', path: one.path, identity: one.meta?.identity ?? { dev: '0', inode: '0', sha256: null } },
  score: 90,
  proposed: 'yes',
  reasons: [],
  tags: ['restorable'],
  related: [],
})

const given: PackageSource = {
  find: (query): Promise<PackagedFile | { none: string }> =>
    Promise.resolve(
      query.version === '2:4.0.2-3' && query.path === '/bin/ps'
        ? {
            bytes: good,
            sha256: sha(good),
            mode: '4755',
            owner: 'root',
            group: 'root;reboot',
            list: null,
            deb: { name: 'procps.deb', sha256: sha('deb') },
            vouched: 'given',
          }
        : { none: 'procps 1 is installed' },
    ),
}
const none: PackageSource = { find: () => Promise.resolve({ none: 'no packages were given' }) }

async function planned(
  one: BinaryFact,
  packages: PackageSource,
): Promise<PlanDraft & { readonly pushed: readonly string[] }> {
  const pushed: string[] = []
  const session = {
    arrival: { workDir: '/run/.ours' },
    run: (request: HostRequest) => {
      pushed.push(String(request.argv[4]))
      return Promise.resolve({ exit: 0, stdout: new Uint8Array(), stderr: new Uint8Array() })
    },
  } as unknown as HostSession
  const input = {
    findings: [finding(one)],
    facts: [one],
    options: {},
    capture: ['file'],
    changes: [],
    caseId: 'c',
    session,
  }
  return { ...(await restoreBinary(nodeHashing, packages).plan(input as unknown as PlanInput)), pushed }
}

describe('the plan', () => {
  it('takes the bytes of the package, laid ready on the host by digest, with a mode and owner that are no script', async () => {
    const { items, pushed } = await planned(fact, given)
    expect(pushed).toEqual([`good-${sha(good)}`])
    expect(items[0]!.args).toMatchObject({
      sha256: sha(good),
      mode: '4755',
      owner: 'root:root',
      source: { from: 'package', name: 'procps.deb', sha256: sha('deb'), vouched: 'given' },
    })
    expect(items[0]!.diff.map(({ note }) => note?.code)).toContain('diff.from-package-given')
    expect(items[0]!.captures).toMatchObject([{ what: 'file', required: true }])
  })

  it('takes a copy that agrees with the list when no package is at hand, and says that it is only consistent', async () => {
    const { items } = await planned({ ...fact, copies: [original] }, none)
    expect(items[0]!.args).toMatchObject({ source: { from: 'copy', path: '/usr/bin/ps.original' }, mode: '0755' })
    expect(items[0]!.diff.map(({ note }) => note?.code)).toContain('diff.from-copy')
  })

  it('believes no copy where the list changed, and says what is missing', async () => {
    const { items, declined } = await planned({ ...fact, copies: [original], listChanged: 'yes' }, none)
    expect(items).toEqual([])
    expect(declined).toMatchObject([
      { reason: 'not-possible', detail: 'no good bytes at hand: no packages were given' },
    ])
    expect((await planned({ ...fact, copies: [{ ...original, matches: 'no' }] }, none)).items).toEqual([])
    expect((await planned({ ...fact, version: ownText('1') }, given)).declined[0]!.detail).toContain('procps 1')
  })

  it('gives a disabled tool its mode back from its own bytes, or the mode an administrator laid down', async () => {
    const disabled: BinaryFact = { ...fact, state: 'mode', meta: meta('/usr/bin/ps', { mode: '0000' }) }
    expect((await planned(disabled, none)).items[0]!.args).toMatchObject({
      mode: '0755',
      source: { path: '/usr/bin/ps' },
    })
    const override = { mode: '2755', owner: 'root', group: 'crontab' }
    expect((await planned({ ...disabled, override }, none)).items[0]!.args).toMatchObject({
      mode: '2755',
      owner: 'root:crontab',
    })
  })

  it('never touches libc, PAM or sshd, what an administrator diverted, or a folder', async () => {
    const refused = async (change: Partial<BinaryFact>) =>
      (await planned({ ...fact, ...change }, given)).declined[0]?.reason
    expect(await refused({ rebuild: true })).toBe('guard')
    expect(await refused({ state: 'diverted' })).toBe('guard')
    expect(await refused({ meta: meta('/usr/bin/ps', { type: 'directory' }) })).toBe('not-possible')
    expect(
      await refused({ meta: meta('/usr/bin/ps', { identity: { dev: '1', inode: '1', sha256: sha(good) } }) }),
    ).toBe('already')
  })
})

describe('what the journal says of it', () => {
  const reply = {
    exit: 0,
    stdout: new TextEncoder().encode('new=66306 77\n'),
    stderr: new Uint8Array(),
    timedOut: false,
    truncated: { stdout: false, stderr: false },
  } as unknown as HostReply
  const told = (item: PlannedItem) =>
    restoreBinary(nodeHashing, none).readAct(reply, item, { act: 'act-1' } as ActContext).change

  it('names how good the bytes are: vouched for by an index, by who gave them, or only equal to the host’s own list', async () => {
    const missing: BinaryFact = { ...fact, state: 'missing', meta: null }
    const indexed: PackageSource = {
      find: async (query) => ({ ...(await given.find(query)), vouched: 'index' }),
    }
    const of = async (packages: PackageSource, one = missing) => told((await planned(one, packages)).items[0]!)
    expect((await of(given))?.summary).toMatchObject({
      code: 'change.restore-binary-given',
      params: { source: 'procps.deb', package: sha('deb'), sha256: sha(good) },
    })
    expect((await of(indexed))?.summary.code).toBe('change.restore-binary-index')
    expect((await of(none, { ...missing, copies: [original] }))?.summary).toMatchObject({
      code: 'change.restore-binary-copy',
      params: { source: '/usr/bin/ps.original' },
    })
  })
})

describe.skipIf(!usable)('the proof (root, x86_64 and the toolbox are needed)', () => {
  it('is the bytes and the mode of what stands there, and unknown is neither', async () => {
    const { home } = freshHome()
    const path = join(home, 'ps')
    const item = { args: { path, identity: null, sha256: sha(good), mode: '0755', owner: 'root:root' } }
    const source = { from: 'copy', path: '/usr/bin/ps.original' }
    const proof = async () =>
      (
        await restoreBinary(nodeHashing, none).verify(
          { ...item, args: { ...item.args, source } } as unknown as PlannedItem,
          {} as ChangeRecord,
          { session: sessionHere() } as ActContext,
        )
      ).result
    expect(await proof()).toBe('no')
    writeFileSync(path, good, { mode: 0o755 })
    expect(await proof()).toBe('yes')
    chmodSync(path, 0o4755)
    expect(await proof()).toBe('no')
    writeFileSync(path, 'another program')
    chmodSync(path, 0o755)
    expect(await proof()).toBe('no')
    rmSync(path)
    symlinkSync('/bin/true', path)
    expect(await proof()).toBe('unknown')
  })
})

describe.skipIf(!usable)('the scripts (root, x86_64 and the toolbox are needed)', () => {
  let home: string
  let caseDir: string
  beforeEach(() => {
    ;({ home, quarantineDir: caseDir } = freshHome())
    writeFileSync(join(home, 'good'), good)
  })
  const run = (name: string, args: readonly string[], input: Uint8Array | string = '') =>
    runScript(name, args, input, home)
  const place = (path: string, from = join(home, 'good'), digest = sha(good)) =>
    run('place-binary', ['place', caseDir, 'act-1', path, digest, from, '2755', 'root:mail'])

  it('puts the good bytes in place of a locked fake with their own mode and owner, and undo brings the fake back whole', () => {
    const path = join(home, 'ps;$(id)')
    writeFileSync(path, '#!/bin/sh\nfake\n')
    chmodSync(path, 0o4711)
    execFileSync('chattr', ['+i', '--', path])
    const before = lstatSync(path, { bigint: true })
    const [dev, inode] = identity(path)
    const words = [caseDir, 'act-1', path, dev, inode, sha('#!/bin/sh\nfake\n'), sha(good), 'text']
    const done = run('quarantine', [...words, join(home, 'good'), '2755', 'root:mail'])
    expect(done).toMatchObject({ exit: 0, err: '' })
    expect(readFileSync(path)).toEqual(Buffer.from(good))
    expect({ mode: statSync(path).mode & 0o7777, gid: statSync(path).gid }).toEqual({ mode: 0o2755, gid: 8 })
    const left = /new=(\d+) (\d+) ([0-9a-f]{64})/.exec(done.out)!
    expect(run('restore', [caseDir, 'act-1', left[1]!, left[2]!, left[3]!])).toMatchObject({ exit: 0, err: '' })
    expect(readFileSync(path, 'utf8')).toBe('#!/bin/sh\nfake\n')
    expect(lstatSync(path, { bigint: true })).toMatchObject({ ino: before.ino, mode: before.mode })
    expect(execFileSync('lsattr', ['-d', path]).toString()).toMatch(/^\S*i/)
  })

  it('changes nothing when the good bytes are gone or are others', () => {
    const path = join(home, 'ps')
    writeFileSync(path, 'fake')
    const words = [caseDir, 'act-1', path, ...identity(path), sha('fake'), sha(good), 'text']
    expect(run('quarantine', [...words, join(home, 'nothing'), '0755', 'root:root']).exit).toBe(30)
    writeFileSync(join(home, 'other'), 'others')
    expect(run('quarantine', [...words, join(home, 'other'), '0755', 'root:root']).exit).toBe(30)
    expect(readFileSync(path, 'utf8')).toBe('fake')
    expect(place(join(home, 'wget'), join(home, 'other')).exit).toBe(30)
    expect(existsSync(join(home, 'wget'))).toBe(false)
    expect(execFileSync('ls', ['-A', home]).toString()).not.toContain('.tourniquet-')
  })

  it('places a missing program once, in a locked folder, and takes it away again', () => {
    const folder = join(home, 'bin')
    execFileSync('mkdir', [folder])
    execFileSync('chattr', ['+i', folder])
    const path = join(folder, 'chattr')
    expect(place(path)).toMatchObject({ exit: 0, err: '' })
    expect({ mode: statSync(path).mode & 0o7777, links: statSync(path).nlink }).toEqual({ mode: 0o2755, links: 1 })
    expect(execFileSync('lsattr', ['-d', folder]).toString()).toMatch(/^\S*i/)
    expect(place(path).exit).toBe(10)
    expect(run('place-binary', ['unplace', caseDir, 'act-1', path, sha(good), '1', '1']).exit).toBe(20)
    expect(run('place-binary', ['unplace', caseDir, 'act-1', path, sha(good), ...identity(path)])).toMatchObject({
      exit: 0,
      err: '',
    })
    expect(existsSync(path)).toBe(false)
    expect(run('place-binary', ['unplace', caseDir, 'act-1', path, sha(good), '1', '1']).exit).toBe(10)
  })

  it('leaves alone whatever stands there, a link that leads nowhere included', () => {
    const path = join(home, 'curl')
    symlinkSync('/nowhere', path)
    expect(place(path).exit).toBe(20)
    rmSync(path)
    writeFileSync(path, 'theirs')
    expect(place(path).exit).toBe(20)
    expect(readFileSync(path, 'utf8')).toBe('theirs')
  })

  it('takes good bytes in parts, and only whole and undamaged ones', () => {
    const name = `good-${sha(good)}`
    const put = (at: number, digest: string, part: Uint8Array) => run('put-good', [name, String(at), digest], part).exit
    expect(put(0, '-', good.subarray(0, 5))).toBe(0)
    expect(put(6, sha(good), good.subarray(6))).toBe(30)
    expect(put(5, sha(good), new TextEncoder().encode('other'))).not.toBe(0)
    expect(existsSync(join(home, name))).toBe(false)
    expect(put(0, '-', good.subarray(0, 5))).toBe(0)
    expect(put(5, sha(good), good.subarray(5))).toBe(0)
    expect(put(0, sha(good), good)).toBe(10)
    expect(readFileSync(join(home, name))).toEqual(Buffer.from(good))
  })
})
