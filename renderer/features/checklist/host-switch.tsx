// The hosts of a run, when there are several: which one is shown, how far each is, and which one needs a person.

import { UnstyledButton } from '@mantine/core'
import { memo, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { isStepQuestion, stepNow, useSteps, type RunView, type StepView } from '../../state/progress.ts'
import { useSession } from '../../state/session.ts'
import { Chip } from '../../ui/kit.tsx'
import { goToHost, useHostName } from './here.ts'
import style from './checklist.module.css'

export function HostSwitch({ run, host }: { readonly run: RunView; readonly host: string }): ReactNode {
  const w = useWords('checklist')
  const { hosts } = run.head
  if (hosts.length < 2) return null
  return (
    <ul className={style['hosts']} aria-label={w('runHosts')}>
      {hosts.map((one) => (
        <li key={one}>
          <HostRow run={run} host={one} open={one === host} />
        </li>
      ))}
    </ul>
  )
}

const HostRow = memo(function HostRow({
  run,
  host,
  open,
}: {
  readonly run: RunView
  readonly host: string
  readonly open: boolean
}): ReactNode {
  const w = useWords('checklist')
  const name = useHostName()(host)
  const steps = useSteps(run, host)
  const needs = useSession(({ questions }) => questions.some((one) => isStepQuestion(one) && one.host === host))
  return (
    <UnstyledButton
      className={style['host'] ?? ''}
      data-open={open}
      {...(open ? { 'aria-current': true as const } : {})}
      onClick={() => {
        goToHost(host)
      }}
    >
      <span className={style['hostName']}>{name}</span>
      <Where steps={steps} />
      {needs && (
        <Chip tone="amber">
          <span aria-hidden="true">!</span>
          <span className={style['srOnly']}>{w('sign-needs-you')}</span>
        </Chip>
      )}
      <span className={style['track']} aria-hidden="true">
        {steps.map(({ step, sign }) => (
          <i key={step} data-sign={sign} />
        ))}
      </span>
    </UnstyledButton>
  )
})

/** The phase a host is in, or how its last step ended when it is through. */
function Where({ steps }: { readonly steps: readonly StepView[] }): ReactNode {
  const w = useWords('checklist')
  const now = stepNow(steps)
  if (now === null) return null
  const through = now === steps.at(-1) && now.story.ended !== null
  return (
    <span className={style['hostAt']}>
      {through || now.under === null ? w(`sign-${now.sign}`) : w(`phase-${now.under}`)}
    </span>
  )
}
