// One invocation at work: where results and progress go, in which language, and what stops it.

import { isTourniquetError, TourniquetError } from '../core/errors.ts'
import { languages, say, type Language, type SayParams } from '../i18n/words.ts'
import { usage, type Invocation } from './options.ts'
import { createScreen, jsonLine, wrap, type Screen } from './screen.ts'

export interface Shell {
  readonly invocation: Invocation
  readonly environment: NodeJS.ProcessEnv
  readonly lang: Language
  /** results */
  readonly out: Screen
  /** progress and errors */
  readonly err: Screen
  readonly json: boolean
  readonly signal: AbortSignal
  say(code: string, params?: SayParams): string
  /** One JSON line on stdout; nothing without --json. */
  emit(event: { readonly type: string; readonly [field: string]: unknown }): void
  /** A result for people; nothing with --json. */
  tell(show: (screen: Screen) => void): void
}

export function createShell(invocation: Invocation, environment: NodeJS.ProcessEnv, signal: AbortSignal): Shell {
  const lang = languageOf(invocation, environment)
  const json = invocation.on('json')
  const out = createScreen(process.stdout, environment)
  return {
    invocation,
    environment,
    lang,
    out,
    err: createScreen(process.stderr, environment),
    json,
    signal,
    say: (code, params) => say(lang, code, params),
    emit(event) {
      if (json) process.stdout.write(jsonLine(event))
    },
    tell(show) {
      if (!json) show(out)
    },
  }
}

/** Says an error as a person reads it, and as an event for programs. Errors that are not ours become `internal`. */
export function showError(
  shell: Pick<Shell, 'err' | 'emit' | 'say' | 'json'>,
  cause: unknown,
  where?: string,
): TourniquetError {
  const error = isTourniquetError(cause)
    ? cause
    : new TourniquetError('internal', { what: cause instanceof Error ? cause.message : String(cause) }, cause)
  shell.emit({ type: 'error', ...(where === undefined ? {} : { host: where }), code: error.code, params: error.params })
  const text = `${where === undefined ? '' : `${where}: `}${shell.say(`error.${error.code}`, error.params)}`
  for (const line of wrap(text, shell.err.width)) shell.err.line(shell.err.paint('red', line))
  const problems = error.params['problems']
  if (typeof problems === 'string') for (const line of problems.split('\n').slice(0, 50)) shell.err.line(`  ${line}`)
  shell.err.line(shell.err.paint('grey', `[${error.code}]`))
  return error
}

function languageOf(invocation: Invocation, environment: NodeJS.ProcessEnv): Language {
  const asked = invocation.text('lang')
  if (asked !== undefined) {
    const known = languages.find((each) => each.toLowerCase() === asked.toLowerCase())
    if (known === undefined) throw usage('option', `--lang ${asked}`, languages.join(', '))
    return known
  }
  const locale = environment['LC_ALL'] ?? environment['LC_MESSAGES'] ?? environment['LANG'] ?? ''
  return locale.startsWith('zh') ? 'zh-CN' : 'en'
}
