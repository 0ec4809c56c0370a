// serve: the workbench as a page on this machine, until it is stopped. Prints one URL, good for one page; Enter prints another.

import type { ExitStatus } from '../../core/playbook/result.ts'
import { loadPage, pageFolder } from '../../page/page.ts'
import { defaultPort, serveLoopback } from '../../server/serve.ts'
import { createWorkbench } from '../../workbench/workbench.ts'
import { usage } from '../options.ts'
import type { Shell } from '../shell.ts'

export async function serve(shell: Shell): Promise<ExitStatus> {
  if (shell.invocation.words.length > 0) throw usage('word', shell.invocation.words.join(' '), 'no words')
  const port = portGiven(shell)
  const workbench = await createWorkbench({ kind: 'served', chooser: null, secrets: null, practice: null })
  const served = await serveLoopback({
    port,
    page: await loadPage(pageFolder()),
    workbench,
    onDoorClosed: () => {
      shell.err.line(shell.err.paint('red', shell.say('cli.door-closed')))
    },
  })
  const print = (): void => {
    const url = served.newLink()
    shell.tell((screen) => {
      screen.line(url)
    })
    shell.emit({ type: 'serving', url, port })
  }
  print()
  if (process.stdin.isTTY) {
    shell.err.line(shell.err.paint('grey', shell.say('cli.serving')))
    process.stdin.on('data', print)
  }
  try {
    await stopped(shell.signal)
  } finally {
    process.stdin.pause()
    await workbench.close()
    await served.close()
  }
  shell.emit({ type: 'result', hosts: [] })
  return 0
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
