// Questions to the person at the terminal. Without a terminal nobody can answer, and nothing is assumed.

import { createInterface } from 'node:readline/promises'
import type { Screen } from './screen.ts'

/** Asks once; resolves null when the input ends or the signal fires. The question goes to stderr: stdout is for results. */
export async function ask(screen: Screen, question: string, signal?: AbortSignal): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const release = screen.hold()
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question, signal ? { signal } : {})
  } catch {
    return null // Ctrl-D or Ctrl-C: the caller treats silence as no
  } finally {
    lines.close()
    release()
  }
}
