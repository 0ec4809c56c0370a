// Scripts that read or touch processes run under a /proc of our own: a mount over /proc/PID hides a process from everything that uses the host's.
// Where that is refused (a container) they run with the host's /proc and are told so, and must then call a missing entry unknown, not gone.

import script from './clean-proc.sh?raw'
import type { Arg } from './session.ts'

/** The argv that runs `body` with `args` (its `$1`…) under a fresh /proc; the script finds VIEW=private or VIEW=host in its environment. */
export function underCleanProc(body: string, name: string, args: readonly Arg[]): readonly Arg[] {
  return ['sh', '-c', script, 'clean-proc', body, name, ...args]
}
