// Questions of the workbench about a host: a frame of ours that nothing a host says can look like. Words of the host stand apart and are marked.

import { Button, Modal } from '@mantine/core'
import { useEffect, useRef, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { askLater, useAsked } from './asking.ts'
import { KeyQuestion } from './key-question.tsx'
import { LoginQuestion } from './login-question.tsx'
import style from './hosts.module.css'

export function Questions(): ReactNode {
  const w = useWords('hosts')
  const { question, waiting } = useAsked()
  const target = useSession((state) => state.links.find((one) => one.link === question?.link)?.address ?? null)
  const place = useRef<HTMLDivElement>(null)
  const id = question?.question
  useEffect(() => {
    // each question begins at its title: an Enter meant for the one before answers nothing
    if (id !== undefined) place.current?.querySelector<HTMLElement>('h2')?.focus()
  }, [id])
  return (
    <Modal
      opened={question !== null}
      onClose={() => {
        if (question) askLater(question.question)
      }}
      closeOnClickOutside={false}
      withCloseButton={false}
      size={620}
      zIndex={400}
      classNames={{ content: style['asks'] ?? '' }}
      title={
        <span className={style['asksTitle']}>
          <img src="./icon.svg" alt="" width={16} height={16} />
          {w('asks')}
          {waiting > 1 && <small>{w('asksAt', { n: 1, total: waiting })}</small>}
        </span>
      }
    >
      {question !== null && (
        <div ref={place} className={style['question']} key={question.question}>
          {question.kind === 'host-key' ? (
            <KeyQuestion question={question} target={target} later={<Later question={question.question} />} />
          ) : (
            <LoginQuestion question={question} target={target} later={<Later question={question.question} />} />
          )}
        </div>
      )}
    </Modal>
  )
}

function Later({ question }: { readonly question: string }): ReactNode {
  const w = useWords('hosts')
  return (
    <Button
      variant="subtle"
      color="gray"
      title={w('laterHint')}
      onClick={() => {
        askLater(question)
      }}
    >
      {w('later')}
    </Button>
  )
}
