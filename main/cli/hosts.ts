// Entering hosts side by side for a command, and leaving them again whatever happened. One host that cannot be entered stops no other.

import type { CaseFolder } from '../platform/case-folder.ts'
import { enter } from '../compose.ts'
import { errorCodes, TourniquetError } from '../core/errors.ts'
import { parseIndicators, type Indicator } from '../core/judge/indicators.ts'
import type { EngineHost } from '../core/playbook/deps.ts'
import type { ExitStatus } from '../core/playbook/result.ts'
import { readFile } from 'node:fs/promises'
import { secretFrom } from './options.ts'
import type { ReachableHost } from './reach.ts'
import { showError, type Shell } from './shell.ts'

/** A host that could not be entered, with its exit status. */
export interface NotEntered {
  readonly address: string
  readonly error: TourniquetError
  readonly exit: ExitStatus
}

export interface Entered {
  readonly hosts: readonly EngineHost[]
  readonly failed: readonly NotEntered[]
}

/** Dials and enters all hosts at once. */
export async function enterAll(shell: Shell, store: CaseFolder, reachable: readonly ReachableHost[]): Promise<Entered> {
  const sudoPassword = secretFrom(shell.invocation, 'sudo-password-env', shell.environment)
  const hosts: EngineHost[] = []
  const failed: NotEntered[] = []
  await Promise.all(
    reachable.map(async (host) => {
      try {
        shell.err.status(shell.say('cli.connecting', { host: host.shown }))
        const connection = await host.dial(shell.signal)
        const entered = await enter(store, host.shown, connection, {
          sudo: shell.invocation.on('sudo'),
          sudoPassword,
          signal: shell.signal,
        })
        hosts.push(entered)
        const { arrival } = entered.session
        shell.emit({
          type: 'entered',
          host: host.shown,
          key: arrival.dialled.key.sha256,
          keyTrust: arrival.dialled.keyTrust,
          euid: arrival.euid,
          arch: arrival.arch,
        })
        if (!shell.json && arrival.dialled.keyTrust === 'first-seen')
          shell.err.line(
            shell.err.paint(
              'amber',
              shell.say('cli.first-seen', { host: host.shown, key: arrival.dialled.key.sha256 }),
            ),
          )
        if (!shell.json && arrival.euid !== 0)
          shell.err.line(shell.err.paint('amber', shell.say('cli.not-root', { host: host.shown })))
      } catch (cause) {
        const error = showError(shell, cause, host.shown)
        failed.push({ address: host.shown, error, exit: errorCodes[error.code] })
      }
    }),
  )
  return { hosts, failed }
}

/** Indicators of the case, from files named on the command line. Lines that cannot be read are said, not dropped in silence. */
export async function caseIndicators(shell: Shell): Promise<readonly Indicator[]> {
  const lists = await Promise.all(
    shell.invocation.list('indicators').map(async (path) => {
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw new TourniquetError('file-unreadable', { path }, cause)
      })
      const read = parseIndicators(text, { source: path })
      for (const { line, text: refused } of read.refused)
        shell.err.line(
          shell.err.paint('amber', shell.say('cli.indicator-refused', { path, line, text: JSON.stringify(refused) })),
        )
      return read.indicators
    }),
  )
  return lists.flat()
}
