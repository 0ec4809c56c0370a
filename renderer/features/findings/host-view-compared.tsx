// The host's own process list against ours: what it does not show is the surest sign of a hijacked host. Not compared is unknown, never "agrees".

import { IconEyeOff, IconEyeQuestion, IconListCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { factsOf, type Look } from '../../state/looks.ts'
import { Empty, HostTextView, Section } from '../../ui/kit.tsx'
import { FactsGone } from './facts-gone.tsx'
import type { ProcessView } from './process-rows.ts'
import style from './findings.module.css'

/** Numbers listed before the rest is counted. */
const mostListed = 400

export function HostViewCompared({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const processes = factsOf(look, 'process')
  const view = factsOf(look, 'host-view')?.[0] ?? null
  if (processes === null) return <FactsGone look={look} />
  if (view === null)
    return <Empty icon={<IconEyeQuestion size={24} />} title={w('viewNotRun')} hint={w('viewNotRunHint')} />
  const hidden = processes.filter(({ inHostPs }) => inHostPs === 'no')
  const unknown = processes.filter(({ inHostPs }) => inHostPs === 'unknown').length
  const ours = new Set(processes.map(({ identity }) => identity.pid))
  const only = view.pids.filter((pid) => !ours.has(pid))
  return (
    <div className={style['compare']}>
      {hidden.length === 0 ? (
        <Empty
          icon={<IconListCheck size={24} />}
          title={w('viewAgrees')}
          hint={w('viewAgreesHint', { n: processes.length })}
        />
      ) : (
        <Section title={w('hiddenByHost')} aside={<span className="num">{hidden.length}</span>}>
          <p className={style['explain']}>{w('hiddenByHostHint')}</p>
          <ul className={style['hiddenList']}>
            {hidden.slice(0, mostListed).map((process) => (
              <Hidden key={process.identity.pid} process={process} />
            ))}
          </ul>
        </Section>
      )}
      {unknown > 0 && <p className={style['explain']}>{w('viewUnknown', { n: unknown })}</p>}
      {only.length > 0 && (
        <Section title={w('onlyHost')} aside={<span className="num">{only.length}</span>}>
          <p className={style['explain']}>{w('onlyHostHint', { n: only.length })}</p>
          <p className={`${style['explain'] ?? ''} mono`}>
            {only.slice(0, mostListed).join(' ')}
            {only.length > mostListed && ` … ${w('startsMore', { n: only.length - mostListed })}`}
          </p>
        </Section>
      )}
    </div>
  )
}

function Hidden({ process }: { readonly process: ProcessView }): ReactNode {
  return (
    <li>
      <IconEyeOff size={14} aria-hidden="true" />
      <span className="mono num">{process.identity.pid}</span>
      <span className={style['what']}>
        <span>
          <HostTextView text={process.exe ?? process.comm} cut />
        </span>
        <span className="dim">
          <HostTextView text={process.cmdline} cut />
        </span>
      </span>
    </li>
  )
}
