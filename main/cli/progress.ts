// Progress on stderr: one line a step with its outcome, and on a live terminal a status line with items and elapsed time below it.

import type { FlatStep } from '../core/playbook/compose.ts'
import type { Progress } from '../core/playbook/progress.ts'
import type { Revival } from '../core/playbook/revive.ts'
import type { Shell } from './shell.ts'
import type { Tone } from './screen.ts'

/** Kinds of progress that would drown a JSON reader are left to the journal. */
const quiet: ReadonlySet<Progress['type']> = new Set(['transcript', 'capturing', 'acting'])

const tones: Readonly<Record<string, Tone>> = {
  done: 'green',
  'nothing-to-do': 'grey',
  skipped: 'grey',
  failed: 'red',
  unknown: 'grey',
  waiting: 'amber',
}

/** Shows what a run tells. `names` gives the address of a host by its id; with one host its name is left out. */
export function progressView(
  shell: Shell,
  names: ReadonlyMap<string, string>,
  steps: readonly FlatStep[] = [],
): (progress: Progress) => void {
  const began = Date.now()
  const titles = new Map(
    steps.map((step) => [
      step.id,
      step.body.step.title?.[shell.lang] ?? step.body.step.sentence?.[shell.lang] ?? step.id,
    ]),
  )
  const elapsed = (): string => {
    const seconds = Math.round((Date.now() - began) / 1000)
    return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
  }
  const prefix = (host: string): string => (names.size > 1 ? `${names.get(host) ?? host}  ` : '')
  const status = (host: string, text: string): void => {
    shell.err.status(`${elapsed()}  ${prefix(host)}${text}`)
  }
  const title = (step: string | null): string => (step === null ? '' : (titles.get(step) ?? step))

  return (progress) => {
    if (!quiet.has(progress.type)) shell.emit({ ...progress, host: names.get(progress.host) ?? progress.host })
    if (shell.json) return
    const { host } = progress
    switch (progress.type) {
      case 'step-started':
        titles.set(progress.step, progress.title?.[shell.lang] ?? progress.sentence?.[shell.lang] ?? progress.step)
        status(host, title(progress.step))
        break
      case 'step-ended': {
        const outcome = shell.err.paint(tones[progress.outcome] ?? 'plain', shell.say(`step.${progress.outcome}`))
        const why = progress.skip === null ? progress.detail : shell.say(`skip.${progress.skip}`)
        shell.err.line(
          `${elapsed()}  ${prefix(host)}${title(progress.step)}  ${outcome}${why === '' ? '' : shell.err.paint('grey', `  ${why}`)}`,
        )
        break
      }
      case 'looking':
        status(
          host,
          shell.say('cli.looking', {
            probe: shell.say(`probe.${progress.probe}`),
            done: progress.done,
            total: progress.total,
          }),
        )
        break
      case 'looked':
        // A look at one thing alone (which cloud is this?) has no verdict worth a line.
        if (progress.findings === 0 && progress.verdict === 'unknown') break
        shell.err.line(
          `${elapsed()}  ${prefix(host)}${shell.say(`verdict.${progress.verdict}`)}  ${shell.err.paint('grey', shell.say('cli.counts', { findings: progress.findings, proposed: progress.proposed, unknowns: progress.unknowns }))}`,
        )
        break
      case 'capturing':
        status(host, `${title(progress.step)}  ${shell.say('cli.kept', { kib: Math.round(progress.bytes / 1024) })}`)
        break
      case 'acting':
        status(host, `${title(progress.step)}  ${String(progress.done)}/${String(progress.total)}`)
        break
      case 'soak':
        for (const line of soakLines(shell, progress)) shell.err.line(`${elapsed()}  ${prefix(host)}${line}`)
        break
      case 'waiting':
        status(host, `${title(progress.step)}  ${shell.say('cli.left', { seconds: progress.secondsLeft })}`)
        break
      case 'acted':
        if (progress.outcome === 'conflict' || progress.outcome === 'failed')
          shell.err.line(
            shell.err.paint(
              'red',
              `${elapsed()}  ${prefix(host)}${shell.say(`act.${progress.outcome}`)}  ${progress.detail}`,
            ),
          )
        break
      case 'undone':
        shell.err.line(
          `${elapsed()}  ${prefix(host)}${shell.say(progress.outcome === 'skipped' ? 'step.skipped' : `undo.${progress.outcome}`)}  ${shell.err.paint('grey', `${progress.step}  ${progress.detail}`)}`,
        )
        break
      case 'dead-man':
        if (progress.what === 'armed')
          shell.err.line(
            shell.err.paint(
              'grey',
              `${elapsed()}  ${prefix(host)}${shell.say('cli.dead-man', { minutes: Math.max(1, Math.round(progress.seconds / 60)) })}`,
            ),
          )
        else if (progress.what === 'fired')
          shell.err.line(shell.err.paint('amber', `${elapsed()}  ${prefix(host)}${shell.say('cli.dead-man-fired')}`))
        break
      case 'planned':
      case 'needs-person':
      case 'verified':
      case 'transcript':
      case 'host-ended':
        break
    }
  }
}

/** How long a soak lasts and why. */
function soakLines(shell: Shell, { lasts, longest, beyond }: Extract<Progress, { type: 'soak' }>): readonly string[] {
  const seconds = Math.ceil(lasts / 1000)
  const words = (one: Revival) => ({ ...one, by: shell.say(`soak.by-${one.by}`) })
  return [
    longest === null
      ? shell.say('soak.nothing-revives', { lasts: seconds })
      : shell.say('soak.covers', { ...words(longest), lasts: seconds }),
    ...(beyond === null ? [] : [shell.err.paint('amber', shell.say('soak.beyond', words(beyond)))]),
  ]
}
