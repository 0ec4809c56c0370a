// Importing: the bundle is brought here, checked whole, shown for what it is, and only then made a copy of. A case folder is checked while it is copied.

import { Button, FileButton, Group, Loader, Progress as Bar, Stack, TextInput } from '@mantine/core'
import { IconFileZip, IconShieldCheck } from '@tabler/icons-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { isTourniquetError } from '../../../main/core/errors.ts'
import type { Contract } from '../../../main/core/contract.ts'
import type { Input, Output } from '../../../main/core/rpc/define.ts'
import type { Progress } from '../../evidence-db/locker.ts'
import { useWords } from '../../i18n/say.ts'
import { call, session, useSession } from '../../state/session.ts'
import { upload } from '../../state/upload.ts'
import { attempt, failureOf } from '../../ui/attempt.ts'
import { CopyButton, ErrorNote, type Failure } from '../../ui/kit.tsx'
import { bytesText, useLanguageNumbers } from '../../ui/measures.ts'
import { dropped, enterCase } from './case-actions.ts'
import style from './cases.module.css'

type Source = Input<Contract, 'case.import'>['from']
type Verified = Output<Contract, 'bundle.verify'>

type Stage =
  | { readonly at: 'choose' }
  | { readonly at: 'uploading'; readonly name: string; readonly progress: Progress }
  | { readonly at: 'verifying' }
  | { readonly at: 'verified'; readonly from: Source; readonly what: Verified }
  | { readonly at: 'importing' }
  | { readonly at: 'failed'; readonly error: Failure }

export function ImportCase(): ReactNode {
  const [stage, setStage] = useState<Stage>({ at: 'choose' })
  const stop = useRef(new AbortController())

  const guarded = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    stop.current.abort()
    stop.current = new AbortController()
    const { signal } = stop.current
    try {
      await work(signal)
    } catch (cause) {
      if (signal.aborted || isTourniquetError(cause, 'cancelled')) return
      setStage({ at: 'failed', error: failureOf(cause) })
    }
  }
  const check = async (from: Source, signal: AbortSignal): Promise<void> => {
    setStage({ at: 'verifying' })
    const what = await call('bundle.verify', { from, signer: null }, { signal })
    setStage({ at: 'verified', from, what })
  }
  const take = (from: Source): Promise<void> =>
    guarded(async (signal) => {
      setStage({ at: 'importing' })
      enterCase(await call('case.import', { from, examiner: session.getState().settings.examiner }, { signal }))
    })
  const bring = (file: File): Promise<void> =>
    guarded(async (signal) => {
      const told = (progress: Progress): void => {
        setStage({ at: 'uploading', name: file.name, progress })
      }
      const brought = await upload(file, { signal, told })
      await check({ upload: brought.upload }, signal)
    })
  const named = (path: string): Promise<void> =>
    /\.zip$/i.test(path) ? guarded((signal) => check({ path }, signal)) : take({ path })

  const taken = useRef(bring)
  useEffect(() => {
    taken.current = bring
  })
  useEffect(() => {
    const { file } = dropped.getState()
    if (file) void taken.current(file)
    dropped.setState({ file: null })
    return () => {
      stop.current.abort()
    }
  }, [])
  const again = (): void => {
    stop.current.abort()
    setStage({ at: 'choose' })
  }

  switch (stage.at) {
    case 'choose':
      return <Choose onFile={(file) => void bring(file)} onPath={(path) => void named(path)} />
    case 'uploading':
      return <Uploading name={stage.name} progress={stage.progress} onStop={again} />
    case 'verifying':
    case 'importing':
      return <Waiting what={stage.at} onStop={stage.at === 'verifying' ? again : null} />
    case 'verified':
      return <Checked what={stage.what} onTake={() => void take(stage.from)} onAgain={again} />
    case 'failed':
      return <Failed error={stage.error} onAgain={again} />
  }
}

