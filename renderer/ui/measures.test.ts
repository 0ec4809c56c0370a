import { describe, expect, it } from 'vitest'
import { countText, durationText, timeText } from './measures.ts'

describe('numbers for people', () => {
  it('are each in their own language, zone and unit, whichever was asked for first', () => {
    const at = '2026-11-22T23:04:05Z'
    for (let again = 0; again < 2; again++) {
      expect(timeText('en', at, 'UTC')).toBe('23:04:05')
      expect(timeText('en', at, 'Asia/Shanghai')).toBe('07:04:05')
      expect(timeText('en', at, 'Asia/Shanghai', true)).toBe('11/23/2026, 07:04:05')
      expect(timeText('zh-CN', at, 'Asia/Shanghai', true)).toBe('2026/11/23 07:04:05')
      expect(durationText('en', 61)).toBe('1 min 1 sec')
      expect(durationText('zh-CN', 7_260)).toBe('2小时 1分钟')
      expect(countText('en', 12_345)).toBe('12,345')
    }
  })
})
