// Small parts every screen is made of. Host text has one way onto the screen (`HostTextView`): as text, isolated, with what was escaped marked.

import { ActionIcon, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconAlertTriangle, IconCheck, IconCopy } from '@tabler/icons-react'
import { memo, useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react'
import { shown } from '../../main/core/contract.ts'
import type { HostText } from '../../main/core/host-text.ts'
import { useSay, useWords } from '../i18n/say.ts'
import style from './kit.module.css'

export type Tone = 'red' | 'amber' | 'green' | 'blue' | 'grey'

export function Chip({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <span className={style['chip']} data-tone={tone}>
      {children}
    </span>
  )
}

/** A quiet, outlined mark: reasons, kinds, tags. */
export function Tag({
  tone = 'grey',
  title,
  children,
}: {
  readonly tone?: Tone
  readonly title?: string
  readonly children: ReactNode
}): ReactNode {
  const tag = (
    <span className={style['tag']} data-tone={tone}>
      {children}
    </span>
  )
  return title === undefined ? tag : <Tooltip label={title}>{tag}</Tooltip>
}

export function Dot({ tone, pulse = false }: { readonly tone: Tone; readonly pulse?: boolean }): ReactNode {
  return <span className={style['dot']} data-tone={tone} data-pulse={pulse} aria-hidden="true" />
}

/** 0 to 100; from 60 on it is hostile red, from 30 amber. */
export function Score({ value }: { readonly value: number }): ReactNode {
  return (
    <span className={style['score']}>
      <span className={style['bar']} data-tone={scoreTone(value)} aria-hidden="true">
        <i style={{ width: `${String(value)}%` }} />
      </span>
      {value}
    </span>
  )
}

export function scoreTone(score: number): Tone {
  return score >= 60 ? 'red' : score >= 30 ? 'amber' : 'grey'
}

const verdictTones: Readonly<Record<string, Tone>> = {
  clean: 'green',
  suspect: 'amber',
  infected: 'red',
  'rebuild-advised': 'red',
  unknown: 'grey',
}

export function Verdict({ verdict }: { readonly verdict: string }): ReactNode {
  const say = useSay()
  return <Chip tone={verdictTones[verdict] ?? 'grey'}>{say(`verdict.${verdict}`)}</Chip>
}

const escapes = /(\\x[0-9a-f]{2}(?:\\x[0-9a-f]{2})*|\\\\)/gi
/** Characters of host text shown at once; the rest is behind a click, so that 128 KiB of command line do not freeze a table. */
const mostShown = 2000

/** Text from a host, exactly, inert. `cut`: one line with an ellipsis. */
export const HostTextView = memo(function HostTextView({
  text,
  cut = false,
  mono = true,
}: {
  readonly text: HostText
  readonly cut?: boolean
  readonly mono?: boolean
}): ReactNode {
  const w = useWords('common')
  const [whole, setWhole] = useState(false)
  const all = shown(text)
  const limit = cut ? 300 : mostShown
  const part = whole || all.length <= limit ? all : all.slice(0, limit)
  return (
    <bdi
      className={`${style['host'] ?? ''} ${mono ? 'mono' : ''}`}
      data-cut={cut}
      dir="ltr"
      {...(cut ? { title: all.slice(0, 1000) } : {})}
    >
      {part.split(escapes).map((piece, at) =>
        at % 2 === 1 ? (
          <span key={at} className={style['escape']}>
            {piece}
          </span>
        ) : (
          piece
        ),
      )}
      {!cut && part.length < all.length && (
        <button
          type="button"
          className={style['kbd']}
          onClick={() => {
            setWhole(true)
          }}
        >
          {w('more', { n: all.length - part.length })}
        </button>
      )}
    </bdi>
  )
})

export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string
  readonly aside?: ReactNode
  readonly children: ReactNode
}): ReactNode {
  return (
    <section className={style['section']} aria-label={title}>
      <h2 className={style['heading']}>
        {title}
        {aside !== undefined && <span className={style['aside']}>{aside}</span>}
      </h2>
      {children}
    </section>
  )
}

