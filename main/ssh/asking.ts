// What a login may want to know from a person. The words of a host are passed on as they came; whoever shows them treats them as host text.

import type { Target } from './target.ts'

export type LoginQuestion = {
  /** the answer before this one was refused */
  readonly again: boolean
} & (
  | { readonly what: 'password' }
  | { readonly what: 'key-passphrase'; readonly file: string }
  | {
      readonly what: 'prompts'
      readonly prompts: readonly { readonly prompt: string; readonly echo?: boolean | undefined }[]
      /** name and instructions the host sent along */
      readonly said: readonly string[]
    }
)

/**
 * Asks the person at the workbench; one answer each, in order. Null: nobody knows, or the signal fired. Never rejects. It may take as long as a human takes:
 * no limit of ours runs meanwhile, only the host's own patience.
 */
export type AskLogin = (hop: Target, question: LoginQuestion, signal: AbortSignal) => Promise<readonly string[] | null>

/** The person as one login sees them. The signal fires when the connection is over. */
export interface Person {
  readonly signal: AbortSignal
  ask(question: LoginQuestion): Promise<readonly string[] | null>
}
