// From a playbook and what it uses to one flat list of steps, parameters filled in. What runs is this list; nothing is looked up later.
// A step keeps the playbook it was written in, its place in that file, and the conditions of every `use` it came through.

import type { ParamValues } from './params.ts'
import { resolveParams, substitute } from './params.ts'
import type { ParsedPlaybook, YamlPath } from './parse.ts'
import { showable, type Problem, type ProblemRule } from './problem.ts'
import { keyOptionsProblem } from '../actions/key-options.ts'
import { isTourniquetError } from '../errors.ts'
import {
  stepKind,
  stepSchemas,
  type ActStep,
  type AttestStep,
  type Bilingual,
  type InspectStep,
  type Phase,
  type Selector,
  type UseStep,
  type WaitStep,
} from './schema.ts'

export interface PlaybookRef {
  readonly id: string
  readonly version: string
  readonly digest: string
}

/** A step ready to run: no parameters left, `from` resolved to the id of a flat step. */
export interface FlatStep {
  /** unique in the run: own id, prefixed by the ids of the `use` steps around it, e.g. `stop/pause` */
  readonly id: string
  readonly local: string
  readonly origin: PlaybookRef
  readonly source: ParsedPlaybook
  readonly path: YamlPath
  /** the step of the top playbook it comes from: itself, or the outermost `use` */
  readonly topPath: YamlPath
  /** its own, else that of the nearest `use` around it that has one */
  readonly phase: Phase | null
  /** all must hold */
  readonly when: readonly Selector[]
  /** flat ids that `on.from` stands for, oldest first; empty when the step names none */
  readonly from: readonly string[]
  readonly body:
    | { readonly kind: 'inspect'; readonly step: InspectStep }
    | { readonly kind: 'attest'; readonly step: AttestStep }
    | { readonly kind: 'act'; readonly step: ActStep }
    | { readonly kind: 'wait'; readonly step: WaitStep }
}

export interface FlatPlaybook {
  readonly ref: PlaybookRef
  readonly title: Bilingual
  readonly params: ParamValues
  readonly steps: readonly FlatStep[]
  /** every file this run is made of, the top one first */
  readonly sources: readonly ParsedPlaybook[]
}

/** Playbooks by `id@version`. */
export type Library = ReadonlyMap<string, ParsedPlaybook>

/** Total steps of a composed runbook. */
const maxFlatSteps = 500

/** A library of parsed files. The same id and version from two files is a mistake told with both names. */
export function libraryOf(parsed: readonly ParsedPlaybook[]): {
  readonly library: Library
  readonly problems: readonly Problem[]
} {
  const library = new Map<string, ParsedPlaybook>()
  const problems: Problem[] = []
  for (const one of parsed) {
    const name = `${one.playbook.id}@${one.playbook.version}`
    const twin = library.get(name)
    if (twin && twin.digest !== one.digest) {
      problems.push(problemAt(one, ['id'], 'duplicate-playbook', { found: name, other: twin.file }))
    } else library.set(name, one)
  }
  return { library, problems }
}

/**
 * Flattens `top`. Problems (unknown playbook, wrong digest, cycle, parameter mistakes, dangling `from`) come back with their place;
 * when there is any, the list of steps is not to be run. Throws `param-invalid` for values given from outside.
 */
export function flatten(
  top: ParsedPlaybook,
  library: Library,
  given: Readonly<Record<string, unknown>>,
): { readonly flat: FlatPlaybook; readonly problems: readonly Problem[] } {
  const params = resolveParams(top.playbook.params, given)
  const problems: Problem[] = []
  const steps: FlatStep[] = []
  const sources = new Map<string, ParsedPlaybook>([[top.digest, top]])
  expand(
    { source: top, params, prefix: '', phase: null, when: [], only: null, topPath: null, stack: [nameOf(top)] },
    { library, problems, steps, sources },
  )
  const flat = { ref: refOf(top), title: top.playbook.title, params, steps, sources: [...sources.values()] }
  return { flat, problems }
}

interface Scope {
  readonly source: ParsedPlaybook
  readonly params: ParamValues
  readonly prefix: string
  readonly phase: Phase | null
  readonly when: readonly Selector[]
  readonly only: readonly string[] | null
  readonly topPath: YamlPath | null
  readonly stack: readonly string[]
}

interface Sink {
  readonly library: Library
  readonly problems: Problem[]
  readonly steps: FlatStep[]
  readonly sources: Map<string, ParsedPlaybook>
}

