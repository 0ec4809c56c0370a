import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownText, shown } from '../host-text.ts'
import { exeDigests } from './process-sections.ts'
import { type ProcessLook, parseProcesses } from './processes.ts'
import { mark } from './reply-fixture.ts'
import { bytesOf } from './reply.ts'

const hash = 'ab'.repeat(32)

interface Told {
  readonly pid: number
  /** start times as the four looks saw them: a, b, c, d; null where the process was not there */
  readonly starts?: readonly (string | null)[]
  readonly ticks?: readonly [number, number]
  readonly comm?: string
  readonly ppid?: number
  readonly flags?: number
  readonly exe?: string
  readonly hidden?: boolean
  readonly cmdline?: string
}

/** A reply as processes.sh writes it, of processes told in short. Hidden ones are not in any readdir and were looked at in look h. */
function replyOf(all: readonly Told[], options: { ps?: string; cut?: string; over?: string } = {}): Uint8Array {
  const stat = (told: Told, look: number): string => {
    const start = (told.starts ?? ['500', '500', '500', '500'])[look]
    if (start === null || start === undefined) return ''
    const ticks = (told.ticks ?? [0, 0])[look === 0 ? 0 : 1]
    return `${told.pid} (${told.comm ?? 'x'}) S ${told.ppid ?? 1} 1 1 0 -1 ${told.flags ?? 4194560} 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${start} 0 0 0\n`
  }
  const open = all.filter(({ hidden }) => hidden !== true)
  const secret = all.filter(({ hidden }) => hidden === true)
  const each = (text: (told: Told) => string, end = '\0', some = all): string =>
    some.map((told) => `${text(told)}M=${mark}${end}`).join('')
  const lookOf = (name: string, look: number, uptime: string, some: readonly Told[]): [string, string][] => [
    [`clock-${name}`, `${uptime}\n`],
    [`pids-${name}`, `${some.map(({ pid }) => pid).join(' ')}\n`],
    [`stat-${name}`, each((told) => stat(told, look), '\0', some)],
  ]
  const sections: [string, string][] = [
    ['own', '9001 9000 9000\n'],
    ['namespaces', `M=${mark} '/proc/1/ns/mnt' -> 'mnt:[1]'\nM=${mark} '/proc/1/ns/pid' -> 'pid:[2]'\n`],
    ['over', options.over ?? '22 27 0:21 / /proc rw,relatime - proc proc rw\n'],
    ...lookOf('a', 0, '100.00', open),
    ['scan', 'covered 32768 of 32768\ncgroups none\n'],
    ['hidden', `${secret.map(({ pid }) => pid).join(' ')}\n`],
    ...(secret.length === 0 ? [] : lookOf('h', 0, '100.10', secret)),
    ...(options.ps === undefined
      ? []
      : ([
          ['host-ps', options.ps],
          ['host-ps-end', 'done\n'],
        ] as [string, string][])),
    ['maps', `7 /tmp/x\\012y.so\nend\n`],
    ['hashes', `stat 8 77 100 7\nhash ${hash} 7\nagain 8 77 7\nend\n`],
    ['readdir-b', `${open.map(({ pid }) => pid).join(' ')}\n`],
    ...lookOf('b', 1, '102.00', all),
    ['cmdline', each((told) => told.cmdline ?? '')],
    ['cgroup', each(() => '0::/system.slice/x.service\n')],
    ['io', each(() => 'rchar: 1\nwchar: 2\n')],
    ['loginuid', each(() => '4294967295')],
    ['status', `${all.map(({ pid }) => `/proc/${pid}/status:Uid:\t0\t0\t0\t0`).join('\n')}\n`],
    ['environ', each((told) => (told.pid === 7 ? 'LD_PRELOAD=/a b.so\n' : ''), '\n')],
    [
      'links',
      all
        .map(
          ({ pid, exe }) =>
            `M=${mark} '/proc/${pid}/exe' -> '${exe ?? '/bin/x'}'\nM=${mark} '/proc/${pid}/ns/mnt' -> 'mnt:[1]'\nM=${mark} '/proc/${pid}/ns/pid' -> 'pid:[${pid === 7 ? 9 : 2}]'\n`,
        )
        .join(''),
    ],
    ...lookOf('c', 2, '102.10', all),
    ['exes', `${all.map(({ pid }) => `/proc/${pid}/exe 8 77 100`).join('\n')}\n`],
    ...lookOf('d', 3, '102.20', all),
    ['end', ''],
  ]
  const text = `@${mark} begin\nview private\n${sections.map(([name, body]) => `\n@${mark} ${name}\n${body}`).join('')}`
  return bytesOf(options.cut === undefined ? text : text.slice(0, text.indexOf(`@${mark} ${options.cut}\n`)))
}

