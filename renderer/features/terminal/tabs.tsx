// The tabs of the dock: the transcript's, and one for each shell that says whose it is, whether it rang, and that it is over.

import { Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { ComponentProps, KeyboardEvent, ReactNode } from 'react'
import { useStore } from 'zustand'
import { useWords } from '../../i18n/say.ts'
import { go } from '../../state/view.ts'
import { Dot } from '../../ui/kit.tsx'
import { shellOf, type Shell } from './shell.ts'
import style from './terminal.module.css'

/** Delete closes the focused one, as in editors; the cross is for the mouse, and the bar has a button that everyone can reach. */
export function Tab({
  id,
  on,
  label,
  onClose,
  children,
  ...rest
}: {
  readonly id: string
  readonly on: boolean
  readonly label: string
  readonly onClose?: () => void
  readonly children?: ReactNode
} & Pick<
  ComponentProps<'button'>,
  'ref' | 'onMouseEnter' | 'onMouseLeave' | 'onPointerDown' | 'onPointerEnter'
>): ReactNode {
  return (
    <button
      {...rest}
      type="button"
      role="tab"
      aria-selected={on}
      tabIndex={on ? 0 : -1}
      className={style['tab']}
      onClick={() => {
        go({ dockTab: id })
        setTimeout(() => {
          shellOf(id)?.focus()
        })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Delete') onClose?.()
      }}
    >
      {label}
      {children}
      {onClose && (
        <span
          aria-hidden="true"
          className={style['cross']}
          onClick={(event) => {
            event.stopPropagation()
            onClose()
          }}
        >
          <IconX size={12} />
        </span>
      )}
    </button>
  )
}

export function ShellTab({
  id,
  on,
  number,
  onClose,
}: {
  readonly id: string
  readonly on: boolean
  readonly number: number
  readonly onClose: (id: string) => void
}): ReactNode {
  const shell = shellOf(id)
  return shell === null ? null : <ShellTabOf shell={shell} on={on} number={number} onClose={onClose} />
}

function ShellTabOf({
  shell,
  on,
  number,
  onClose,
}: {
  readonly shell: Shell
  readonly on: boolean
  readonly number: number
  readonly onClose: (id: string) => void
}): ReactNode {
  const w = useWords('terminal')
  const { title, over, bell } = useStore(shell.state)
  const id = shell.terminal.terminal
  const hint = [shell.terminal.address, ...(title === '' ? [] : [w('titleSaid', { title })]), w('hostsOwnHint')].join(
    '\n',
  )
  return (
    <Tooltip label={hint} style={{ whiteSpace: 'pre-line' }}>
      <Tab
        id={id}
        on={on}
        label={w('shell', { n: number })}
        onClose={() => {
          onClose(id)
        }}
      >
        {over ? <Dot tone="grey" /> : bell && !on ? <Dot tone="amber" /> : null}
        <span className={style['own']}>{w('hostsOwn')}</span>
      </Tab>
    </Tooltip>
  )
}

/** Arrow keys move between tabs, as tab lists do. */
export function rove(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
  if (step === 0) return
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')]
  const at = tabs.findIndex((tab) => tab === document.activeElement)
  const next = tabs[(at + step + tabs.length) % tabs.length]
  next?.focus()
  event.preventDefault()
}
