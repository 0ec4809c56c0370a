// Signals and guards that no other test names: each on facts that show it at work. The corpus test asks that none is left out.

import { describe, expect, it } from 'vitest'
import { ownText } from '../../host-text.ts'
import type { Fact } from '../../probes/facts.ts'
import { aTool } from '../fixtures/binaries.ts'
import {
  aFile,
  aMachine,
  aMount,
  anAssignment,
  aPreload,
  aProcess,
  aSchedule,
  aSocket,
  meta,
} from '../fixtures/facts.ts'
import { judged } from '../fixtures/judging.ts'
import { changing, seen } from '../fixtures/speaking.ts'
import { aStartupFile } from '../fixtures/startup.ts'
import { aUnit } from '../fixtures/units.ts'
import { starterKey, type Links } from '../links.ts'
import { binaryJudging } from './binary.ts'
import { preloadJudging } from './preload.ts'
import { scheduleJudging } from './schedule.ts'
import { startupJudging } from './startup.ts'
import { unitJudging } from './unit.ts'

/** Reasons anywhere in a judgement. */
const heard = (...facts: readonly Fact[]) =>
  judged([aMachine, ...facts]).findings.flatMap(({ reasons }) => reasons.map(({ signal }) => signal))

describe('tools', () => {
  const copy = { meta: meta('/usr/bin/ps.old'), matches: 'no', named: true } as const
  const many = Array.from({ length: 40 }, (_, at) => aTool(`/usr/bin/t${at}`))
  it.each<[string, readonly string[]]>([
    ['login-part-altered', seen(binaryJudging, aTool('/usr/sbin/sshd', { rebuild: true }))],
    ['tool-missing', seen(binaryJudging, aTool('/usr/bin/ps', { state: 'missing', meta: null, content: 'none' }))],
    ['tool-disabled', seen(binaryJudging, aTool('/usr/bin/chmod', { state: 'mode' }))],
    ['tool-unlisted', seen(binaryJudging, aTool('/usr/bin/ps', { state: 'unlisted' }))],
    ['tool-doubtful', seen(binaryJudging, aTool('/usr/bin/ps', { state: 'doubtful' }))],
    [
      'tool-locked-only',
      seen(binaryJudging, aTool('/usr/bin/ps', { state: 'locked', meta: meta('/usr/bin/ps', { flags: 'i' }) })),
    ],
    ['tool-locked', seen(binaryJudging, aTool('/usr/bin/ps', { meta: meta('/usr/bin/ps', { flags: 'i' }) }))],
    ['namesake-beside', seen(binaryJudging, aTool('/usr/bin/ps', { copies: [copy] }))],
    ['list-changed', seen(binaryJudging, aTool('/usr/bin/ps', { listChanged: 'yes' }))],
    [
      'not-the-only-one',
      seen(binaryJudging, aTool('/usr/bin/ps', { content: 'script' }), [aTool('/usr/bin/top', { content: 'script' })]),
    ],
    ['tool-changed-in-window', seen(binaryJudging, aTool('/usr/bin/ps'), [], { window: changing })],
    ['diverted-by-hand', seen(binaryJudging, aTool('/usr/bin/ps', { state: 'diverted' }))],
    ['many-compiled-differ', seen(binaryJudging, aTool('/usr/bin/ps'), many)],
    [
      'mode-laid-down',
      seen(
        binaryJudging,
        aTool('/usr/bin/chmod', {
          state: 'mode',
          override: { owner: 'root', group: 'root', mode: meta('/usr/bin/chmod').mode },
        }),
      ),
    ],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })
})

describe('mounts, connections and preloaded libraries', () => {
  const library = '/usr/local/lib/x.so'
  const lost = (address: string) => aSocket(0, address, 3333, { pids: [], inode: '777' })
  const held = aSocket(9, '198.51.100.1', 443)
  const hidden = aProcess(70, '/opt/h', { inHostPs: 'no' })
  const others = [aProcess(1, '/usr/lib/systemd/systemd'), aProcess(2, '/usr/bin/a'), aProcess(3, '/usr/bin/b')]
  it.each<[string, readonly string[]]>([
    ['covers-system', heard(aMount('/usr/bin'))],
    ['ownerless', heard(held, lost('198.51.100.7'))],
    ['library-unowned', seen(preloadJudging, aPreload(1, library), [aFile(library, null)])],
    ['package-library', seen(preloadJudging, aPreload(1, '/usr/lib/libj.so'), [aFile('/usr/lib/libj.so', 'libj')])],
    ['explains-hiding', seen(preloadJudging, aPreload(1, library), [aFile(library, null), hidden, ...others])],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })

  it('ownerless-to-pool', () => {
    const to = { type: 'address', value: '198.51.100.7', port: null, permille: 850, source: 'case' } as const
    const { findings } = judged([aMachine, held, lost('198.51.100.7')], { indicators: [to] })
    expect(findings.flatMap(({ reasons }) => reasons.map(({ signal }) => signal))).toContain('ownerless-to-pool')
  })
})

