// Taking units apart: what goes together and what is never taken, and the scripts under the real busybox on files of our own. What needs a running systemd is
// tried on range hosts.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshHome, identity, runText, sha, usable } from '../../platform/act-script-fixture.ts'
import { toolbox } from '../../platform/here-fixture.ts'
import type { HostSession } from '../host/session.ts'
import { ownText, shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aProcess, aSchedule } from '../judge/fixtures/facts.ts'
import { aUnit } from '../judge/fixtures/units.ts'
import type { Clock } from '../ports.ts'
import type { Fact, UnitFact } from '../probes/facts.ts'
import vouched from '../probes/vouched.sh?raw'
import restoreByHand from './restore-by-hand.sh?raw'
import quarantine from './quarantine.sh?raw'
import restore from './restore.sh?raw'
import restoreUnit from './restore-unit.sh?raw'
import script from './stop-unit.sh?raw'
import { stopUnit } from './stop-unit.ts'
import systemd from './systemd.sh?raw'
import unitState from './unit-state.sh?raw'
import type { ChangeRecord, PlanInput } from './verb.ts'

const etc = '/etc/systemd/system'

function findingOf(fact: { readonly file: UnitFact['file'] }): Finding {
  return {
    id: shown(fact.file.path),
    kind: 'unit',
    title: 'unit.suspicious',
    params: {},
    target: { kind: 'file', path: fact.file.path, identity: fact.file.identity },
    score: 90,
    proposed: 'yes',
    reasons: [],
    tags: [],
    related: [],
  }
}

async function planned(
  chosen: readonly { readonly file: UnitFact['file'] }[],
  facts: readonly Fact[],
  changes: readonly ChangeRecord[] = [],
) {
  const input: PlanInput = {
    findings: chosen.map(findingOf),
    facts,
    options: {},
    capture: ['file'],
    changes,
    caseId: 'case',
    session: { arrival: { ourPids: [77] } } as unknown as HostSession,
    clock: undefined as unknown as Clock,
  }
  const { items, declined } = await stopUnit.plan(input)
  return {
    items: items.map(({ key, args, captures }) => {
      const { files, ...rest } = args as { readonly files: readonly { readonly path: string }[] }
      return { key, ...rest, files: files.map(({ path }) => path), captures: captures.length }
    }),
    declined: declined.map(({ reason, detail }) => `${reason}: ${detail}`),
  }
}

const link = (path: string, target: string) =>
  aFile(path, null, { content: 'none', meta: { type: 'symlink', linkTarget: ownText(target) } })
const loose = (path: string) => aFile(path, null, { content: 'text' })

