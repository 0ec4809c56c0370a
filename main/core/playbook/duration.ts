// Durations as people write them in playbooks: a whole number and a unit. Never a bare number: 150 of what?

import { TourniquetError } from '../errors.ts'

export const durationPattern = /^(0|[1-9][0-9]{0,6})(ms|s|m|h|d)$/

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of `150s`, `4h`, `500ms`, `7d`; null when it is not a duration. */
export function parseDuration(text: string): number | null {
  const match = durationPattern.exec(text)
  if (!match) return null
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
}

/** Milliseconds of a duration that the schema has already accepted; anything else is a defect of ours. */
export function durationMs(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw new TourniquetError('internal', { what: `not a duration: ${text}` })
  return ms
}
