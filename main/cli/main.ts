// The command line: words in, exit status out. Every failure is a sentence with a code; Ctrl-C stops before the next change, twice ends at once.

import { setMaxListeners } from 'node:events'
import { errorCodes } from '../core/errors.ts'
import type { ExitStatus } from '../core/playbook/result.ts'
import { tool } from '../compose.ts'
import { exportCase, report, verify } from './commands/bundle.ts'
import { lint, playbooks } from './commands/playbooks.ts'
import { resume, run } from './commands/run.ts'
import { serve } from './commands/serve.ts'
import { start } from './commands/start.ts'
import { triage } from './commands/triage.ts'
import { undo } from './commands/undo.ts'
import { helpText } from './help.ts'
import { parseInvocation, type CommandName, type Invocation } from './options.ts'
import { createShell, showError, type Shell } from './shell.ts'

const handlers: Readonly<Record<CommandName, (shell: Shell) => Promise<ExitStatus>>> = {
  triage,
  run,
  resume,
  undo,
  export: exportCase,
  verify,
  report,
  lint,
  playbooks,
  serve,
  start,
}

async function main(argv: readonly string[]): Promise<ExitStatus> {
  const stop = new AbortController()
  setMaxListeners(0, stop.signal) // every request that is under way listens
  let shell = createShell(bare(argv), process.env, stop.signal)
  try {
    const invocation = parseInvocation(argv)
    shell = createShell(invocation, process.env, stop.signal)
    if (invocation.command === 'version') {
      process.stdout.write(`${tool}\n`)
      return 0
    }
    if (invocation.command === 'help') {
      process.stdout.write(helpText(invocation.topic, shell.lang))
      return argv.length === 0 ? 2 : 0
    }
    stopOnSignals(shell, stop)
    return await handlers[invocation.command](shell)
  } catch (cause) {
    const { code } = showError(shell, cause)
    shell.emit({ type: 'result', hosts: [], error: code })
    return errorCodes[code]
  }
}

/** Before the words are understood there is still a language to complain in, and perhaps a program that reads. */
const bare = (argv: readonly string[]): Invocation => ({
  command: 'help',
  topic: null,
  words: [],
  on: (flag) => flag === 'json' && argv.includes('--json'),
  text: () => undefined,
  list: () => [],
})

function stopOnSignals(shell: Shell, stop: AbortController): void {
  let asked = 0
  const onSignal = (): void => {
    asked += 1
    if (asked > 1) process.exit(130)
    shell.err.line(shell.err.paint('amber', shell.say('cli.stopping')))
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // A closed pipe (head, less) is no failure of ours.
  process.stdout.on('error', () => process.exit(0))
}

process.exitCode = await main(process.argv.slice(2))
// Nothing of ours outlives the command; a socket that a host keeps half-open must not hold the shell prompt.
setTimeout(() => process.exit(), 500).unref()
