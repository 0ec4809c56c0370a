// Selectors: which findings a step means. Closed and three-valued; no expressions. What cannot be read makes the item unknown, and unknown
// is never selected for an act.

import { RE2JS } from 're2js'
import { hostBytes, ownText, shown, type HostText } from '../host-text.ts'
import { allOf, anyOf, triOf, type Tri } from '../tri.ts'
import type { Finding, FindingKind, Target } from '../judge/finding.ts'
import type { Matcher, Selector, TargetField } from './schema.ts'

/** What a selector may ask beside the finding itself. */
export interface SelectorContext {
  /** names the host is known by: id, address, hostname in shown form */
  readonly host: readonly string[]
  /** ids of findings that an earlier step took hold of, for `from`; null when the step has not run: then it is unknown */
  readonly from: ReadonlySet<string> | null
}

/** Which parts of a target each kind of finding has; lint refuses the others. */
export const fieldsOfKind: Readonly<Record<FindingKind, readonly TargetField[]>> = {
  process: ['exe', 'cmdline', 'cgroup'],
  schedule: ['path', 'text'],
  'scheduler-daemon': ['exe', 'cmdline', 'cgroup'],
  preload: ['path', 'text'],
  file: ['path'],
  mount: ['point'],
  socket: ['exe', 'cmdline', 'cgroup'],
  login: [],
  hijack: ['path'],
  unit: ['path'],
  startup: ['path', 'text'],
  binary: ['path'],
  key: ['path', 'text'],
  account: ['path', 'text'],
  sudo: ['path', 'text'],
  sshd: ['path', 'text'],
  pam: ['path', 'text'],
  name: ['path', 'text'],
}

/** Does the selector mean this finding? */
export function selects(selector: Selector, finding: Finding, context: SelectorContext): Tri {
  const parts: Tri[] = []
  if (selector.kind !== undefined) parts.push(triOf(listOf(selector.kind).includes(finding.kind)))
  if (selector.proposed !== undefined) parts.push(proposedIs(listOf(selector.proposed), finding.proposed))
  if (selector.min_score !== undefined) parts.push(triOf(finding.score >= filled(selector.min_score)))
  if (selector.tags !== undefined) parts.push(tagsAre(selector.tags, finding.tags))
  if (selector.host !== undefined) parts.push(triOf(listOf(selector.host).some((name) => context.host.includes(name))))
  if (selector.from !== undefined) parts.push(context.from === null ? 'unknown' : triOf(context.from.has(finding.id)))
  for (const [field, matcher] of Object.entries(selector.target ?? {}) as [TargetField, Matcher][]) {
    parts.push(targetIs(field, matcher, finding.target))
  }
  return allOf(parts)
}

/**
 * Findings by answer, for an act: whatever the selector asks, a finding of which nobody can say whether it is hostile is `unknown` and not acted on.
 * The order of the input is kept.
 */
export function partition(
  selector: Selector,
  findings: readonly Finding[],
  context: SelectorContext,
): { readonly yes: readonly Finding[]; readonly unknown: readonly Finding[] } {
  const answers = findings.map((finding) => {
    const answer = selects(selector, finding, context)
    return { finding, answer: answer === 'yes' && finding.proposed === 'unknown' ? 'unknown' : answer }
  })
  return {
    yes: answers.filter((one) => one.answer === 'yes').map((one) => one.finding),
    unknown: answers.filter((one) => one.answer === 'unknown').map((one) => one.finding),
  }
}

/** A regular expression that compiles in linear-time RE2, or null. */
export function compilePattern(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return null // the library throws for what RE2 refuses: lint reports it with its place
  }
}

/** Unless the selector names `unknown` itself, an unknown proposal is an unknown answer. */
function proposedIs(wanted: readonly Tri[], found: Tri): Tri {
  if (wanted.includes(found)) return 'yes'
  return found === 'unknown' ? 'unknown' : 'no'
}

function tagsAre(wanted: NonNullable<Selector['tags']>, found: readonly string[]): Tri {
  const { all, any, none } = Array.isArray(wanted) ? { all: wanted, any: undefined, none: undefined } : wanted
  return triOf(
    (all ?? []).every((tag) => found.includes(tag)) &&
      (any === undefined || any.some((tag) => found.includes(tag))) &&
      !(none ?? []).some((tag) => found.includes(tag)),
  )
}

function targetIs(field: TargetField, matcher: Matcher, target: Target): Tri {
  const value = fieldOf(field, target)
  if (value === undefined) return 'no'
  if (value === null) return 'unknown'
  return matches(matcher, value)
}

/** undefined: this target has no such field; null: it has, but it could not be read. */
function fieldOf(field: TargetField, target: Target): HostText | null | undefined {
  switch (target.kind) {
    case 'process':
      return field === 'exe' || field === 'cmdline' || field === 'cgroup' ? target[field] : undefined
    case 'file':
      return field === 'path' ? target.path : undefined
    case 'line':
      return field === 'path' || field === 'text' ? target[field] : undefined
    case 'mount':
      return field === 'point' ? target.point : undefined
    case 'host':
      return undefined
  }
}

/** All comparisons are over the shown form, in which two texts are equal exactly when their bytes are. */
function matches(matcher: Matcher, value: HostText): Tri {
  const text = shown(value)
  if (matcher.is !== undefined) return triOf(text === own(filled(matcher.is)))
  if (matcher.in !== undefined) return anyOf(filled(matcher.in).map((one) => triOf(text === own(one))))
  if (matcher.under !== undefined) return triOf(isUnder(value, filled(matcher.under)))
  const pattern = compilePattern(filled(matcher.matches ?? ''))
  return pattern === null ? 'unknown' : triOf(pattern.matcher(text).find())
}

/** Strictly inside the directory, by whole components: /tmpx is not under /tmp. A path with `..` in it is nowhere. */
function isUnder(value: HostText, directory: string): boolean {
  const path = hostBytes(value)
  const prefix = new TextEncoder().encode(directory.endsWith('/') ? directory : `${directory}/`)
  if (shown(value).split('/').includes('..')) return false
  return path.length > prefix.length && prefix.every((byte, index) => path[index] === byte)
}

function own(text: string): string {
  return shown(ownText(text))
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

/** Flat steps carry no parameter references any more; lint and run work on flat steps only. */
function filled<T>(value: T | { param: string }): T {
  if (typeof value === 'object' && value !== null && 'param' in value)
    throw new RangeError(`parameter not filled in: ${value.param}`)
  return value
}
