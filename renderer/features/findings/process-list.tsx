// Every process our own readings saw, with what is known against it; as a list by score or as the tree of who started whom.

import { SegmentedControl } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconRadar } from '@tabler/icons-react'
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { factsOf, type Look } from '../../state/looks.ts'
import { Empty, HostTextView, Score, Tag } from '../../ui/kit.tsx'
import { FilterBar, WithDetail } from '../../ui/list.tsx'
import { VirtualTable, type Column, type Sorting } from '../../ui/virtual-table.tsx'
import { FactsGone } from './facts-gone.tsx'
import { hostile } from './finding-words.ts'
import { ProcessDetail } from './process-detail.tsx'
import { ageText, cpuText } from './process-words.ts'
import { filtered, joined, keyOf, sorted, treed, type ProcessOrder, type ProcessRow } from './process-rows.ts'
import { filterId } from './triage-commands.ts'
import style from './findings.module.css'

const rowHeight = 30
const minWidth = 760

export function ProcessList({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const processes = factsOf(look, 'process')
  const [text, setText] = useState('')
  const [shape, setShape] = useState<'flat' | 'tree'>('flat')
  const [sorting, setSorting] = useState<Sorting>({ by: 'score', descending: true })
  const [chosen, setChosen] = useState<string | null>(null)
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const toggle = (key: string): void => {
    const next = new Set(collapsed)
    if (!next.delete(key)) next.add(key)
    setCollapsed(next)
  }
  const columns = useProcessColumns(shape === 'tree' ? { collapsed, toggle } : null, chosen !== null)
  if (processes === null) return <FactsGone look={look} />
  const found = filtered(joined(processes, look.findings), text)
  const rows =
    shape === 'tree' ? treed(found, collapsed) : sorted(found, sorting.by as ProcessOrder, sorting.descending)
  const active = rows.findIndex(({ process }) => keyOf(process.identity) === chosen)
  const open = rows[active] ?? null
  const onKey = (event: KeyboardEvent, index: number): boolean => {
    const row = rows[index]
    if (event.key === 'Escape') setChosen(null)
    else if (row && shape === 'tree' && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      const key = keyOf(row.process.identity)
      if (row.children > 0 && collapsed.has(key) === (event.key === 'ArrowRight')) toggle(key)
    } else return false
    return true
  }
  return (
    <>
      <FilterBar
        id={filterId}
        label={w('processFilter')}
        placeholder={w('filter')}
        text={text}
        onText={setText}
        widest={320}
      >
        <SegmentedControl
          aria-label={w('processes')}
          value={shape}
          data={[
            { value: 'flat', label: w('flat') },
            { value: 'tree', label: w('tree') },
          ]}
          onChange={(to) => {
            setShape(to === 'tree' ? 'tree' : 'flat')
          }}
        />
      </FilterBar>
      <WithDetail
        id="process"
        side="beside"
        detail={
          open === null ? null : (
            <ProcessDetail
              key={chosen}
              row={open}
              look={look}
              onClose={() => {
                setChosen(null)
              }}
            />
          )
        }
      >
        <VirtualTable
          label={w('processes')}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index] ?? null}
          rowHeight={rowHeight}
          minWidth={chosen === null ? minWidth : 420}
          active={active}
          onActive={(index) => {
            const row = rows[index]
            setChosen(row ? keyOf(row.process.identity) : null)
          }}
          onKey={onKey}
          {...(shape === 'flat' ? { sorting, onSort: setSorting } : {})}
          mark={({ finding, process }) =>
            finding !== null && hostile(finding) ? 'hostile' : process.ours || process.kernelThread ? 'quiet' : null
          }
          empty={<Empty icon={<IconRadar size={24} />} title={w('noProcess')} />}
        />
      </WithDetail>
    </>
  )
}

interface Folding {
  readonly collapsed: ReadonlySet<string>
  readonly toggle: (key: string) => void
}

function useProcessColumns(tree: Folding | null, narrow: boolean): readonly Column<ProcessRow>[] {
  const w = useWords('findings')
  const lang = useLanguage()
  const score: Column<ProcessRow> = {
    id: 'score',
    label: w('score'),
    width: '84px',
    sorts: true,
    end: false,
    cell: ({ finding }) => (finding === null ? <span className="faint">–</span> : <Score value={finding.score} />),
  }
  const process: Column<ProcessRow> = {
    id: 'exe',
    label: w('target'),
    width: 'minmax(220px, 1fr)',
    sorts: true,
    cell: (row) => <Name row={row} tree={tree} />,
  }
  const others: readonly Column<ProcessRow>[] = [
    {
      id: 'pid',
      label: w('pid'),
      width: '62px',
      end: true,
      sorts: true,
      cell: (row) => <span className="mono">{row.process.identity.pid}</span>,
    },
    {
      id: 'user',
      label: w('user'),
      width: '52px',
      end: true,
      sorts: true,
      cell: (row) => <span className="mono">{row.process.uid}</span>,
    },
    {
      id: 'cpu',
      label: w('cpu'),
      width: '62px',
      end: true,
      sorts: true,
      cell: ({ process: { cpuPermille } }) => <span className="num">{cpuText(cpuPermille)}</span>,
    },
    {
      id: 'age',
      label: w('age'),
      width: '92px',
      end: true,
      sorts: true,
      cell: ({ process: { ageSeconds } }) => ageText(lang, ageSeconds),
    },
    { id: 'state', label: w('state'), width: '44px', cell: (row) => <span className="mono">{row.process.state}</span> },
  ]
  const [pid, ...rest] = others
  const front = pid === undefined ? [] : [pid]
  const more = narrow ? [] : rest
  return tree === null ? [score, ...front, process, ...more] : [process, ...front, score, ...more]
}

function Name({ row, tree }: { readonly row: ProcessRow; readonly tree: Folding | null }): ReactNode {
  const w = useWords('findings')
  const { process, depth, children } = row
  const key = keyOf(process.identity)
  const open = tree?.collapsed.has(key) !== true
  return (
    <div className={style['process']} style={{ paddingLeft: depth * 14 }}>
      {tree !== null && (
        <button
          type="button"
          tabIndex={-1}
          className={style['fold']}
          aria-label={open ? w('collapse') : w('expand')}
          aria-expanded={open}
          data-leaf={children === 0}
          onClick={(event) => {
            event.stopPropagation()
            tree.toggle(key)
          }}
        >
          {children > 0 && (open ? <IconChevronDown size={12} /> : <IconChevronRight size={12} />)}
        </button>
      )}
      <Marks row={row} />
      <HostTextView text={process.exe === null || tree !== null ? process.comm : process.exe} cut />
      <span className={style['cmdline']}>
        <HostTextView text={process.cmdline} cut />
      </span>
    </div>
  )
}

function Marks({ row: { process } }: { readonly row: ProcessRow }): ReactNode {
  const w = useWords('findings')
  return (
    <>
      {process.inHostPs === 'no' && <Tag tone="red">{w('markHidden')}</Tag>}
      {process.overMounted && <Tag tone="red">{w('markOverMounted')}</Tag>}
      {process.exeMemfd && <Tag tone="red">{w('markMemfd')}</Tag>}
      {process.exeDeleted && !process.exeMemfd && <Tag tone="amber">{w('markDeleted')}</Tag>}
      {process.foreignPidNamespace === 'yes' && <Tag>{w('markContainer')}</Tag>}
      {process.kernelThread && <Tag>{w('markKernel')}</Tag>}
      {process.ours && <Tag>{w('markOurs')}</Tag>}
    </>
  )
}
