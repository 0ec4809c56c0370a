// How every failure must look to the person at the keyboard: one code, one sentence, the exit status of its group, and no word of the machinery.

import { expect } from 'vitest'
import type { Finished } from './tourniquet.ts'

/** Fails as it should: the status, the code on both streams, the sentence on stderr, in plain words. */
export function expectFailure(done: Finished, exit: number, code: string, sentence: RegExp): void {
  const text = done.stderr.replaceAll(/\s+/g, ' ') // sentences are wrapped for the screen
  expect({ exit: done.exit, text }).toEqual({ exit, text: expect.stringContaining(`[${code}]`) as unknown })
  expect(text).toMatch(sentence)
  expect(done.events).toContainEqual(expect.objectContaining({ type: 'error', code }))
  expect(text).not.toMatch(/ at \S+ ?\(?(file:|node:|\/).*:\d+:\d+|…|undefined|\[object|\{[a-z]+\}|\[\[/)
}
