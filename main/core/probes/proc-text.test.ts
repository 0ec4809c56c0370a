import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIo, parseLoginUid, parseStat, parseStatusLines, parseUptime, unescapeOctal } from './proc-text.ts'

// as a 6.1 kernel wrote it
const tail =
  'S 1 4242 4242 0 -1 4194560 1180 0 12 0 731 402 3 1 20 5 7 0 88123 223830016 1820 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0'

describe('/proc/PID/stat', () => {
  it('is read by field number', () => {
    expect(parseStat(`4242 (cron) ${tail}\n`)).toEqual({
      pid: 4242,
      comm: 'cron',
      state: 'S',
      ppid: 1,
      session: 4242,
      ttyNr: 0,
      flags: 4194560,
      ticks: 1133,
      nice: 5,
      threads: 7,
      startTime: '88123',
      rssPages: 1820,
    })
  })

  it('ends a name at the last parenthesis, whatever the name pretends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15, unit: 'binary' }), (comm) => {
        const stat = parseStat(`77 (${comm}) ${tail}\n`)
        expect(stat).toMatchObject({ pid: 77, comm, ppid: 1, startTime: '88123' })
      }),
    )
    for (const comm of [') R 1 1', 'a\nb', 'x) S 0 0 0 0 -1 2097152 0', '((('])
      expect(parseStat(`77 (${comm}) ${tail}\n`)).toMatchObject({ comm, flags: 4194560 })
  })

  it('is nothing when it was cut or is something else', () => {
    expect(parseStat(`77 (cron) ${tail.slice(0, 40)}`)).toBeNull()
    for (const text of ['', '77', '77 (', '77 ()', 'x (a) S 1', '77 (a) S x y z']) expect(parseStat(text)).toBeNull()
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const stat = parseStat(text)
        expect(stat === null || Number.isInteger(stat.pid)).toBe(true)
      }),
    )
  })
})

describe('/proc/PID/status', () => {
  it('is gathered per process from many files', () => {
    const lines = [
      '/proc/1/status:Tgid:\t1',
      '/proc/1/status:Uid:\t0\t0\t0\t0',
      '/proc/1/status:VmRSS:\t   12044 kB',
      '/proc/33/status:Tgid:\t33',
      '/proc/33/status:NSpid:\t33\t1',
      '/proc/33/status:TracerPid:\t9',
      '/proc/33/status:Uid:\t1000\t0\t0\t0',
      '/proc/33/status:Cpus_allowed_list:\t0-3,7',
      'noise',
    ]
    const parsed = parseStatusLines(`${lines.join('\n')}\n`)
    expect(parsed.get(1)).toMatchObject({ uid: 0, euid: 0, rssKiB: 12044, tracerPid: 0, innerPids: [] })
    expect(parsed.get(33)).toMatchObject({ uid: 1000, euid: 0, tracerPid: 9, allowedCpus: '0-3,7', innerPids: [33, 1] })
  })

  it('is not believed without its uid', () => {
    expect(parseStatusLines('/proc/5/status:Tgid:\t5\n').size).toBe(0)
  })
})

describe('the small ones', () => {
  it('adds what was read and written, beyond 2^53 too', () => {
    expect(parseIo('rchar: 9007199254740993\nwchar: 2\nsyscr: 1\n')).toBe('9007199254740995')
    expect(parseIo('')).toBeNull()
  })

  it('takes the never-set login uid for none', () => {
    expect(parseLoginUid('4294967295')).toBeNull()
    expect(parseLoginUid('')).toBeNull()
    expect(parseLoginUid('0')).toBe(0)
  })

  it('reads uptime, and nothing else for it', () => {
    expect(parseUptime('35.08 60.00\n')).toBe(35.08)
    expect(parseUptime('soon')).toBeNull()
  })

  it('undoes the escapes of mountinfo', () => {
    expect(unescapeOctal('/a\\040b\\134c\\012')).toBe('/a b\\c\n')
  })
})
