// The judge on facts exactly as the probes brought them from two practice hosts (Debian 12): one that is innocent and busy, one that is infected.
// When a type of fact changes, they are to be captured anew.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import type { Fact, Unknown } from '../probes/facts.ts'
import { plainHashing } from './fixtures/judging.ts'
import type { Finding } from './finding.ts'
import { shippedPools } from './indicators.ts'
import { judge } from './judge.ts'

interface Captured {
  readonly facts: readonly Fact[]
  readonly unknowns: readonly Unknown[]
}

const captured = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), 'utf8')) as Captured
const judged = ({ facts, unknowns }: Captured) =>
  judge(facts, unknowns, { indicators: shippedPools(), hashing: plainHashing })
/** Path, and line where it is one; the executable of a process. */
function nameOf({ target: what }: Finding): string {
  if (what.kind === 'process') return what.exe === null ? '' : shown(what.exe)
  if (what.kind === 'line') return `${shown(what.path)}:${what.line}`
  return what.kind === 'file' ? shown(what.path) : what.kind
}
const target = (finding: Finding) => JSON.stringify(finding.target)

describe('facts captured from an innocent host with every core busy', () => {
  const innocence = captured('innocence')
  const { verdict, findings } = judged(innocence)

  it('are a whole look: busy programs, a preload, nothing unknown', () => {
    const busy = innocence.facts.filter((fact) => fact.kind === 'process' && (fact.cpuLifePermille ?? 0) >= 20)
    expect(busy.length).toBeGreaterThanOrEqual(6)
    expect(innocence.facts.filter(({ kind }) => kind === 'preload')).toHaveLength(1)
    expect(innocence.unknowns).toEqual([])
  })

  it('are clean: nothing reaches 60 and nothing is proposed', () => {
    expect(verdict).toBe('clean')
    expect(findings.filter(({ score, proposed }) => score >= 60 || proposed !== 'no')).toEqual([])
  })

  it('stay clean when only the logins could not be read, and are unknown without the schedules', () => {
    const spoilt = (spoils: Unknown['spoils']): Unknown => ({
      probe: 'test',
      what: 'authentication logs',
      reason: 'not-supported',
      detail: '',
      spoils,
    })
    expect(judged({ ...innocence, unknowns: [spoilt(['login'])] }).verdict).toBe('clean')
    expect(judged({ ...innocence, unknowns: [spoilt(['schedule'])] }).verdict).toBe('unknown')
  })
})

describe('facts captured from the demonstration host', () => {
  const demonstration = captured('demonstration')
  const { verdict, findings } = judged(demonstration)
  const proposed = findings.filter((finding) => finding.proposed === 'yes')

  it('are infected', () => {
    expect(verdict).toBe('infected')
  })

  it('propose the miner, its payloads, both revivers, the line and the library of the preload, a pause of the schedulers, and nothing else', () => {
    expect(proposed.map((finding) => `${finding.kind} ${nameOf(finding)}`).sort()).toEqual([
      'file /usr/lib/.lab_store/lab_core',
      'file /usr/local/lib/lab_libsystem.so',
      'file /var/tmp/.lab_cache/lab_kworkd',
      'preload /etc/ld.so.preload:2',
      'process /var/tmp/.lab_cache/lab_kworkd',
      'schedule /etc/cron.d/sysupdate',
      'schedule /var/spool/cron/crontabs/root:3',
      'scheduler-daemon /usr/sbin/atd',
      'scheduler-daemon /usr/sbin/cron',
    ])
  })

  it('leave the owner’s own preload line, jobs and engines alone', () => {
    for (const innocent of ['libjemalloc', 'healthcheck', 'certbot', '/opt/tool', 'nginx', 'crunch'])
      expect(proposed.filter((finding) => target(finding).includes(innocent))).toEqual([])
  })

  it('give the same judgement in any order', () => {
    const turned = judged({ ...demonstration, facts: [...demonstration.facts].reverse() })
    expect(turned).toEqual({ verdict, findings })
  })
})
