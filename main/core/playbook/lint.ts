// Proves what can be proven of a playbook before any host is touched. Every rule has an id and tells file, line and column; nothing is a warning:
// a playbook with a problem does not run.

import type { VerbName } from '../actions/verb.ts'
import { verbNames } from '../actions/verb.ts'
import { isTourniquetError } from '../errors.ts'
import type { Finding } from '../judge/finding.ts'
import { findingKinds } from '../judge/finding.ts'
import { flatten, problemAt, type FlatPlaybook, type Library } from './compose.ts'
import { lintOrder } from './lint-order.ts'
import { readParam, referredParams, type ParamValue } from './params.ts'
import type { ParsedPlaybook, YamlPath } from './parse.ts'
import type { Problem, ProblemRule } from './problem.ts'
import {
  probeIds,
  stepKind,
  type ActStep,
  type Matcher,
  type ParamSpec,
  type Selector,
  type TargetField,
} from './schema.ts'
import { compilePattern, fieldsOfKind } from './selector.ts'
import { closureRules, verbRules, type VerbRules } from './verb-rules.ts'

/** What lint needs beside the playbook. `techniques`: ATT&CK ids that exist. */
export interface LintWorld {
  readonly library: Library
  readonly techniques: ReadonlySet<string>
}

/** All problems of one playbook, each file's own first, then those of the composition. Empty means it may run. */
export function lint(parsed: ParsedPlaybook, world: LintWorld): readonly Problem[] {
  const problems = [
    ...paramProblems(parsed),
    ...parsed.playbook.steps.flatMap((step, index) => {
      if (stepKind(step) === 'inspect') return inspectProblems(parsed, ['steps', index])
      if ('wait' in step && step.cover !== undefined && step.verify === undefined)
        return [problemAt(parsed, ['steps', index, 'cover'], 'cover-without-standing', {})]
      return 'act' in step ? actProblems(parsed, step, ['steps', index], world) : []
    }),
    ...parsed.playbook.steps.flatMap((step, index) =>
      step.when ? selectorProblems(parsed, step.when, ['steps', index, 'when'], null) : [],
    ),
  ]
  const composed = composition(parsed, world.library)
  return dedupe([...problems, ...composed.problems, ...(composed.flat ? lintOrder(composed.flat) : [])])
}

/** Flattened with defaults; parameters without a default take the smallest value that is allowed. */
function composition(
  parsed: ParsedPlaybook,
  library: Library,
): { flat: FlatPlaybook | null; problems: readonly Problem[] } {
  const given = Object.fromEntries(
    Object.entries(parsed.playbook.params ?? {}).flatMap(([name, spec]): [string, ParamValue][] =>
      spec.default === undefined ? [[name, sampleOf(spec)]] : [],
    ),
  )
  try {
    const { flat, problems } = flatten(parsed, library, given)
    return { flat: problems.length === 0 ? flat : null, problems }
  } catch (error) {
    if (!isTourniquetError(error, 'param-invalid')) throw error
    return { flat: null, problems: [] } // a default out of its own bounds: paramProblems has it with its place
  }
}

function paramProblems(parsed: ParsedPlaybook): Problem[] {
  const specs = parsed.playbook.params ?? {}
  const used = new Set(referredParams(parsed.playbook.steps))
  return Object.entries(specs).flatMap(([name, spec]) => {
    const problems: Problem[] = []
    if (!used.has(name)) problems.push(problemAt(parsed, ['params', name], 'unused-param', { found: name }))
    if (spec.default !== undefined) {
      const read = readParam(spec, spec.default)
      if ('expected' in read) {
        const found = JSON.stringify(spec.default)
        problems.push(
          problemAt(parsed, ['params', name, 'default'], 'param-default', { found, expected: read.expected }),
        )
      }
    }
    return problems
  })
}

function inspectProblems(parsed: ParsedPlaybook, path: YamlPath): Problem[] {
  const step = parsed.playbook.steps[Number(path[1])]
  if (!step || !('inspect' in step) || step.inspect === 'all') return []
  const known: readonly string[] = probeIds
  return step.inspect.flatMap((probe, index) =>
    known.includes(probe)
      ? []
      : [problemAt(parsed, [...path, 'inspect', index], 'unknown-probe', { found: probe, expected: known.join(', ') })],
  )
}

function actProblems(parsed: ParsedPlaybook, step: ActStep, path: YamlPath, world: LintWorld): Problem[] {
  const problems: Problem[] = []
  const add = (key: YamlPath, rule: ProblemRule, params: Problem['params'] = {}) => {
    problems.push(problemAt(parsed, [...path, ...key], rule, params))
  }
  for (const [index, id] of step.attack.entries()) {
    if (!world.techniques.has(id)) add(['attack', index], 'unknown-technique', { found: id })
  }
  if (!isVerb(step.act)) {
    add(['act'], 'unknown-verb', { found: step.act, expected: verbNames.join(', ') })
    return problems
  }
  const rules = verbRules[step.act]
  if (step.limit === undefined) add([], 'missing-limit', { verb: step.act })
  captureProblems(step, rules, add)
  verifyProblems(step, rules, add)
  if (!rules.reversible && step.irreversible === undefined) add([], 'no-undo', { verb: step.act })
  if (rules.reversible && step.irreversible !== undefined) add(['irreversible'], 'undo-exists', { verb: step.act })
  optionProblems(step, rules, add)
  if (step.act === 'kill') {
    if (step.on?.from === undefined) add(step.on ? ['on'] : [], 'kill-not-frozen')
  } else if (step.on === undefined && rules.kinds.some((kind) => kind !== 'scheduler-daemon')) {
    add([], 'missing-selector', { verb: step.act })
  }
  if (step.on !== undefined) problems.push(...selectorProblems(parsed, step.on, [...path, 'on'], rules))
  return problems
}

