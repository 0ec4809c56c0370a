// The first screen: open a case, begin one, import one, or practise. A bundle may be dropped anywhere on it.

import { Button, Skeleton } from '@mantine/core'
import { IconBriefcase, IconFileImport, IconPlus } from '@tabler/icons-react'
import { useState, type DragEvent, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { go } from '../../state/view.ts'
import { Empty, ErrorNote, Kbd } from '../../ui/kit.tsx'
import { dropped, useCases } from './case-actions.ts'
import { CaseTable, Unreadable } from './case-table.tsx'
import { PracticeCard } from './practice-card.tsx'
import style from './cases.module.css'

export function CasesScreen(): ReactNode {
  const w = useWords('cases')
  const { cases, unreadable, failure } = useCases()
  const { over, handlers } = useDrop()
  useCaseCommands()
  return (
    <div className={style['screen']} {...handlers}>
      <div className={style['centre']}>
        <header className={style['head']}>
          <h1>{w('title')}</h1>
          <p>{w('lead')}</p>
        </header>
        <div className={style['ways']}>
          <Way icon={<IconPlus size={18} />} title={w('new')} hint={w('newHint')} keys="N" onClick={newCase} main />
          <Way
            icon={<IconFileImport size={18} />}
            title={w('import')}
            hint={w('importHint')}
            keys="I"
            onClick={importCase}
          />
          <PracticeCard />
        </div>
        {failure !== null && <ErrorNote error={failure} />}
        {cases === null ? (
          failure === null && <Skeleton height={120} radius="md" />
        ) : cases.length === 0 ? (
          <section className={style['none']} aria-label={w('list')}>
            <Empty icon={<IconBriefcase size={28} stroke={1.4} />} title={w('none')} hint={w('noneHint')}>
              <Button leftSection={<IconPlus size={14} />} onClick={newCase}>
                {w('new')}
              </Button>
            </Empty>
          </section>
        ) : (
          <CaseTable cases={cases} />
        )}
        {unreadable.length > 0 && <Unreadable paths={unreadable} />}
      </div>
      {over && (
        <div className={style['dropping']} aria-hidden="true">
          <IconFileImport size={30} />
          {w('dropHere')}
        </div>
      )}
    </div>
  )
}

function newCase(): void {
  go({ dialog: 'new-case' })
}

function importCase(): void {
  go({ dialog: 'import' })
}

function useCaseCommands(): void {
  const w = useWords('cases')
  const group = w('group')
  useCommands('cases', [
    { id: 'cases.new', label: w('new'), group, keys: 'N', also: 'new case 新建案件', run: newCase },
    { id: 'cases.import', label: w('importTitle'), group, keys: 'I', also: 'import bundle 导入', run: importCase },
  ])
}

/** A file dragged over the screen, and dropped on it. */
function useDrop(): {
  readonly over: boolean
  readonly handlers: {
    readonly onDragOver: (event: DragEvent) => void
    readonly onDragLeave: (event: DragEvent) => void
    readonly onDrop: (event: DragEvent) => void
  }
} {
  const [over, setOver] = useState(false)
  return {
    over,
    handlers: {
      onDragOver: (event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: (event) => {
        if (event.currentTarget === event.target) setOver(false)
      },
      onDrop: (event) => {
        event.preventDefault()
        setOver(false)
        const [file] = event.dataTransfer.files
        if (!file) return
        dropped.setState({ file })
        go({ dialog: 'import' })
      },
    },
  }
}

function Way({
  icon,
  title,
  hint,
  keys,
  main = false,
  onClick,
}: {
  readonly icon: ReactNode
  readonly title: string
  readonly hint: string
  readonly keys: string
  readonly main?: boolean
  readonly onClick: () => void
}): ReactNode {
  return (
    <button type="button" className={style['way']} data-main={main} onClick={onClick}>
      <span className={style['wayHead']}>
        {icon}
        <strong>{title}</strong>
        <Kbd>{keys}</Kbd>
      </span>
      <span>{hint}</span>
    </button>
  )
}
