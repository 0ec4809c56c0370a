import { describe, expect, it } from 'vitest'
import { durationOf, sent, startValue, wrongOf, type ParamSpec } from './params.ts'

describe('a parameter as typed', () => {
  it.each([
    ['150s', 150_000],
    [' 4h ', 14_400_000],
    ['500ms', 500],
    ['150', null],
    ['-1s', null],
    ['1.5h', null],
    ['', null],
  ])('duration %j is %j ms', (text, ms) => {
    expect(durationOf(text)).toBe(ms)
  })

  const soak: ParamSpec = { type: 'duration', default: '150s', min: '30s', max: '1h' }
  it.each([
    ['150s', null],
    ['30s', null],
    ['29999ms', 'wrong-min'],
    ['61m', 'wrong-max'],
    ['soon', 'wrong-duration'],
    ['', 'wrong-needed'],
  ])('duration %j within 30s and 1h: %j', (text, code) => {
    expect(wrongOf(soak, text)?.code ?? null).toBe(code)
  })

  it('needs what has no default', () => {
    const text: ParamSpec = { type: 'text' }
    expect(wrongOf(text, startValue(text))?.code).toBe('wrong-needed')
    const choice: ParamSpec = { type: 'choice', options: ['a'] }
    expect(wrongOf(choice, startValue(choice))?.code).toBe('wrong-needed')
  })

  it('takes whole numbers within bounds', () => {
    const count: ParamSpec = { type: 'integer', min: 1, max: 3 }
    expect(wrongOf(count, 2)).toBeNull()
    expect(wrongOf(count, 4)?.code).toBe('wrong-max')
    expect(wrongOf(count, 1.5)?.code).toBe('wrong-integer')
    expect(wrongOf(count, '')?.code).toBe('wrong-needed')
  })

  it('goes without the blanks around a duration', () => {
    expect(sent(soak, ' 45s ')).toBe('45s')
  })
})
