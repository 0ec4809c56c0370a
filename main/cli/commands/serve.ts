// serve: the workbench as a page on this machine, until it is stopped. Prints one URL, good for one page; Enter prints another.

import type { ExitStatus } from '../../core/playbook/result.ts'
import { loadPage, pageFolder } from '../../page/page.ts'
import { practiceHost } from '../../platform/practice.ts'
import { defaultPort, serveLoopback, type Served } from '../../server/serve.ts'
import { createWorkbench } from '../../workbench/workbench.ts'
import { usage } from '../options.ts'
import type { Shell } from '../shell.ts'

export async function serve(shell: Shell): Promise<ExitStatus> {
  refuseWords(shell)
  return serveUntilStopped(shell, () => undefined)
}

/** Serves until the shell's signal. `opened` gets the first link, which it may hand to a browser. */
export async function serveUntilStopped(shell: Shell, opened: (url: string) => void): Promise<ExitStatus> {
  const port = portGiven(shell)
  const page = await loadPage(pageFolder())
  const practice = practiceHost()
  const workbench = await createWorkbench({ kind: 'served', chooser: null, secrets: null, practice })
  const onDoorClosed = (): void => {
    shell.err.line(shell.err.paint('red', shell.say('cli.door-closed')))
  }
  let served: Served | null = null
  try {
    const open = (served = await serveLoopback({ port, page, workbench, onDoorClosed }))
    const print = (): string => {
      const url = open.newLink()
      shell.tell((screen) => {
        screen.line(url)
      })
      shell.emit({ type: 'serving', url, port })
      return url
    }
    opened(print())
    if (process.stdin.isTTY) {
      shell.err.line(shell.err.paint('grey', shell.say('cli.serving')))
      process.stdin.on('data', print)
    }
    await stopped(shell.signal)
  } finally {
    process.stdin.pause()
    await workbench.close()
    await practice.stop()
    await served?.close()
  }
  shell.emit({ type: 'result', hosts: [] })
  return 0
}

/** `usage` when words follow that mean nothing here. */
export function refuseWords(shell: Shell): void {
  const { words } = shell.invocation
  if (words.length > 0) throw usage('word', words.join(' '), 'no words')
}

function portGiven(shell: Shell): number {
  const text = shell.invocation.text('port')
  if (text === undefined) return defaultPort
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1024 || port > 65_535)
    throw usage('option', `--port ${text}`, 'a port from 1024 to 65535')
  return port
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve()
        },
        { once: true },
      )
  })
}