type Add = (key: YamlPath, rule: ProblemRule, params?: Problem['params']) => void

function captureProblems(step: ActStep, rules: VerbRules, add: Add): void {
  if (rules.captureRequired && step.capture === undefined) {
    add([], 'no-capture', { verb: step.act, expected: rules.captures.join(', ') })
  }
  for (const [index, name] of (step.capture ?? []).entries()) {
    if (!rules.captures.includes(name)) {
      add(['capture', index], 'unknown-capture', { found: name, expected: rules.captures.join(', ') || '-' })
    }
  }
}

function verifyProblems(step: ActStep, rules: VerbRules, add: Add): void {
  const known = [
    ...(rules.verify.absent ?? []).map((name) => `absent: ${name}`),
    ...(rules.verify.state ?? []).map((name) => `state: ${name}`),
  ]
  const named = [
    ...(step.verify?.absent === undefined ? [] : [['absent', step.verify.absent] as const]),
    ...(step.verify?.state === undefined ? [] : [['state', step.verify.state] as const]),
  ]
  if (rules.verifyRequired && named.length === 0)
    add(step.verify ? ['verify'] : [], 'no-verify', { verb: step.act, expected: known.join(', ') })
  for (const [key, name] of named) {
    if (!known.includes(`${key}: ${name}`)) {
      add(['verify', key], 'unknown-verify', { found: `${key}: ${name}`, expected: known.join(', ') })
    }
  }
}

function optionProblems(step: ActStep, rules: VerbRules, add: Add): void {
  for (const key of Object.keys(step.with ?? {})) {
    if (!rules.options.includes(key))
      add(['with', key], 'unknown-option', { found: key, expected: rules.options.join(', ') || '-' })
  }
  const closure = step.with?.['closure']
  if (step.act === 'freeze' && closure !== undefined && !isClosure(closure)) {
    const expected = `{ same: [${closureRules.same.join(', ')}], max: 1..${String(closureRules.maxMembers)} }`
    add(['with', 'closure'], 'closure', { found: JSON.stringify(closure), expected })
  }
  const empty = step.with?.['when-empty']
  if (empty !== undefined && empty !== 'keep' && empty !== 'quarantine' && !isRef(empty)) {
    add(['with', 'when-empty'], 'option-value', { found: JSON.stringify(empty), expected: 'keep | quarantine' })
  }
}

function isClosure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { same, max, ...rest } = value as Record<string, unknown>
  const known: readonly unknown[] = closureRules.same
  return (
    Object.keys(rest).length === 0 &&
    Array.isArray(same) &&
    same.length > 0 &&
    same.every((name) => known.includes(name)) &&
    (isRef(max) || (typeof max === 'number' && Number.isSafeInteger(max) && max >= 1 && max <= closureRules.maxMembers))
  )
}

/** A selector must be able to match: kinds the verb can act on, fields those kinds have, patterns that RE2 accepts. */
function selectorProblems(
  parsed: ParsedPlaybook,
  selector: Selector,
  path: YamlPath,
  rules: VerbRules | null,
): Problem[] {
  const problems: Problem[] = []
  const named = selector.kind === undefined ? null : Array.isArray(selector.kind) ? selector.kind : [selector.kind]
  for (const kind of named ?? []) {
    if (rules && !rules.kinds.includes(kind)) {
      problems.push(
        problemAt(parsed, [...path, 'kind'], 'kind-not-for-verb', { found: kind, expected: rules.kinds.join(', ') }),
      )
    }
  }
  const kinds: readonly Finding['kind'][] = named ?? rules?.kinds ?? findingKinds
  for (const [field, matcher] of Object.entries(selector.target ?? {}) as [TargetField, Matcher][]) {
    const lacking = kinds.filter((kind) => !fieldsOfKind[kind].includes(field))
    if (lacking.length > 0) {
      const params = {
        found: field,
        kind: lacking.join(', '),
        expected: fieldsOfKind[lacking[0] ?? 'login'].join(', ') || '-',
      }
      problems.push(problemAt(parsed, [...path, 'target', field], 'field-not-of-kind', params))
    }
    if (typeof matcher.matches === 'string' && compilePattern(matcher.matches) === null) {
      problems.push(problemAt(parsed, [...path, 'target', field, 'matches'], 'not-re2', { found: matcher.matches }))
    }
  }
  return problems
}

function sampleOf(spec: ParamSpec): ParamValue {
  switch (spec.type) {
    case 'duration':
      return spec.min ?? '1m'
    case 'text':
      return 'x'.repeat(Math.max(1, spec.min ?? 1))
    case 'integer':
      return spec.min ?? spec.max ?? 1
    case 'choice':
      return spec.options[0] ?? ''
    case 'boolean':
      return false
    case 'list':
      return Array.from({ length: spec.min ?? 0 }, () => 'x')
  }
}

/** True for the name of a verb this build has. */
export function isVerb(name: string): name is VerbName {
  return (verbNames as readonly string[]).includes(name)
}

function isRef(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'param' in value
}

function dedupe(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = `${problem.file}:${String(problem.line)}:${String(problem.column)}:${problem.rule}`
    return !seen.has(key) && seen.add(key)
  })
}