function Choose({
  onFile,
  onPath,
}: {
  readonly onFile: (file: File) => void
  readonly onPath: (path: string) => void
}): ReactNode {
  const w = useWords('cases')
  const desktop = useSession((state) => state.shell === 'desktop')
  const [path, setPath] = useState('')
  const ask = (what: 'bundle' | 'case-folder'): void => {
    void attempt(async () => {
      const chosen = await call('files.choose', { what })
      if (chosen.path !== null) onPath(chosen.path)
    })
  }
  return (
    <Stack gap="md">
      <span className="dim">{w('importLead')}</span>
      <div
        className={style['drop']}
        onDragOver={(event) => {
          event.preventDefault()
        }}
        onDrop={(event) => {
          event.preventDefault()
          const [file] = event.dataTransfer.files
          if (file) onFile(file)
        }}
      >
        <IconFileZip size={26} stroke={1.4} aria-hidden="true" />
        <span>{w('drop')}</span>
        <Group gap="xs">
          {desktop ? (
            <>
              <Button
                variant="default"
                onClick={() => {
                  ask('bundle')
                }}
              >
                {w('choose')}
              </Button>
              <Button
                variant="default"
                onClick={() => {
                  ask('case-folder')
                }}
              >
                {w('chooseFolder')}
              </Button>
            </>
          ) : (
            <FileButton
              accept=".zip,application/zip"
              onChange={(file) => {
                if (file) onFile(file)
              }}
            >
              {(props) => (
                <Button {...props} variant="default">
                  {w('choose')}
                </Button>
              )}
            </FileButton>
          )}
        </Group>
      </div>
      <form
        className={style['path']}
        onSubmit={(event) => {
          event.preventDefault()
          onPath(path.trim())
        }}
      >
        <TextInput
          label={w('orPath')}
          description={w('folderHint')}
          placeholder={w('pathHint')}
          value={path}
          onChange={(event) => {
            setPath(event.currentTarget.value)
          }}
        />
        <Button type="submit" disabled={path.trim() === ''}>
          {/\.zip$/i.test(path.trim()) || path.trim() === '' ? w('look') : w('importNow')}
        </Button>
      </form>
    </Stack>
  )
}

function Uploading({
  name,
  progress: { done, total },
  onStop,
}: {
  readonly name: string
  readonly progress: Progress
  readonly onStop: () => void
}): ReactNode {
  const w = useWords('cases')
  const common = useWords('common')
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <span>
          {w('uploading')} <code>{name}</code>
        </span>
        <span className="num dim">{common('of', { n: bytesText(done), total: bytesText(total) })}</span>
      </Group>
      <Bar value={total === 0 ? 100 : (done / total) * 100} aria-label={w('uploading')} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onStop}>
          {common('stop')}
        </Button>
      </Group>
    </Stack>
  )
}

function Waiting({
  what,
  onStop,
}: {
  readonly what: 'verifying' | 'importing'
  readonly onStop: (() => void) | null
}): ReactNode {
  const w = useWords('cases')
  const common = useWords('common')
  return (
    <Group gap="sm" py="lg" role="status">
      <Loader size={16} />
      <span>{w(what)}</span>
      {onStop !== null && (
        <Button variant="default" ml="auto" onClick={onStop}>
          {common('stop')}
        </Button>
      )}
    </Group>
  )
}

function Checked({
  what,
  onTake,
  onAgain,
}: {
  readonly what: Verified
  readonly onTake: () => void
  readonly onAgain: () => void
}): ReactNode {
  const w = useWords('cases')
  const count = useLanguageNumbers()
  return (
    <Stack gap="md">
      <div className={style['verified']}>
        <IconShieldCheck size={20} aria-hidden="true" />
        <div>
          <strong>{w('verified')}</strong>
          <div className="dim">{w('verifiedHint')}</div>
        </div>
      </div>
      <dl className={style['facts']}>
        <dt>{w('wasCase')}</dt>
        <dd>
          {what.number ?? w('unnumbered')} <code className="faint">{what.caseId}</code>
        </dd>
        <dt>{w('wasExport')}</dt>
        <dd>
          <code>{what.exportId}</code>
        </dd>
        <dt>{w('wasSigner')}</dt>
        <dd>
          <code>{what.signer.fingerprint}</code> <CopyButton value={what.signer.fingerprint} />
          <div className="dim">
            {what.signer.label} · {w(what.signer.kind === 'person' ? 'keyPerson' : 'keyCase')}
          </div>
        </dd>
        <dt>{w('wasExhibits')}</dt>
        <dd>
          {count(what.exhibits)}
          {what.redacted > 0 && <span className="dim"> · {w('wasRedacted', { n: count(what.redacted) })}</span>}
        </dd>
        <dt>{w('wasFiles')}</dt>
        <dd>
          {count(what.files)} · {bytesText(what.bytes)}
        </dd>
        <dt>{w('wasEvents')}</dt>
        <dd>{count(what.events)}</dd>
        <dt>{w('wasHead')}</dt>
        <dd>
          <code>{what.head}</code>
        </dd>
      </dl>
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          {w('another')}
        </Button>
        <Button data-autofocus onClick={onTake}>
          {w('importNow')}
        </Button>
      </Group>
    </Stack>
  )
}

function Failed({ error, onAgain }: { readonly error: Failure; readonly onAgain: () => void }): ReactNode {
  const w = useWords('cases')
  return (
    <Stack gap="md">
      <ErrorNote error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          {w('another')}
        </Button>
      </Group>
    </Stack>
  )
}
