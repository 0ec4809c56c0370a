// One exhibit: its bytes as text or hex, where they came from, what people said of them, and whether they still are what they were.

import { ActionIcon, Button, Tabs } from '@mantine/core'
import { IconCircleCheck, IconShieldCheck, IconX } from '@tabler/icons-react'
import { useEffect, useState, type ReactNode } from 'react'
import type { ExhibitRow } from '../../evidence-db/locker.ts'
import { useWords } from '../../i18n/say.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { failureOf } from '../../ui/attempt.ts'
import { CopyButton, ErrorNote, HostTextView, type Failure } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import { Flags } from './exhibit-columns.tsx'
import { ExhibitNotes } from './exhibit-notes.tsx'
import { HexView } from './hex-view.tsx'
import { Provenance } from './provenance.tsx'
import { recheck, useRechecks } from './recheck.ts'
import { TextPreview } from './text-preview.tsx'
import style from './evidence.module.css'

interface Props {
  readonly id: string
  readonly sha256: string
  /** the telling that was chosen; null: the newest one */
  readonly telling: ExhibitRow | null
  readonly names: (chain: string) => string
  readonly onClose: () => void
}

export function ExhibitDetail({ id, sha256, telling, names, onClose }: Props): ReactNode {
  const w = useWords('evidence')
  const [newest, error] = useNewest(sha256)
  const row = telling ?? newest
  return (
    <article id={id} className={style['detail']} aria-label={w('details')} tabIndex={-1}>
      {error !== null && <ErrorNote error={error} />}
      {row !== null && (
        <>
          <Head row={row} onClose={onClose} />
          <Tabs defaultValue="preview" variant="pills" keepMounted={false} className={style['detailTabs'] ?? ''}>
            <Tabs.List aria-label={w('details')} className={style['detailList'] ?? ''}>
              {(['preview', 'hex', 'about', 'notes'] as const).map((one) => (
                <Tabs.Tab key={one} value={one}>
                  {w(one)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="preview" className={style['panel'] ?? ''}>
              <Stored row={row}>
                <TextPreview sha256={row.sha256} size={row.size} />
              </Stored>
            </Tabs.Panel>
            <Tabs.Panel value="hex" className={style['panel'] ?? ''}>
              <Stored row={row}>
                <HexView sha256={row.sha256} size={row.size} />
              </Stored>
            </Tabs.Panel>
            <Tabs.Panel value="about" className={style['panel'] ?? ''}>
              <Provenance row={row} names={names} />
            </Tabs.Panel>
            <Tabs.Panel value="notes" className={style['panel'] ?? ''}>
              <ExhibitNotes key={`${row.sha256} ${row.note ?? ''}`} row={row} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </article>
  )
}

function useNewest(sha256: string): readonly [ExhibitRow | null, Failure | null] {
  const { have, phase } = useLocker()
  const [row, setRow] = useState<ExhibitRow | null>(null)
  const [error, setError] = useState<Failure | null>(null)
  useEffect(() => {
    let current = true
    locker()
      ?.exhibit(sha256)
      .then(
        (found) => {
          if (current) setRow(found)
        },
        (cause: unknown) => {
          if (current) setError(failureOf(cause))
        },
      )
    return () => {
      current = false
    }
  }, [sha256, phase, have.events, have.exhibits])
  return [row, error]
}

function Head({ row, onClose }: { readonly row: ExhibitRow; readonly onClose: () => void }): ReactNode {
  const w = useWords('evidence')
  const { progress, results } = useRechecks()
  const result = results.get(row.sha256) ?? null
  return (
    <header className={style['detailHead']}>
      <div className={style['name']}>
        <strong className="mono">{row.what}</strong>
        {row.path !== null && <HostTextView text={row.path} cut />}
        <span className="dim num">{bytesText(row.size)}</span>
        <Flags row={row} />
      </div>
      <div className={style['acts']}>
        {result?.result === 'intact' && (
          <span className={style['good']} role="status">
            <IconCircleCheck size={14} aria-hidden="true" />
            {w('intact')}
          </span>
        )}
        {result?.result === 'absent' && <span className="dim">{w('absentOne')}</span>}
        <span className="mono dim" title={row.sha256}>
          {row.sha256.slice(0, 12)}…
        </span>
        <CopyButton value={row.sha256} label={w('copyDigest')} />
        <Button
          variant="default"
          leftSection={<IconShieldCheck size={14} />}
          disabled={progress !== null || !row.stored}
          onClick={() => {
            void recheck([row.sha256])
          }}
        >
          {w('verifyOne')}
        </Button>
        <ActionIcon aria-label={w('closeDetail')} onClick={onClose}>
          <IconX size={15} />
        </ActionIcon>
      </div>
      {result?.damage && (
        <p className={style['bad']} role="alert">
          {w('damagedOne', {
            chunk: result.damage.chunk,
            expected: result.damage.expected.slice(0, 16),
            found: result.damage.found.slice(0, 16),
          })}
        </p>
      )}
    </header>
  )
}

function Stored({ row, children }: { readonly row: ExhibitRow; readonly children: ReactNode }): ReactNode {
  const w = useWords('evidence')
  if (row.size === 0) return <p className={style['hint']}>{w('previewEmpty')}</p>
  if (!row.stored) return <p className={style['hint']}>{w('pendingHint')}</p>
  return children
}
