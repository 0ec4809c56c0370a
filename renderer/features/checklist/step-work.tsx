// One step in the middle of the screen: what it is for, where it stands, and what it asks of the person. What a step shows follows its kind and its state.

import { Button } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useBilingual, useSay, useWords } from '../../i18n/say.ts'
import type { RunView } from '../../state/progress.ts'
import type { StepSign } from '../../state/story.ts'
import { useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { Chip, CopyButton, Empty, ErrorNote, type Tone } from '../../ui/kit.tsx'
import { ActWork } from './act-work.tsx'
import { ApprovalWork } from './approval-work.tsx'
import { AttestationWork } from './attestation-work.tsx'
import { AttestedWork } from './attested-work.tsx'
import { useHere, useHostName, useStepTitle, type StepAtHost } from './here.ts'
import { ResumeCard } from './resume-card.tsx'
import { InspectWork } from './inspect-work.tsx'
import { StopButton } from './stop-button.tsx'
import { WaitWork } from './wait-work.tsx'
import style from './checklist.module.css'

export function StepWork(): ReactNode {
  const w = useWords('checklist')
  const { run, host, steps, step } = useHere()
  if (run === null || host === null)
    return (
      <Empty icon={<IconListCheck size={26} />} title={w('emptyTitle')} hint={w('emptyHint')}>
        <Button
          mt={6}
          onClick={() => {
            go({ dialog: 'start-run' })
          }}
        >
          {w('emptyStart')}
        </Button>
      </Empty>
    )
  if (step === null) return <Empty icon={<IconListCheck size={26} />} title={w('noStep')} />
  return (
    <article className={style['work']} aria-labelledby="step-title">
      <StepHead run={run} host={host} step={step} />
      <LinkTrouble run={run} host={host} />
      {(step.sign === 'held' || (step.sign === 'needs-you' && step.question === null)) && (
        <ResumeCard run={run} host={host} steps={steps} whole />
      )}
      <StepBody key={`${host} ${step.step}`} run={run} host={host} step={step} />
    </article>
  )
}

const signTones: Readonly<Record<StepSign, Tone>> = {
  ahead: 'grey',
  working: 'blue',
  'needs-you': 'amber',
  held: 'amber',
  done: 'green',
  read: 'grey',
  unknown: 'grey',
  failed: 'red',
  skipped: 'grey',
  undone: 'grey',
  lapsed: 'grey',
}

function StepHead({ run, host, step }: StepAtHost): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const name = useHostName()
  const title = useStepTitle()(step)
  const { sign, question } = step
  const asks = question === null ? null : w(question.kind === 'approval' ? 'needsApproval' : 'needsWord')
  const sentence = step.sentence === null || step.title === null ? null : bilingual(step.sentence)
  return (
    <header className={style['head']}>
      <div className={style['headLine']}>
        <Chip tone={signTones[sign]}>{asks ?? w(`sign-${sign}`)}</Chip>
        <span className={style['crumb']}>
          {step.under === null ? name(host) : w('atPhase', { host: name(host), phase: w(`phase-${step.under}`) })}
        </span>
        {step.attack.map((id) => (
          <span key={id} className={style['attack']} title={w('attack', { id })}>
            <code>{id}</code>
            <CopyButton value={id} label={w('attack', { id })} />
          </span>
        ))}
        {run.head.approval !== 'ask' && (
          <Chip tone={run.head.approval === 'all' ? 'red' : 'grey'}>
            {w(run.head.approval === 'all' ? 'allRun' : 'planOnlyRun')}
          </Chip>
        )}
        <span className={style['headEnd']}>
          <StopButton run={run} />
        </span>
      </div>
      <h1 id="step-title">{title}</h1>
      {sentence !== null && <p>{sentence}</p>}
    </header>
  )
}

/** A host that stopped in the middle of a run says so in words, on every step. */
function LinkTrouble({ run, host }: { readonly run: RunView; readonly host: string }): ReactNode {
  const w = useWords('checklist')
  const name = useHostName()
  const state = useSession(({ links }) => links.find((one) => one.host === host)?.state ?? null)
  const error = useSession(({ links }) => links.find((one) => one.host === host)?.error ?? null)
  if (run.head.outcome !== null || (state !== 'lost' && state !== 'failed')) return null
  return (
    <div className={style['trouble']} role="status">
      <strong>{w('linkLost', { host: name(host) })}</strong>
      <span>{w('linkLostHint')}</span>
      {error !== null && <ErrorNote error={error} />}
    </div>
  )
}

function StepBody({ run, host, step }: StepAtHost): ReactNode {
  const say = useSay()
  const w = useWords('checklist')
  const { question, story, sign } = step
  if (sign === 'held' && story.acts.every(({ outcome }) => outcome === null)) return null
  if (question?.kind === 'approval') return <ApprovalWork step={step} question={question} />
  if (question?.kind === 'attestation') return <AttestationWork key={question.question} question={question} />
  if (story.startedAt === null && story.ended === null) {
    const hint = w(
      `kind${step.kind === 'act' ? 'Act' : step.kind === 'inspect' ? 'Inspect' : step.kind === 'wait' ? 'Wait' : 'Attest'}`,
    )
    return (
      <p className={style['ahead']}>
        {w('aheadHint')} {hint}
      </p>
    )
  }
  if (story.ended?.outcome === 'skipped' && story.ended.skip !== 'operator')
    return <p className={style['ahead']}>{say(`skip.${story.ended.skip ?? 'not-applicable'}`)}</p>
  switch (step.kind) {
    case 'inspect':
      return <InspectWork run={run} host={host} step={step} />
    case 'attest':
      return <AttestedWork step={step} />
    case 'wait':
      return <WaitWork run={run} host={host} step={step} />
    case 'act':
      return <ActWork run={run} host={host} step={step} />
  }
}