function expand(scope: Scope, sink: Sink): void {
  const { source } = scope
  for (const [index, written] of source.playbook.steps.entries()) {
    if (scope.only && !scope.only.includes(written.id)) continue
    const path = ['steps', index]
    const undeclared: string[] = []
    const filled = substitute(written, scope.params, (name) => undeclared.push(name))
    const kind = stepKind(written)
    const checked = stepSchemas[kind].safeParse(filled)
    for (const name of undeclared) sink.problems.push(problemAt(source, path, 'undeclared-param', { found: name }))
    if (undeclared.length > 0) continue
    if (!checked.success) {
      const issue = checked.error.issues[0]
      const where = issue?.path.map(String).join('.') ?? ''
      sink.problems.push(problemAt(source, [...path, ...(issue?.path ?? [])], 'param-type', { where }))
      continue
    }
    const step = checked.data
    if ('act' in step && step.act === 'edit-keys') {
      const problem = keyOptionsProblem(step.with)
      if (problem) {
        sink.problems.push(problemAt(source, [...path, 'with'], 'option-value', problem))
        continue
      }
    }
    const when = step.when ? [...scope.when, step.when] : scope.when
    if (kind === 'use') {
      expandUse(step as UseStep, path, when, scope, sink)
      continue
    }
    if (sink.steps.length >= maxFlatSteps) {
      sink.problems.push(problemAt(source, path, 'too-many-steps', { expected: maxFlatSteps }))
      return
    }
    const body = { kind, step } as FlatStep['body']
    const wanted = body.kind === 'act' ? (body.step.on?.from ?? null) : null
    const from = wanted === null ? [] : resolveFrom(wanted, scope, sink)
    if (wanted !== null && from.length === 0) {
      sink.problems.push(problemAt(source, [...path, 'on', 'from'], 'unknown-from', { found: wanted }))
    }
    const id = `${scope.prefix}${step.id}`
    sink.steps.push({
      id,
      local: step.id,
      origin: refOf(source),
      source,
      path,
      topPath: scope.topPath ?? path,
      phase: step.phase ?? scope.phase,
      when,
      from,
      body,
    })
  }
}

function expandUse(step: UseStep, path: YamlPath, when: readonly Selector[], scope: Scope, sink: Sink): void {
  const used = sink.library.get(step.use)
  const problem = (key: string, rule: ProblemRule, params: Problem['params']) => {
    sink.problems.push(problemAt(scope.source, [...path, key], rule, params))
  }
  if (!used) {
    problem('use', 'unknown-playbook', { found: step.use, expected: [...sink.library.keys()].join(', ') })
    return
  }
  if (scope.stack.includes(step.use)) {
    problem('use', 'use-cycle', { found: [...scope.stack, step.use].join(' > ') })
    return
  }
  if (step.digest !== undefined && step.digest !== used.digest) {
    problem('digest', 'wrong-digest', { found: used.digest, expected: step.digest })
    return
  }
  const known = used.playbook.steps.map((one) => one.id)
  const strangers = (step.only ?? []).filter((id) => !known.includes(id))
  for (const stranger of strangers) problem('only', 'unknown-step', { found: stranger, expected: known.join(', ') })
  let params: ParamValues
  try {
    params = resolveParams(used.playbook.params, step.with ?? {})
  } catch (error) {
    if (!isTourniquetError(error, 'param-invalid')) throw error
    problem('with', 'param-invalid', error.params)
    return
  }
  sink.sources.set(used.digest, used)
  const prefix = `${scope.prefix}${step.id}/`
  expand(
    {
      source: used,
      params,
      prefix,
      phase: step.phase ?? scope.phase,
      when,
      only: step.only ?? null,
      topPath: scope.topPath ?? path,
      stack: [...scope.stack, step.use],
    },
    sink,
  )
}

/** Every earlier step of that name written in the same playbook: a runbook may split a playbook over several uses, and use a part twice. */
function resolveFrom(wanted: string, scope: Scope, sink: Sink): readonly string[] {
  return sink.steps
    .filter((step) => step.origin.digest === scope.source.digest && step.local === wanted)
    .map((step) => step.id)
}

export function problemAt(
  source: ParsedPlaybook,
  path: YamlPath,
  rule: ProblemRule,
  params: Problem['params'],
): Problem {
  return { rule, file: source.file, ...source.at(path), params: showable(params) }
}

export function refOf(parsed: ParsedPlaybook): PlaybookRef {
  return { id: parsed.playbook.id, version: parsed.playbook.version, digest: parsed.digest }
}

function nameOf(parsed: ParsedPlaybook): string {
  return `${parsed.playbook.id}@${parsed.playbook.version}`
}
