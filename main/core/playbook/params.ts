// Parameters of a playbook: typed, with bounds. A value goes in as it is and comes out where `{ param: name }` stands; nothing is ever spliced into text.

import { TourniquetError } from '../errors.ts'
import type { Json } from '../json.ts'
import { parseDuration } from './duration.ts'
import { paramRef, type ParamSpec } from './schema.ts'

export type ParamValue = string | number | boolean | readonly string[]
export type ParamValues = Readonly<Record<string, ParamValue>>

/**
 * Values for every declared parameter: given, else the default. The command line gives text, playbooks give typed values; both are read here.
 * Throws `param-invalid` {param, found, expected} for an undeclared name, a missing value, a wrong type or a value out of bounds.
 */
export function resolveParams(
  specs: Readonly<Record<string, ParamSpec>> | undefined,
  given: Readonly<Record<string, unknown>>,
): ParamValues {
  const declared = specs ?? {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) {
      throw new TourniquetError('param-invalid', {
        param: name,
        found: name,
        expected: Object.keys(declared).join(', ') || '-',
      })
    }
  }
  const values: Record<string, ParamValue> = {}
  for (const [name, spec] of Object.entries(declared)) {
    const raw = Object.hasOwn(given, name) ? given[name] : spec.default
    const read = readParam(spec, raw)
    if ('expected' in read) {
      const found = raw === undefined ? '-' : typeof raw === 'string' ? raw : JSON.stringify(raw)
      throw new TourniquetError('param-invalid', { param: name, found, expected: read.expected })
    }
    values[name] = read.value
  }
  return values
}

/** One value against its specification: the value, or what was expected instead. */
export function readParam(
  spec: ParamSpec,
  raw: unknown,
): { readonly value: ParamValue } | { readonly expected: string } {
  switch (spec.type) {
    case 'duration': {
      const ms = typeof raw === 'string' ? parseDuration(raw) : null
      const [min, max] = [parseDuration(spec.min ?? ''), parseDuration(spec.max ?? '')]
      if (ms === null || (min !== null && ms < min) || (max !== null && ms > max)) {
        return { expected: `duration${bounds(spec.min, spec.max)}` }
      }
      return { value: raw as string }
    }
    case 'text': {
      if (typeof raw !== 'string' || raw.length < (spec.min ?? 0) || raw.length > (spec.max ?? 4096)) {
        return { expected: `text${bounds(spec.min, spec.max)}` }
      }
      return { value: raw }
    }
    case 'integer': {
      const value = typeof raw === 'string' && /^-?[0-9]{1,15}$/.test(raw) ? Number(raw) : raw
      if (
        typeof value !== 'number' ||
        !Number.isSafeInteger(value) ||
        value < (spec.min ?? -Infinity) ||
        value > (spec.max ?? Infinity)
      ) {
        return { expected: `integer${bounds(spec.min, spec.max)}` }
      }
      return { value }
    }
    case 'choice':
      return typeof raw === 'string' && spec.options.includes(raw)
        ? { value: raw }
        : { expected: spec.options.join(' | ') }
    case 'boolean': {
      const value = raw === 'true' ? true : raw === 'false' ? false : raw
      return typeof value === 'boolean' ? { value } : { expected: 'true | false' }
    }
    case 'list': {
      const value: unknown = typeof raw === 'string' ? raw.split(',').filter((part) => part !== '') : raw
      if (!isTextList(value) || value.length < (spec.min ?? 0) || value.length > (spec.max ?? 256)) {
        return { expected: `list${bounds(spec.min, spec.max)}` }
      }
      return { value }
    }
  }
}

/** Every `{ param: name }` in a value replaced. Names without a value are left for the caller to report through `missing`. */
export function substitute(value: unknown, params: ParamValues, missing: (name: string) => void): Json {
  const ref = paramRef.safeParse(value)
  if (ref.success) {
    const found = Object.hasOwn(params, ref.data.param) ? params[ref.data.param] : undefined
    if (found === undefined) missing(ref.data.param)
    return found ?? (value as Json)
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, params, missing))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, params, missing)]))
  }
  return value as Json
}

/** Names referred to anywhere in a value. */
export function referredParams(value: unknown): readonly string[] {
  const names: string[] = []
  substitute(value, {}, (name) => names.push(name))
  return names
}

function bounds(min: string | number | undefined, max: string | number | undefined): string {
  return `${min === undefined ? '' : ` >= ${String(min)}`}${max === undefined ? '' : ` <= ${String(max)}`}`
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
