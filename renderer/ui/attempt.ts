// Work a person asked for, that may fail: the failure is always said, in their language, with its code.

import { notifications } from '@mantine/notifications'
import { isTourniquetError } from '../../main/core/errors.ts'
import { say } from '../../main/i18n/words.ts'
import { language, wordsOf } from '../i18n/say.ts'
import type { Failure } from './kit.tsx'

/** Milliseconds an error stays on the screen: long enough to read three sentences. */
const errorStays = 15_000

/** Any failure as code and parameters. */
export function failureOf(cause: unknown): Failure {
  if (isTourniquetError(cause)) return { code: cause.code, params: cause.params }
  return { code: 'internal', params: { what: cause instanceof Error ? cause.message : String(cause) } }
}

/** Runs the work; says what went wrong if it did. Cancelling is not a failure. True when it worked. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (cause) {
    if (!isTourniquetError(cause, 'cancelled')) tellFailure(failureOf(cause))
    return false
  }
}

export function tellFailure({ code, params }: Failure): void {
  notifications.show({
    id: `error-${code}`,
    color: 'red',
    title: wordsOf('common')('problem'),
    message: say(language.getState(), `error.${code}`, params),
    autoClose: errorStays,
    withBorder: true,
  })
}

export function tellGood(message: string): void {
  notifications.show({ color: 'green', message, withBorder: true, autoClose: 4000 })
}
