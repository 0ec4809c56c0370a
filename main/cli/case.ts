// The case a command works in: opened or made, and closed whatever happens.

import { caseForWriting } from '../compose.ts'
import { TourniquetError } from '../core/errors.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { usage } from './options.ts'
import { reachable, type ReachableHost } from './reach.ts'
import type { Shell } from './shell.ts'

export interface OpenedCase {
  readonly store: CaseFolder
  readonly folder: string
}

/** Opens the case of `--case`, or makes one there or in the user's data folder. */
export async function caseFor(shell: Shell): Promise<OpenedCase> {
  const { invocation } = shell
  const opened = await caseForWriting({
    folder: invocation.text('case'),
    examiner: invocation.text('examiner'),
    about: {
      number: invocation.text('case-number') ?? null,
      customer: invocation.text('customer') ?? null,
      authority: invocation.text('authority') ?? null,
      timeZone: invocation.text('time-zone') ?? null,
    },
    takeOver: invocation.text('take-over'),
  })
  if (!shell.json) shell.err.line(shell.err.paint('grey', shell.say('cli.case', { folder: opened.folder })))
  shell.emit({ type: 'case', folder: opened.folder, caseId: opened.store.info.caseId })
  return opened
}

/** The folder named by `--case`, which this command cannot do without. */
export function caseNamed(shell: Shell): string {
  const folder = shell.invocation.text('case')
  if (folder === undefined) throw usage('option', '--case', 'the folder of a case')
  return folder
}

/** Runs the work and closes the case afterwards, whatever happened. */
export async function inCase<T>(opened: OpenedCase, work: (opened: OpenedCase) => Promise<T>): Promise<T> {
  try {
    return await work(opened)
  } finally {
    await opened.store.close()
  }
}

/** HOST words as hosts to dial; says what of ssh_config was not followed. */
export function hostsOf(shell: Shell, words: readonly string[]): readonly ReachableHost[] {
  if (new Set(words).size < words.length)
    throw new TourniquetError('usage', { what: 'HOST', text: words.join(' '), expected: 'each host once' })
  const { hosts, notes } = reachable(shell.invocation, words, shell.environment)
  for (const note of notes) if (!shell.json) shell.err.line(shell.err.paint('amber', note))
  return hosts
}
