// Bytes of a YAML file to a playbook, or to every mistake in it with file, line and column. It never guesses and never runs anything.
// YAML 1.2 core without anchors, aliases, tags, directives and merge keys: what is read is what is written.

import { LineCounter, isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node, Pair } from 'yaml'
import type { z } from 'zod'
import type { Hashing } from '../ports.ts'
import { showable, type Problem, type ProblemRule } from './problem.ts'
import {
  maxPlaybookBytes,
  maxSteps,
  ownWords,
  playbookHead,
  stepKinds,
  stepSchemas,
  type Playbook,
  type Step,
} from './schema.ts'

export type YamlPath = readonly PropertyKey[]

/** A playbook as it stands in its file. `at` gives the place of a value (or of the nearest thing around it). */
export interface ParsedPlaybook {
  readonly file: string
  readonly bytes: Uint8Array
  /** SHA-256 over the exact bytes of the file */
  readonly digest: string
  readonly playbook: Playbook
  at(path: YamlPath): { readonly line: number; readonly column: number }
}

export type ParseResult =
  { readonly ok: true; readonly parsed: ParsedPlaybook } | { readonly ok: false; readonly problems: readonly Problem[] }

/** More than this on one screen helps nobody. */
const maxProblems = 50
const maxDepth = 64

/** Reads one playbook file. Never throws for what is in the file. */
export function parsePlaybook(file: string, bytes: Uint8Array, hashing: Hashing): ParseResult {
  const whole = (rule: ProblemRule, params: Problem['params']): ParseResult => ({
    ok: false,
    problems: [{ rule, file, line: 1, column: 1, params }],
  })
  if (bytes.length > maxPlaybookBytes) return whole('too-large', { found: bytes.length, expected: maxPlaybookBytes })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return whole('not-utf8', {}) // the place of a broken byte is not a line
  }
  if (isTooDeep(text)) return whole('too-deep', { expected: maxDepth })
  const lines = new LineCounter()
  let document: Document.Parsed
  let value: unknown
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      merge: false,
      strict: true,
      prettyErrors: false,
      lineCounter: lines,
    })
    const refused = [...yamlErrors(document, file, lines), ...forbidden(document, file, lines)]
    if (refused.length > 0) return { ok: false, problems: presented(refused) }
    value = document.toJS({ maxAliasCount: 0 })
  } catch {
    return whole('too-deep', { expected: maxDepth }) // the parser collects mistakes and throws only when the stack runs out
  }
  const at = (path: YamlPath, key = false) => placeOf(document, lines, path, key)
  const checked = check(value, file, at)
  if (!checked.ok) return { ok: false, problems: presented(checked.problems) }
  const digest = hashing.sha256().update(bytes).hex()
  return { ok: true, parsed: { file, bytes, digest, playbook: checked.playbook, at: (path) => at(path) } }
}

/** Brackets, dashes or blanks in a row that no runbook has; checked first, because the parser takes seconds over thousands of them. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth = Math.max(0, depth - 1)
    if (depth > maxDepth) return true
  }
  return new RegExp(`(- ){${String(maxDepth)}}|^ {${String(maxDepth * 8)}}`, 'm').test(text)
}

function presented(problems: readonly Problem[]): readonly Problem[] {
  return problems.slice(0, maxProblems).map((problem) => ({ ...problem, params: showable(problem.params) }))
}

type Locate = (path: YamlPath, key?: boolean) => { readonly line: number; readonly column: number }

function check(
  value: unknown,
  file: string,
  at: Locate,
): { ok: true; playbook: Playbook } | { ok: false; problems: Problem[] } {
  const head = playbookHead.safeParse(value)
  const problems: Problem[] = head.success ? [] : issues(head.error, value, [], file, at)
  const rawSteps: unknown = isRecord(value) ? value['steps'] : undefined
  const steps: Step[] = []
  const seen = new Map<string, number>()
  for (const [index, raw] of (Array.isArray(rawSteps) ? rawSteps.slice(0, maxSteps) : []).entries()) {
    const path = ['steps', index]
    const kinds = isRecord(raw) ? stepKinds.filter((kind) => kind in raw) : []
    const kind = kinds[0]
    if (kind === undefined || kinds.length > 1) {
      const found = isRecord(raw) ? Object.keys(raw).join(', ') : describe(raw)
      problems.push({ rule: 'step-kind', file, ...at(path), params: { found, expected: stepKinds.join(', ') } })
      continue
    }
    const step = stepSchemas[kind].safeParse(raw)
    if (!step.success) {
      problems.push(...issues(step.error, value, path, file, at))
      continue
    }
    if (seen.has(step.data.id)) {
      problems.push({ rule: 'duplicate-step', file, ...at([...path, 'id']), params: { found: step.data.id } })
    }
    seen.set(step.data.id, index)
    steps.push(step.data)
  }
  if (problems.length > 0 || !head.success) return { ok: false, problems: problems.sort(byPlace) }
  return { ok: true, playbook: { ...head.data, steps } }
}

/** zod's issues as ours: what stands there, and what was expected, in words that need no translation table for types of a library. */
function issues(error: z.ZodError, root: unknown, base: YamlPath, file: string, at: Locate): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, root, base, file, at))
}

