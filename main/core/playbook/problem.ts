// A mistake in a playbook, told by file, line and column. Codes and parameters only; the sentences are in the language files under `problem`.

import { TourniquetError } from '../errors.ts'

/** Every rule of parse, composition and lint. The language files have a sentence for each, under `problem.`. */
export const problemRules = [
  'too-large',
  'too-deep',
  'not-utf8',
  'not-yaml',
  'yaml-feature',
  'duplicate-key',
  'duplicate-step',
  'step-kind',
  'unknown-key',
  'missing',
  'wrong-value',
  'duplicate-playbook',
  'unknown-playbook',
  'use-cycle',
  'wrong-digest',
  'unknown-step',
  'too-many-steps',
  'unknown-from',
  'unused-param',
  'undeclared-param',
  'param-default',
  'param-type',
  'param-invalid',
  'unknown-verb',
  'unknown-probe',
  'unknown-technique',
  'no-capture',
  'unknown-capture',
  'no-verify',
  'unknown-verify',
  'no-undo',
  'undo-exists',
  'missing-limit',
  'missing-selector',
  'kind-not-for-verb',
  'field-not-of-kind',
  'not-re2',
  'unknown-option',
  'option-value',
  'closure',
  'kill-not-frozen',
  'kill-before-disarm',
  'kill-without-soak',
  'soak-not-measured',
  'cover-without-standing',
  'freeze-before-pause',
  'disarm-before-freeze',
  'library-before-line',
  'resume-before-disarm',
  'resume-before-kill',
  'block-before-freeze',
  'lift-before-kill',
  'blocked-for-ever',
  'lift-not-always',
  'restore-before-hooks',
  'paused-for-ever',
  'resume-not-always',
  'soak-too-short',
  'never-looked',
] as const
export type ProblemRule = (typeof problemRules)[number]

export interface Problem {
  readonly rule: ProblemRule
  readonly file: string
  /** both from 1 */
  readonly line: number
  readonly column: number
  readonly params: Readonly<Record<string, string | number>>
}

/** What stands in a file may be shown anywhere: controls, bidi and invisible characters are written out, long values cut. */
export function showable(params: Problem['params']): Problem['params'] {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? showableText(value) : value]),
  )
}

function showableText(text: string): string {
  const cut = text.length > 400 ? `${text.slice(0, 397)}...` : text
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The whole list as one error: the first problem's place, and all of them as `FILE:LINE:COLUMN rule` lines. */
export function problemsError(
  code: 'playbook-invalid' | 'playbook-lint',
  problems: readonly Problem[],
): TourniquetError {
  const first = problems[0]
  return new TourniquetError(code, {
    file: first?.file ?? '',
    line: first?.line ?? 0,
    column: first?.column ?? 0,
    rule: first?.rule ?? '',
    ...first?.params,
    count: problems.length,
    problems: problems.map(problemLine).join('\n'),
  })
}

/** `FILE:LINE:COLUMN rule found … expected …`, for logs and errors. */
export function problemLine(problem: Problem): string {
  const params = Object.entries(problem.params).map(([name, value]) => `${name}=${String(value)}`)
  return [`${problem.file}:${String(problem.line)}:${String(problem.column)}`, problem.rule, ...params].join(' ')
}
