// How verbs read what their scripts print: key=value lines, and exit statuses that mean the same in every script.

import type { HostReply } from '../host/session.ts'
import { hostText, shown } from '../host-text.ts'

/** Exit statuses shared by all act scripts. 10: it was so already. 20: the host is not as planned and was left untouched. Else failed, untouched. */
const exits: Readonly<Record<number, 'done' | 'already' | 'conflict'>> = { 0: 'done', 10: 'already', 20: 'conflict' }

export interface ScriptResult {
  readonly outcome: 'done' | 'already' | 'conflict' | 'failed'
  /** last value of each key */
  readonly fields: ReadonlyMap<string, string>
  /** every value of a key that may repeat */
  readonly all: (key: string) => readonly string[]
  /** the script's own sentence on stderr, in shown form, one line */
  readonly detail: string
}

/** Reads a script's reply. A reply that was cut by time or size is `failed`: nothing it prints can be relied upon. */
export function readScript(reply: HostReply): ScriptResult {
  const lines = new TextDecoder().decode(reply.stdout).split('\n')
  const pairs = lines.flatMap((line) => {
    const at = line.indexOf('=')
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : []
  })
  const whole = !reply.timedOut && !reply.truncated.stdout && reply.exit !== null
  return {
    outcome: whole ? (exits[reply.exit] ?? 'failed') : 'failed',
    fields: new Map(pairs),
    all: (key) => pairs.filter(([name]) => name === key).map(([, value]) => value),
    detail: reply.timedOut ? 'time limit reached' : sentence(reply.stderr),
  }
}

function sentence(stderr: Uint8Array): string {
  let end = stderr.length
  while (end > 0 && stderr[end - 1] === 0x0a) end--
  return shown(hostText(stderr.subarray(0, Math.min(end, 500))))
}
