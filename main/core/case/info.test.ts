import { describe, expect, it } from 'vitest'
import { isTourniquetError } from '../errors.ts'
import { assertTimeZone, caseInfoOf, openingOf } from './info.ts'

describe('what a case is for', () => {
  it('reads null for fields that a case from before did not have', () => {
    const old = { caseId: 'case-0011223344556677', number: null, examiner: 'ada', tool: 't', createdAt: 'then' }
    expect(caseInfoOf(old)).toEqual({
      format: 'tourniquet.case/1',
      caseId: 'case-0011223344556677',
      number: null,
      customer: null,
      examiner: 'ada',
      authority: null,
      timeZone: null,
      createdAt: 'then',
    })
  })

  it('is refused where a journal does not begin with it', () => {
    expect(() => openingOf([])).toThrow('journal-broken')
  })
})

describe('a time zone', () => {
  it.each([null, 'Asia/Shanghai', 'Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'])('may be %s', (zone) => {
    expect(() => {
      assertTimeZone(zone)
    }).not.toThrow()
  })

  it.each(['', '+08:00', 'Mars/Olympus', 'Asia/Shanghai ', 'Asia/Shanghai\n', '../etc'])('may not be %j', (zone) => {
    let code: unknown = null
    try {
      assertTimeZone(zone)
    } catch (error) {
      code = isTourniquetError(error) ? error.code : error
    }
    expect(code).toBe('usage')
  })
})
