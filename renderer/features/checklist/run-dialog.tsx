// Starting a run: playbook, hosts, parameters, and who approves. Mistakes are said here, before any host is touched. What must be noticed wherever the person
// is (a question, the commands of the checklist) lives here too, because this part is always on the page.

import {
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  Radio,
  Stack,
  Switch,
  TextInput,
  UnstyledButton,
} from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { shown } from '../../../main/core/contract.ts'
import type { Input } from '../../../main/core/rpc/define.ts'
import type { Contract } from '../../../main/core/contract.ts'
import { useBilingual, useWords } from '../../i18n/say.ts'
import { usePlaybooks, type Playbook } from '../../state/playbooks.ts'
import { useRun } from '../../state/progress.ts'
import { call, useSession } from '../../state/session.ts'
import { go, useView } from '../../state/view.ts'
import { failureOf } from '../../ui/attempt.ts'
import { ErrorNote, type Failure } from '../../ui/kit.tsx'
import { Attention } from './attention.tsx'
import { ChecklistCommands } from './checklist-commands.tsx'
import { clearOffer, useOffered } from './offer.ts'
import { ParamField } from './param-field.tsx'
import { sent, startValue, wrongOf, type ParamValue } from './params.ts'
import { SkipDialog } from './skip-dialog.tsx'
import { UndoDialog } from './undo-dialog.tsx'
import style from './checklist.module.css'

type Approval = Input<Contract, 'run.start'>['approval']
const approvals: readonly Approval[] = ['ask', 'plan-only', 'all']
/** Seconds; below, a renewal that comes late would already let the schedulers run. */
const shortestDeadMan = 30
const longestDeadMan = 7 * 24 * 3600

export function RunDialog(): ReactNode {
  const w = useWords('checklist')
  const open = useView((state) => state.dialog === 'start-run')
  const inCase = useSession((state) => state.case !== null)
  const close = (): void => {
    go({ dialog: null })
    clearOffer()
  }
  if (!inCase) return null
  return (
    <>
      <Attention />
      <ChecklistCommands />
      <SkipDialog />
      <UndoDialog />
      <Modal opened={open} onClose={close} title={w('startTitle')} size={860}>
        {open && <RunForm onClose={close} />}
      </Modal>
    </>
  )
}

function RunForm({ onClose }: { readonly onClose: () => void }): ReactNode {
  const w = useWords('checklist')
  const common = useWords('common')
  const all = usePlaybooks()
  const offered = useOffered()
  const links = useSession((state) => state.links)
  const settings = useSession((state) => state.settings)
  const selected = useView((state) => state.link)
  const run = useRun()
  const [id, setId] = useState(() => offered ?? all[0]?.id ?? null)
  const playbook = all.find((one) => one.id === id) ?? all[0] ?? null
  const hosts = links.flatMap((link) => (link.host === null ? [] : [{ ...link, host: link.host }]))
  const usable = hosts.filter(({ state, job }) => state === 'ready' && job === null)
  const marked = useView((state) => state.picked)
  const [picked, setPicked] = useState<readonly string[]>(() => {
    const many = usable.filter(({ link }) => marked.includes(link))
    if (many.length > 0) return many.map(({ host }) => host)
    const mine = usable.find(({ link }) => link === selected) ?? usable[0]
    return mine === undefined ? [] : [mine.host]
  })
  const [values, setValues] = useState<Readonly<Record<string, ParamValue>>>({})
  const [approval, setApproval] = useState<Approval>('ask')
  const [typed, setTyped] = useState('')
  const [hostView, setHostView] = useState(settings.hostView)
  const [packages, setPackages] = useState('')
  const [deadMan, setDeadMan] = useState<number | string>(settings.deadManSeconds)
  const [error, setError] = useState<Failure | null>(null)
  const [starting, setStarting] = useState(false)

  if (playbook === null) return <p>{w('noPlaybooks')}</p>
  const params = Object.entries(playbook.params).map(([name, spec]) => ({
    name,
    spec,
    value: values[name] ?? startValue(spec),
  }))
  const chosen = picked.filter((host) => usable.some((one) => one.host === host))
  const deadManOk = typeof deadMan === 'number' && deadMan >= shortestDeadMan && deadMan <= longestDeadMan
  const ready =
    chosen.length > 0 &&
    params.every(({ spec, value }) => wrongOf(spec, value) === null) &&
    deadManOk &&
    run?.working !== true &&
    (approval !== 'all' || typed.trim() === w('allWord'))

  const start = async (): Promise<void> => {
    setStarting(true)
    setError(null)
    try {
      await call('run.start', {
        hosts: [...chosen],
        playbook: { id: playbook.id, version: playbook.version },
        params: Object.fromEntries(params.map(({ name, spec, value }) => [name, sent(spec, value)])),
        approval,
        hostView,
        deadManSeconds: Number(deadMan),
        ...(packages.trim() === '' ? {} : { packages: packages.trim() }),
      })
      go({ screen: 'checklist', step: null })
      onClose()
    } catch (cause) {
      setError(failureOf(cause))
    } finally {
      setStarting(false)
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (ready && !starting) void start()
      }}
    >
      <div className={style['runForm']}>
        <PlaybookList all={all} chosen={playbook} onChoose={setId} />
        <Stack gap={14}>
          <About playbook={playbook} />
          <Checkbox.Group label={w('onHosts')} value={[...chosen]} onChange={setPicked}>
            <Stack gap={6} mt={6} className={style['runHosts'] ?? ''}>
              {hosts.map((one) => (
                <Checkbox
                  key={one.link}
                  value={one.host}
                  disabled={!usable.includes(one)}
                  label={
                    <>
                      {one.arrival === null ? one.address : shown(one.arrival.hostname)}{' '}
                      <span className="mono faint">{one.address}</span>
                      {one.state !== 'ready'
                        ? ` · ${w('hostNotReady')}`
                        : one.job !== null
                          ? ` · ${w('hostBusy')}`
                          : ''}
                    </>
                  }
                />
              ))}
              {hosts.length === 0 && <span className="dim">{w('noHosts')}</span>}
            </Stack>
          </Checkbox.Group>
          {params.map(({ name, spec, value }) => (
            <ParamField
              key={`${playbook.id} ${name}`}
              name={name}
              spec={spec}
              value={value}
              onChange={(next) => {
                setValues({ ...values, [name]: next })
              }}
            />
          ))}
          <Radio.Group
            label={w('approval')}
            value={approval}
            onChange={(next) => {
              setApproval(next)
            }}
          >
            <Stack gap={6} mt={6}>
              {approvals.map((one) => (
                <Radio
                  key={one}
                  value={one}
                  label={w(`approval-${one}`)}
                  description={w(`approval-${one}-hint`)}
                  {...(one === 'all' ? { color: 'red' } : {})}
                />
              ))}
            </Stack>
          </Radio.Group>
          {approval === 'all' && (
            <TextInput
              label={w('allConfirm', { word: w('allWord') })}
              value={typed}
              autoComplete="off"
              onChange={(event) => {
                setTyped(event.currentTarget.value)
              }}
            />
          )}
          <details>
            <summary>{w('more')}</summary>
            <Stack gap={12} mt={10}>
              <Switch
                label={w('hostView')}
                description={w('hostViewHint')}
                checked={hostView}
                onChange={(event) => {
                  setHostView(event.currentTarget.checked)
                }}
              />
              <NumberInput
                label={w('deadMan')}
                description={w('deadManHint')}
                value={deadMan}
                min={shortestDeadMan}
                max={longestDeadMan}
                clampBehavior="none"
                allowDecimal={false}
                suffix=" s"
                maw={220}
                error={deadManOk ? null : w('deadManHint')}
                onChange={setDeadMan}
              />
              <TextInput
                label={w('packages')}
                description={w('packagesHint')}
                value={packages}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => {
                  setPackages(event.currentTarget.value)
                }}
              />
            </Stack>
          </details>
          {run?.working === true && <p className={style['warn']}>{w('alreadyRunning')}</p>}
          {run !== null && !run.working && run.head.outcome === null && (
            <p className={style['warn']}>{w('openRunThere')}</p>
          )}
          {error !== null && <ErrorNote error={error} />}
        </Stack>
      </div>
      <Group justify="flex-end" gap={10} className={style['runFoot'] ?? ''}>
        {chosen.length === 0 && <span className="dim">{w('chooseHost')}</span>}
        <Button variant="default" onClick={onClose}>
          {common('cancel')}
        </Button>
        <Button type="submit" disabled={!ready} loading={starting} {...(approval === 'all' ? { color: 'red' } : {})}>
          {chosen.length < 2 ? w('start') : w('startOn', { n: chosen.length })}
        </Button>
      </Group>
    </form>
  )
}

