import { describe, expect, it } from 'vitest'
import { unitPath, unitValues } from './unit-file.ts'

const start = (...contents: string[]) => unitValues(contents, 'Service', 'ExecStart')

describe('values of a unit', () => {
  it('come from the section asked for, in order, without comments', () => {
    const unit =
      '[Unit]\nExecStart=/wrong\n[Service]\n# ExecStart=/no\n; ExecStart=/no\n ExecStart = /one a \nExecStart=/two\n'
    expect(start(unit)).toEqual(['/one a', '/two'])
  })

  it('of drop-ins come after the unit’s own, and an empty one clears what was before', () => {
    expect(start('[Service]\nExecStart=/a\n', '[Service]\nExecStart=\nExecStart=/tmp/b\n')).toEqual(['/tmp/b'])
    expect(start('[Service]\nExecStart=/a\n', '[Service]\nExecStart=\n')).toEqual([])
  })

  it('go on behind a backslash at the end of a line', () => {
    expect(start('[Service]\nExecStart=/bin/sh \\\n  -c /tmp/x\n')).toEqual(['/bin/sh  -c /tmp/x'])
  })

  it('of another key, or of one that only begins so, are not taken', () => {
    expect(start('[Service]\nExecStartPre=/a\nExec=/b\nexecstart=/c\n')).toEqual([])
  })

  it('without a section, or in none that is closed, are none', () => {
    expect(start('ExecStart=/a\n', '[Service\nExecStart=/b\n')).toEqual([])
  })

  it('keep hostile bytes as they are', () => {
    expect(start('[Service]\r\nExecStart=/a\x1b[2J\0b\r\n')).toEqual(['/a\x1b[2J\0b'])
  })
})

describe('the path of a unit', () => {
  it('tells the folder and the unit, of a drop-in the unit it changes', () => {
    expect(unitPath('/etc/systemd/system/x.timer')).toEqual({
      folder: '/etc/systemd/system',
      unit: 'x.timer',
      dropIn: false,
    })
    expect(unitPath('/run/systemd/system/x.service.d/9.conf')).toEqual({
      folder: '/run/systemd/system',
      unit: 'x.service',
      dropIn: true,
    })
    expect(unitPath('/etc/systemd/system/x.service.d/note.txt')).toMatchObject({ unit: 'note.txt', dropIn: false })
  })
})