const self = { bootId: 'boot', ourPids: [8000], euid: 0, workDir: '/run/.ours', toolboxSha256: hash }
const read = (...args: Parameters<typeof replyOf>): ProcessLook => parseProcesses(replyOf(...args), self)!
const factOf = (look: ProcessLook, pid: number) => look.facts.find(({ identity }) => identity.pid === pid)

describe('a look at processes', () => {
  it('joins what the files say of one process', () => {
    const look = read(
      [{ pid: 7, comm: 'a) R 1\n(b', cmdline: '-bash\0-c\0x\0', ticks: [100, 300], exe: '/tmp/m (deleted)' }],
      { ps: '/bin/ps\nPID\n 7\n' },
    )
    expect(factOf(look, 7)).toMatchObject({
      identity: { bootId: 'boot', startTime: '500', exeDev: '8', exeInode: '77', exeSha256: hash },
      comm: 'a) R 1\\x0a(b',
      cmdline: '-bash -c x',
      argv0: '-bash',
      exe: '/tmp/m',
      exeDeleted: true,
      cpuPermille: 1000,
      cpuLifePermille: 31,
      ageSeconds: 97,
      ioBytes: '3',
      environ: ['LD_PRELOAD=/a b.so'],
      mapsOfNote: ['/tmp/x\\x0ay.so'],
      loginUid: null,
      inReaddir: 'yes',
      inHostPs: 'yes',
      foreignNamespace: 'yes',
      foreignPidNamespace: 'yes',
      ours: false,
    })
    expect(look.unknowns).toEqual([])
  })

  it('drops a pid that vanished or was reused before the end', () => {
    const look = read([
      { pid: 1 },
      { pid: 20, starts: ['500', '500', null, null] },
      { pid: 21, starts: ['500', '500', '900', '900'] },
      { pid: 22, starts: ['500', '900', '900', '900'], ticks: [9999, 5] },
    ])
    expect(look.facts.map(({ identity }) => identity.pid)).toEqual([1, 22])
    // the second life of pid 22: its ticks are not compared with those of the first
    expect(factOf(look, 22)).toMatchObject({ cpuPermille: null, identity: { startTime: '900' } })
  })

  it('calls hidden only what stood through three looks outside readdir', () => {
    const look = read([
      { pid: 1 },
      { pid: 30, hidden: true },
      { pid: 31, hidden: true, starts: ['400', '500', '500', '500'] },
    ])
    expect([factOf(look, 1), factOf(look, 30), factOf(look, 31)].map((fact) => fact?.inReaddir)).toEqual([
      'yes',
      'no',
      'unknown',
    ])
  })

  it('believes the host ps a no only for what was there before and after it', () => {
    const look = read([{ pid: 1 }, { pid: 40 }, { pid: 41, starts: [null, '500', '500', '500'] }], {
      ps: '/bin/ps\nPID\n1\n',
    })
    expect([1, 40, 41].map((pid) => factOf(look, pid)?.inHostPs)).toEqual(['yes', 'no', 'unknown'])
    expect(look.hostPs).toEqual([1])
  })

  it('takes a ps that failed, or sees nothing by hidepid, for unknown and not for a liar', () => {
    expect(factOf(read([{ pid: 1 }], { ps: '/bin/ps\nerror: unsupported\n' }), 1)?.inHostPs).toBe('unknown')
    const over = '22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=invisible\n'
    const look = read([{ pid: 1 }], { ps: '/bin/ps\nPID\n9\n', over })
    expect(factOf(look, 1)?.inHostPs).toBe('unknown')
    expect(look.unknowns).toMatchObject([{ what: 'host ps', spoils: [] }])
  })

  it('finds mounts over /proc/N exactly: 12 is not 123', () => {
    const over = '90 22 0:40 / /proc/123 rw - tmpfs none rw\n'
    const look = read([{ pid: 12 }, { pid: 123 }], { over })
    expect([factOf(look, 12)?.overMounted, factOf(look, 123)?.overMounted]).toEqual([false, true])
  })

  it('knows a kernel thread by its flag, not by brackets', () => {
    const look = read([
      { pid: 2, flags: 0x0020_8040, comm: 'kthreadd' },
      { pid: 60, comm: '[kworker/0:1]', cmdline: '[kworker/0:1]\0' },
    ])
    expect([factOf(look, 2)?.kernelThread, factOf(look, 60)?.kernelThread]).toEqual([true, false])
  })

  it('knows its own chain by descent, and its orphans, the dead man and what watches the time of a script, by their bytes, folder and words', () => {
    const deadMan = `sh\0-c\0${readFileSync(join(import.meta.dirname, '../host/dead-man.sh'), 'utf8')}\0dead-man\0`
    const look = read([
      { pid: 8001, ppid: 8000 },
      { pid: 8002, ppid: 8001 },
      { pid: 70, exe: '/run/.ours/busybox', cmdline: deadMan },
      { pid: 71, exe: '/tmp/busybox', cmdline: deadMan },
      // our own tool in somebody else's hands is not ours
      { pid: 72, exe: '/run/.ours/busybox', cmdline: 'sh\0/tmp/revive.sh\0' },
      { pid: 73, exe: '/run/.ours/busybox', cmdline: `sh\0-c\0/tmp/revive.sh\0dead-man\0` },
      { pid: 74, exe: '/run/.ours/busybox', cmdline: 'timeout\0-s\0KILL\x004\0sh\0-c\0…\0' },
      { pid: 75, exe: '/tmp/busybox', cmdline: 'timeout\0-s\0KILL\x004\0sh\0-c\0…\0' },
    ])
    expect(look.facts.map(({ identity, ours }) => [identity.pid, ours])).toEqual([
      [8001, true],
      [8002, true],
      [70, true],
      [71, false],
      [72, false],
      [73, false],
      [74, true],
      [75, false],
    ])
  })

  it('cut before the executables were found, still identifies processes, without them', () => {
    const look = read([{ pid: 7 }], { cut: 'exes' })
    expect(factOf(look, 7)).toMatchObject({ identity: { startTime: '500', exeInode: null, exeSha256: null } })
  })

  it('cut before the third look, says nothing at all', () => {
    expect(parseProcesses(replyOf([{ pid: 7 }], { cut: 'clock-c' }), self)).toBeNull()
    expect(parseProcesses(bytesOf('sh: not found\n'), self)).toBeNull()
  })

  it('gives a clipped command line away', () => {
    const fact = factOf(read([{ pid: 7, cmdline: 'x'.repeat(4097) }]), 7)
    expect([fact?.cmdlineCut, shown(fact?.cmdline ?? ownText('')).length]).toEqual([true, 4096])
  })
})

describe('digests of executables', () => {
  const notes: string[] = []
  const into = { unknown: (what: string, reason: string) => notes.push(`${what} ${reason}`) }

  it('are not believed when the pid ran another file afterwards', () => {
    expect(exeDigests(`stat 8 77 100 7\nhash ${hash} 7\nagain 8 78 7\nend\n`, into).size).toBe(0)
  })

  it('say what was too large and what was not reached', () => {
    notes.length = 0
    exeDigests('stat 8 77 99999999999 7\n', into)
    expect(notes).toEqual(['executables skipped', 'executables timed-out'])
  })
})
