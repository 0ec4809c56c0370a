// The checklist: every step of the run on one host and where it stands, what waits for a person, and what could be started when nothing runs.

import { ActionIcon, Tooltip } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useRef, type KeyboardEvent, type ReactNode } from 'react'
import { useBilingual, useWords } from '../../i18n/say.ts'
import { useJournal } from '../../state/journal.ts'
import type { StepView } from '../../state/progress.ts'
import { go } from '../../state/view.ts'
import { ErrorNote, Section } from '../../ui/kit.tsx'
import { useHere, useStepTitle } from './here.ts'
import { HostSwitch } from './host-switch.tsx'
import { ResumeCard } from './resume-card.tsx'
import { SignIcon } from './sign-icon.tsx'
import { StartCards } from './start-cards.tsx'
import { StepNote } from './step-note.tsx'
import { StopButton } from './stop-button.tsx'
import style from './checklist.module.css'

export function Spine(): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const { run, host, steps, step } = useHere()
  const error = useJournal((state) => state.error)
  if (run === null || host === null)
    return (
      <>
        {error && <ErrorNote error={error} />}
        <StartCards />
      </>
    )
  const name = run.playbook === null ? run.head.playbook.id : bilingual(run.playbook.title)
  const at = step === null ? -1 : steps.indexOf(step)
  return (
    <Section
      title={name}
      aside={
        <>
          {at !== -1 && w('stepOf', { n: at + 1, total: steps.length })}
          {run.working ? (
            <StopButton run={run} small />
          ) : (
            <Tooltip label={w('newRun')}>
              <ActionIcon
                size="xs"
                aria-label={w('newRun')}
                onClick={() => {
                  go({ dialog: 'start-run' })
                }}
              >
                <IconPlus size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </>
      }
    >
      {error && <ErrorNote error={error} />}
      <HostSwitch run={run} host={host} />
      <ResumeCard run={run} host={host} steps={steps} />
      <Steps steps={steps} open={step} host={host} />
    </Section>
  )
}

/** Steps grouped by phase. One of them can be tabbed to; arrows, j and k move, Enter opens. */
function Steps({
  steps,
  open,
  host,
}: {
  readonly steps: readonly StepView[]
  readonly open: StepView | null
  readonly host: string
}): ReactNode {
  const w = useWords('checklist')
  const list = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity }[event.key]
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])]
    const from = buttons.indexOf(document.activeElement as HTMLButtonElement)
    buttons[Math.max(0, Math.min(buttons.length - 1, from + by))]?.focus()
    event.preventDefault()
  }
  const groups = grouped(steps)
  return (
    <div ref={list} role="group" aria-label={w('steps')} className={style['steps']} onKeyDown={onKeyDown}>
      {groups.map(({ under, steps: some }, at) => (
        <div key={at}>
          {under !== null && <PhaseName phase={under} />}
          <ul>
            {some.map((step) => (
              <li key={step.step}>
                <StepRow step={step} open={step === open} host={host} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  )
}

function grouped(
  steps: readonly StepView[],
): readonly { readonly under: StepView['under']; readonly steps: readonly StepView[] }[] {
  const groups: { under: StepView['under']; steps: StepView[] }[] = []
  for (const step of steps) {
    const last = groups.at(-1)
    if (last?.under === step.under) last.steps.push(step)
    else groups.push({ under: step.under, steps: [step] })
  }
  return groups
}

/** Both names in English, as on the runbooks people know; in Chinese one is enough. */
function PhaseName({ phase }: { readonly phase: NonNullable<StepView['under']> }): ReactNode {
  const w = useWords('checklist')
  const name = w(`phase-${phase}`)
  const other = { 'stop-bleeding': '止血', evict: '清除', restore: '恢复', harden: '加固', watch: '观察' }[phase]
  return (
    <h3 className={style['phase']}>
      {name}
      {other !== name && <span lang="zh-CN"> {other}</span>}
    </h3>
  )
}

function StepRow({
  step,
  open,
  host,
}: {
  readonly step: StepView
  readonly open: boolean
  readonly host: string
}): ReactNode {
  const w = useWords('checklist')
  const title = useStepTitle()(step)
  return (
    <button
      type="button"
      className={style['row']}
      data-open={open}
      data-sign={step.sign}
      data-step={step.step}
      tabIndex={open ? 0 : -1}
      {...(open ? { 'aria-current': 'step' as const } : {})}
      onClick={() => {
        go({ screen: 'checklist', step: step.step })
      }}
    >
      <SignIcon sign={step.sign} />
      <span className={style['rowTitle']} title={title}>
        {title}
      </span>
      <span className={style['srOnly']}>{w(`sign-${step.sign}`)}</span>
      <span className={style['rowNote']}>
        <StepNote step={step} host={host} />
      </span>
    </button>
  )
}