/** Nothing here yet: what would be here, and how to get it. */
export function Empty({
  icon,
  title,
  hint,
  children,
}: {
  readonly icon: ReactNode
  readonly title: string
  readonly hint?: ReactNode
  readonly children?: ReactNode
}): ReactNode {
  return (
    <div className={style['empty']}>
      {icon}
      <h2>{title}</h2>
      {hint !== undefined && <p>{hint}</p>}
      {children}
    </div>
  )
}

export interface Failure {
  readonly code: string
  readonly params: Readonly<Record<string, string | number>>
}

/** What happened, what was kept, what to do: the sentence of the code, and the code itself for a report. */
export function ErrorNote({ error, children }: { readonly error: Failure; readonly children?: ReactNode }): ReactNode {
  const say = useSay()
  return (
    <div className={style['error']} role="alert">
      <IconAlertTriangle size={16} aria-hidden="true" />
      <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <div>{say(`error.${error.code}`, error.params)}</div>
        <code className={style['code']}>{error.code}</code>
        {children}
      </div>
    </div>
  )
}

export function CopyButton({ value, label }: { readonly value: string; readonly label?: string }): ReactNode {
  const w = useWords('common')
  const clipboard = useClipboard({ timeout: 1200 })
  const name = clipboard.copied ? w('copied') : (label ?? w('copy'))
  return (
    <Tooltip label={name}>
      <ActionIcon
        size="sm"
        aria-label={name}
        onClick={() => {
          clipboard.copy(value)
        }}
      >
        {clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      </ActionIcon>
    </Tooltip>
  )
}

export function Kbd({ children }: { readonly children: ReactNode }): ReactNode {
  return <kbd className={style['kbd']}>{children}</kbd>
}

/** Milliseconds a finger must stay down: long enough to be meant, short enough not to annoy. */
const holdFor = 700

/** Confirms by holding: mouse, touch, or Enter and Space on the keyboard. Letting go early does nothing. */
export function HoldButton({
  tone = 'red',
  disabled = false,
  onConfirm,
  children,
}: {
  readonly tone?: 'red' | 'blue'
  readonly disabled?: boolean
  readonly onConfirm: () => void
  readonly children: ReactNode
}): ReactNode {
  const w = useWords('common')
  const [holding, setHolding] = useState(false)
  const pressed = useRef<{ readonly at: number; readonly timer: ReturnType<typeof setTimeout> } | null>(null)
  const release = (): void => {
    if (pressed.current !== null) clearTimeout(pressed.current.timer)
    pressed.current = null
    setHolding(false)
  }
  const confirm = (): void => {
    release()
    onConfirm()
  }
  const press = ({ timeStamp: at }: SyntheticEvent): void => {
    if (disabled || pressed.current !== null) return
    setHolding(true)
    pressed.current = { at, timer: setTimeout(confirm, holdFor) }
  }
  /** A busy page hears the hand go up before its own timer: what counts is how long the person held. */
  const lift = ({ timeStamp }: SyntheticEvent): void => {
    if (pressed.current !== null && timeStamp - pressed.current.at >= holdFor) confirm()
    else release()
  }
  useEffect(() => release, [])
  return (
    <Tooltip label={w('holdHint')}>
      <button
        type="button"
        className={style['hold']}
        data-tone={tone}
        data-holding={holding}
        style={{ '--hold': `${String(holdFor)}ms` } as React.CSSProperties}
        disabled={disabled}
        onPointerDown={(event) => {
          if (event.button === 0) press(event)
        }}
        onPointerUp={lift}
        onPointerLeave={release}
        onPointerCancel={release}
        onBlur={release}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return
          event.preventDefault()
          if (!event.repeat) press(event)
        }}
        onKeyUp={lift}
      >
        {children}
        <i aria-hidden="true" />
      </button>
    </Tooltip>
  )
}
