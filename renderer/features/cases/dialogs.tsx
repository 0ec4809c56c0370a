// Windows of the cases: a new one, import, and taking over a copy.

import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { useSession } from '../../state/session.ts'
import { go, useView } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { createCase, ownZone, type CaseAbout } from './case-actions.ts'
import { ImportCase } from './import-case.tsx'
import { TakeOver } from './take-over.tsx'

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
      <TakeOver opened={dialog === 'take-over'} />
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
