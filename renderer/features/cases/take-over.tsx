// Taking a case over: a copy that was made elsewhere, or a case that somebody else may still hold. Who does it and why goes into the journal, and from then
// on what is approved is approved in that name.

import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useStore } from 'zustand'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { timeText } from '../../ui/measures.ts'
import { ReasonInput } from '../../ui/reason-input.tsx'
import { held, takeOver, type HeldCase } from './case-actions.ts'

export function TakeOver({ opened }: { readonly opened: boolean }): ReactNode {
  const w = useWords('cases')
  const copy = useSession((state) => (state.case?.copy === true ? state.case.path : null))
  const elsewhere = useStore(held, (state) => state.held)
  const path = elsewhere?.path ?? copy
  return (
    <Modal opened={opened && path !== null} onClose={close} title={w(elsewhere === null ? 'copyTitle' : 'heldTitle')}>
      {path !== null && <TakeOverForm path={path} elsewhere={elsewhere} />}
    </Modal>
  )
}

function close(): void {
  held.setState({ held: null })
  go({ dialog: null })
}

function TakeOverForm({ path, elsewhere }: { readonly path: string; readonly elsewhere: HeldCase | null }): ReactNode {
  const w = useWords('cases')
  const common = useWords('common')
  const lang = useLanguage()
  const known = useSession((state) => state.settings.examiner)
  const [examiner, setExaminer] = useState(known ?? '')
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const ready = reason.trim() !== '' && examiner.trim() !== ''
  const since =
    elsewhere === null || Number.isNaN(Date.parse(elsewhere.since)) ? '?' : timeText(lang, elsewhere.since, null, true)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!ready) return
        setBusy(true)
        void attempt(() => takeOver(path, examiner, reason)).finally(() => {
          setBusy(false)
        })
      }}
    >
      <Stack gap="sm">
        <span>{elsewhere === null ? w('copyLead') : w('heldLead', { host: elsewhere.host, since })}</span>
        <Alert color="yellow" icon={<IconAlertTriangle size={16} />}>
          {w(elsewhere === null ? 'copyWarn' : 'heldWarn')}
        </Alert>
        <TextInput
          label={w('copyExaminer')}
          description={w('examinerHint')}
          maxLength={512}
          value={examiner}
          onChange={(event) => {
            setExaminer(event.currentTarget.value)
          }}
        />
        <ReasonInput label={w('copyReason')} description={w('copyReasonHint')} value={reason} onChange={setReason} />
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={close}>
            {elsewhere === null ? w('copyRead') : common('cancel')}
          </Button>
          <Button type="submit" color="yellow" disabled={!ready} loading={busy}>
            {w('copyTake')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
