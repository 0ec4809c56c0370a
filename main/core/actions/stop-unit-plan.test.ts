// Taking units apart, as planned: what goes together, and what is never taken.

import { describe, expect, it } from 'vitest'
import type { HostSession } from '../host/session.ts'
import { ownText, shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aProcess, aSchedule } from '../judge/fixtures/facts.ts'
import { aUnit } from '../judge/fixtures/units.ts'
import type { Clock } from '../ports.ts'
import type { Fact, UnitFact } from '../probes/facts.ts'
import { stopUnit } from './stop-unit.ts'
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