type Issue = z.core.$ZodIssue

function problemsOf(issue: Issue, root: unknown, base: YamlPath, file: string, at: Locate): Problem[] {
  const path = [...base, ...issue.path]
  const value = valueAt(root, path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      rule: 'unknown-key',
      file,
      ...at([...path, key], true),
      params: { found: key, where: pathText(path) },
    }))
  }
  if (issue.code === 'invalid_union' && !issue.message.startsWith(ownWords)) {
    // A map where a map is possible is told against the branch that takes maps; everything else against the first, the plain one.
    const branches = issue.errors
    const fitting = branches.find((branch) => branch.every((one) => one.path.length > 0 || one.code !== 'invalid_type'))
    const inner = fitting ?? branches[0]
    if (inner && inner.length > 0) return inner.flatMap((one) => problemsOf(one, root, path, file, at))
  }
  const missing = value === undefined && path.length > 0
  return [
    {
      rule: missing ? 'missing' : 'wrong-value',
      file,
      ...at(path),
      params: { where: pathText(path), found: describe(value), expected: expected(issue) },
    },
  ]
}

function expected(issue: Issue): string {
  if (issue.message.startsWith(ownWords)) return issue.message.slice(ownWords.length)
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.map(String).join(' | ')
    case 'too_small':
      return `>= ${String(issue.minimum)}`
    case 'too_big':
      return `<= ${String(issue.maximum)}`
    case 'invalid_format':
      return 'pattern' in issue && typeof issue.pattern === 'string' ? issue.pattern : issue.format
    default:
      return issue.message
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'map',
  record: 'map',
  array: 'list',
  int: 'integer',
  number: 'integer',
}

/** A value as it may be shown: short, on one line. */
function describe(value: unknown): string {
  if (value === undefined) return '-'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function pathText(path: YamlPath): string {
  return path.length === 0 ? '.' : path.map(String).join('.')
}

function valueAt(root: unknown, path: YamlPath): unknown {
  let value = root
  for (const key of path) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(key)]
    else if (isRecord(value) && Object.hasOwn(value, key)) value = value[String(key)]
    else return undefined
  }
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function yamlErrors(document: Document.Parsed, file: string, lines: LineCounter): Problem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    rule: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'not-yaml',
    file,
    ...place(lines, error.pos[0]),
    params: { found: error.code.toLowerCase().replaceAll('_', '-'), detail: error.message.split('\n')[0] ?? '' },
  }))
}

/** Anchors, aliases, tags, merge keys and directives: everything that makes a YAML file mean more than a reader sees. */
function forbidden(document: Document.Parsed, file: string, lines: LineCounter): Problem[] {
  const problems: Problem[] = []
  const add = (found: string, offset: number) => {
    problems.push({ rule: 'yaml-feature', file, ...place(lines, offset), params: { found } })
  }
  if (document.directives.yaml.explicit) add('%YAML', 0)
  visit(document, (_key, node) => {
    if (isPair(node)) {
      if (isScalar(node.key) && node.key.value === '<<') add('<<', node.key.range?.[0] ?? 0)
      return
    }
    if (!isNode(node)) return
    const offset = node.range?.[0] ?? 0
    if (isAlias(node)) add(`*${node.source}`, offset)
    else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) add(`&${node.anchor}`, offset)
    else if (node.tag !== undefined) add(node.tag, offset)
  })
  return problems
}

/** Place of the value at `path`, or of its key, or of the nearest enclosing thing that exists. */
function placeOf(document: Document.Parsed, lines: LineCounter, path: YamlPath, wantKey: boolean) {
  let node: unknown = document.contents
  let offset = offsetOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item: Pair) => isScalar(item.key) && item.key.value === step)
      if (!pair) break
      const keyOffset = offsetOf(pair.key) ?? offset
      offset = wantKey && depth === path.length - 1 ? keyOffset : (offsetOf(pair.value) ?? keyOffset)
      node = pair.value
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)]
      if (item === undefined) break
      offset = offsetOf(item) ?? offset
      node = item
    } else break
  }
  return place(lines, offset)
}

function offsetOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const at = lines.linePos(offset)
  return { line: Math.max(1, at.line), column: Math.max(1, at.col) }
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column
}
