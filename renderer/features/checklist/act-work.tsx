// A step that changes the host, before, while and after it does: planning, acting, and then what changed, whether it was verified, and its undo.

import { Button, Loader, Progress } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useSay, useWords } from '../../i18n/say.ts'
import { lastTold, useTold, type StepView } from '../../state/progress.ts'
import type { ActStory } from '../../state/story.ts'
import { Chip, Section, Tag } from '../../ui/kit.tsx'
import { ApprovedBy } from './approval-work.tsx'
import { useLook } from './findings.ts'
import type { StepAtHost } from './here.ts'
import { HostWords } from './host-words.tsx'
import { planKept } from './plan-reading.ts'
import { PlanTable } from './plan-table.tsx'
import { openUndo, useStandingGroups } from './undo.ts'
import style from './checklist.module.css'

export function ActWork({ run, host, step }: StepAtHost): ReactNode {
  const { story } = step
  return (
    <>
      {story.ended === null ? <Acting run={run} host={host} step={step} /> : <Ended step={step} />}
      <Changes host={host} run={run} step={step} />
    </>
  )
}

function Acting({ run, host, step }: StepAtHost): ReactNode {
  const w = useWords('checklist')
  const look = useLook(host)
  const told = useTold(run.job?.job ?? null)
  const plan = step.story.plans.at(-1) ?? null
  if (plan === null)
    return (
      <p className={style['reading']}>
        {run.working && <Loader size={14} />} {w('planning')}
      </p>
    )
  const acting = lastTold(told, 'acting', host, step.step)
  const done = step.story.acts.filter(({ outcome }) => outcome !== null).length
  const whole = planKept(plan.digest)
  return (
    <>
      <div className={style['block']}>
        <Progress
          value={plan.items === 0 ? 100 : (100 * done) / plan.items}
          size="sm"
          maw={520}
          aria-label={w('acting', { done, total: plan.items })}
        />
        <p className="dim num">
          {acting === null && done === 0
            ? w('evidenceKept', { n: Math.min(step.story.keptForPlan, plan.items), total: plan.items })
            : w('acting', { done, total: plan.items })}
          <ApprovedBy step={step} />
        </p>
      </div>
      {whole !== null && (
        <PlanTable
          plan={whole}
          findings={look?.findings ?? []}
          acts={step.story.acts}
          out={null}
          onTick={() => undefined}
        />
      )}
    </>
  )
}

function Ended({ step }: { readonly step: StepView }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const { ended, plans } = step.story
  const refused = plans.at(-1)?.refused ?? null
  if (ended === null) return null
  return (
    <div className={style['block']}>
      {refused !== null ? (
        <blockquote className={style['said']}>
          <p>
            {w('refusedBy', { by: refused.by, reason: refused.reason === null ? '–' : w(`refusal-${refused.reason}`) })}
          </p>
          {refused.text !== '' && <p className="dim">{refused.text}</p>}
        </blockquote>
      ) : (
        <p>
          {say(`step.${ended.outcome}`)}
          {ended.detail !== '' && (
            <span className={ended.outcome === 'failed' ? style['danger'] : 'dim'}>
              {' · '}
              <HostWords text={ended.detail} />
            </span>
          )}
        </p>
      )}
      <ApprovedBy step={step} />
    </div>
  )
}

function Changes({ host, run, step }: StepAtHost): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const standing = useStandingGroups(host).find((one) => one.run === run.head.run && one.step === step.step) ?? null
  const acts = step.story.acts.filter(({ outcome }) => outcome !== null)
  if (acts.length === 0) return null
  return (
    <Section
      title={w('changedTitle')}
      aside={
        standing !== null &&
        standing.canUndo && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconArrowBackUp size={13} />}
            onClick={() => {
              openUndo(standing)
            }}
          >
            {w('undo')}
          </Button>
        )
      }
    >
      <ul className={style['changes']}>
        {acts.map((act) => (
          <li key={act.act}>
            <span className={style['changeText']}>
              <HostWords
                text={
                  act.change === null ? (act.item ?? act.act) : say(act.change.summary.code, act.change.summary.params)
                }
                cut
              />
              {act.detail !== '' && (
                <span className="faint">
                  <HostWords text={act.detail} cut />
                </span>
              )}
            </span>
            {act.change?.hostile === true && <Tag tone="red">{w('undoHostileMark')}</Tag>}
            {(act.evidence?.length ?? 0) > 0 && <Tag>{w('keptItems', { n: act.evidence?.length ?? 0 })}</Tag>}
            <ActChips act={act} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function ActChips({ act }: { readonly act: ActStory }): ReactNode {
  const w = useWords('checklist')
  const { outcome, verified, undone } = act
  if (undone === 'done' || undone === 'already') return <Chip tone="grey">{w('sign-undone')}</Chip>
  return (
    <>
      {outcome !== null && outcome !== 'done' && (
        <Chip tone={outcome === 'failed' ? 'red' : outcome === 'conflict' ? 'amber' : 'grey'}>
          {w(`outcome-${outcome}`)}
        </Chip>
      )}
      {verified !== null && (
        <Chip tone={verified.result === 'yes' ? 'green' : verified.result === 'no' ? 'red' : 'grey'}>
          {w(`verified-${verified.result}`)}
        </Chip>
      )}
    </>
  )
}
