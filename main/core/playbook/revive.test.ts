import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../case/canonical.ts'
import { ownText } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { aProcess, aSchedule } from '../judge/fixtures/facts.ts'
import { aUnit } from '../judge/fixtures/units.ts'
import { timeSpan } from '../probes/cron-period.ts'
import { respawnsBetween, revivalsIn, soakFor, soakSentence, together, type Revival } from './revive.ts'

const proposed = { score: 90, proposed: 'yes', title: '', params: {}, reasons: [], tags: [], related: [] } as const

const cron = (seconds: number, what = '/etc/cron.d/x'): Revival => ({ seconds, by: 'cron', what })
const cover = { periods: 2, most: 30 * 60_000 }

describe('how soon it comes back', () => {
  const job = aSchedule('/etc/cron.d/x', 1, '/var/tmp/.x/m', { periodSeconds: 60 })
  const target = {
    kind: 'line',
    path: job.file.path,
    identity: job.file.identity,
    line: job.line,
    text: job.raw,
  } as const
  const finding: Finding = { ...proposed, id: '1', kind: 'schedule', target }

  it('is the period of a proposed schedule, and of no other', () => {
    const other = aSchedule('/etc/cron.d/backup', 1, '/usr/local/sbin/backup', { periodSeconds: 3600 })
    expect(revivalsIn([job, other], [finding])).toEqual([cron(60)])
    expect(revivalsIn([job, other], [{ ...finding, proposed: 'unknown' }])).toEqual([])
    expect(revivalsIn([job], [{ ...finding, target: { ...target, line: job.line + 1 } }])).toEqual([])
  })

  it('is unknown for what starts once, and is not guessed', () => {
    const once = aSchedule('/etc/cron.d/x', 1, '/var/tmp/.x/m', { periodSeconds: null })
    expect(revivalsIn([once], [finding])).toEqual([])
  })

  it('is seen when a hostile program runs again under another number: at most the time it has not yet lived', () => {
    const before = aProcess(50, '/var/tmp/.x/m', { exeSha256: 'a'.repeat(64) })
    const after = aProcess(77, '/var/tmp/.x/other', { exeSha256: 'a'.repeat(64), ageSeconds: 3 })
    const taken = {
      ...proposed,
      id: '2',
      kind: 'process',
      target: {
        kind: 'process',
        identity: before.identity,
        exe: before.exe,
        cmdline: before.cmdline,
        cgroup: before.cgroup,
      },
    } satisfies Finding
    const first = { facts: [before], findings: [taken] }
    expect(respawnsBetween(first, [after], 10)).toEqual([{ seconds: 7, by: 'respawn', what: '/var/tmp/.x/other' }])
    expect(respawnsBetween(first, [before, after], 10)).toEqual([]) // it never went: the other is one more, not its return
    expect(respawnsBetween({ ...first, findings: [] }, [after], 10)).toEqual([])
  })

  it('is a second for a unit that systemd restarts after a tenth of one, by its own word or by default', () => {
    for (const change of [{}, { restartSeconds: timeSpan('100ms') }]) {
      const unit = aUnit('/etc/systemd/system/x.service', { restart: ownText('always'), ...change })
      const { path, identity } = unit.file
      const found: Finding = { ...proposed, id: '3', kind: 'unit', target: { kind: 'file', path, identity } }
      const revivals = revivalsIn([unit], [found])
      expect(revivals).toEqual([{ seconds: 1, by: 'unit', what: '/etc/systemd/system/x.service' }])
      expect(() => canonicalJson({ revivals })).not.toThrow()
    }
  })

  it('keeps the longer of two measurements of one thing', () => {
    expect(together([cron(60)], [cron(120), { ...cron(5), by: 'unit', what: 'u' }])[0]).toEqual(cron(120))
  })
})

describe('a soak', () => {
  it('lasts two of the longest periods and the lateness of a scheduler, never less than asked', () => {
    expect(soakFor(30_000, cover, [cron(60), cron(5, '/b')])).toMatchObject({
      lasts: 130_000,
      longest: cron(60),
      beyond: null,
    })
    expect(soakFor(600_000, cover, [cron(60)])).toMatchObject({ lasts: 600_000, longest: cron(60) })
    expect(soakFor(30_000, cover, [])).toMatchObject({ lasts: 30_000, longest: null, beyond: null })
  })

  it('does not wait in vain for what it cannot see through, and says so', () => {
    const plan = soakFor(30_000, cover, [cron(3600, '/etc/cron.hourly/x'), cron(60)])
    expect(plan).toMatchObject({ lasts: 130_000, longest: cron(60), beyond: cron(3600, '/etc/cron.hourly/x') })
    expect(soakSentence(plan)).toBe(
      'longest revive period seen: 60 s by cron (/etc/cron.d/x); soak 130 s instead of 30 s; too short for 3600 s by cron (/etc/cron.hourly/x): look again after two of its periods',
    )
  })

  it('covers what fits into the time asked, however long that is', () => {
    expect(soakFor(3_700_000 * 2, { periods: 2, most: 30_000 }, [cron(3600)])).toMatchObject({
      longest: cron(3600),
      beyond: null,
    })
  })

  it('is as long as asked where a playbook covers nothing', () => {
    expect(soakFor(30_000, null, [cron(60)])).toMatchObject({ lasts: 30_000 })
  })
})
