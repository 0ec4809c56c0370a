// How a reason for a refusal is read from one typed line.

import { describe, expect, test } from 'vitest'
import { refusalOf } from './people.ts'

describe('a reason typed at the terminal', () => {
  test.each([
    ['2', { reason: 'customer-refuses' }],
    [' 2. not before Friday ', { reason: 'customer-refuses', text: 'not before Friday' }],
    ['5', { reason: 'later' }],
    ['', {}],
    ['0', { text: '0' }],
    ['9 lives', { text: '9 lives' }],
    ['their backup', { text: 'their backup' }],
  ])('%j', (typed, read) => {
    expect(refusalOf(typed)).toEqual(read)
  })

  test('is cut at what a case takes', () => {
    expect(refusalOf(`1 ${'x'.repeat(5000)}`).text).toHaveLength(2000)
  })
})
