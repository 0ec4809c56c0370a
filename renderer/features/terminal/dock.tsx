// Transcript and shells in tabs below the work. The transcript is what the playbook does; a shell is the host's own, and says so.

import { ActionIcon, Button, Group, Modal, Text, Tooltip } from '@mantine/core'
import { IconColumns2, IconPlus, IconSearch, IconSquare, IconX } from '@tabler/icons-react'
import { useEffect, useState, type ReactNode } from 'react'
import { useStore } from 'zustand'
import { shown } from '../../../main/core/contract.ts'
import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { useSession, type Session } from '../../state/session.ts'
import { go, useView, view } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { Dot, ErrorNote } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import { attachShell, closeShell, openShell, shellOf, shellTabs } from './shell.ts'
import { ShellView } from './shell-view.tsx'
import { rove, ShellTab, Tab } from './tabs.tsx'
import style from './terminal.module.css'

export function Dock({ transcript }: { readonly transcript: ReactNode }): ReactNode {
  const w = useWords('terminal')
  const tabs = useStore(shellTabs)
  const wanted = useView((state) => state.dockTab)
  const tab = wanted === 'transcript' || tabs.includes(wanted) ? wanted : 'transcript'
  const [beside, setBeside] = useState<string | null>(null)
  const [searching, setSearching] = useState(false)
  const [closing, setClosing] = useState<string | null>(null)
  const link = useChosenLink()
  const second = beside !== null && beside !== tab && (beside === 'transcript' || tabs.includes(beside)) ? beside : null
  useReattach()

  const open = (): void => {
    if (link === null) return
    void attempt(async () => {
      const shell = await openShell(link.link)
      go({ dockTab: shell.terminal.terminal, dockOpen: true })
      setTimeout(() => {
        shell.focus()
      })
    })
  }
  const close = (id: string): void => {
    if (shellOf(id)?.state.getState().over === false) setClosing(id)
    else end(id)
  }
  const end = (id: string): void => {
    closeShell(id)
    setClosing(null)
    if (view.getState().dockTab === id) go({ dockTab: shellTabs.getState().at(-1) ?? 'transcript' })
  }
  const split = (): void => {
    setBeside(second === null ? (tab === 'transcript' ? (tabs.at(-1) ?? null) : 'transcript') : null)
  }
  const group = w('title')
  useCommands('terminal', [
    {
      id: 'terminal.open',
      label: link === null ? w('openNone') : w('open', { host: nameOf(link) }),
      group,
      keys: 'mod+shift+X',
      enabled: link !== null,
      also: 'shell terminal 终端 ssh',
      run: open,
    },
    {
      id: 'terminal.transcript',
      label: w('transcript'),
      group,
      keys: 'mod+shift+L',
      run: () => {
        go({ dockTab: 'transcript', dockOpen: true })
      },
    },
    {
      id: 'terminal.split',
      label: w(second === null ? 'split' : 'unsplit'),
      group,
      enabled: tabs.length > 0,
      run: split,
    },
    {
      id: 'terminal.search',
      label: w('search'),
      group,
      keys: 'mod+shift+F',
      enabled: tab !== 'transcript',
      run: () => {
        setSearching(true)
      },
    },
    ...tabs.map((id, at) => ({
      id: `terminal.go.${id}`,
      label: `${w('shell', { n: at + 1 })} · ${shellOf(id)?.terminal.address ?? ''}`,
      group,
      run: () => {
        go({ dockTab: id, dockOpen: true })
        shellOf(id)?.focus()
      },
    })),
  ])

  const panel = (id: string): ReactNode =>
    id === 'transcript' ? (
      transcript
    ) : (
      <ShellView
        key={id}
        shell={shellOf(id)}
        searching={searching && id === tab}
        onSearched={() => {
          setSearching(false)
        }}
        onAgain={open}
      />
    )
  return (
    <>
      <div className={style['bar']}>
        <div role="tablist" aria-label={w('tabs')} className={style['tabs']} onKeyDown={rove}>
          <Tab id="transcript" on={tab === 'transcript'} label={w('transcript')} />
          {tabs.map((id, at) => (
            <ShellTab key={id} id={id} on={tab === id} number={at + 1} onClose={close} />
          ))}
        </div>
        <Tooltip label={link === null ? w('openNone') : w('open', { host: nameOf(link) })}>
          <ActionIcon
            aria-label={link === null ? w('openNone') : w('open', { host: nameOf(link) })}
            disabled={link === null}
            onClick={open}
          >
            <IconPlus size={15} />
          </ActionIcon>
        </Tooltip>
        <Group gap={2} ml="auto" wrap="nowrap">
          <Recording tab={tab} />
          {tab !== 'transcript' && (
            <Tooltip label={w('close')}>
              <ActionIcon
                aria-label={w('close')}
                onClick={() => {
                  close(tab)
                }}
              >
                <IconX size={15} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={w('search')}>
            <ActionIcon
              aria-label={w('search')}
              disabled={tab === 'transcript'}
              onClick={() => {
                setSearching(!searching)
              }}
            >
              <IconSearch size={15} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={w(second === null ? 'split' : 'unsplit')}>
            <ActionIcon
              aria-label={w(second === null ? 'split' : 'unsplit')}
              disabled={tabs.length === 0}
              onClick={split}
            >
              {second === null ? <IconColumns2 size={15} /> : <IconSquare size={15} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      </div>
      <div className={style['panels']}>
        <div
          role="tabpanel"
          className={style['panel']}
          aria-label={tab === 'transcript' ? w('transcript') : w('title')}
        >
          {panel(tab)}
        </div>
        {second !== null && (
          <div
            role="tabpanel"
            className={style['panel']}
            aria-label={second === 'transcript' ? w('transcript') : w('title')}
          >
            {panel(second)}
          </div>
        )}
      </div>
      <CloseQuestion
        id={closing}
        onNo={() => {
          setClosing(null)
        }}
        onYes={end}
      />
    </>
  )
}

type ChosenLink = Session['links'][number]

function useChosenLink(): ChosenLink | null {
  const chosen = useView((state) => state.link)
  return useSession(({ links }) => {
    const ready = links.filter(({ state }) => state === 'ready')
    return ready.find(({ link }) => link === chosen) ?? (ready.length === 1 ? (ready[0] ?? null) : null)
  })
}

function nameOf(link: ChosenLink): string {
  return link.arrival ? shown(link.arrival.hostname) : link.address
}

/** Shells that were open before this page was loaded are shown again, with their latest output. */
function useReattach(): void {
  const open = useSession((state) => state.terminals)
  useEffect(() => {
    for (const { terminal, state } of open)
      if (state === 'open' && shellOf(terminal) === null && !pending.has(terminal)) {
        pending.add(terminal)
        // a shell this page is opening right now appears here before its stream does: it is left to settle first
        setTimeout(() => {
          if (shellOf(terminal) === null) void attachShell(terminal).catch(() => undefined) // it ended meanwhile
          pending.delete(terminal)
        }, 1500)
      }
  }, [open])
}

const pending = new Set<string>()

function Recording({ tab }: { readonly tab: string }): ReactNode {
  const w = useWords('terminal')
  const terminal = useSession(({ terminals }) => terminals.find((one) => one.terminal === tab))
  if (!terminal) return null
  const live = terminal.state === 'open'
  return (
    <span className={style['recording']} data-live={live} title={w('recorded', { size: bytesText(terminal.recorded) })}>
      <Dot tone={live ? 'red' : 'grey'} />
      {live ? w('recording') : w('recorded', { size: bytesText(terminal.recorded) })}
    </span>
  )
}

function CloseQuestion({
  id,
  onNo,
  onYes,
}: {
  readonly id: string | null
  readonly onNo: () => void
  readonly onYes: (id: string) => void
}): ReactNode {
  const w = useWords('terminal')
  const c = useWords('common')
  const shell = id === null ? null : shellOf(id)
  return (
    <Modal opened={id !== null} onClose={onNo} title={w('close')} size="md">
      <Text size="sm">{w('closeAsk', { host: shell?.terminal.address ?? '' })}</Text>
      {shell?.state.getState().failure && (
        <ErrorNote error={shell.state.getState().failure ?? { code: 'internal', params: {} }} />
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onNo}>
          {c('cancel')}
        </Button>
        <Button
          color="red"
          onClick={() => {
            if (id !== null) onYes(id)
          }}
        >
          {w('close')}
        </Button>
      </Group>
    </Modal>
  )
}
