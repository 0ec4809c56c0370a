// Questions of the workbench about a host: a frame of ours that nothing a host says can look like. Words of the host stand apart and are marked.

import { Button, Modal } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { askLater, useAsked, type HostQuestion } from './asking.ts'
import { KeyQuestion } from './key-question.tsx'
import { LoginQuestion } from './login-question.tsx'
import style from './hosts.module.css'

export function Questions(): ReactNode {
  const w = useWords('hosts')
  const { question, waiting } = useAsked()
  const target = useSession((state) => state.links.find((one) => one.link === question?.link)?.address ?? null)
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
      {question !== null && <Asked key={question.question} question={question} target={target} />}
    </Modal>
  )
}

/**
 * A question that comes while a person types begins at its title: what they go on typing, and the Enter after it, must not become an answer or a password
 * sent to a host.
 */
function Asked({ question, target }: { readonly question: HostQuestion; readonly target: string | null }): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const [quiet] = useState(() => question.kind === 'host-key' || isTyping())
  useEffect(() => {
    if (quiet) place.current?.querySelector<HTMLElement>('h2')?.focus()
  }, [quiet])
  const later = <Later question={question.question} />
  return (
    <div ref={place} className={style['question']}>
      {question.kind === 'host-key' ? (
        <KeyQuestion question={question} target={target} later={later} />
      ) : (
        <LoginQuestion question={question} target={target} later={later} quiet={quiet} />
      )}
    </div>
  )
}

function isTyping(): boolean {
  return document.activeElement?.closest('input, textarea, [contenteditable], .xterm') != null
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
