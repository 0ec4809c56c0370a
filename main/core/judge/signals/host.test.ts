import { describe, expect, it } from 'vitest'
import { parseIndicators } from '../indicators.ts'
import { aLogin, aMount, aProcess, aSocket } from '../fixtures/facts.ts'
import { found, judged, signalsOf, spoilt } from '../fixtures/judging.ts'

const indicators = parseIndicators('203.0.113.10', { source: 'case' }).indicators
const owned = aSocket(9, '198.51.100.1', 443)
const lost = (address: string, port: number) => aSocket(0, address, port, { pids: [], inode: '777' })

describe('mounts', () => {
  it('over a process are hostile beyond doubt, over system folders worth a look, elsewhere nothing', () => {
    const { findings, verdict } = judged([
      aMount('/proc/4711'),
      aMount('/usr/bin'),
      aMount('/mnt/data'),
      aMount('/proc/cpuinfo'),
    ])
    expect(findings.map((one) => [one.title, one.score, one.proposed])).toEqual([
      ['mount.over-process', 90, 'yes'],
      ['mount.over-system', 50, 'no'],
    ])
    expect(verdict).toBe('infected')
  })
})

describe('connections without a process', () => {
  it('count for more when they lead to a pool', () => {
    const result = judged([owned, lost('203.0.113.10', 3333), lost('198.51.100.7', 8443)], { indicators })
    expect(result.findings.map((one) => [one.title, one.score])).toEqual([
      ['socket.pool', 92],
      ['socket.ownerless', 50],
    ])
    expect(result.verdict).toBe('suspect')
  })

  it.each([
    ['the kernel holds NFS connections itself', [owned, lost('198.51.100.7', 2049)], []],
    ['loopback is talking to oneself', [owned, lost('127.0.0.1', 8443)], []],
    ['nobody’s owner could be read', [lost('198.51.100.7', 8443)], []],
    ['sockets were not read whole', [owned, lost('198.51.100.7', 8443)], [spoilt(['socket'])]],
  ] as const)('say nothing when %s', (_name, facts, unknowns) => {
    expect(found(judged(facts, { unknowns }), 'socket')).toEqual([])
  })
})

describe('logins', () => {
  it('are notes and never proposed, and a host on the Internet is not suspect for being knocked at', () => {
    const { findings, verdict } = judged([
      aLogin('failed-burst', 40),
      aLogin('accepted-after-burst', 40),
      aLogin('accepted', 1),
    ])
    expect(findings.map((one) => [one.title, one.score, one.proposed])).toEqual([
      ['login.accepted-after-burst', 55, 'no'],
      ['login.failed-burst', 30, 'no'],
    ])
    expect(verdict).toBe('clean')
  })
})

describe('the host’s own view', () => {
  const others = [aProcess(2, '/usr/bin/a'), aProcess(3, '/usr/bin/b'), aProcess(4, '/usr/bin/c')]
  it('that leaves processes out is a finding of its own', () => {
    const [finding] = found(judged([...others, aProcess(50, '/opt/x', { inHostPs: 'no' })]), 'hijack')
    expect(finding).toMatchObject({ score: 85, proposed: 'no', params: { count: 1 } })
    expect(signalsOf(finding)).toEqual(['host-ps-hides'])
  })

  it('is worse when even our own listing misses one', () => {
    const [finding] = found(judged([...others, aProcess(50, '/opt/x', { inReaddir: 'no', inHostPs: 'no' })]), 'hijack')
    expect(signalsOf(finding)).toEqual(['listing-hides'])
  })

  it('that was not taken, or shows next to nothing, proves nothing', () => {
    const blind = others.map((one) => ({ ...one, inHostPs: 'no' as const }))
    const untaken = others.map((one) => ({ ...one, inHostPs: 'unknown' as const }))
    for (const facts of [blind, untaken]) expect(judged(facts)).toMatchObject({ findings: [], verdict: 'clean' })
  })
})
