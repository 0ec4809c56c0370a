// The order of proofs: which way to log in comes next, given what the server still allows. Never sends a password twice, and never answers a
// prompt that is not plainly one for a password.

import type { AnyAuthMethod, AuthHandlerMiddleware, KeyboardInteractiveAuthMethod, Prompt } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'
import { clean } from './clean.ts'
import { RecordingAgent, type Attempt, type Loaded } from './credentials.ts'

export interface Login {
  readonly handler: AuthHandlerMiddleware
  /** The method that is under way, or that succeeded. */
  method(): string
  /** The failure to report when the host ends the attempt itself. */
  refused(detail?: string): TourniquetError
}

type Step = {
  readonly wire: string
  readonly start: () => { readonly method: AnyAuthMethod; readonly shown: () => string }
}

/** `failed` is called once when every way is used up, or a prompt may not be answered. */
export function login(user: string, loaded: Loaded, failed: (error: TourniquetError) => void): Login {
  const steps = loaded.attempts.flatMap((attempt) =>
    stepsOf(attempt, user, (why) => {
      failed(refused(why))
    }),
  )
  const tried: string[] = []
  let allowed: readonly string[] | null = null
  let current: () => string = () => 'none'

  const refused = (detail?: string) =>
    new TourniquetError(
      detail === undefined && wantsPassword(allowed, loaded) ? 'auth-password-missing' : 'auth-refused',
      {
        user,
        tried: tried.join(', '),
        allowed: allowed === null ? 'unknown' : allowed.map((name) => clean(name)).join(', '),
        notes: loaded.notes.join('; '),
        ...(detail === undefined ? {} : { detail }),
      },
    )

  const handler: AuthHandlerMiddleware = (left: readonly string[] | null, _partial, next) => {
    allowed = left ?? allowed
    const usable = steps.findIndex((step) => allowed === null || allowed.includes(step.wire))
    const step = usable === -1 ? undefined : steps.splice(usable, 1)[0]
    if (step) {
      const { method, shown } = step.start()
      current = shown
      tried.push(shown())
      next(method)
    } else if (tried.length === 0) {
      tried.push('none') // nothing of ours to show: asking tells us what the server wants
      next({ type: 'none', username: user })
    } else failed(refused())
  }
  return { handler, method: () => current(), refused }
}

/** The host takes a password and no key, and we were given none. */
function wantsPassword(allowed: readonly string[] | null, loaded: Loaded): boolean {
  if (allowed === null || allowed.includes('publickey') || loaded.attempts.some(({ kind }) => kind === 'password'))
    return false
  return allowed.includes('password') || allowed.includes('keyboard-interactive')
}

function stepsOf(attempt: Attempt, username: string, refuse: (why: string) => void): readonly Step[] {
  switch (attempt.kind) {
    case 'key':
      return [
        {
          wire: 'publickey',
          start: () => ({ method: { type: 'publickey', username, key: attempt.key }, shown: () => attempt.shown }),
        },
      ]
    case 'agent': {
      const agent = new RecordingAgent(attempt)
      const shown = () => (agent.lastSigner === null ? 'agent' : `agent ${agent.lastSigner}`)
      return [{ wire: 'publickey', start: () => ({ method: { type: 'agent', username, agent }, shown }) }]
    }
    case 'password': {
      const { password } = attempt
      const prompt = answerOnce(password, refuse)
      return [
        {
          wire: 'password',
          start: () => ({ method: { type: 'password', username, password }, shown: () => 'password' }),
        },
        {
          wire: 'keyboard-interactive',
          start: () => ({
            method: { type: 'keyboard-interactive', username, prompt },
            shown: () => 'keyboard-interactive',
          }),
        },
      ]
    }
  }
}

/** Prompts are host text. One hidden field, once, is a password prompt; a second one would be a code we do not have, or a lure. */
function answerOnce(password: string, refuse: (why: string) => void): KeyboardInteractiveAuthMethod['prompt'] {
  let answered = false
  return (_name, _instructions, _lang, prompts: Prompt[], finish) => {
    const [only] = prompts
    if (!answered && prompts.length === 1 && only?.echo === false) {
      answered = true
      finish([password])
      return
    }
    refuse(`prompt not answered: ${clean(prompts.map((prompt) => prompt.prompt).join(' | '))}`)
  }
}
