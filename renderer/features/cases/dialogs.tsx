// Windows of the cases: a new one, import, and taking over a copy.

import { Alert, Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useEffect, useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { useSession } from '../../state/session.ts'
import { go, useView } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { createCase, openCase, ownZone, type CaseAbout } from './case-actions.ts'
import { ImportCase } from './import-case.tsx'

export function CaseDialogs(): ReactNode {
  const w = useWords('cases')
  const dialog = useView((state) => state.dialog)
  useCopyNotice()
  return (
    <>
      <Modal opened={dialog === 'new-case'} onClose={close} title={w('newTitle')} size="lg">
        <NewCase />
      </Modal>
      <Modal
        opened={dialog === 'import'}
        onClose={close}
        title={w('importTitle')}
        size="lg"
        closeOnClickOutside={false}
      >
        <ImportCase />
      </Modal>
      <Modal opened={dialog === 'take-over'} onClose={close} title={w('copyTitle')}>
        <TakeOver />
      </Modal>
    </>
  )
}

function close(): void {
  go({ dialog: null })
}

function NewCase(): ReactNode {
  const w = useWords('cases')
  const known = useSession((state) => state.settings.examiner)
  const [about, setAbout] = useState<CaseAbout>({
    number: '',
    customer: '',
    examiner: known ?? '',
    authority: '',
    timeZone: ownZone(),
  })
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const nameless = about.examiner.trim() === ''
  const field = (name: 'number' | 'customer' | 'examiner' | 'authority') => ({
    value: about[name],
    maxLength: 512,
    onChange: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
      setAbout({ ...about, [name]: currentTarget.value })
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (nameless) return
        setBusy(true)
        void attempt(() => createCase(about)).finally(() => {
          setBusy(false)
        })
      }}
    >
      <Stack gap="sm">
        <Group grow align="start">
          <TextInput label={w('numberLabel')} description={w('numberHint')} data-autofocus {...field('number')} />
          <TextInput label={w('customerLabel')} description={w('customerHint')} {...field('customer')} />
        </Group>
        <TextInput
          label={w('examinerLabel')}
          description={w('examinerHint')}
          withAsterisk
          error={tried && nameless ? w('examinerMissing') : null}
          {...field('examiner')}
        />
        <TextInput label={w('authorityLabel')} description={w('authorityHint')} {...field('authority')} />
        <Select
          label={w('zoneLabel')}
          description={w('zoneHint')}
          searchable
          clearable
          limit={60}
          data={zones()}
          nothingFoundMessage={w('zoneNone')}
          value={about.timeZone}
          onChange={(timeZone) => {
            setAbout({ ...about, timeZone })
          }}
        />
        <Group justify="space-between" mt="xs" wrap="nowrap">
          <span className="dim">{w('createHint')}</span>
          <Button type="submit" loading={busy}>
            {w('create')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Every IANA zone this browser knows; UTC is none of them and the commonest answer of servers. */
function zones(): string[] {
  return [...new Set([ownZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])]
}

/** Says once of every opened copy that it is one; the palette says it again. */
function useCopyNotice(): void {
  const w = useWords('cases')
  const copy = useSession((state) => (state.case?.copy === true ? state.case.caseId : null))
  useEffect(() => {
    if (copy !== null) go({ dialog: 'take-over' })
  }, [copy])
  useCommands('cases.copy', copy === null ? [] : [takeOverCommand(w('copyTake'), w('group'))])
}

function takeOverCommand(label: string, group: string): Parameters<typeof useCommands>[1][number] {
  return {
    id: 'cases.take-over',
    label,
    group,
    also: 'take over copy 接管 副本',
    run: () => {
      go({ dialog: 'take-over' })
    },
  }
}

function TakeOver(): ReactNode {
  const w = useWords('cases')
  const path = useSession((state) => state.case?.path ?? null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  if (path === null) return null
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setBusy(true)
        void openCase(path, reason.trim()).finally(() => {
          setBusy(false)
        })
      }}
    >
      <Stack gap="sm">
        <span>{w('copyLead')}</span>
        <Alert color="yellow" icon={<IconAlertTriangle size={16} />}>
          {w('copyWarn')}
        </Alert>
        <Textarea
          label={w('copyReason')}
          description={w('copyReasonHint')}
          autosize
          minRows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value)
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={close}>
            {w('copyRead')}
          </Button>
          <Button type="submit" color="yellow" disabled={reason.trim() === ''} loading={busy}>
            {w('copyTake')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
