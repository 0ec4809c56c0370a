// Verifying: the bundle just written, or any other that is dropped here.

import { Button, FileButton, TextInput } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { CheckView } from './check-result.tsx'
import { check, type Bundle, type Check } from './verify-bundle.ts'
import style from './report.module.css'

/** One check at a time; leaving stops it. */
function useCheck(): {
  readonly now: Check | null
  readonly start: (bundle: Bundle, signer: string) => void
  readonly stop: () => void
} {
  const [now, setNow] = useState<Check | null>(null)
  const running = useRef(new AbortController())
  useEffect(
    () => () => {
      running.current.abort()
    },
    [],
  )
  return {
    now,
    start: (bundle, signer) => {
      running.current.abort()
      running.current = new AbortController()
      void check(bundle, signer, running.current.signal, setNow)
    },
    stop: () => {
      running.current.abort()
      setNow(null)
    },
  }
}

export function VerifyWritten({ bundle }: { readonly bundle: Bundle }): ReactNode {
  const w = useWords('report')
  const [signer, setSigner] = useState('')
  const { now, start, stop } = useCheck()
  const busy = now?.at === 'bringing' || now?.at === 'checking'
  return (
    <div className={style['stack']}>
      <Signer value={signer} onChange={setSigner} />
      <Button
        variant="default"
        loading={busy}
        onClick={() => {
          start(bundle, signer)
        }}
      >
        {w(now === null || busy ? 'verify' : 'verifyAgain')}
      </Button>
      {now !== null && <CheckView check={now} onStop={stop} />}
    </div>
  )
}

export function VerifyAny(): ReactNode {
  const w = useWords('report')
  const [signer, setSigner] = useState('')
  const [over, setOver] = useState(false)
  const { now, start, stop } = useCheck()
  return (
    <div className={style['stack']}>
      <Signer value={signer} onChange={setSigner} />
      <div
        className={style['drop']}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => {
          setOver(false)
        }}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          const [file] = event.dataTransfer.files
          if (file) start({ file }, signer)
        }}
      >
        <span>{w('otherHint')}</span>
        <FileButton
          accept=".zip,application/zip"
          onChange={(file) => {
            if (file) start({ file }, signer)
          }}
        >
          {(props) => (
            <Button {...props} variant="default">
              {w('otherChoose')}
            </Button>
          )}
        </FileButton>
      </div>
      {now !== null && <CheckView check={now} onStop={stop} />}
    </div>
  )
}

function Signer({
  value,
  onChange,
}: {
  readonly value: string
  readonly onChange: (value: string) => void
}): ReactNode {
  const w = useWords('report')
  return (
    <TextInput
      label={w('signerExpected')}
      description={w('signerExpectedHint')}
      placeholder="SHA256:…"
      spellCheck={false}
      maxLength={512}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value)
      }}
    />
  )
}
