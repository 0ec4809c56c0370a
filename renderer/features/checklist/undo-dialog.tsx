// Undoing a step: what will be put back, what cannot be, and a typed word before anything that was judged hostile comes back.

import { Button, Group, Modal, Stack, Switch, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useSay, useWords } from '../../i18n/say.ts'
import { useJournal } from '../../state/journal.ts'
import { usePlaybooks } from '../../state/playbooks.ts'
import { call, useSession } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { Tag } from '../../ui/kit.tsx'
import { useHostName, useStepTitle } from './here.ts'
import { HostWords } from './host-words.tsx'
import { closeUndo, useUndoOpen, type Change, type Standing } from './undo.ts'
import style from './checklist.module.css'

export function UndoDialog(): ReactNode {
  const w = useWords('checklist')
  const name = useHostName()
  const of = useUndoOpen()
  const title = useTitleOf()
  return (
    <Modal
      opened={of !== null}
      onClose={closeUndo}
      size={620}
      title={of === null ? '' : w('undoTitle', { step: title(of), host: name(of.host) })}
    >
      {of !== null && <UndoForm of={of} />}
    </Modal>
  )
}

/** What the step of a change is called; one of a playbook that is not here goes by its id. */
export function useTitleOf(): (of: Pick<Standing, 'run' | 'step'>) => string {
  const runs = useJournal((state) => state.runs)
  const all = usePlaybooks()
  const title = useStepTitle()
  return ({ run, step }) => {
    const used = runs.find((one) => one.run === run)?.playbook
    const playbook = all.find(({ id, version }) => id === used?.id && version === used.version)
    const known = playbook?.steps.find((one) => one.step === step)
    return known === undefined ? step : title(known)
  }
}

function UndoForm({ of }: { readonly of: Standing }): ReactNode {
  const w = useWords('checklist')
  const common = useWords('common')
  const ready = useSession(({ links }) => links.some((one) => one.host === of.host && one.state === 'ready'))
  const busy = useSession(({ jobs }) =>
    jobs.some(
      ({ kind, state }) => kind !== 'triage' && kind !== 'export' && (state === 'working' || state === 'stopping'),
    ),
  )
  const [hostileToo, setHostileToo] = useState(false)
  const [typed, setTyped] = useState('')
  const [starting, setStarting] = useState(false)
  const reversible = of.changes.filter((one) => one.reversible)
  const hostile = reversible.filter((one) => one.hostile)
  const back = hostileToo ? reversible : reversible.filter((one) => !one.hostile)
  const stays = of.changes.filter((one) => !back.includes(one))
  const may = ready && !busy && back.length > 0 && (!hostileToo || typed.trim() === w('undoWord'))
  const undo = async (): Promise<void> => {
    setStarting(true)
    const { host, run, step } = of
    const done = await attempt(() => call('undo.start', { hosts: [host], run, step, restoreHostile: hostileToo }))
    setStarting(false)
    if (done) closeUndo()
  }
  return (
    <Stack gap={12}>
      {back.length > 0 && <ChangeList title={w('undoDoes')} changes={back} />}
      {stays.length > 0 && <ChangeList title={w('undoNot')} changes={stays} />}
      {hostile.length > 0 && (
        <>
          <p className={style['danger']}>{w('undoHostile')}</p>
          <Switch
            label={w('undoHostileToo')}
            color="red"
            checked={hostileToo}
            onChange={(event) => {
              setHostileToo(event.currentTarget.checked)
            }}
          />
          {hostileToo && (
            <TextInput
              label={w('undoConfirm', { word: w('undoWord') })}
              value={typed}
              autoComplete="off"
              onChange={(event) => {
                setTyped(event.currentTarget.value)
              }}
            />
          )}
          {back.length === 0 && <p className="dim">{w('undoOnlyHostile')}</p>}
        </>
      )}
      {of.blockedBy !== null && <Blocked by={of.blockedBy} />}
      {busy && <p className={style['warn']}>{w('undoAfter')}</p>}
      {!ready && <p className={style['warn']}>{w('undoNoLink')}</p>}
      <Group justify="flex-end">
        <Button variant="default" onClick={closeUndo}>
          {common('cancel')}
        </Button>
        <Button
          disabled={!may}
          loading={starting}
          {...(hostileToo ? { color: 'red' } : {})}
          onClick={() => void undo()}
        >
          {w('undoDo')}
        </Button>
      </Group>
    </Stack>
  )
}

function ChangeList({ title, changes }: { readonly title: string; readonly changes: readonly Change[] }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  return (
    <div>
      <p className={style['listTitle']}>{title}</p>
      <ul className={style['plainList']}>
        {changes.map((change) => (
          <li key={change.act}>
            <HostWords text={say(change.summary.code, change.summary.params)} />{' '}
            {change.hostile && <Tag tone="red">{w('undoHostileMark')}</Tag>}{' '}
            {!change.reversible && <Tag>{w('changeFinal')}</Tag>}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What stands in the way of an undo. */
export function Blocked({ by }: { readonly by: Change }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const what = say(by.summary.code, by.summary.params)
  return <HostWords text={w(by.reversible ? 'changeBlocked' : 'changeSuperseded', { what })} />
}