describe('a plan to take units apart', () => {
  it('takes the unit last, after its links and drop-ins, and keeps every one of them as evidence', async () => {
    const guard = aUnit(`${etc}/guard.service`, {
      enabledBy: [
        ownText(`${etc}/multi-user.target.wants/guard.service`),
        ownText(`${etc}/ssh.service.requires/guard.service`),
      ],
    })
    const dropIn = aUnit(`${etc}/guard.service.d/x.conf`, { role: 'drop-in', name: ownText('guard.service') })
    const facts = [
      guard,
      dropIn,
      loose(`${etc}/guard.service`),
      loose(`${etc}/guard.service.d/x.conf`),
      link(`${etc}/multi-user.target.wants/guard.service`, '../guard.service'),
      link(`${etc}/ssh.service.requires/guard.service`, '../guard.service'),
    ]
    expect(await planned([guard], facts)).toEqual({
      items: [
        {
          key: `unit:${etc}/guard.service`,
          name: 'guard.service',
          group: 'guard.service',
          unit: 'guard.service',
          reload: 'yes',
          files: [
            `${etc}/multi-user.target.wants/guard.service`,
            `${etc}/ssh.service.requires/guard.service`,
            `${etc}/guard.service.d/x.conf`,
            `${etc}/guard.service`,
          ],
          stop: [],
          keep: [],
          captures: 4,
        },
      ],
      declined: [],
    })
  })

  it('takes only the drop-in where the unit is somebody else’s', async () => {
    const dropIn = aUnit(`${etc}/nginx.service.d/x.conf`, { role: 'drop-in', name: ownText('nginx.service') })
    const { items } = await planned([dropIn], [dropIn, loose(`${etc}/nginx.service.d/x.conf`)])
    expect(items).toMatchObject([{ files: [`${etc}/nginx.service.d/x.conf`], group: null, stop: [], reload: 'yes' }])
  })

  it('takes a timer with the unit it starts, and stops the timer that is loaded', async () => {
    const timer = aSchedule(`${etc}/t.timer`, 0, '/opt/x', {
      scheduler: 'systemd-timer',
      unitFile: `${etc}/t.service`,
      enabledBy: [ownText(`${etc}/timers.target.wants/t.timer`)],
    })
    const { items } = await planned(
      [timer],
      [
        timer,
        loose(`${etc}/t.timer`),
        loose(`${etc}/t.service`),
        link(`${etc}/timers.target.wants/t.timer`, '../t.timer'),
      ],
    )
    expect(items).toMatchObject([
      {
        files: [`${etc}/timers.target.wants/t.timer`, `${etc}/t.service`, `${etc}/t.timer`],
        stop: ['t.timer'],
        group: 't.service',
      },
    ])
  })

  it('leaves a timer’s unit that a package owns', async () => {
    const timer = aSchedule(`${etc}/t.timer`, 0, '/x', {
      scheduler: 'systemd-timer',
      unitFile: '/usr/lib/systemd/system/apt-daily.service',
    })
    const { items } = await planned(
      [timer],
      [timer, loose(`${etc}/t.timer`), aFile('/usr/lib/systemd/system/apt-daily.service', 'apt')],
    )
    expect(items).toMatchObject([{ files: [`${etc}/t.timer`] }])
  })

  it('stops nothing by a name that a package has too, and lets the host keep what it needs', async () => {
    const over = aUnit(`${etc}/ssh.service`, { hides: ownText('/usr/lib/systemd/system/ssh.service'), pids: [77] })
    const { items } = await planned([over], [over, loose(`${etc}/ssh.service`)])
    expect(items).toMatchObject([{ files: [`${etc}/ssh.service`], keep: ['ssh.service'], stop: [], group: null }])
    const mimic = aUnit(`${etc}/systemd-resolvd.service`)
    expect((await planned([mimic], [mimic, loose(`${etc}/systemd-resolvd.service`)])).items).toMatchObject([
      { keep: [] },
    ])
  })

  it('gives each file to one unit only, generators and drop-ins first', async () => {
    const a = aUnit(`${etc}/a.service`)
    const dropIn = aUnit(`${etc}/a.service.d/x.conf`, { role: 'drop-in', name: ownText('a.service') })
    const generator = aUnit('/etc/systemd/system-generators/g', { role: 'generator', form: 'script' })
    const facts = [a, dropIn, generator, ...[a, dropIn, generator].map((one) => loose(shown(one.file.path)))]
    const { items } = await planned([a, dropIn, generator], facts)
    expect(items.map(({ files }) => files)).toEqual([
      ['/etc/systemd/system-generators/g'],
      [`${etc}/a.service.d/x.conf`],
      [`${etc}/a.service`],
    ])
    expect(items).toMatchObject([{ reload: 'quiet' }, { reload: 'yes' }, { reload: 'yes' }])
  })

  it('refuses while a generator stands that nobody vouches for, as a reload would run it', async () => {
    const unit = aUnit(`${etc}/a.service`)
    const generator = aUnit('/usr/lib/systemd/system-generators/g', { role: 'generator' })
    const facts = [unit, generator, loose(`${etc}/a.service`)]
    expect(await planned([unit], [...facts, loose('/usr/lib/systemd/system-generators/g')])).toEqual({
      items: [],
      declined: [
        'guard: systemd would run a generator that no package vouches for: /usr/lib/systemd/system-generators/g',
      ],
    })
    // nobody looked whose it is
    expect((await planned([unit], facts)).items).toEqual([])
    expect(
      (await planned([unit], [...facts, aFile('/usr/lib/systemd/system-generators/g', 'systemd')])).items,
    ).toHaveLength(1)
    const users = aUnit('/etc/systemd/user-generators/g', { role: 'generator', manager: 'user' })
    expect((await planned([unit], [unit, users, loose(`${etc}/a.service`)])).items).toHaveLength(1)
  })

  it('never tells a user’s manager, and says so', async () => {
    const path = '/home/dev/.config/systemd/user/x.service'
    const unit = aUnit(path, { manager: 'user' })
    expect((await planned([unit], [unit, loose(path)])).items).toMatchObject([{ reload: 'no', group: null, stop: [] }])
  })

  it.each<[string, Partial<UnitFact>, readonly Fact[], string]>([
    ['what our own session runs in', { pids: [77] }, [aProcess(77, '/usr/sbin/sshd')], 'guard: our own session'],
    ['what a generator makes', { generated: true }, [], 'not-possible: a generator makes it'],
    [
      'a unit with a link nobody looked at',
      { enabledBy: [ownText('/etc/systemd/system/ssh.service.requires/x.service')] },
      [],
      'unknown: a link that starts it was not looked at',
    ],
  ])('leaves alone %s', async (_what, change, more, why) => {
    const unit = aUnit(`${etc}/x.service`, change)
    const { items, declined } = await planned([unit], [unit, loose(`${etc}/x.service`), ...more])
    expect(items).toEqual([])
    expect(declined[0]).toContain(why)
  })

  it('leaves alone a package’s own unit, one nobody looked at, and what is no unit', async () => {
    const unit = aUnit('/usr/lib/systemd/system/x.service')
    expect((await planned([unit], [unit, aFile(shown(unit.file.path), 'x')])).declined[0]).toMatch(
      /^guard: a package owns/,
    )
    expect((await planned([unit], [unit])).declined[0]).toMatch(/^unknown: /)
    const job = aSchedule('/etc/cron.d/x', 1, '/opt/x')
    expect((await planned([job], [job])).declined).toEqual(['not-possible: no unit'])
  })

  it('does not take what is taken', async () => {
    const unit = aUnit(`${etc}/x.service`)
    const change = { verb: 'quarantine', objects: [`file:${etc}/x.service`] } as unknown as ChangeRecord
    expect((await planned([unit], [unit, loose(`${etc}/x.service`)], [change])).declined).toEqual([
      'already: in quarantine',
    ])
  })
})

