// What one link may prove itself with, and whom it asks for the rest. Secrets live here while the link does; only where a person asked for it are those that
// worked kept for the next time, and one that was refused is forgotten at once. None is ever told, logged or written to a case.

import { hostText } from '../core/host-text.ts'
import type { AskLogin, LoginQuestion } from '../ssh/asking.ts'
import { mostTries } from '../ssh/limits.ts'
import { shownTarget, type Target } from '../ssh/target.ts'
import type { Questions } from './questions.ts'
import type { SecretStore } from './shell.ts'

export interface Secrets {
  readonly password?: string | undefined
  readonly keyPassphrase?: string | undefined
  readonly sudoPassword?: string | undefined
}

/** Bytes of one prompt, and of what came along with it, that are shown: an honest one is a line. */
const shownBytes = 4096
/** Characters of a file name a question carries. */
const shownFile = 512

type Purpose = 'password' | 'sudo-password' | 'key-passphrase'

export class Logins {
  readonly #link: string
  readonly #questions: Questions
  readonly #kept: SecretStore | null
  readonly #asking: (open: boolean) => void
  readonly #known = new Map<string, string>()
  /** names a person has already been asked for their prompts in this attempt */
  readonly #prompted = new Set<string>()
  #sudoTries = 0

  /** `asking` is told while a question is open. */
  constructor(link: string, questions: Questions, kept: SecretStore | null, asking: (open: boolean) => void) {
    this.#link = link
    this.#questions = questions
    this.#kept = kept
    this.#asking = asking
  }

  /** Takes what a person gave for the target. */
  give(target: Target, secrets: Secrets): void {
    const { password, keyPassphrase, sudoPassword } = secrets
    if (password !== undefined) this.#known.set(name('password', target), password)
    if (keyPassphrase !== undefined) this.#known.set(name('key-passphrase', target), keyPassphrase)
    if (sudoPassword !== undefined) this.#known.set(name('sudo-password', target), sudoPassword)
  }

  /** Before a dial: what was kept for these hops and was not said anew. */
  async load(hops: readonly Target[]): Promise<void> {
    this.#prompted.clear()
    for (const hop of hops)
      for (const purpose of ['password', 'sudo-password', 'key-passphrase'] as const)
        await this.#recall(name(purpose, hop))
  }

  get(purpose: Purpose, hop: Target): string | undefined {
    return this.#known.get(name(purpose, hop))
  }

  /** Everything that got us in is kept for the next time. Rejects with `disk-full` or `disk-error`. */
  async keep(): Promise<void> {
    this.#sudoTries = 0
    for (const [what, secret] of this.#known) await this.#kept?.set(what, secret)
  }

  readonly ask: AskLogin = async (hop, question, signal) => {
    const what = nameOf(hop, question)
    if (question.again) await this.#forget(what)
    else if (question.what === 'key-passphrase') {
      const known = await this.#recall(what)
      if (known !== undefined) return [known]
    }
    const first = question.again || !this.#prompted.has(what)
    this.#prompted.add(what)
    const answers = await this.#put(hop, question, signal)
    const [answer] = answers ?? []
    // A single hidden field at the start is the password; what is asked after it is a code that is worth nothing later.
    if (answer !== undefined && (question.what !== 'prompts' || (first && isPassword(question))))
      this.#known.set(what, answer)
    return answers
  }

  /** Asks for the password of sudo. `refused`: there was one, and it was wrong. False when nobody knows, or three were wrong. */
  async askSudo(target: Target, refused: boolean, signal: AbortSignal): Promise<boolean> {
    const what = name('sudo-password', target)
    if (refused) await this.#forget(what)
    if (this.#sudoTries >= mostTries) return false
    this.#sudoTries += 1
    const [password] = (await this.#put(target, { what: 'sudo-password', again: refused }, signal)) ?? []
    if (password !== undefined) this.#known.set(what, password)
    return password !== undefined
  }

  async #put(
    hop: Target,
    question: LoginQuestion | { readonly what: 'sudo-password'; readonly again: boolean },
    signal: AbortSignal,
  ): Promise<readonly string[] | null> {
    this.#asking(true)
    const { what, again } = question
    const answer = await this.#questions.ask<'login'>(
      {
        kind: 'login',
        link: this.#link,
        address: shownTarget(hop),
        what,
        again,
        file: what === 'key-passphrase' ? question.file.slice(0, shownFile) : null,
        prompts:
          what === 'prompts'
            ? question.prompts.map(({ prompt, echo }) => ({ text: cut(prompt), echo: echo === true }))
            : [],
        said: what === 'prompts' && question.said.some((part) => part !== '') ? cut(joined(question.said)) : null,
      },
      signal,
    )
    this.#asking(false)
    return answer?.answers ?? null
  }

  async #recall(what: string): Promise<string | undefined> {
    const known = this.#known.get(what)
    if (known !== undefined) return known
    const kept = (await this.#kept?.get(what)) ?? ''
    if (kept === '') return undefined
    this.#known.set(what, kept)
    return kept
  }

  async #forget(what: string): Promise<void> {
    this.#known.delete(what)
    // An empty one stands for none: a store forgets all of them or replaces one.
    if (((await this.#kept?.get(what)) ?? '') !== '') await this.#kept?.set(what, '')
  }
}

function name(purpose: Purpose, hop: Target): string {
  return `${purpose} ${shownTarget(hop)}`
}

function nameOf(hop: Target, question: LoginQuestion): string {
  return question.what === 'key-passphrase' ? `${name('key-passphrase', hop)} ${question.file}` : name('password', hop)
}

function isPassword(question: LoginQuestion): boolean {
  return question.what === 'prompts' && question.prompts.length === 1 && question.prompts[0]?.echo !== true
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n')
}

function cut(text: string) {
  return hostText(new TextEncoder().encode(text).subarray(0, shownBytes))
}
