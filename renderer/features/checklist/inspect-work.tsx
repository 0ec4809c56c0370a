// A step that reads: how far it is, probe by probe; then the verdict, the highest findings, and everything that stayed unknown.

import { Button, Progress } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSay, useWords } from '../../i18n/say.ts'
import { lastTold, useTold, type StepView } from '../../state/progress.ts'
import { go } from '../../state/view.ts'
import { Chip, ErrorNote, Score, Section, Verdict } from '../../ui/kit.tsx'
import { useLook, type Finding } from './findings.ts'
import type { StepAtHost } from './here.ts'
import { HostWords } from './host-words.tsx'
import { Reasons } from './plan-table.tsx'
import style from './checklist.module.css'

/** Findings shown here; triage has them all. */
const findingsShown = 8

export function InspectWork({ run, host, step }: StepAtHost): ReactNode {
  return step.story.looked === null ? <Reading run={run} host={host} step={step} /> : <Looked host={host} step={step} />
}

function Reading({ run, host, step }: StepAtHost): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const told = useTold(run.job?.job ?? null)
  const looking = lastTold(told, 'looking', host, step.step)
  const probes = [
    ...new Set(
      told.flatMap(({ progress }) =>
        progress.type === 'looking' && progress.host === host && progress.step === step.step ? [progress.probe] : [],
      ),
    ),
  ]
  const { done, total } = looking ?? { done: 0, total: 1 }
  return (
    <div className={style['block']}>
      <Progress
        value={(100 * done) / Math.max(1, total)}
        size="sm"
        maw={520}
        aria-label={w('readingOf', { done, total })}
      />
      <p className="dim num">{looking === null ? w('sign-working') : w('readingOf', { done, total })}</p>
      <ul className={style['probes']}>
        {probes.map((probe) => (
          <li key={probe}>{w('reading', { probe: say(`probe.${probe}`) })}</li>
        ))}
      </ul>
    </div>
  )
}

function Looked({ host, step }: { readonly host: string; readonly step: StepView }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const look = useLook(host)
  const { looked, gaps } = step.story
  const verdict = looked?.verdict ?? 'unknown'
  const lapsed = step.sign === 'lapsed'
  return (
    <>
      <div className={style['block']}>
        <p className={style['verdictLine']}>
          {w('verdictThen')}{' '}
          {lapsed ? <Chip tone="grey">{say(`verdict.${verdict}`)}</Chip> : <Verdict verdict={verdict} />}
          <span className="dim">{lapsed ? w('lapsedHint') : say(`verdict-meaning.${verdict}`)}</span>
        </p>
        {look?.error != null && <ErrorNote error={look.error} />}
      </div>
      {look !== null && look.error === null && (
        <Section
          title={w('topFindings')}
          aside={
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => {
                go({ screen: 'triage', finding: null })
              }}
            >
              {w('allFindings')}
            </Button>
          }
        >
          {look.findings.length === 0 ? (
            <p className={style['ahead']}>{w('noFindings')}</p>
          ) : (
            <table className={style['table']}>
              <tbody>
                {look.findings.slice(0, findingsShown).map((finding) => (
                  <FindingRow key={finding.id} finding={finding} />
                ))}
              </tbody>
            </table>
          )}
        </Section>
      )}
      {gaps.length > 0 && (
        <Section title={w('unknownsTitle')} aside={w('unknowns', { n: gaps.length })}>
          <p className={style['teaching']}>{w('unknownsHint')}</p>
          <ul className={style['gaps']}>
            {gaps.slice(0, 100).map((gap, at) => (
              <li key={at}>
                <span className={style['sign']} data-sign="unknown" aria-hidden="true">
                  ?
                </span>
                <span className={style['gapWhat']}>
                  {say(`probe.${gap.probe}`)} · <HostWords text={gap.what} />
                </span>
                <span className="dim">{isReason(gap.reason) ? w(`reason-${gap.reason}`) : gap.reason}</span>
                {gap.detail !== '' && (
                  <span className="faint">
                    <HostWords text={gap.detail} cut />
                  </span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

const gapReasons = [
  'failed',
  'timed-out',
  'truncated',
  'not-permitted',
  'not-supported',
  'unparseable',
  'link-lost',
  'skipped',
] as const

function isReason(reason: string): reason is (typeof gapReasons)[number] {
  return (gapReasons as readonly string[]).includes(reason)
}

function FindingRow({ finding }: { readonly finding: Finding }): ReactNode {
  const say = useSay()
  return (
    <tr>
      <td className={style['scoreCell']}>
        <Score value={finding.score} />
      </td>
      <td>
        <button
          type="button"
          className={style['link']}
          onClick={() => {
            go({ screen: 'triage', finding: finding.id })
          }}
        >
          <HostWords text={say(finding.title, finding.params)} cut />
        </button>
      </td>
      <td>
        <Reasons finding={finding} />
      </td>
      <td className={style['stateCell']}>
        <span className="dim">{say(`proposed.${finding.proposed}`)}</span>
      </td>
    </tr>
  )
}
