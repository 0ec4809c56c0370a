import { describe, expect, it } from 'vitest'
import { ownText } from '../../host-text.ts'
import type { FileMeta } from '../../host/identity.ts'
import { readRule } from '../../probes/names.ts'
import type { Fact, NameRuleFact } from '../../probes/facts.ts'
import { aMachine, aProcess, aSocket, meta } from '../fixtures/facts.ts'
import { found, judged } from '../fixtures/judging.ts'
import { compileIndicators, shippedPools } from '../indicators.ts'
import { noLinks } from '../links.ts'
import { setScene } from '../scene.ts'
import { isBlocking, nameJudging, nameTroubles } from './name.ts'
import { look } from './predicate.ts'

const files = {
  hosts: '/etc/hosts',
  resolver: '/etc/resolv.conf',
  'hosts-allow': '/etc/hosts.allow',
  'hosts-deny': '/etc/hosts.deny',
  nsswitch: '/etc/nsswitch.conf',
} as const

/** The facts of a file with these lines. */
function lines(
  what: NameRuleFact['what'],
  text: readonly string[],
  change: Partial<FileMeta> = {},
  resolver: Partial<NonNullable<NameRuleFact['resolver']>> = {},
): Fact[] {
  const file = meta(files[what], { mode: '0644', ...change })
  return text.flatMap((raw, at) => {
    const rule = readRule(what, raw)
    const keeper = what === 'resolver' ? ({ manager: 'none', managed: 'no', offered: [], ...resolver } as const) : null
    return rule === null
      ? []
      : [{ kind: 'name-rule', what, file, line: at + 1, raw: ownText(raw), resolver: keeper, ...rule } as const]
  })
}

const names = (...facts: readonly Fact[]) => found(judged([aMachine, ...facts]), 'name')
const told = (...facts: readonly Fact[]) =>
  names(...facts).map(({ title, score, proposed, reasons }) => ({
    title,
    score,
    proposed,
    why: reasons.map(({ signal }) => signal).sort(),
  }))
/** Guards that stand, of things too harmless to be told. */
const guards = (...facts: readonly Fact[]) => {
  const scene = setScene([aMachine, ...facts], [], compileIndicators(shippedPools()), null)
  return nameTroubles(scene).flatMap((one) =>
    look(nameJudging, one, scene, noLinks).guards.map(({ datum }) => datum.id),
  )
}
const locked = { flags: 'i' }
const attacker: Fact = {
  kind: 'login',
  what: 'accepted-after-burst',
  user: ownText('root'),
  from: ownText('203.0.113.66'),
  count: 41,
  first: ownText('x'),
  last: ownText('x'),
  source: ownText('/var/log/auth.log'),
  sessions: [],
}

describe('blocked names', () => {
  it('of agents and updates are one deed of the file, never proposed for an act', () => {
    const hosts = lines('hosts', ['127.0.0.1 localhost', '0.0.0.0 update.aegis.aliyun.com', '127.0.0.1 deb.debian.org'])
    expect(told(...hosts)).toEqual([
      { title: 'name.blocks', score: 60, proposed: 'no', why: ['security-blocked', 'updates-blocked'] },
    ])
    expect(names(...hosts)[0]?.params['names']).toBe('update.aegis.aliyun.com, deb.debian.org')
  })

  it('weigh more when the file is locked, or rivals are blocked as well', () => {
    const [one] = told(...lines('hosts', ['0.0.0.0 x.clamav.net', '0.0.0.0 pool.minexmr.com'], locked))
    expect(one).toMatchObject({ why: ['name-file-locked', 'pool-blocked', 'security-blocked'] })
    expect(one?.score).toBeGreaterThanOrEqual(70)
  })

  it('of pools alone, of trackers, and of names that only look alike are the owner’s business', () => {
    expect(
      told(...lines('hosts', ['0.0.0.0 pool.minexmr.com', '0.0.0.0 ads.example', '0.0.0.0 notclamav.net'])),
    ).toEqual([])
  })

  it('in a long list that people install are a note', () => {
    const list = Array.from({ length: 300 }, (_, at) => `0.0.0.0 ads${at}.example`)
    const [one] = told(...lines('hosts', [...list, '0.0.0.0 sophos.com']))
    expect(one?.why).toContain('long-block-list')
    expect(one?.score).toBeLessThan(60)
  })
})

describe('names led elsewhere', () => {
  it('are told where they lead', () => {
    const [one] = names(
      ...lines('hosts', [
        '198.51.100.7 security.debian.org',
        '198.51.100.7 pool.supportxmr.com',
        '198.51.100.7 virustotal.com',
      ]),
    )
    expect(one?.title).toBe('name.leads-elsewhere')
    expect(one?.params['address']).toBe('198.51.100.7')
    expect(one?.reasons.map(({ signal }) => signal).sort()).toEqual([
      'pool-led-elsewhere',
      'security-led-elsewhere',
      'updates-led-elsewhere',
    ])
  })

  it('inside the owner’s network are mirrors', () => {
    expect(told(...lines('hosts', ['10.0.0.9 deb.debian.org', 'fd00::9 archive.ubuntu.com']))).toEqual([])
  })

  it('block when the address is nobody’s', () => {
    for (const address of ['0.0.0.0', '127.0.0.1', '127.1.2.3', '::', '::1', '255.255.255.255'])
      expect(isBlocking(address)).toBe(true)
    for (const address of ['1.1.1.1', '10.0.0.1', 'fe80::1']) expect(isBlocking(address)).toBe(false)
  })
})

