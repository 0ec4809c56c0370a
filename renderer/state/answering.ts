// Answering a question that may have been asked anew meanwhile: after a resume the same plan is asked about under another number. An approval names the
// digest of its plan, so it holds for whichever open question is about exactly that plan, and for no other.

import type { Contract, Question } from '../../main/core/contract.ts'
import { isTourniquetError } from '../../main/core/errors.ts'
import type { Frozen, Input } from '../../main/core/rpc/define.ts'

type Given = Input<Contract, 'answer'>

/** True when main took the answer; false when the question is gone and none about the same plan is open. Rejects with any other error. */
export async function answerOpen(
  send: (given: Given) => Promise<unknown>,
  open: () => readonly Frozen<Question>[],
  given: Given,
): Promise<boolean> {
  try {
    await send(given)
    return true
  } catch (cause) {
    if (!isTourniquetError(cause, 'question-gone')) throw cause
  }
  const anew = askedAnew(open(), given)
  return anew === null ? false : answerOpen(send, () => [], { ...given, question: anew })
}

function askedAnew(open: readonly Frozen<Question>[], given: Given): string | null {
  if (given.kind !== 'approval') return null
  const same = open.find(
    (one) => one.kind === 'approval' && one.digest === given.digest && one.question !== given.question,
  )
  return same?.question ?? null
}
