import { describe, expect, it } from 'vitest'
import { ownText } from '../host-text.ts'
import type { ProcessFact } from './facts.ts'
import { schedulerDaemons } from './scheduler-daemons.ts'

const processOf = (exe: string | null, cmdline: string, state = 'S'): ProcessFact =>
  ({
    kind: 'process',
    identity: { bootId: 'b', pid: 5, startTime: '1', exeDev: '1', exeInode: '2', exeSha256: null },
    exe: exe === null ? null : ownText(exe),
    argv0: ownText(cmdline.split(' ')[0] ?? ''),
    cmdline: ownText(cmdline),
    state,
    kernelThread: exe === null,
    ours: false,
  }) as unknown as ProcessFact

const namesOf = (...all: ProcessFact[]) => schedulerDaemons(all).map(({ name }) => name)

describe('a scheduler daemon', () => {
  it('is known by what it executes', () => {
    expect(
      namesOf(
        processOf('/usr/sbin/cron', '/usr/sbin/cron -f'),
        processOf('/usr/sbin/crond', 'x'),
        processOf('/usr/sbin/atd', 'x'),
      ),
    ).toEqual(['cron', 'cron', 'atd'])
  })

  it('is not whoever calls itself one, or lies where no package puts it', () => {
    expect(
      namesOf(
        processOf('/tmp/x', 'crond'),
        processOf('/tmp/crond', 'crond'),
        processOf(null, 'crond'),
        processOf('/usr/bin/constructor', ''),
      ),
    ).toEqual([])
  })

  it('may be a busybox that runs its crond', () => {
    expect(
      namesOf(
        processOf('/bin/busybox', '/usr/sbin/crond -f'),
        processOf('/bin/busybox', 'busybox crond'),
        processOf('/bin/busybox', 'sh crond'),
      ),
    ).toEqual(['busybox-crond', 'busybox-crond'])
  })

  it('is paused when it is stopped', () => {
    expect(schedulerDaemons([processOf('/usr/sbin/cron', 'cron', 'T')])).toMatchObject([{ paused: true }])
  })
})
