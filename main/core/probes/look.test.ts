import { describe, expect, it } from 'vitest'
import { TourniquetError } from '../errors.ts'
import type { HostSession } from '../host/session.ts'
import type { Clock, Hashing } from '../ports.ts'
import { type LookProgress, look } from './look.ts'
import { probeIds } from './registry.ts'

const clock = { now: () => '', monotonic: () => 0, sleep: () => Promise.resolve() } satisfies Clock
const hashing = {} as Hashing // no probe comes as far as a digest here

/** A host on which every request ends in `error`. */
function failing(error: Error): HostSession {
  const arrival = { bootId: 'b', euid: 0, ourPids: [], workDir: '/run/.x', toolboxSha256: '' }
  return { arrival, run: () => Promise.reject(error) } as unknown as HostSession
}

describe('a look', () => {
  it('at a host that answers nothing is all unknown, and spoils every kind of fact', async () => {
    const told: LookProgress[] = []
    const result = await look(failing(new TourniquetError('request-timeout')), {
      clock,
      hashing,
      onProgress: (progress) => told.push(progress),
    })
    expect(result.facts).toEqual([])
    expect(result.outcomes.map(({ probe }) => probe)).toEqual(probeIds)
    expect(told.at(-1)).toMatchObject({ done: probeIds.length, of: probeIds.length })
    const spoilt = new Set(result.unknowns.flatMap(({ spoils }) => spoils))
    for (const kind of [
      'process',
      'scheduler-daemon',
      'socket',
      'schedule',
      'preload',
      'mount',
      'file',
      'login',
      'machine',
      'host-view',
    ] as const)
      expect(spoilt).toContain(kind)
  })

  it.each(['link-lost', 'cancelled'] as const)('ends when the link does: %s', async (code) => {
    await expect(look(failing(new TourniquetError(code)), { clock, hashing })).rejects.toMatchObject({ code })
  })

  it('reads only what was asked for', async () => {
    const result = await look(failing(new TourniquetError('frame-garbled')), {
      clock,
      hashing,
      probes: ['files', 'mounts'],
    })
    expect(result.outcomes.map(({ probe }) => probe)).toEqual(['mounts', 'files'])
    expect(result.unknowns.every(({ reason }) => reason === 'unparseable' || reason === 'failed')).toBe(true)
  })
})
