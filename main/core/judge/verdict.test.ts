// The one word for a host, over what was found and what could not be read.

import { describe, expect, it } from 'vitest'
import type { Unknown } from '../probes/facts.ts'
import { band } from './catalogue.ts'
import type { Finding } from './finding.ts'
import { verdictOf } from './verdict.ts'

const finding = (of: Partial<Finding>): Finding => ({ score: 0, proposed: 'no', tags: [], ...of }) as Finding
const unread = (spoils: string, reason: Unknown['reason'] = 'timed-out'): Unknown =>
  ({ spoils: [spoils], reason }) as unknown as Unknown

describe('the verdict', () => {
  it.each(['process', 'schedule', 'unit', 'startup', 'preload'])(
    'is unknown, never clean, where a %s could not be read',
    (kind) => {
      expect(verdictOf([], [unread(kind)])).toBe('unknown')
      expect(verdictOf([], [unread(kind, 'not-supported')])).toBe('unknown')
    },
  )

  it('is unknown where the comparison of tools was cut short, not where there is no package list to compare with', () => {
    expect(verdictOf([], [unread('binary')])).toBe('unknown')
    expect(verdictOf([], [unread('binary', 'not-supported')])).toBe('clean')
  })

  it('is clean when all that is needed was read', () => {
    expect(verdictOf([], [])).toBe('clean')
    expect(verdictOf([finding({ score: band.investigate - 1 })], [unread('mount')])).toBe('clean')
  })

  it('is the worst that was found, whatever could not be read; a changed libc stands above an infection', () => {
    const open = [unread('process')]
    expect(verdictOf([finding({ score: band.investigate })], open)).toBe('suspect')
    expect(verdictOf([finding({ proposed: 'unknown' })], open)).toBe('suspect')
    expect(verdictOf([finding({ proposed: 'yes' }), finding({ score: band.investigate })], open)).toBe('infected')
    const changed = finding({ tags: ['rebuild'], score: band.investigate })
    expect(verdictOf([finding({ proposed: 'yes' }), changed], open)).toBe('rebuild-advised')
    expect(verdictOf([finding({ tags: ['rebuild'], score: band.investigate - 1 })], [])).toBe('clean')
  })
})
