// Questions to the person at the terminal. Without a terminal nobody can answer, and nothing is assumed.

import { createInterface } from 'node:readline/promises'

/** Asks once; resolves null when the input ends or the signal fires. The question goes to stderr: stdout is for results. */
export async function ask(question: string, signal?: AbortSignal): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question, signal ? { signal } : {})
  } catch {
    return null // Ctrl-D or Ctrl-C: the caller treats silence as no
  } finally {
    lines.close()
  }
}