describe('units', () => {
  const service = aUnit('/etc/systemd/system/x.service')
  const timer = aUnit('/etc/systemd/system/x.timer', { starts: [ownText('x.service')] })
  const links = (...units: readonly (typeof service)[]): Links => ({
    processes: new Set(),
    starters: new Set(units.map(starterKey)),
  })
  const dropIn = aUnit('/etc/systemd/system/x.service.d/a.conf', { role: 'drop-in', name: ownText('x.service') })
  const generator = '/usr/lib/systemd/system-generators/g'
  it.each<[string, readonly string[]]>([
    ['starts-hostile-unit', seen(unitJudging, timer, [service], { links: links(service) })],
    ['started-by-hostile-unit', seen(unitJudging, service, [timer], { links: links(timer) })],
    ['changes-hostile-unit', seen(unitJudging, dropIn, [service], { links: links(service) })],
    [
      'preloads-unowned',
      seen(unitJudging, aUnit('/etc/systemd/system/p.service', { environment: [ownText('LD_PRELOAD=/opt/p.so')] }), [
        aFile('/opt/p.so', null),
      ]),
    ],
    ['unowned-generator', seen(unitJudging, aUnit(generator, { role: 'generator' }), [aFile(generator, null)])],
    [
      'package-program',
      seen(unitJudging, aUnit('/etc/systemd/system/n.service', { command: ownText('/usr/sbin/nginx') }), [
        aFile('/usr/sbin/nginx', 'nginx'),
      ]),
    ],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })
})

describe('start-up entries', () => {
  /** Signals of every entry of the file, given what else there is. */
  const of = (path: string, text: string, more: readonly Fact[] = [], pids: readonly number[] = []) => {
    const facts = aStartupFile(path, text)
    return facts.flatMap((fact) =>
      fact.kind === 'startup'
        ? seen(startupJudging, fact, [...facts, ...more], {
            links: { processes: new Set(pids), starters: new Set() },
          })
        : [],
    )
  }
  it.each<[string, readonly string[]]>([
    ['filters-tool', of('/home/dev/.bashrc', "alias ps='ps aux | grep -v kdev'\n")],
    ['goes-on-in-background', of('/etc/rc.local', '#!/bin/sh\nnohup /opt/agent/run >/dev/null 2>&1 &\nexit 0\n')],
    ['kernel-runs-it', of('/proc/sys/kernel/core_pattern', '|/opt/agent/dump %p\n', [aFile('/opt/agent/dump', null)])],
    ['reserves-huge-pages', of('/etc/sysctl.d/99-x.conf', 'vm.nr_hugepages=1280\n')],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })
})

describe('what belongs to something hostile', () => {
  const payload = '/var/tmp/.x/m'
  const words = '-o stratum+tcp://a.example:443 -u x'
  const miner = aProcess(60, payload, { cmdline: `${payload} ${words}` })
  const sameBytes = {
    ...meta('/usr/lib/copy'),
    identity: { ...meta('/usr/lib/copy').identity, sha256: meta(payload).identity.sha256 },
  }
  const aDaemon = (pid: number, paused: boolean): Fact => ({
    kind: 'scheduler-daemon',
    identity: aProcess(pid, '/usr/sbin/cron').identity,
    name: 'cron',
    exe: ownText('/usr/sbin/cron'),
    paused,
  })
  const wrapped = (matches: 'yes' | 'no') =>
    aTool('/usr/bin/ps', {
      content: 'script',
      head: ownText('#!/bin/sh\n/usr/bin/ps.original "$@" | grep -v lab_\n'),
      copies: [{ meta: meta('/usr/bin/ps.original'), matches, named: true }],
    })
  const job = aSchedule('/etc/cron.d/x', 1, `${payload} ${words}`)
  it.each<[string, readonly string[]]>([
    ['run-by-hostile-process', heard(miner, aFile(payload, null))],
    ['started-by-hostile-entry', heard(job, aFile(payload, null))],
    ['could-restart-hostile-work', heard(miner, aDaemon(11, false))],
    ['scheduler-paused', heard(miner, aDaemon(11, true))],
    [
      'preloaded-by-hostile-line',
      heard(
        aPreload(1, '/usr/local/lib/.x.so', { libraryMeta: meta('/usr/local/lib/.x.so', { flags: 'i' }) }),
        aFile('/usr/local/lib/.x.so', null, { meta: meta('/usr/local/lib/.x.so', { flags: 'i' }) }),
      ),
    ],
    [
      'unit-of-hostile-timer',
      heard(
        aSchedule('/etc/systemd/system/t.timer', 0, `${payload} ${words}`, {
          scheduler: 'systemd-timer',
          unitFile: '/etc/systemd/system/t.service',
        }),
        aFile('/etc/systemd/system/t.service', null, { content: 'text' }),
      ),
    ],
    ['same-bytes', heard(miner, aFile(payload, null), aFile('/usr/lib/copy', null, { meta: sameBytes }))],
    ['moved-original', heard(wrapped('yes'))],
    ['namesake-of-replaced', heard(wrapped('no'))],
  ])('%s', (id, ids) => {
    expect(ids).toContain(id)
  })
})

describe('what shares a hidden folder or a file with something hostile', () => {
  it('starts-from-hostile-nest', () => {
    const links: Links = { processes: new Set([60]), starters: new Set() }
    const miner = aProcess(60, '/usr/lib/.nest/m')
    const job = aSchedule('/etc/cron.d/y', 1, '/usr/lib/.nest/keep')
    expect(seen(scheduleJudging, job, [miner], { links })).toContain('starts-from-hostile-nest')
  })

  it('serves-hostile-entry', () => {
    const job = aSchedule('/etc/cron.d/y', 2, '/usr/lib/.nest/keep')
    const path = anAssignment('/etc/cron.d/y', 1, 'PATH=/tmp/.x:/usr/bin')
    const links: Links = { processes: new Set(), starters: new Set([starterKey(job)]) }
    expect(seen(scheduleJudging, path, [job], { links })).toContain('serves-hostile-entry')
  })
})
