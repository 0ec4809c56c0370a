// A mistake in a playbook, told by file, line and column. Codes and parameters only; the sentences are in the language files under `playbook.problem`.

import { TourniquetError } from '../errors.ts'

export interface Problem {
  /** id of the rule, e.g. `wrong-value`, `kill-before-disarm` */
  readonly rule: string
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
