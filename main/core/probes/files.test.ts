import { describe, expect, it } from 'vitest'
import { ownText } from '../host-text.ts'
import type { Fact } from './facts.ts'
import { contentOf, namedFiles } from './files.ts'

const processOf = (pid: number, exe: string, more: object = {}): Fact =>
  ({
    kind: 'process',
    identity: { pid },
    exe: ownText(exe),
    exeDeleted: false,
    exeMemfd: false,
    ours: false,
    ...more,
  }) as unknown as Fact

describe('files of note', () => {
  it('are what processes run and schedules and the loader name, with who does', () => {
    const named = namedFiles([
      processOf(7, '/usr/bin/x'),
      processOf(8, '/usr/bin/x'),
      processOf(9, '/gone', { exeDeleted: true }),
      {
        kind: 'schedule',
        file: { path: ownText('/etc/crontab') },
        line: 3,
        unitFile: null,
        enabledBy: [],
        paths: [ownText('/usr/bin/x')],
      } as unknown as Fact,
      {
        kind: 'preload',
        file: { path: ownText('/etc/ld.so.preload') },
        line: 1,
        libraryMeta: { path: ownText('/l.so') },
      } as unknown as Fact,
    ])
    expect(Object.fromEntries(named)).toEqual({
      '/usr/bin/x': ['process:7', 'process:8', 'schedule:/etc/crontab:3'],
      '/gone': ['deleted-exe:9'],
      '/etc/crontab': ['schedule:/etc/crontab:3'],
      '/etc/ld.so.preload': ['preload:1'],
      '/l.so': ['preload:1'],
    })
  })

  it('keep their place whatever an account writes into its start-up files: that pushes nothing out of the list', () => {
    const startup = (path: string, paths: readonly string[]) =>
      ({
        kind: 'startup',
        file: { path: ownText(path) },
        line: 1,
        enabledBy: [],
        paths: paths.map((one) => ownText(one)),
      }) as unknown as Fact
    const named = namedFiles([
      startup('/home/a/.bashrc', ['/a/1', '/a/2']),
      startup('/etc/rc.local', ['/b/1']),
      processOf(7, '/usr/bin/x'),
    ])
    expect([...named.keys()]).toEqual(['/usr/bin/x', '/home/a/.bashrc', '/etc/rc.local', '/a/1', '/a/2', '/b/1'])
    expect(named.get('/a/1')).toEqual(['startup:/home/a/.bashrc:1'])
  })

  it('are not our own tool, a memfd, or what the kernel makes up', () => {
    const named = namedFiles([
      processOf(1, '/run/.x/busybox', { ours: true }),
      processOf(2, '/memfd:x', { exeMemfd: true }),
      processOf(3, '/proc/1/root/x'),
      processOf(4, '/dev/shm/x'),
    ])
    expect([...named.keys()]).toEqual(['/dev/shm/x'])
  })
})

it('contents are told by their first bytes', () => {
  expect(['', '\x7fELF\x02', '#!/bin/sh\n', 'plain\r\n\tcaf\xc3\xa9\x1b[0m', 'PK\x03\x04'].map(contentOf)).toEqual([
    'empty',
    'elf',
    'script',
    'text',
    'data',
  ])
})
