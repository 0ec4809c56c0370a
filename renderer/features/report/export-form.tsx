// What the bundle shall be: its id, who signs, what is held back.

import { Alert, Button, PasswordInput, Radio, Switch, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconFileZip } from '@tabler/icons-react'
import { useEffect, useState, type ReactNode } from 'react'
import type { Locker, SignWith } from '../../evidence-db/locker.ts'
import { useWords } from '../../i18n/say.ts'
import { useKeyChooser } from '../../state/key-file.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { HostTextView } from '../../ui/kit.tsx'
import { useLanguageNumbers } from '../../ui/measures.ts'
import { PathInput } from '../../ui/path-input.tsx'
import { writeFromFolder, writeFromLocker, type Wanted } from './export-work.ts'
import style from './report.module.css'

const idForm = /^[a-z0-9-]{4,64}$/

export function ExportForm(): ReactNode {
  const w = useWords('report')
  const count = useLanguageNumbers()
  const [exportId, setExportId] = useState('')
  const [by, setBy] = useState<SignWith['by']>('case')
  const [key, setKey] = useState({ path: '', passphrase: '' })
  const [includeSecrets, setIncludeSecrets] = useState(false)
  const { lag, phase } = useLocker()
  const wrongId = exportId !== '' && !idForm.test(exportId)
  const incomplete = wrongId || (by === 'file' && key.path.trim() === '')
  const wanted: Wanted = { exportId: exportId === '' ? null : exportId, includeSecrets, signer: signer(by, key) }
  const behind = lag.events + lag.exhibits
  return (
    <form
      className={style['stack']}
      onSubmit={(event) => {
        event.preventDefault()
        writeFromLocker(wanted)
      }}
    >
      <TextInput
        label={w('exportId')}
        description={w('exportIdHint')}
        placeholder="export-1"
        spellCheck={false}
        error={wrongId ? w('exportIdWrong') : null}
        value={exportId}
        onChange={(event) => {
          setExportId(event.currentTarget.value.trim())
        }}
      />
      <SignAs by={by} onBy={setBy} />
      {by === 'file' && <KeyFile value={key} onChange={setKey} />}
      <Switch
        label={w('secrets')}
        description={w('secretsHint')}
        color="red"
        checked={includeSecrets}
        onChange={(event) => {
          setIncludeSecrets(event.currentTarget.checked)
        }}
      />
      {includeSecrets ? (
        <Alert color="red" icon={<IconAlertTriangle size={16} />}>
          {w('secretsWarn')}
        </Alert>
      ) : (
        <HeldBack />
      )}
      <div className={style['go']}>
        <Button
          type="submit"
          size="sm"
          leftSection={<IconFileZip size={16} />}
          disabled={incomplete || phase === 'off' || phase === 'damaged'}
        >
          {w('write')}
        </Button>
        {phase === 'off' || phase === 'damaged' ? (
          <div className={style['aside']}>
            <span>{w('noLocker')}</span>
            <Button
              variant="default"
              title={w('fromFolderHint')}
              disabled={incomplete}
              onClick={() => {
                writeFromFolder(wanted)
              }}
            >
              {w('fromFolder')}
            </Button>
          </div>
        ) : (
          behind > 0 && <span className="dim">{w('waiting', { n: count(behind) })}</span>
        )}
      </div>
    </form>
  )
}

function signer(by: SignWith['by'], { path, passphrase }: { path: string; passphrase: string }): SignWith {
  if (by !== 'file') return { by }
  return { by, path: path.trim(), ...(passphrase === '' ? {} : { passphrase }) }
}

function SignAs({ by, onBy }: { readonly by: SignWith['by']; readonly onBy: (by: SignWith['by']) => void }): ReactNode {
  const w = useWords('report')
  const choose = (value: string): void => {
    if (value === 'case' || value === 'file' || value === 'agent') onBy(value)
  }
  return (
    <Radio.Group label={w('signWith')} value={by} onChange={choose}>
      <div className={style['radios']}>
        <Radio value="case" label={w('signCase')} description={w('signCaseHint')} />
        <Radio value="file" label={w('signFile')} description={w('signFileHint')} />
        <Radio value="agent" label={w('signAgent')} description={w('signAgentHint')} />
      </div>
    </Radio.Group>
  )
}

function KeyFile({
  value,
  onChange,
}: {
  readonly value: { readonly path: string; readonly passphrase: string }
  readonly onChange: (value: { path: string; passphrase: string }) => void
}): ReactNode {
  const w = useWords('report')
  const choose = useKeyChooser()
  return (
    <div className={style['inset']}>
      <PathInput
        label={w('signFilePath')}
        placeholder="~/.ssh/id_ed25519"
        value={value.path}
        onChange={(path) => {
          onChange({ ...value, path })
        }}
        choose={choose}
        chooseLabel={w('signChoose')}
      />
      <PasswordInput
        label={w('signPassphrase')}
        description={w('signPassphraseHint')}
        autoComplete="off"
        value={value.passphrase}
        onChange={(event) => {
          onChange({ ...value, passphrase: event.currentTarget.value })
        }}
      />
    </div>
  )
}

type Held = Awaited<ReturnType<Locker['redactions']>>

/** What would be held back now, read again as the locker grows. */
function HeldBack(): ReactNode {
  const w = useWords('report')
  const count = useLanguageNumbers()
  const exhibits = useLocker().have.exhibits
  const [held, setHeld] = useState<Held | null>(null)
  useEffect(() => {
    let wanted = true
    locker()
      ?.redactions()
      .then(
        (read) => {
          if (wanted) setHeld(read)
        },
        () => undefined, // the locker says itself what is wrong with it
      )
    return () => {
      wanted = false
    }
  }, [exhibits])
  if (held === null) return null
  if (held.length === 0) return <span className="dim">{w('heldBackNone')}</span>
  return (
    <details className={style['held']}>
      <summary>
        {held.length === 1 ? w('heldBackOne') : w('heldBack', { n: count(held.length) })}
        <span className="dim"> · {w('heldBackShow')}</span>
      </summary>
      <ul>
        {held.map(({ sha256, what, path, reason }) => (
          <li key={sha256}>
            {path === null ? <code>{what}</code> : <HostTextView text={path} />}
            <small>{reasonText(w, reason)}</small>
          </li>
        ))}
      </ul>
    </details>
  )
}

function reasonText(w: ReturnType<typeof useWords<'report'>>, reason: string): string {
  return reason === 'environment' || reason === 'password-file' ? w(`reason-${reason}`) : reason
}
