// What can be done to a run by name and by key. Approving has no key: nothing that changes a host may happen by a slip of the hand.

import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { isStepQuestion } from '../../state/progress.ts'
import { useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { goToHost, useHere } from './here.ts'
import { resume, useResumable } from './resume-card.tsx'
import { openSkip } from './skip-dialog.tsx'
import { stopJob } from './stop-button.tsx'
import { openUndo, useStandingGroups } from './undo.ts'

export function ChecklistCommands(): ReactNode {
  const w = useWords('checklist')
  const group = w('title')
  const { run, host, step } = useHere()
  const { ready } = useResumable(run)
  const question = useSession(({ questions }) => questions.find(isStepQuestion) ?? null)
  const standing = useStandingGroups(host)
  const undoable = standing.find(({ canUndo }) => canUndo)
  useCommands('checklist', [
    {
      id: 'checklist.run',
      label: w('cmdRun'),
      group,
      keys: 'R',
      also: 'run playbook 处置 手册',
      run: () => {
        go({ dialog: 'start-run' })
      },
    },
    {
      id: 'checklist.question',
      label: w('cmdQuestion'),
      group,
      keys: 'N',
      enabled: question !== null,
      run: () => {
        if (question !== null) goToHost(question.host, question.step)
      },
    },
    {
      id: 'checklist.resume',
      label: w('cmdResume'),
      group,
      enabled: ready.length > 0,
      run: () => {
        resume(ready)
      },
    },
    {
      id: 'checklist.stop',
      label: w('cmdStop'),
      group,
      keys: 'mod+.',
      enabled: run?.working === true,
      run: () => {
        if (run?.job) stopJob(run.job.job)
      },
    },
    {
      id: 'checklist.undo',
      label: w('cmdUndo'),
      group,
      keys: 'U',
      enabled: undoable !== undefined,
      run: () => {
        if (undoable !== undefined) openUndo(undoable)
      },
    },
    {
      id: 'checklist.skip',
      label: w('cmdSkip'),
      group,
      keys: 'S',
      enabled: step?.question?.kind === 'approval',
      run: () => {
        if (step?.question?.kind === 'approval') openSkip(step.question)
      },
    },
  ])
  return null
}
