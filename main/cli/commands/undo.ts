// undo --case DIR: puts changes back, newest first.

import { engineDeps, leave } from '../../compose.ts'
import { worstExit, type ExitStatus } from '../../core/playbook/result.ts'
import { addressesOf } from '../../core/playbook/resume.ts'
import { undoChanges } from '../../core/playbook/undo.ts'
import { caseFor, caseNamed, hostsOf, inCase } from '../case.ts'
import { enterAll } from '../hosts.ts'
import { usage } from '../options.ts'
import { progressView } from '../progress.ts'
import type { Shell } from '../shell.ts'
import { clip } from '../screen.ts'

/** Seconds; an undo that pauses schedulers again is short. */
const deadManTtl = 60 * 60

export async function undo(shell: Shell): Promise<ExitStatus> {
  caseNamed(shell)
  return inCase(await caseFor(shell), async ({ store, folder }) => {
    const addresses = addressesOf(store)
    const wanted = shell.invocation.text('host')
    const words = [...addresses]
      .filter(([id, address]) => wanted === undefined || wanted === id || wanted === address)
      .map(([, address]) => address)
    if (words.length === 0) throw usage('option', `--host ${wanted ?? '-'}`, [...addresses.values()].join(', ') || '-')
    const { hosts, failed } = await enterAll(shell, store, hostsOf(shell, words))
    const run = shell.invocation.text('run')
    const step = shell.invocation.text('step')
    const deps = engineDeps(store, {
      approver: { decide: () => Promise.resolve({ decision: 'missing' }) },
      attestor: { attest: () => Promise.resolve(null) },
      deadManTtl,
      hostView: false,
      indicators: [],
      signal: shell.signal,
      onProgress: progressView(shell, new Map(hosts.map((host) => [host.id, host.address]))),
    })
    try {
      const result = await undoChanges(deps, {
        hosts,
        ...(run === undefined ? {} : { run }),
        ...(step === undefined ? {} : { step }),
        restoreHostile: shell.invocation.on('restore-hostile'),
      })
      for (const host of result.hosts) {
        shell.tell((screen) => {
          screen.line()
          screen.line(screen.paint('bold', host.address))
          if (host.changes.length === 0) screen.line(`  ${shell.say('cli.nothing-to-undo')}`)
          for (const change of host.changes) {
            const good = change.outcome === 'done' || change.outcome === 'already'
            const state =
              change.skip === null ? shell.say(`undo.${change.outcome}`) : shell.say(`undo-skip.${change.skip}`)
            screen.line(
              clip(
                `  ${screen.paint(good ? 'green' : change.skip === null ? 'red' : 'amber', state)}  ${shell.say(change.summary.code, change.summary.params)}`,
                screen.width + 20,
              ),
            )
            if (change.notRestored.length > 0)
              screen.line(
                screen.paint('grey', `      ${shell.say('cli.not-restored', { what: change.notRestored.join(', ') })}`),
              )
            if (!good && change.detail !== '') screen.line(screen.paint('grey', `      ${change.detail}`))
          }
        })
      }
      const exit = worstExit([...result.hosts.map((host) => host.exit), ...failed.map((one) => one.exit)])
      shell.emit({
        type: 'result',
        case: folder,
        hosts: [
          ...result.hosts.map(({ address, ...rest }) => ({ host: address, ...rest })),
          ...failed.map(({ address, exit: status }) => ({ host: address, exit: status, changes: [] })),
        ],
      })
      return exit
    } finally {
      await Promise.all(hosts.map((host) => leave(store, host, false, 'undo done')))
    }
  })
}
