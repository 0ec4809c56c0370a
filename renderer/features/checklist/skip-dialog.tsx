// Leaving a step out: always with a reason from a closed list, which goes into the case.

import { Button, Group, Modal, Radio, Stack, Textarea } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { refusals } from '../../../main/core/contract.ts'
import { useWords } from '../../i18n/say.ts'
import type { StepQuestion } from '../../state/progress.ts'
import { answer, useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { useStepTitle } from './here.ts'

type Approval = Extract<StepQuestion, { kind: 'approval' }>

const skipping = createStore<{ readonly question: Approval | null }>(() => ({ question: null }))

export function openSkip(question: Approval): void {
  skipping.setState({ question })
}

/** Closes by itself when its question does. */
export function SkipDialog(): ReactNode {
  const w = useWords('checklist')
  const title = useStepTitle()
  const asked = useStore(skipping, ({ question }) => question)
  const question = useSession(({ questions }) =>
    asked !== null && questions.some((one) => one.question === asked.question) ? asked : null,
  )
  const close = (): void => {
    skipping.setState({ question: null })
  }
  return (
    <Modal
      opened={question !== null}
      onClose={close}
      title={question === null ? '' : w('skipTitle', { step: title({ ...question, kind: 'act' }) })}
    >
      {question !== null && <SkipForm question={question} onClose={close} />}
    </Modal>
  )
}

function SkipForm({ question, onClose }: { readonly question: Approval; readonly onClose: () => void }): ReactNode {
  const w = useWords('checklist')
  const common = useWords('common')
  const [reason, setReason] = useState<(typeof refusals)[number] | null>(null)
  const [text, setText] = useState('')
  const skip = async (): Promise<void> => {
    if (reason === null) return
    const { question: id, digest } = question
    const done = await attempt(() => answer({ kind: 'approval', question: id, digest, approve: false, reason, text }))
    if (!done) return
    go({ step: null }) // on with the run
    onClose()
  }
  return (
    <Stack gap={12}>
      <p className="dim" style={{ margin: 0 }}>
        {w('skipHint')}
      </p>
      <Radio.Group
        label={w('skipReason')}
        value={reason}
        onChange={(next) => {
          setReason(refusals.find((one) => one === next) ?? null)
        }}
      >
        <Stack gap={6} mt={6}>
          {refusals.map((one) => (
            <Radio key={one} value={one} label={w(`refusal-${one}`)} />
          ))}
        </Stack>
      </Radio.Group>
      <Textarea
        label={w('skipText')}
        value={text}
        maxLength={2000}
        autosize
        minRows={2}
        maxRows={8}
        onChange={(event) => {
          setText(event.currentTarget.value)
        }}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common('cancel')}
        </Button>
        <Button disabled={reason === null} onClick={() => void skip()}>
          {w('skipDo')}
        </Button>
      </Group>
    </Stack>
  )
}
