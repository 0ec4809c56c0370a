// The traffic of a session as readable lines, live: what playbooks send to a host is no secret from the person who approved it.

import { textOf } from './capture.ts'
import type { EngineHost } from './deps.ts'
import type { Progress } from './progress.ts'

/** Tells every answered request. The returned function stops it (sessions have no way to take a listener back). */
export function transcript(host: EngineHost, tell: (progress: Progress) => void): () => void {
  let on = true
  host.session.onTraffic(({ lane, request, reply }) => {
    if (!on || reply === null) return
    const line = { request: textOf(request), exit: reply.exit, bytes: reply.stdout.length + reply.stderr.length }
    tell({ type: 'transcript', host: host.id, lane, ...line })
  })
  return () => {
    on = false
  }
}
