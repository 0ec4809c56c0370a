// Questions about keys and logins, one at a time and in the order they came: a new one never pushes away the one a person is answering.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { Question } from '../../../main/core/contract.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'
import { session, useSession } from '../../state/session.ts'

export type HostQuestion = Extract<Frozen<Question>, { readonly kind: 'host-key' | 'login' }>

/** Questions a person put off. */
const putOff = createStore<readonly string[]>(() => [])

function isOurs(question: Frozen<Question>): question is HostQuestion {
  return question.kind === 'host-key' || question.kind === 'login'
}

/** The question to show, the oldest that was not put off, and how many wait behind it. */
export function useAsked(): { readonly question: HostQuestion | null; readonly waiting: number } {
  const later = useStore(putOff)
  const questions = useSession((state) => state.questions)
  const ours = questions.filter(isOurs).filter(({ question }) => !later.includes(question))
  return { question: ours[0] ?? null, waiting: ours.length }
}

export function askLater(question: string): void {
  putOff.setState((later) => [...later, question], true)
}

/** Brings back what was put off about a link. */
export function askNow(link: string): void {
  const mine = session
    .getState()
    .questions.filter(isOurs)
    .filter((one) => one.link === link)
    .map((one) => one.question)
  putOff.setState((later) => later.filter((one) => !mine.includes(one)), true)
}
