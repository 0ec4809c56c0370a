// What a check found, thing by thing. A good signature of an unknown key is said to be just that.

import { Button, Group, Loader, Progress as Bar } from '@mantine/core'
import { IconCheck, IconQuestionMark, IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { ErrorNote } from '../../ui/kit.tsx'
import { bytesText, useLanguageNumbers } from '../../ui/measures.ts'
import type { Check, Verified } from './verify-bundle.ts'
import style from './report.module.css'

export function CheckView({ check, onStop }: { readonly check: Check; readonly onStop: () => void }): ReactNode {
  const w = useWords('report')
  const common = useWords('common')
  switch (check.at) {
    case 'bringing': {
      const { done, total } = check.progress
      return (
        <div className={style['stack']}>
          <Group justify="space-between">
            <span>{w('bringing')}</span>
            <span className="num dim">{common('of', { n: bytesText(done), total: bytesText(total) })}</span>
          </Group>
          <Bar value={total === 0 ? 100 : (done / total) * 100} aria-label={w('bringing')} />
          <Stop onStop={onStop} />
        </div>
      )
    }
    case 'checking':
      return (
        <div className={style['stack']} role="status">
          <Group gap="xs" wrap="nowrap">
            <Loader size={14} />
            <span>{w('verifying')}</span>
          </Group>
          <Stop onStop={onStop} />
        </div>
      )
    case 'good':
      return <Good what={check.what} />
    case 'bad':
      return <ErrorNote error={check.error} />
  }
}

function Stop({ onStop }: { readonly onStop: () => void }): ReactNode {
  const common = useWords('common')
  return (
    <Button variant="default" style={{ alignSelf: 'flex-end' }} onClick={onStop}>
      {common('stop')}
    </Button>
  )
}

function Good({ what }: { readonly what: Verified }): ReactNode {
  const w = useWords('report')
  const count = useLanguageNumbers()
  const proven = what.signer.trust === 'matches'
  const { fingerprint, label, kind } = what.signer
  return (
    <div className={style['result']} data-proven={proven} role="status">
      <strong>
        {proven ? (
          <IconShieldCheck size={17} aria-hidden="true" />
        ) : (
          <IconShieldQuestion size={17} aria-hidden="true" />
        )}
        {w(proven ? 'intact' : 'intactUnproven')}
      </strong>
      {!proven && <p>{w('intactUnprovenHint')}</p>}
      <ul>
        <Line>{w('checkZip')}</Line>
        <Line>{w('checkFiles', { n: count(what.files), bytes: bytesText(what.bytes) })}</Line>
        <Line>{w('checkSignature')}</Line>
        <Line>{w('checkJournal', { n: count(what.events) })}</Line>
        <Line>{w('checkExhibits', { n: count(what.exhibits) })}</Line>
        {what.redacted > 0 && <Line unknown>{w('checkHeld', { n: count(what.redacted) })}</Line>}
        <Line unknown={!proven}>
          {w(proven ? 'checkSignerMatches' : 'checkSignerUnproven', { fingerprint })}
          <small>
            {label} · {w(kind === 'person' ? 'kindPerson' : 'kindCase')}
          </small>
        </Line>
      </ul>
      <small className="dim">
        {what.number ?? what.caseId} · {what.exportId} · {w('head')}{' '}
        <code title={what.head}>{what.head.slice(0, 20)}…</code>
      </small>
    </div>
  )
}

function Line({ unknown = false, children }: { readonly unknown?: boolean; readonly children: ReactNode }): ReactNode {
  return (
    <li data-unknown={unknown}>
      {unknown ? <IconQuestionMark size={13} aria-hidden="true" /> : <IconCheck size={13} aria-hidden="true" />}
      <span>{children}</span>
    </li>
  )
}
