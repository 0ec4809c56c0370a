// Parameters of a playbook as a person types them: read, and checked before anything is sent. Main checks them again.

import type { PlaybookInfo } from '../../../main/core/contract.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'

export type ParamSpec = Frozen<PlaybookInfo>['params'][string]
export type ParamValue = string | number | boolean | readonly string[]

/** Why a value cannot be taken: a code of this room's words, with what it needs. */
export interface Wrong {
  readonly code: 'wrong-duration' | 'wrong-needed' | 'wrong-min' | 'wrong-max' | 'wrong-integer'
  readonly params: Readonly<Record<string, string | number>>
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of `150s`, `4h`, `500ms`, `7d`; null when it is not a duration. */
export function durationOf(text: string): number | null {
  const match = /^(0|[1-9][0-9]{0,6})(ms|s|m|h|d)$/.exec(text.trim())
  return match === null ? null : Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
}

/** What stands in the field before anyone types: the default, else nothing of the right kind. */
export function startValue(spec: ParamSpec): ParamValue {
  if (spec.default !== undefined) return spec.default
  return spec.type === 'boolean' ? false : spec.type === 'list' ? [] : ''
}

export function wrongOf(spec: ParamSpec, value: ParamValue): Wrong | null {
  const beyond = (size: number, min: number | undefined, max: number | undefined): Wrong | null => {
    if (min !== undefined && size < min) return { code: 'wrong-min', params: { min } }
    return max !== undefined && size > max ? { code: 'wrong-max', params: { max } } : null
  }
  switch (spec.type) {
    case 'duration': {
      const ms = durationOf(String(value))
      if (ms === null) return { code: value === '' ? 'wrong-needed' : 'wrong-duration', params: {} }
      if (spec.min !== undefined && ms < (durationOf(spec.min) ?? 0))
        return { code: 'wrong-min', params: { min: spec.min } }
      const max = spec.max === undefined ? null : durationOf(spec.max)
      return max !== null && ms > max ? { code: 'wrong-max', params: { max: spec.max ?? '' } } : null
    }
    case 'integer':
      if (value === '') return { code: 'wrong-needed', params: {} }
      return Number.isSafeInteger(value)
        ? beyond(Number(value), spec.min, spec.max)
        : { code: 'wrong-integer', params: {} }
    case 'text':
      if (value === '' && spec.default === undefined) return { code: 'wrong-needed', params: {} }
      return beyond(String(value).length, spec.min, spec.max)
    case 'choice':
      return value === '' ? { code: 'wrong-needed', params: {} } : null
    case 'list':
      return Array.isArray(value) ? beyond(value.length, spec.min, spec.max) : null
    case 'boolean':
      return null
  }
}

/** As `run.start` takes it. */
export function sent(spec: ParamSpec, value: ParamValue): string | number | boolean | string[] {
  if (spec.type === 'duration') return String(value).trim()
  return Array.isArray(value) ? [...(value as readonly string[])] : (value as string | number | boolean)
}
