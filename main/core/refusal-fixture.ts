// For tests: how a call was refused. An error that is none of ours is a fault, and fails the test.

import { isTourniquetError, type TourniquetError } from './errors.ts'

/** Null when the call was not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<TourniquetError | null> {
  try {
    await call
    return null
  } catch (error) {
    if (isTourniquetError(error)) return error
    throw error
  }
}

export const codeOf = async (call: Promise<unknown>): Promise<string> => (await refusalOf(call))?.code ?? 'accepted'
