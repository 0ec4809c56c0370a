// One shell on the screen: the terminal, what surrounds it (search, how it ended), and the way text gets in and out of it.

import { ActionIcon, Button, Group, Modal, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useStore } from 'zustand'
import { useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { ErrorNote } from '../../ui/kit.tsx'
import { readPaste, type Paste } from './paste.ts'
import type { Shell } from './shell.ts'
import style from './terminal.module.css'
import '@xterm/xterm/css/xterm.css'

export interface ShellViewProps {
  readonly shell: Shell | null
  readonly searching: boolean
  readonly onSearched: () => void
  readonly onAgain: () => void
}

export function ShellView({ shell, ...rest }: ShellViewProps): ReactNode {
  return shell === null ? null : <ShellOn shell={shell} {...rest} />
}

function ShellOn({ shell, searching, onSearched, onAgain }: ShellViewProps & { readonly shell: Shell }): ReactNode {
  const w = useWords('terminal')
  const place = useRef<HTMLDivElement>(null)
  const [paste, setPaste] = useState<Paste | null>(null)
  const { over, failure } = useStore(shell.state)
  const theme = useSession((state) => state.settings.theme)

  useEffect(() => {
    const box = place.current
    if (box === null) return
    shell.mount(box)
    const size = new ResizeObserver(() => {
      shell.fit()
    })
    size.observe(box)
    const onPaste = (event: ClipboardEvent): void => {
      event.preventDefault()
      event.stopPropagation()
      take(event.clipboardData?.getData('text/plain') ?? '')
    }
    const take = (raw: string): void => {
      const read = readPaste(raw)
      if (read.text === '') return
      if (read.ask) setPaste(read)
      else shell.paste(read.text)
    }
    box.addEventListener('paste', onPaste, { capture: true })
    shell.xterm.attachCustomKeyEventHandler((event) => {
      const both = event.ctrlKey && event.shiftKey
      if (both && event.code === 'KeyC') {
        if (event.type === 'keydown') copy(shell)
        event.preventDefault()
        return false
      }
      if (both && event.code === 'KeyV') {
        if (event.type === 'keydown') void navigator.clipboard.readText().then(take, () => undefined) // not allowed: the browser said so
        event.preventDefault()
        return false
      }
      return true
    })
    return () => {
      size.disconnect()
      box.removeEventListener('paste', onPaste, { capture: true })
      shell.element.remove()
    }
  }, [shell])

  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      shell.paint()
    })
    return () => {
      cancelAnimationFrame(frame)
    }
  }, [shell, theme])

  return (
    <div className={style['shell']}>
      {searching && <SearchBar shell={shell} onDone={onSearched} />}
      <div
        ref={place}
        className={style['screen']}
        onContextMenu={(event) => {
          event.preventDefault()
          copy(shell)
        }}
      />
      {over && (
        <div className={style['over']} role="status">
          {failure === null ? <span>{w('ended')}</span> : <ErrorNote error={failure} />}
          <Button variant="default" onClick={onAgain}>
            {w('again')}
          </Button>
        </div>
      )}
      <PasteQuestion
        paste={paste}
        host={shell.terminal.address}
        onNo={() => {
          setPaste(null)
          shell.focus()
        }}
        onYes={(text) => {
          setPaste(null)
          shell.paste(text)
          shell.focus()
        }}
      />
    </div>
  )
}

function copy(shell: Shell): void {
  const text = shell.selection()
  if (text !== '') void navigator.clipboard.writeText(text).catch(() => undefined) // not allowed: nothing was copied, the selection stays
}

function SearchBar({ shell, onDone }: { readonly shell: Shell; readonly onDone: () => void }): ReactNode {
  const w = useWords('terminal')
  const c = useWords('common')
  const [text, setText] = useState('')
  const [found, setFound] = useState(true)
  const look = (direction: 'next' | 'back', word = text, incremental = false): void => {
    if (word === '') return
    setFound(direction === 'next' ? shell.search.findNext(word, { incremental }) : shell.search.findPrevious(word))
  }
  const done = (): void => {
    shell.search.clearDecorations()
    onDone()
    shell.focus()
  }
  return (
    <Group gap={4} className={style['search'] ?? ''}>
      <TextInput
        autoFocus
        w={220}
        aria-label={w('search')}
        placeholder={w('search')}
        value={text}
        error={!found && text !== '' ? w('searchNone') : undefined}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          look('next', currentTarget.value, true)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') look(event.shiftKey ? 'back' : 'next')
          if (event.key === 'Escape') done()
        }}
      />
      <ActionIcon
        aria-label={w('searchBack')}
        onClick={() => {
          look('back')
        }}
      >
        <IconArrowUp size={14} />
      </ActionIcon>
      <ActionIcon
        aria-label={w('searchNext')}
        onClick={() => {
          look('next')
        }}
      >
        <IconArrowDown size={14} />
      </ActionIcon>
      <ActionIcon aria-label={c('close')} onClick={done}>
        <IconX size={14} />
      </ActionIcon>
    </Group>
  )
}

/** Shown before anything that could run by itself reaches a shell. */
function PasteQuestion({
  paste,
  host,
  onNo,
  onYes,
}: {
  readonly paste: Paste | null
  readonly host: string
  readonly onNo: () => void
  readonly onYes: (text: string) => void
}): ReactNode {
  const w = useWords('terminal')
  const c = useWords('common')
  return (
    <Modal opened={paste !== null} onClose={onNo} title={w('pasteTitle', { host })} size="lg">
      {paste !== null && (
        <>
          <Text size="sm" c={paste.lines > 1 ? 'var(--tq-amber)' : 'dimmed'}>
            {paste.lines > 1 ? w('pasteLines', { n: paste.lines }) : w('pasteLong', { n: paste.text.length })}
            {paste.removed > 0 && ` ${w('pasteRemoved', { n: paste.removed })}`}
          </Text>
          <pre className={style['pasted']} tabIndex={0}>
            {paste.text.slice(0, 20_000)}
          </pre>
          <Group justify="flex-end">
            <Button variant="default" onClick={onNo} data-autofocus>
              {c('cancel')}
            </Button>
            <Button
              onClick={() => {
                onYes(paste.text)
              }}
            >
              {w('pasteDo')}
            </Button>
          </Group>
        </>
      )}
    </Modal>
  )
}