let home: string
let caseDir: string
beforeEach(() => {
  ;({ home, quarantineDir: caseDir } = freshHome())
})

/** `host` are words of shell in the place of what systemd would say. */
function busybox(source: string, name: string, args: readonly string[], host = '') {
  return runText(`${vouched}\n${systemd}\n${host}\n${source}`, name, args, '', toolbox)
}

/** One file of the request: as it stands now. */
function part(path: string): readonly string[] {
  const link = lstatSync(path).isSymbolicLink()
  return [path, ...identity(path), link ? '-' : sha(readFileSync(path, 'latin1'))]
}

function stop(
  act: string,
  parts: readonly (readonly string[])[],
  { reload = 'no', keep = '', host = '' }: { reload?: string; keep?: string; host?: string } = {},
) {
  const args = [caseDir, act, reload, '', keep, '', quarantine, restore, restoreByHand]
  return busybox(script, 'stop-unit', [...args, ...parts.flat()], host)
}

/** A unit with a link and a locked drop-in whose names are hostile. */
function plant(): readonly string[] {
  const unit = join(home, 'guard .service')
  const folder = join(home, "x'$(touch pwned).service.d")
  mkdirSync(folder)
  const dropIn = join(folder, 'a\nb.conf')
  const enabled = join(home, '-rf.service')
  writeFileSync(unit, '[Service]\n', { mode: 0o640 })
  writeFileSync(dropIn, '[Unit]\n')
  symlinkSync('guard .service', enabled)
  execFileSync('chattr', ['+i', '--', dropIn])
  return [enabled, dropIn, unit]
}

