// The order of proofs: which way to log in comes next, given what the server still allows. The same machine serves every hop. It never answers a prompt with a
// stored password that is not plainly one for a password, and where a person can be asked, what the host wants to know is theirs to answer.

import type { AnyAuthMethod, AuthHandlerMiddleware, KeyboardInteractiveAuthMethod, NextAuthHandler, Prompt } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'
import type { Person } from './asking.ts'
import { clean } from './clean.ts'
import { openLocked, RecordingAgent, type Attempt, type Loaded } from './credentials.ts'
import { mostPromptRounds, mostPrompts, mostTries } from './limits.ts'

export interface Login {
  readonly handler: AuthHandlerMiddleware
  /** The method that is under way, or that succeeded. */
  method(): string
  /** The failure to report when the host ends the attempt itself. */
  refused(detail?: string): TourniquetError
}

interface Started {
  readonly method: AnyAuthMethod
  readonly shown: () => string
}
type Step = { readonly wire: string; readonly start: () => Started }

/** `failed` is called once when every way is used up, or a prompt may not be answered. `person`: whoever can be asked; null: nobody. */
export function login(
  user: string,
  loaded: Loaded,
  failed: (error: TourniquetError) => void,
  person: Person | null = null,
): Login {
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
  const refuse = (why: string) => {
    failed(refused(why))
  }
  const steps = loaded.attempts.flatMap((attempt) => stepsOf(attempt, user, refuse, person !== null))
  const asking = person === null ? null : new Asking(user, loaded, person, refuse)

  const begin = ({ method, shown }: Started, next: NextAuthHandler) => {
    current = shown
    tried.push(shown())
    next(method)
  }
  const handler: AuthHandlerMiddleware = (left: readonly string[] | null, partial, next) => {
    allowed = left ?? allowed
    asking?.answered(partial, allowed ?? [])
    const usable = steps.findIndex((step) => allowed === null || allowed.includes(step.wire))
    const step = usable === -1 ? undefined : steps.splice(usable, 1)[0]
    if (step) {
      if (step.wire === 'password') asking?.toldPassword()
      begin(step.start(), next)
    } else if (tried.length === 0) {
      tried.push('none') // nothing of ours to show: asking tells us what the server wants
      next({ type: 'none', username: user })
    } else if (asking) {
      void asking.next(allowed ?? []).then((more) => {
        if (more === 'nobody knows') failed(refused())
        else if (more === 'used up') refuse('every answer was refused')
        else if (person?.signal.aborted === false) begin(more, next)
      }, failed)
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

function stepsOf(attempt: Attempt, username: string, refuse: (why: string) => void, asked: boolean): readonly Step[] {
  switch (attempt.kind) {
    case 'key':
      return [{ wire: 'publickey', start: () => keyMethod(username, attempt) }]
    case 'agent': {
      const agent = new RecordingAgent(attempt)
      const shown = () => (agent.lastSigner === null ? 'agent' : `agent ${agent.lastSigner}`)
      return [{ wire: 'publickey', start: () => ({ method: { type: 'agent', username, agent }, shown }) }]
    }
    case 'password': {
      const { password } = attempt
      const plain = { wire: 'password', start: () => passwordMethod(username, password) }
      if (asked) return [plain] // prompts are the person's, who may have said the password already
      const prompt = answerOnce(password, refuse)
      return [plain, { wire: 'keyboard-interactive', start: () => promptMethod(username, prompt) }]
    }
  }
}

function keyMethod(username: string, { key, shown }: Extract<Attempt, { kind: 'key' }>): Started {
  return { method: { type: 'publickey', username, key }, shown: () => shown }
}

function passwordMethod(username: string, password: string): Started {
  return { method: { type: 'password', username, password }, shown: () => 'password' }
}

function promptMethod(username: string, prompt: KeyboardInteractiveAuthMethod['prompt']): Started {
  return { method: { type: 'keyboard-interactive', username, prompt }, shown: () => 'keyboard-interactive' }
}

/** Prompts are host text. One hidden field, once, is a password prompt; a second one would be a code we do not have, or a lure. */
function answerOnce(password: string, refuse: (why: string) => void): KeyboardInteractiveAuthMethod['prompt'] {
  let answered = false
  return (_name, _instructions, _lang, prompts: Prompt[], finish) => {
    if (!answered && isPasswordPrompt(prompts)) {
      answered = true
      finish([password])
      return
    }
    refuse(`prompt not answered: ${said(prompts)}`)
  }
}

function isPasswordPrompt(prompts: readonly Prompt[]): boolean {
  return prompts.length === 1 && prompts[0]?.echo === false
}

function said(prompts: readonly Prompt[]): string {
  return clean(prompts.map((prompt) => prompt.prompt).join(' | '))
}

/** What a person is asked once everything we hold is used up: locked keys first, then the host's own prompts, then a password. */
class Asking {
  private readonly user: string
  private readonly person: Person
  private readonly refuse: (why: string) => void
  private readonly locked: string[]
  /** given beforehand and not yet refused: it may answer one hidden prompt */
  private stored: string | null
  private under: 'told' | 'stored' | 'typed' | 'key' | null = null
  private tries = 0
  private again = false
  /** prompts came in the attempt under way */
  private prompted = false
  private promptsUsed = false
  private promptsDead = false

  constructor(user: string, loaded: Loaded, person: Person, refuse: (why: string) => void) {
    this.user = user
    this.person = person
    this.refuse = refuse
    this.locked = [...loaded.locked]
    this.stored = loaded.attempts.find((one) => one.kind === 'password')?.password ?? null
  }

  /** The stored password goes out as a password. */
  toldPassword(): void {
    this.under = 'told'
  }

  /** The host has judged the attempt before: `good` when it wants something more on top of it. */
  answered(good: boolean, allowed: readonly string[]): void {
    if (this.promptsUsed && !this.prompted && !good) this.promptsDead = true // refused without having asked for anything
    if (this.under === 'typed') {
      this.again = !good
      this.tries = good ? 0 : this.tries + 1
    } else if (this.under === 'stored') this.again = !good
    else if (this.under === 'told' && (good || allowed.includes('password'))) {
      this.again = !good
      this.stored = null // it was judged: it answers no prompt any more
    }
    this.under = null
    this.prompted = false
    this.promptsUsed = false
  }

  async next(allowed: readonly string[]): Promise<Started | 'nobody knows' | 'used up'> {
    const key = allowed.includes('publickey') ? await this.unlocked() : null
    if (key) {
      this.under = 'key'
      return keyMethod(this.user, key)
    }
    if (this.tries >= mostTries) return 'used up'
    if (allowed.includes('keyboard-interactive') && !this.promptsDead) {
      this.promptsUsed = true
      return promptMethod(this.user, this.prompter())
    }
    if (!allowed.includes('password')) return this.tries > 0 ? 'used up' : 'nobody knows'
    const [password] = (await this.person.ask({ what: 'password', again: this.again })) ?? []
    if (password === undefined) return 'nobody knows'
    this.under = 'typed'
    return passwordMethod(this.user, password)
  }

  /** The next locked key a person opens; one nobody can open is passed over. */
  private async unlocked(): Promise<Extract<Attempt, { kind: 'key' }> | null> {
    for (let file = this.locked.shift(); file !== undefined; file = this.locked.shift()) {
      const key = await openLocked(file, (again) => this.person.ask({ what: 'key-passphrase', file, again }))
      if (key) return key
    }
    return null
  }

  private prompter(): KeyboardInteractiveAuthMethod['prompt'] {
    const { stored } = this
    this.stored = null
    let rounds = 0
    return (name, instructions, _lang, prompts: Prompt[], finish) => {
      this.prompted = true
      rounds += 1
      if (rounds === 1 && stored !== null && isPasswordPrompt(prompts)) {
        this.under = 'stored'
        finish([stored])
        return
      }
      if (rounds > mostPromptRounds || prompts.length > mostPrompts) {
        this.refuse(`too many prompts: ${said(prompts)}`)
        return
      }
      this.under = 'typed'
      const { again } = this
      this.again = false
      void this.person.ask({ what: 'prompts', prompts, said: [name, instructions], again }).then((answers) => {
        if (this.person.signal.aborted) return
        if (answers?.length === prompts.length) finish([...answers])
        else this.refuse(`prompt not answered: ${said(prompts)}`)
      })
    }
  }
}
