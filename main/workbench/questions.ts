// Questions to the person at the page, and their answers. A question stays until it is answered or nobody needs the answer any more: a page that went away
// finds it again. An answer counts once, and only for the very plan or key that was shown.

import type { Answer, Question } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import { narrow, type Plan } from '../core/playbook/plan.ts'
import type { Random } from '../core/ports.ts'
import { hex } from '../core/json.ts'
import type { Frozen } from '../core/rpc/define.ts'
import type { Emit } from './emit.ts'

type Asked = Frozen<Question>
type Given = Frozen<Answer>
type Kind = Asked['kind']
/** Not an answer: the plan is to be asked about again without these items. */
export interface Narrowing {
  readonly kind: 'narrowing'
  readonly keys: readonly string[]
}
type Settled<K extends Kind> = Extract<Given, { kind: K }> | (K extends 'approval' ? Narrowing : never)
type WithoutId<Q> = Q extends { question: string } ? Omit<Q, 'question'> : never

interface Open {
  readonly question: Asked
  readonly plan: Plan | null
  readonly settle: (answer: Given | Narrowing | null) => void
}

export class Questions {
  readonly #emit: Emit
  readonly #random: Random
  readonly #open = new Map<string, Open>()

  constructor(emit: Emit, random: Random) {
    this.#emit = emit
    this.#random = random
  }

  list(): readonly Asked[] {
    return [...this.#open.values()].map(({ question }) => question)
  }

  /** Waits for the answer; null when the signal fires first. `plan` can be read through `planOf` while the question is open. */
  ask<K extends Kind>(
    question: Frozen<WithoutId<Extract<Question, { kind: K }>>>,
    signal: AbortSignal | undefined,
    plan: Plan | null = null,
  ): Promise<Settled<K> | null> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve(null)
        return
      }
      const id = `question-${hex(this.#random.bytes(8))}`
      const whole = { ...question, question: id } as unknown as Asked
      const onAbort = (): void => {
        settle(null)
      }
      const settle = (answer: Given | Narrowing | null): void => {
        this.#open.delete(id)
        signal?.removeEventListener('abort', onAbort)
        this.#emit('question-closed', { question: id })
        resolve(answer as Settled<K> | null)
      }
      this.#open.set(id, { question: whole, plan, settle })
      signal?.addEventListener('abort', onAbort)
      this.#emit('question', whole)
    })
  }

  /** Throws `question-gone` for a question that is not open, of another kind, or about another plan or key. */
  answer(answer: Given): void {
    const open = this.#open.get(answer.question)
    if (!open || !fits(open.question, answer)) throw new TourniquetError('question-gone')
    open.settle(answer)
  }

  /**
   * Takes items out of the plan a question is about: the question closes, and whoever asked makes the smaller plan and asks again.
   * Throws `question-gone`, and `usage` for a key that is not in the plan or when nothing would be left.
   */
  untick(question: string, digest: string, keys: readonly string[]): void {
    const open = this.#open.get(question)
    if (!open?.plan || open.question.kind !== 'approval' || open.question.digest !== digest)
      throw new TourniquetError('question-gone')
    narrow(open.plan, keys)
    open.settle({ kind: 'narrowing', keys })
  }

  /** The plan an open approval is about. Throws `question-gone`. */
  planOf(question: string): { readonly plan: Plan; readonly digest: string } {
    const open = this.#open.get(question)
    if (!open?.plan || open.question.kind !== 'approval') throw new TourniquetError('question-gone')
    return { plan: open.plan, digest: open.question.digest }
  }
}

function fits(question: Asked, answer: Given): boolean {
  if (question.kind === 'approval') return answer.kind === 'approval' && answer.digest === question.digest
  if (question.kind === 'host-key') return answer.kind === 'host-key' && answer.sha256 === question.key.sha256
  if (question.kind === 'login')
    return answer.kind === 'login' && (answer.answers === null || answer.answers.length === asked(question))
  return answer.kind === 'attestation'
}

/** How many secrets a login question is about. */
function asked(question: Extract<Asked, { kind: 'login' }>): number {
  return question.what === 'prompts' ? question.prompts.length : 1
}