function PlaybookList({
  all,
  chosen,
  onChoose,
}: {
  readonly all: readonly Playbook[]
  readonly chosen: Playbook
  readonly onChoose: (id: string) => void
}): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  return (
    <div role="radiogroup" aria-label={w('playbook')} className={style['playbooks']}>
      {all.map((one) => (
        <UnstyledButton
          key={one.digest}
          role="radio"
          aria-checked={one === chosen}
          className={style['playbook'] ?? ''}
          onClick={() => {
            onChoose(one.id)
          }}
        >
          <strong>{bilingual(one.title)}</strong>
          {one.summary !== null && <span>{bilingual(one.summary)}</span>}
        </UnstyledButton>
      ))}
    </div>
  )
}

/** What it is made of and what it can change, before it is started. */
function About({ playbook }: { readonly playbook: Playbook }): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const verbs = [...new Set(playbook.steps.flatMap(({ verb }) => (verb === null ? [] : [verb])))]
  const final = [
    ...new Set(playbook.steps.flatMap(({ irreversible }) => (irreversible === null ? [] : [bilingual(irreversible)]))),
  ]
  return (
    <div className={style['about']}>
      <p>
        <strong>{w('canChange')}</strong>{' '}
        <span className="dim">
          {verbs.length === 0 ? w('changesNothing') : verbs.map((verb) => deed(w, verb)).join(' · ')}
        </span>
      </p>
      {final.map((one) => (
        <p key={one} className={style['danger']}>
          {w('cannotUndo', { what: one })}
        </p>
      ))}
      <p className="faint num">
        {playbook.steps.length > 0 && `${w('playbookSteps', { n: playbook.steps.length })} · `}
        <span className="mono" title={`sha256:${playbook.digest}`}>
          {playbook.id}@{playbook.version} · sha256:{playbook.digest.slice(0, 8)}…
        </span>
      </p>
    </div>
  )
}

function deed(w: ReturnType<typeof useWords<'checklist'>>, verb: string): string {
  const key = `changes-${verb}`
  return isDeed(key) ? w(key) : verb
}

const deeds = [
  'changes-pause-schedulers',
  'changes-resume-schedulers',
  'changes-freeze',
  'changes-kill',
  'changes-quarantine',
  'changes-edit-lines',
  'changes-clear-flags',
  'changes-block-exec',
  'changes-lift-blocks',
  'changes-stop-unit',
  'changes-edit-keys',
  'changes-install-key',
  'changes-restore-binary',
] as const

function isDeed(key: string): key is (typeof deeds)[number] {
  return (deeds as readonly string[]).includes(key)
}