describe.skipIf(!usable)('the scripts (root, x86_64 and the toolbox are needed)', () => {
  it('take all of it and bring all of it back, links and locks too', () => {
    const paths = plant()
    const before = paths.map((path) => lstatSync(path))
    const parts = paths.map(part)
    const taken = stop('act-1', parts)
    expect(taken).toMatchObject({ exit: 0, err: '' })
    expect(taken.out).toMatch(/^1\.how=renamed$/m)
    expect(taken.out).toMatch(/^2\.flags=.*i/m)
    expect(taken.out).toMatch(/^reload=no$/m)
    expect(taken.out).toMatch(/^since=\d+$/m)
    expect(paths.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined)).toEqual([])
    // asked again after a lost answer: it is told again
    expect(stop('act-1', parts)).toMatchObject({ exit: 0, out: expect.stringContaining('3.how=renamed') as string })

    const entries = ['act-1-3', 'act-1-2', 'act-1-1']
    const back = busybox(restoreUnit, 'restore-unit', [caseDir, 'no', '', restore, ...entries])
    expect(back).toMatchObject({ exit: 0, err: '' })
    expect(back.out).toContain(`sha=act-1-3 ${sha('[Service]\n')}`)
    for (const [at, path] of paths.entries())
      expect(lstatSync(path)).toMatchObject({ ino: before[at]!.ino, mode: before[at]!.mode })
    expect(readlinkSync(paths[0]!)).toBe('guard .service')
    expect(execFileSync('lsattr', ['-d', paths[1]!]).toString()).toMatch(/^\S*i/)
    expect(busybox(restoreUnit, 'restore-unit', [caseDir, 'no', '', restore, ...entries])).toMatchObject({ exit: 10 })
    expect(existsSync(join(home, 'pwned'))).toBe(false)
  })

  it('touch nothing when one of the files is another by now', () => {
    const paths = plant()
    const parts = paths.map(part)
    renameSync(paths[2]!, join(home, 'elsewhere')) // its inode stays in use, so the new one has another
    writeFileSync(paths[2]!, 'another')
    expect(stop('act-1', parts)).toMatchObject({ exit: 20, out: '' })
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
    expect(existsSync(join(caseDir, 'act-1-1'))).toBe(false)
  })

  it('take no unit away whose name the host needs and has nowhere else', () => {
    const paths = plant()
    expect(stop('act-1', paths.map(part), { keep: 'tourniquet-nowhere-else.service\n' })).toMatchObject({
      exit: 20,
      out: '',
      err: 'the host needs a unit of this name and has no other\n',
    })
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
  })

  it('have systemd read nothing while a generator stands that nobody vouches for', () => {
    const generator = join(home, 'system-generators')
    const paths = plant()
    writeFileSync(generator, '#!/bin/sh\n')
    const host = `booted() { :; }
      survey() { printf '%s\\0' /etc/systemd/system-generators/g /usr/bin/systemctl; }
      reload() { echo reload=told; }`
    expect(stop('act-1', paths.map(part), { reload: 'yes', host })).toMatchObject({
      exit: 20,
      out: '',
      err: 'a reload would run a generator that no package vouches for: /etc/systemd/system-generators/g\n',
    })
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
    const quiet = stop('act-2', [part(generator)], { reload: 'quiet', host })
    expect(quiet).toMatchObject({ exit: 0, out: expect.stringContaining('reload=later') as string })
    const known = host.replace('/etc/systemd/system-generators/g ', '')
    const told = stop('act-3', paths.map(part), { reload: 'yes', host: known })
    expect(told).toMatchObject({ exit: 0, out: expect.stringContaining('reload=told') as string })
    expect(told.out).not.toMatch(/^control=/m) // nobody vouches for its systemctl, so nobody asks it
  })

  it('put back what was taken when a later file is not as planned', () => {
    const paths = plant()
    const parts = paths.map(part)
    writeFileSync(paths[2]!, '[Service]\nExecStart=/other\n') // the same inode with other bytes: only its digest tells
    const result = stop('act-1', parts)
    expect(result).toMatchObject({ exit: 20, err: 'the content changed\n' })
    expect(result.out).toMatch(/^back=2\nback=1$/m)
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
    expect(execFileSync('lsattr', ['-d', paths[1]!]).toString()).toMatch(/^\S*i/)
  })

  it('complete what was cut off in the middle', () => {
    const paths = plant()
    const parts = paths.map(part)
    expect(stop('act-1', parts.slice(0, 1)).exit).toBe(0)
    const rest = stop('act-1', parts)
    expect(rest).toMatchObject({ exit: 0, err: '' })
    expect([1, 2, 3].every((at) => rest.out.includes(`${String(at)}.how=renamed`))).toBe(true)
  })

  it('do not put a unit over what stands in its place now', () => {
    const paths = plant()
    stop('act-1', paths.map(part))
    writeFileSync(paths[2]!, 'the owner’s new one')
    const back = busybox(restoreUnit, 'restore-unit', [caseDir, 'no', '', restore, 'act-1-3', 'act-1-2', 'act-1-1'])
    expect(back).toMatchObject({ exit: 20 })
    expect(readFileSync(paths[2]!, 'utf8')).toBe('the owner’s new one')
    expect(lstatSync(paths[1]!).isFile()).toBe(true)
  })

  it('tell which paths stand again, to the byte', () => {
    const paths = plant()
    rmSync(paths[0]!)
    const state = busybox(unitState, 'unit-state', ['-', '0', '-', '-', '', ...paths, `${home}/none`])
    expect(state).toMatchObject({ exit: 0, out: 'there=2\nthere=3\nasked=no\n' })
  })
})
