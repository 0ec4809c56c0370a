import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarPeriod, cronField, cronPeriod, timeSpan } from './cron-period.ts'

describe('the shortest time between two runs', () => {
  it.each([
    ['* * * * *', 60],
    ['*/5 * * * *', 300],
    ['*/7 * * * *', 240], // 56 → 0
    ['0,1 * * * *', 60],
    ['59,0 * * * *', 60],
    ['17 * * * *', 3600],
    ['17 */6 * * *', 6 * 3600],
    ['25 6 * * *', 86_400],
    ['59,0 0,23 * * *', 60],
    ['47 6 * * 7', 7 * 86_400],
    ['47 6 * * sun,Mon', 86_400],
    ['52 6 1 * *', 28 * 86_400],
    ['52 6 1,15 * *', 14 * 86_400],
    ['0 0 1 * 1', 86_400], // either day field matches: a Monday next to a first
    ['0 0 */2 * 1', 7 * 86_400], // a star first: both must match; Monday the 29th, then Monday the 5th
    ['0 0 29 2 *', 1461 * 86_400],
    ['0 0 1 jan *', 365 * 86_400],
    ['@hourly', 3600],
    ['@Daily', 86_400],
    ['5/15 * * * *', 900],
    ['0~30 3 * * *', 86_400],
  ])('%s: %i s', (schedule, seconds) => {
    expect(cronPeriod(schedule)).toBe(seconds)
  })

  it.each([
    '@reboot',
    '0 0 30 2 *',
    '60 * * * *',
    '* * * *',
    '* * * * * *',
    '*/0 * * * *',
    'a b c d e',
    '5-1 * * * *',
    '',
  ])('%j: unknown, or never', (schedule) => {
    expect(cronPeriod(schedule)).toBeNull()
  })

  it('never fails on what is no schedule', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9*,/~a-z -]{0,30}$/), (schedule) => {
        const period = cronPeriod(schedule)
        expect(period === null || period >= 60).toBe(true)
      }),
    )
  })

  it('keeps a field within its bounds', () => {
    expect(cronField('1-5/2,9', 0, 59)).toEqual([1, 3, 5, 9])
    expect(cronField('mon-FRI', 0, 7, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'])).toEqual([1, 2, 3, 4, 5])
    expect(cronField('0-60', 0, 59)).toBeNull()
  })
})

describe('systemd times', () => {
  it.each([
    ['5', 5],
    ['1h 30min', 5400],
    ['1min30s', 90],
    ['2.5d', 216_000],
    ['500ms', 1], // whole seconds, rounded up
    ['0', 0],
  ])('span %s: %d s', (text, seconds) => {
    expect(timeSpan(text)).toBe(seconds)
  })

  it.each(['', 'soon', '5 parsecs', '5s!', 'infinity', '101y', '9'.repeat(400)])('span %j is none', (text) => {
    expect(timeSpan(text)).toBeNull()
  })

  it.each([
    ['daily', 86_400],
    ['*-*-* *:0/5:00', 300],
    ['*:*:0/10', 10],
    ['*-*-* 6,18:00', 43_200],
    ['Mon..Fri 03:10', 86_400],
    ['*-*-01 00:00:00', 86_400],
    ['*-*-* 00:00:00 UTC', 86_400],
  ])('calendar %s: %i s', (text, seconds) => {
    expect(calendarPeriod(text)).toBe(seconds)
  })

  it('does not guess at a time it cannot read', () => {
    expect(calendarPeriod('*-*-* 25:00')).toBeNull()
    expect(calendarPeriod('\x1b[2J')).toBeNull()
  })

  it('is a whole number of seconds or unknown, whatever an intruder writes: it goes into the journal', () => {
    const span = fc.stringMatching(/^[0-9]{1,30}(\.[0-9]{1,5})?(ms|us|s|min|h|d|M|y)?( [0-9]{1,3}us)?$/)
    const calendar = fc.stringMatching(/^[0-9*,./-]{1,9}:[0-9*,./-]{1,9}(:[0-9*,./-]{1,9})?$/)
    const isWhole = (value: number | null) => value === null || Number.isSafeInteger(value)
    fc.assert(fc.property(span, (text) => isWhole(timeSpan(text))))
    fc.assert(fc.property(calendar, (text) => isWhole(calendarPeriod(text))))
  })
})
