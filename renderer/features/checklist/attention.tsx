// A question must be noticed wherever the person is: in the title of the window, as a note that leads there, and aloud for a screen reader. It never takes
// the focus: somebody may be typing into a terminal.

import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useEffect, useRef, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { isStepQuestion, type StepQuestion } from '../../state/progress.ts'
import { useSession } from '../../state/session.ts'
import { view } from '../../state/view.ts'
import { goToHost, useHere, useHostName } from './here.ts'
import style from './checklist.module.css'

const plainTitle = 'Tourniquet'

export function Attention(): ReactNode {
  const w = useWords('checklist')
  const name = useHostName()
  const { host, step } = useHere()
  const questions = useSession((state) => state.questions)
  const open = questions.filter(isStepQuestion)
  const shown = useRef(new Set<string>())
  useEffect(() => {
    document.title = open.length === 0 ? plainTitle : `(${String(open.length)}) ${plainTitle}`
  }, [open.length])
  useEffect(
    () => () => {
      document.title = plainTitle
    },
    [],
  )
  const isSeen = (one: StepQuestion): boolean =>
    view.getState().screen === 'checklist' && host === one.host && step?.step === one.step
  useEffect(() => {
    for (const id of shown.current) {
      if (open.some((one) => one.question === id && !isSeen(one))) continue
      shown.current.delete(id)
      notifications.hide(id)
    }
    for (const one of open) {
      const { question, kind, host: at, step: about } = one
      if (shown.current.has(question) || isSeen(one)) continue
      shown.current.add(question)
      notifications.show({
        id: question,
        color: 'yellow',
        withBorder: true,
        autoClose: false,
        title: w(kind === 'approval' ? 'noticeApproval' : 'noticeAttestation', { host: name(at) }),
        message: (
          <Button
            size="compact-xs"
            variant="light"
            color="yellow"
            mt={4}
            onClick={() => {
              notifications.hide(question)
              goToHost(at, about)
            }}
          >
            {w('noticeShow')}
          </Button>
        ),
      })
    }
  })
  const newest = open.at(-1)
  return (
    <div className={style['srOnly']} role="status" aria-live="polite">
      {newest !== undefined &&
        w(newest.kind === 'approval' ? 'noticeApproval' : 'noticeAttestation', { host: name(newest.host) })}
    </div>
  )
}
