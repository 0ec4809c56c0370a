// A plan that waits for a person: what it would change, why, with which evidence. Only the very plan that is shown, read to its last item, can be approved;
// taking items out makes another plan, which is asked about again.

import { Button, Group, Loader, TextInput, Tooltip } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useBilingual, useLanguage, useWords } from '../../i18n/say.ts'
import { lastTold, useRun, useTold, type StepQuestion, type StepView } from '../../state/progress.ts'
import { answer, call } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { CopyButton, ErrorNote, HoldButton } from '../../ui/kit.tsx'
import { bytesText, timeText, useAgo, useNow } from '../../ui/measures.ts'
import { useLook } from './findings.ts'
import { PlanDiff } from './plan-diff.tsx'
import { usePlan, type WholePlan } from './plan-reading.ts'
import { PlanTable } from './plan-table.tsx'
import { openSkip } from './skip-dialog.tsx'
import { isVerbWord, useVerbWord } from './verb-words.ts'
import style from './checklist.module.css'

type Approval = Extract<StepQuestion, { kind: 'approval' }>

export function ApprovalWork({ step, question }: { readonly step: StepView; readonly question: Approval }): ReactNode {
  const w = useWords('checklist')
  const reading = usePlan(question)
  if (reading.at === 'reading')
    return (
      <p className={style['reading']}>
        <Loader size={14} /> {w('planLoading', { n: reading.read, total: question.items })}
      </p>
    )
  if (reading.at === 'failed')
    return (
      <div className={style['block']}>
        <ErrorNote error={reading.error}>
          <div>{w('planUnreadable')}</div>
        </ErrorNote>
        <SkipButton question={question} />
      </div>
    )
  return <WholePlanWork key={question.question} step={step} question={question} plan={reading.plan} />
}

function WholePlanWork({
  step,
  question,
  plan,
}: {
  readonly step: StepView
  readonly question: Approval
  readonly plan: WholePlan
}): ReactNode {
  const look = useLook(question.host)
  const [out, setOut] = useState<ReadonlySet<string>>(() => new Set())
  const left = plan.items.filter(({ key }) => !out.has(key))
  return (
    <>
      <PlanTable
        plan={plan}
        findings={look?.findings ?? []}
        acts={step.story.acts}
        out={out}
        onTick={(key) => {
          const next = new Set(out)
          if (!next.delete(key)) next.add(key)
          setOut(next)
        }}
      />
      <div className={style['block']}>
        <section className={style['planBox']}>
          <PlanHead step={step} question={question} />
          <PlanDiff items={left} />
          {out.size > 0 ? (
            <Untick question={question} out={out} left={left.length} />
          ) : (
            <Approve step={step} question={question} />
          )}
        </section>
      </div>
    </>
  )
}

function PlanHead({ step, question }: { readonly step: StepView; readonly question: Approval }): ReactNode {
  const w = useWords('checklist')
  const ago = useAgo()
  const now = useNow()
  const { digest, unticked } = question
  const madeAt = step.story.plans.find((one) => one.digest === digest)?.at
  return (
    <header className={style['planHead']}>
      <span>{w('plan')}</span>
      <Tooltip label={`sha256:${digest}`}>
        <code>
          sha256:{digest.slice(0, 4)}…{digest.slice(-4)}
        </code>
      </Tooltip>
      <CopyButton value={`sha256:${digest}`} label={w('planDigest')} />
      <span className="dim">
        {[
          ...(madeAt === undefined ? [] : [w('planFrom', { ago: ago(madeAt, now) })]),
          ...(unticked > 0 ? [w('planNarrowed', { n: unticked })] : []),
          w('planNothingElse'),
        ].join(' · ')}
      </span>
    </header>
  )
}

function Approve({ step, question }: { readonly step: StepView; readonly question: Approval }): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const word = useVerbWord()
  const [typed, setTyped] = useState('')
  const [answering, setAnswering] = useState(false)
  const [gone, setGone] = useState(false)
  const { irreversible, verb, digest } = question
  const meant = irreversible === null || isVerbWord(verb, typed)
  const approve = async (): Promise<void> => {
    setAnswering(true)
    const taken: boolean[] = []
    const done = await attempt(async () => {
      taken.push(await answer({ kind: 'approval', question: question.question, digest, approve: true }))
    })
    if (taken.includes(true)) {
      go({ step: null }) // on with the run
      return
    }
    setAnswering(false)
    setGone(done)
  }
  return (
    <footer className={style['approve']}>
      {irreversible !== null && (
        <>
          <p className={style['danger']}>{bilingual(irreversible)}</p>
          <TextInput
            label={w('irreversibleType', { word: word(verb) })}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            maw={360}
            onChange={(event) => {
              setTyped(event.currentTarget.value)
            }}
          />
        </>
      )}
      {gone && <p role="alert">{w('approvalGone')}</p>}
      <Group gap={10}>
        <HoldButton
          tone={irreversible === null ? 'blue' : 'red'}
          disabled={!meant || answering}
          onConfirm={() => void approve()}
        >
          {w('approve')}
        </HoldButton>
        <SkipButton question={question} />
        <span className={style['footNote']}>
          {irreversible === null ? w('reversible') : w('irreversible')} · <Kept step={step} question={question} />
        </span>
      </Group>
    </footer>
  )
}

function Kept({ step, question }: { readonly step: StepView; readonly question: Approval }): ReactNode {
  const w = useWords('checklist')
  const told = useTold(useRun()?.job?.job ?? null)
  const capturing = lastTold(told, 'capturing', question.host, question.step)
  const { keptForPlan } = step.story
  const whole = keptForPlan >= question.items
  return (
    <span data-whole={whole}>
      {!whole && capturing !== null && `${w('keeping', { bytes: bytesText(capturing.bytes) })} · `}
      {w('evidenceKept', { n: Math.min(keptForPlan, question.items), total: question.items })}
      {whole && ' ✓'}
    </span>
  )
}

function Untick({
  question,
  out,
  left,
}: {
  readonly question: Approval
  readonly out: ReadonlySet<string>
  readonly left: number
}): ReactNode {
  const w = useWords('checklist')
  const [working, setWorking] = useState(false)
  const untick = async (): Promise<void> => {
    setWorking(true)
    const { question: id, digest } = question
    if (!(await attempt(() => call('plan.untick', { question: id, digest, keys: [...out] })))) setWorking(false)
  }
  return (
    <footer className={style['approve']}>
      <Group gap={10}>
        <Button disabled={left === 0} loading={working} onClick={() => void untick()}>
          {w('untick', { n: out.size })}
        </Button>
        <SkipButton question={question} />
        <span className={style['footNote']}>{left === 0 ? w('untickAll') : w('untickHint')}</span>
      </Group>
    </footer>
  )
}

function SkipButton({ question }: { readonly question: Approval }): ReactNode {
  const w = useWords('checklist')
  return (
    <Button
      variant="default"
      onClick={() => {
        openSkip(question)
      }}
    >
      {w('skip')}
    </Button>
  )
}

/** Who approved, once it was. */
export function ApprovedBy({ step }: { readonly step: StepView }): ReactNode {
  const w = useWords('checklist')
  const lang = useLanguage()
  const { approved } = step.story.plans.at(-1) ?? { approved: null }
  if (approved === null) return null
  const { by, how, at } = approved
  return (
    <span className={style['approvedBy']}>
      {how === 'approve-all' ? w('approvedAll', { by }) : w('approvedBy', { by, time: timeText(lang, at) })}
    </span>
  )
}
