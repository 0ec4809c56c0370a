// What a quarantine plans to take: a boot script with the links that start it, or neither; and nothing that was never looked at.
import { describe, expect, it } from 'vitest'
import type { HostSession } from '../host/session.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aProcess } from '../judge/fixtures/facts.ts'
import { found, judged } from '../judge/fixtures/judging.ts'
import { aStartupFile } from '../judge/fixtures/startup.ts'
import type { Clock } from '../ports.ts'
import type { Fact } from '../probes/facts.ts'
import { quarantine } from './quarantine.ts'
import type { PlanInput } from './verb.ts'

const script = '/etc/init.d/qwertyuiop'
const links = ['/etc/rc2.d/S90qwertyuiop', '/etc/rc3.d/S90qwertyuiop']
const payload = '/usr/lib/.x/run'
const linkFacts = links.map((path) => aFile(path, null, { meta: { type: 'symlink' }, content: 'none' }))
const seen = (facts: readonly Fact[]) => [
  aProcess(66, payload, { cmdline: `${payload} -o stratum+tcp://pool.example.test:3333 --donate-level 1` }),
  aFile(payload, null),
  ...facts,
]

const plan = (facts: readonly Fact[]) =>
  quarantine.plan({
    findings: found(judged(facts), 'startup').filter(({ proposed }) => proposed === 'yes'),
    facts,
    changes: [],
  } as unknown as PlanInput)

describe('a hostile boot script', () => {
  it('goes with its links, and they go first', async () => {
    const facts = seen([...aStartupFile(script, `#!/bin/sh\n${payload} &\n`, { links }), ...linkFacts])
    expect((await plan(facts)).items.map(({ key }) => key)).toEqual([...links, script].map((path) => `file:${path}`))
  })

  it('goes alone when its links were not looked at', async () => {
    const facts = seen(aStartupFile(script, `#!/bin/sh\n${payload} &\n`, { links }))
    expect((await plan(facts)).items.map(({ key }) => key)).toEqual([`file:${script}`])
  })

  it('keeps its links when it stays itself', async () => {
    const mine = aStartupFile(script, `#!/bin/sh\n${payload} &\n`, { links }).map((fact) =>
      fact.kind === 'file' ? { ...fact, owned: 'yes' as const, package: fact.meta.path } : fact,
    )
    const draft = await quarantine.plan({
      findings: found(judged(seen(aStartupFile(script, `#!/bin/sh\n${payload} &\n`, { links }))), 'startup'),
      facts: seen([...mine, ...linkFacts]),
      changes: [],
    } as unknown as PlanInput)
    expect(draft.items).toEqual([])
    expect(draft.declined.map(({ reason }) => reason)).toEqual(['guard'])
  })
})

describe('the plan of a quarantine', () => {
  it('leaves alone what was never looked at as a file: whose it is, is unknown', async () => {
    const file = aFile('/opt/thing', null)
    const found: Finding = {
      id: 'file:1',
      kind: 'file',
      score: 90,
      proposed: 'yes',
      title: 'file.payload',
      params: {},
      tags: [],
      related: [],
      target: { kind: 'file', path: file.meta.path, identity: file.meta.identity },
      reasons: [],
    }
    const input = {
      findings: [found],
      facts: [] as Fact[],
      options: {},
      capture: ['file'],
      changes: [],
      caseId: 'case-1',
      session: {} as HostSession,
      clock: {} as Clock,
    } satisfies PlanInput
    expect(await quarantine.plan(input)).toMatchObject({ items: [], declined: [{ reason: 'unknown' }] })
    expect((await quarantine.plan({ ...input, facts: [file] })).items).toHaveLength(1)
  })
})
