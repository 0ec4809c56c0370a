import { describe, expect, it } from 'vitest'
import type { Question } from '../../main/core/contract.ts'
import { TourniquetError } from '../../main/core/errors.ts'
import { answerOpen } from './answering.ts'

const digest = 'a'.repeat(64)
const approval = { kind: 'approval' as const, question: 'question-1', digest, approve: true as const }
const asked = (question: string, about: string) => ({ kind: 'approval', question, digest: about }) as Question

/** Main, as far as answers go: takes those to the questions it has open. */
function main(...open: readonly string[]) {
  const taken: string[] = []
  const send = ({ question }: { readonly question: string }) => {
    if (!open.includes(question)) return Promise.reject(new TourniquetError('question-gone'))
    taken.push(question)
    return Promise.resolve()
  }
  return { send, taken }
}

describe('an answer', () => {
  it('goes to the question it was given to', async () => {
    const { send, taken } = main('question-1')
    expect(await answerOpen(send, () => [], approval)).toBe(true)
    expect(taken).toEqual(['question-1'])
  })

  it('given to a plan that was asked about anew after a resume goes to the open question about the same plan', async () => {
    const { send, taken } = main('question-2')
    const open = [asked('question-3', 'b'.repeat(64)), asked('question-2', digest)]
    expect(await answerOpen(send, () => open, approval)).toBe(true)
    expect(taken).toEqual(['question-2'])
  })

  it('never goes to another plan, and says that it was not taken', async () => {
    const { send, taken } = main('question-2')
    expect(await answerOpen(send, () => [asked('question-2', 'b'.repeat(64))], approval)).toBe(false)
    expect(taken).toEqual([])
  })

  it('is tried once more, not for ever', async () => {
    const { send } = main()
    expect(await answerOpen(send, () => [asked('question-2', digest)], approval)).toBe(false)
  })

  it('fails with what main says when it is not about the question', async () => {
    const lost = () => Promise.reject(new TourniquetError('wire-closed', { detail: '' }))
    await expect(answerOpen(lost, () => [], approval)).rejects.toMatchObject({ code: 'wire-closed' })
  })
})
