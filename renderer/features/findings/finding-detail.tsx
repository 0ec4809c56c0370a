// One finding in full: every reason as a sentence with its weight, what it is exactly, what it belongs with, and the way to its evidence.

import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconArchive, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { shown } from '../../../main/core/contract.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import { evidenceOf } from './evidence-of.ts'
import type { FindingView, Look } from '../../state/looks.ts'
import { go } from '../../state/view.ts'
import { CopyButton, HostTextView, Score, Tag } from '../../ui/kit.tsx'
import { hostile, reasonTone, targetText, useReasonName } from './finding-words.ts'
import { Proposed } from './proposed.tsx'
import style from './findings.module.css'

export function FindingDetail({ finding, look }: { readonly finding: FindingView; readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const evidence = evidenceOf(finding)
  const title = say(finding.title, finding.params)
  const related = look.findings.filter(
    ({ id, related: others }) => finding.related.includes(id) || others.includes(finding.id),
  )
  return (
    <article className={style['detail']} aria-label={title}>
      <div className={style['detailHead']}>
        <h2>{title}</h2>
        <Tooltip label={w('closeDetail')}>
          <ActionIcon
            aria-label={w('closeDetail')}
            onClick={() => {
              go({ finding: null })
            }}
          >
            <IconX size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={style['chips']}>
        <Score value={finding.score} />
        <Tag>{say(`kind.${finding.kind}`)}</Tag>
        <Proposed finding={finding} label={say(`proposed.${finding.proposed}`)} />
        <span className={style['grow']} />
        <CopyButton label={w('copyFinding')} value={asText(finding, say)} />
      </div>
      <Reasons finding={finding} />
      <h3>{w('advice')}</h3>
      <p>{say(`advice.${finding.kind}`)}</p>
      <h3>{w('identity')}</h3>
      <Target finding={finding} />
      {related.length > 0 && (
        <>
          <h3>{w('related')}</h3>
          <ul className={style['related']}>
            {related.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  data-hostile={hostile(one)}
                  onClick={() => {
                    go({ finding: one.id })
                  }}
                >
                  <span className="num">{one.score}</span> {say(one.title, one.params)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{w('evidence')}</h3>
      <Button
        variant="default"
        leftSection={<IconArchive size={14} />}
        onClick={() => {
          go({ screen: 'evidence', evidenceFilter: evidence, exhibit: null })
        }}
      >
        {w('showEvidence')}
      </Button>
    </article>
  )
}

function Reasons({ finding }: { readonly finding: FindingView }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const name = useReasonName()
  if (finding.reasons.length === 0) return null
  return (
    <>
      <h3>{w('reasons')}</h3>
      <ul className={style['reasons']}>
        {finding.reasons.map((reason) => (
          <li key={reason.signal} data-effect={reason.effect}>
            <div>{say(`signal.${reason.signal}`, reason.params)}</div>
            <div className={style['reasonFoot']}>
              <Tag tone={reasonTone(reason)}>{name(reason)}</Tag>
              <span className="faint num">
                {say(`effect.${reason.effect}`)}
                {reason.effect === 'raises' && ` · ${w('weight')} ${share(reason.permille)}`}
                {reason.effect === 'caps' && ` · ${w('cap')} ${share(reason.permille)}`}
              </span>
              <span className="faint">{say(`group.${reason.group}`)}</span>
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}

function share(permille: number): string {
  return (permille / 1000).toFixed(2)
}

function Target({ finding }: { readonly finding: FindingView }): ReactNode {
  const w = useWords('findings')
  const { target } = finding
  switch (target.kind) {
    case 'process':
      return (
        <dl className={style['facts']}>
          <Field name={w('pid')}>{target.identity.pid}</Field>
          <Field name={w('exe')}>{target.exe === null ? null : <HostTextView text={target.exe} />}</Field>
          <Field name={w('cmdline')}>
            <HostTextView text={target.cmdline} />
          </Field>
          <Field name={w('digest')}>
            <Digest value={target.identity.exeSha256} />
          </Field>
          <Field name={w('inode')}>
            {target.identity.exeInode === null ? null : `${target.identity.exeDev ?? '?'}:${target.identity.exeInode}`}
          </Field>
          <Field name={w('boot')}>{`${target.identity.bootId} · ${target.identity.startTime}`}</Field>
          <Field name={w('cgroup')}>
            <HostTextView text={target.cgroup} />
          </Field>
        </dl>
      )
    case 'file':
    case 'line':
      return (
        <dl className={style['facts']}>
          <Field name={w('path')}>
            <HostTextView text={target.path} />
          </Field>
          {target.kind === 'line' && <Field name={w('line')}>{target.line}</Field>}
          {target.kind === 'line' && (
            <Field name={w('text')}>
              <HostTextView text={target.text} />
            </Field>
          )}
          <Field name={w('digest')}>
            <Digest value={target.identity.sha256} />
          </Field>
          <Field name={w('inode')}>{`${target.identity.dev}:${target.identity.inode}`}</Field>
        </dl>
      )
    case 'mount':
      return (
        <dl className={style['facts']}>
          <Field name={w('mountPoint')}>
            <HostTextView text={target.point} />
          </Field>
        </dl>
      )
    case 'host':
      return <p className="dim">{w('wholeHost')}</p>
  }
}

export function Field({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  const w = useWords('findings')
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">{children ?? <span className="faint">{w('notHashed')}</span>}</dd>
    </>
  )
}

function Digest({ value }: { readonly value: string | null }): ReactNode {
  const w = useWords('findings')
  if (value === null) return <span className="faint">{w('notHashed')}</span>
  return (
    <span className={style['digest']}>
      <span>{value}</span>
      <CopyButton value={value} />
    </span>
  )
}

function asText(finding: FindingView, say: ReturnType<typeof useSay>): string {
  const target = targetText(finding)
  return [
    `${String(finding.score)} ${say(finding.title, finding.params)}`,
    `${say(`kind.${finding.kind}`)} · ${say(`proposed.${finding.proposed}`)}`,
    ...(target === null ? [] : [shown(target)]),
    ...finding.reasons.map((reason) => `- ${say(`signal.${reason.signal}`, reason.params)}`),
  ].join('\n')
}
