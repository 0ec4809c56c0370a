// One process in full: how it runs, what it carries, what it talks to, and the finding about it.

import { ActionIcon, Button } from '@mantine/core'
import { IconArchive, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { HostText } from '../../../main/core/host-text.ts'
import { useLanguage, useSay, useWords } from '../../i18n/say.ts'
import { factsOf, type Look } from '../../state/looks.ts'
import { go } from '../../state/view.ts'
import { HostTextView, Tag } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import { Field } from './finding-detail.tsx'
import { reasonTone, useReasonName } from './finding-words.ts'
import { ageText, cpuText } from './process-words.ts'
import type { ProcessRow } from './process-rows.ts'
import { endText } from './socket-list.tsx'
import style from './findings.module.css'

interface Props {
  readonly row: ProcessRow
  readonly look: Look
  readonly onClose: () => void
}

export function ProcessDetail({ row, look, onClose }: Props): ReactNode {
  const w = useWords('findings')
  const lang = useLanguage()
  const { process, finding } = row
  const parent = factsOf(look, 'process')?.find(({ identity }) => identity.pid === process.ppid)
  return (
    <article className={style['detail']} aria-label={`${w('pid')} ${String(process.identity.pid)}`}>
      <div className={style['detailHead']}>
        <h2>
          <HostTextView text={process.comm} /> <span className="dim">{process.identity.pid}</span>
        </h2>
        <ActionIcon aria-label={w('closeDetail')} onClick={onClose}>
          <IconX size={15} />
        </ActionIcon>
      </div>
      {finding !== null && <ItsFinding row={row} />}
      <h3>{w('identity')}</h3>
      <dl className={style['facts']}>
        <Field name={w('exe')}>{process.exe === null ? null : <HostTextView text={process.exe} />}</Field>
        <Field name={w('cmdline')}>
          <HostTextView text={process.cmdline} />
          {process.cmdlineCut && ' …'}
        </Field>
        <Field name={w('cwd')}>{process.cwd === null ? null : <HostTextView text={process.cwd} />}</Field>
        <Field name={w('parent')}>
          {process.ppid} {parent && <HostTextView text={parent.comm} />}
        </Field>
        <Field name={w('user')}>
          {process.euid === process.uid ? process.uid : `${String(process.uid)} → ${String(process.euid)}`}
        </Field>
        <Field name={w('cpu')}>{`${cpuText(process.cpuPermille)} · ${cpuText(process.cpuLifePermille)}`}</Field>
        <Field name={w('age')}>{ageText(lang, process.ageSeconds)}</Field>
        <Field name={w('memory')}>{bytesText(process.rssKiB * 1024)}</Field>
        <Field name={w('threads')}>{process.threads}</Field>
        <Field name={w('digest')}>{process.identity.exeSha256}</Field>
        <Field name={w('cgroup')}>
          <HostTextView text={process.cgroup} />
        </Field>
      </dl>
      <h3>{w('opensSockets')}</h3>
      <Connections look={look} pid={process.identity.pid} />
      <h3>{w('environ')}</h3>
      <Texts texts={process.environ} />
      <h3>{w('maps')}</h3>
      <Texts texts={process.mapsOfNote} />
      <h3>{w('evidence')}</h3>
      <Button
        variant="default"
        leftSection={<IconArchive size={14} />}
        onClick={() => {
          go({
            screen: 'evidence',
            exhibit: null,
            evidenceFilter: process.identity.exeSha256?.slice(0, 12) ?? `process ${String(process.identity.pid)}`,
          })
        }}
      >
        {w('showEvidence')}
      </Button>
    </article>
  )
}

function ItsFinding({ row: { finding } }: { readonly row: ProcessRow }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const name = useReasonName()
  if (finding === null) return null
  return (
    <>
      <h3>{w('itsFinding')}</h3>
      <div className={style['tags']} data-all="true">
        {finding.reasons.map((reason) => (
          <Tag key={reason.signal} tone={reasonTone(reason)} title={say(`signal.${reason.signal}`, reason.params)}>
            {name(reason)}
          </Tag>
        ))}
      </div>
      <Button
        mt={8}
        variant="default"
        onClick={() => {
          go({ finding: finding.id })
        }}
      >
        {w('openFinding')}
      </Button>
    </>
  )
}

function Connections({ look, pid }: { readonly look: Look; readonly pid: number }): ReactNode {
  const w = useWords('findings')
  const sockets = factsOf(look, 'socket')?.filter(({ pids }) => pids.includes(pid)) ?? []
  if (sockets.length === 0) return <p>{w('noneOfNote')}</p>
  return (
    <ul className={style['lines']}>
      {sockets.map((socket) => (
        <li key={socket.inode} className="mono">
          {socket.protocol} {endText(socket.localAddress, socket.localPort)}
          {socket.state !== 'listen' && ` → ${endText(socket.remoteAddress, socket.remotePort)}`}{' '}
          <span className="faint">{socket.state}</span>
        </li>
      ))}
    </ul>
  )
}

function Texts({ texts }: { readonly texts: readonly HostText[] | null }): ReactNode {
  const w = useWords('findings')
  if (texts === null) return <p>{w('notPermitted')}</p>
  if (texts.length === 0) return <p>{w('noneOfNote')}</p>
  return (
    <ul className={style['lines']}>
      {texts.map((text, at) => (
        <li key={at}>
          <HostTextView text={text} />
        </li>
      ))}
    </ul>
  )
}