describe('the resolver', () => {
  const offered = { offered: [ownText('192.168.1.1')] }

  it('forced and locked, though the network offers another, is a note; a stranger’s is worth a look', () => {
    expect(told(...lines('resolver', ['nameserver 8.8.8.8'], locked, offered))).toEqual([
      { title: 'name.resolver', score: 54, proposed: 'no', why: ['name-file-locked', 'resolver-not-offered'] },
    ])
    const [strange] = told(...lines('resolver', ['nameserver 198.51.100.9'], locked, offered))
    expect(strange?.why).toContain('resolver-stranger')
    expect(strange?.score).toBeGreaterThanOrEqual(60)
  })

  it('of the very address that guessed a password is told as such', () => {
    const [one] = told(...lines('resolver', ['nameserver 203.0.113.66'], locked), attacker)
    expect(one?.why).toContain('led-to-attacker')
    expect(one?.score).toBeGreaterThanOrEqual(60)
  })

  it('is unmanaged where a manager runs and the file is not its own', () => {
    const managed = { manager: 'systemd-resolved', managed: 'no' } as const
    const [one] = told(...lines('resolver', ['nameserver 198.51.100.9'], {}, managed))
    expect(one?.why).toEqual(['resolver-stranger', 'resolver-unmanaged'])
    expect(one?.score).toBeLessThan(60)
  })

  it('is nobody’s business when it is the owner’s own, locked or not, or a public one', () => {
    expect(told(...lines('resolver', ['nameserver 10.0.0.2'], locked, offered))).toEqual([])
    expect(told(...lines('resolver', ['nameserver 127.0.0.53'], locked))).toEqual([])
    expect(guards(...lines('resolver', ['nameserver 127.0.0.53'], locked))).toEqual(['inside-addresses'])
    expect(told(...lines('resolver', ['nameserver 223.5.5.5', 'nameserver 8.8.8.8']))).toEqual([])
    expect(told(...lines('resolver', ['nameserver 192.168.1.1', 'nameserver 1.1.1.1'], {}, offered))).toEqual([])
  })
})

describe('ssh for one stranger only', () => {
  const deny = lines('hosts-deny', ['sshd: ALL'])
  const allow = (clients: string) => lines('hosts-allow', [`sshd: ${clients}`], locked)

  it('is a lock-out, most of all when he guessed a password', () => {
    const [one] = told(...deny, ...allow('198.51.100.7'))
    expect(one).toMatchObject({
      title: 'name.locks-out',
      why: ['name-file-locked', 'ssh-denied-to-all', 'ssh-left-to-one-stranger'],
    })
    expect(one?.score).toBeGreaterThanOrEqual(60)
    expect(told(...deny, ...allow('203.0.113.66'), attacker)[0]?.why).toContain('led-to-attacker')
  })

  it('is hardening when networks, names or we ourselves are let in', () => {
    for (const clients of ['10.0.0.0/8', '.example.org', '198.51.100.1 198.51.100.2 198.51.100.3', 'LOCAL'])
      expect(told(...deny, ...allow(clients))[0]?.score ?? 0).toBeLessThan(60)
    const we = [aProcess(70, '/usr/sbin/sshd', { ours: true }), aSocket(70, '198.51.100.7', 50_000)]
    expect(told(...deny, ...allow('198.51.100.7'), ...we)).toEqual([])
    expect(guards(...deny, ...allow('198.51.100.7'), ...we)).toEqual(['we-are-let-in'])
  })

  it('needs a rule about ssh', () => {
    expect(told(...lines('hosts-deny', ['in.telnetd: ALL', 'sshd: 198.51.100.7']))).toEqual([])
  })
})

describe('other changes', () => {
  it('an odd source of names is a note', () => {
    expect(
      told(
        ...lines('nsswitch', [
          'passwd: files systemd',
          'hosts: files mdns4_minimal [NOTFOUND=return] dns',
          'group: files lab',
        ]),
      ),
    ).toEqual([{ title: 'name.sources', score: 40, proposed: 'no', why: ['odd-name-source'] }])
  })

  it('count more inside the incident window', () => {
    const facts = lines(
      'resolver',
      ['nameserver 8.8.8.8'],
      { ...locked, ctime: '1700000500.0' },
      { offered: [ownText('192.168.1.1')] },
    )
    const [one] = found(
      judged([aMachine, ...facts], { window: { fromSeconds: 1_700_000_000, toSeconds: 1_700_001_000 } }),
      'name',
    )
    expect(one?.reasons.map(({ signal }) => signal)).toContain('name-file-changed-in-window')
  })
})
