// Every exhibit of the case: find, look, check again. Reads the locker in this browser and nothing else; what is not here yet is said to be so.

import { Button, NativeSelect, Progress } from '@mantine/core'
import { IconArchive, IconShieldCheck } from '@tabler/icons-react'
import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { ExhibitOrder, ExhibitQuery } from '../../evidence-db/locker.ts'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { useLocker } from '../../state/locker.ts'
import { go, useView } from '../../state/view.ts'
import { Empty, ErrorNote } from '../../ui/kit.tsx'
import { bytesText, countText } from '../../ui/measures.ts'
import { FilterBar, WithDetail } from '../../ui/list.tsx'
import { VirtualTable, type Sorting } from '../../ui/virtual-table.tsx'
import { ExhibitDetail } from './exhibit-detail.tsx'
import { useExhibitColumns } from './exhibit-columns.tsx'
import { LockerNotes } from './locker-notes.tsx'
import { recheck, stopRecheck, useRechecks } from './recheck.ts'
import { useExhibits } from './use-exhibits.ts'
import { useFacets, useHostNames } from './use-facets.ts'
import style from './evidence.module.css'

const rowHeight = 28
const minWidth = 660
const filterId = 'evidence-filter'

export function EvidenceScreen(): ReactNode {
  const w = useWords('evidence')
  const { phase } = useLocker()
  if (phase === 'off') return <Empty icon={<IconArchive size={24} />} title={w('lockerOff')} hint={w('emptyHint')} />
  return (
    <div className={style['screen']}>
      <LockerNotes />
      <Exhibits />
    </div>
  )
}

function Exhibits(): ReactNode {
  const w = useWords('evidence')
  const text = useView((state) => state.evidenceFilter)
  const open = useView((state) => state.exhibit)
  const [kind, setKind] = useState('')
  const [chain, setChain] = useState('')
  const [tag, setTag] = useState('')
  const [sorting, setSorting] = useState<Sorting>({ by: 'at', descending: true })
  const [active, setActive] = useState(-1)
  const query: ExhibitQuery = {
    text,
    chains: chain === '' ? [] : [chain],
    what: kind === '' ? [] : [kind],
    tags: tag === '' ? [] : [tag],
    order: sorting.by as ExhibitOrder,
    descending: sorting.descending,
  }
  const list = useExhibits(query)
  const names = useHostNames()
  const columns = useExhibitColumns(names)
  const row = active === -1 ? null : list.rowAt(active)
  useEffect(() => {
    if (row !== null) go({ exhibit: row.sha256 })
  }, [row])
  useEvidenceCommands(open)
  const onKey = (event: KeyboardEvent): boolean => {
    if (event.key === ' ' && open !== null) void recheck([open])
    else if (event.key === 'Escape') {
      setActive(-1)
      go({ exhibit: null })
    } else return false
    return true
  }
  const empty = text === '' && kind === '' && chain === '' && tag === ''
  return (
    <>
      <FilterBar
        id={filterId}
        label={w('filterLabel')}
        placeholder={w('filter')}
        text={text}
        onText={(next) => {
          setActive(-1)
          go({ evidenceFilter: next })
        }}
      >
        <Facets chosen={{ kind, chain, tag }} names={names} onKind={setKind} onChain={setChain} onTag={setTag} />
        <Totals total={list.total} bytes={list.bytes} />
      </FilterBar>
      {list.error !== null && <ErrorNote error={list.error} />}
      <WithDetail
        id="exhibit"
        side="below"
        detail={
          open === null ? null : (
            <ExhibitDetail
              key={open}
              id={detailId}
              sha256={open}
              telling={row?.sha256 === open ? row : null}
              names={names}
              onClose={() => {
                setActive(-1)
                go({ exhibit: null })
              }}
            />
          )
        }
      >
        <VirtualTable
          label={w('title')}
          columns={columns}
          count={list.total ?? 0}
          rowAt={list.rowAt}
          onRange={list.onRange}
          rowHeight={rowHeight}
          minWidth={minWidth}
          active={active}
          onActive={setActive}
          onOpen={() => {
            document.getElementById(detailId)?.focus()
          }}
          onKey={onKey}
          sorting={sorting}
          onSort={setSorting}
          mark={({ stored }) => (stored ? null : 'quiet')}
          empty={
            list.total === null ? null : (
              <Empty
                icon={<IconArchive size={24} />}
                title={empty ? w('empty') : w('noMatch')}
                {...(empty ? { hint: w('emptyHint') } : {})}
              />
            )
          }
        />
      </WithDetail>
    </>
  )
}

const detailId = 'exhibit-in-detail'

function useEvidenceCommands(open: string | null): void {
  const w = useWords('evidence')
  const group = w('title')
  useCommands('evidence', [
    {
      id: 'evidence.filter',
      label: w('commandFilter'),
      group,
      keys: '/',
      also: 'filter 筛选',
      run: () => {
        document.getElementById(filterId)?.focus()
      },
    },
    {
      id: 'evidence.verify',
      label: w('commandVerify'),
      group,
      keys: 'V',
      also: 're-verify 复验',
      enabled: open !== null,
      run: () => {
        if (open !== null) void recheck([open])
      },
    },
    {
      id: 'evidence.verify-all',
      label: w('commandVerifyAll'),
      group,
      also: 're-verify 复验',
      run: () => {
        void recheck(null)
      },
    },
  ])
}

function Facets({
  chosen,
  names,
  onKind,
  onChain,
  onTag,
}: {
  readonly chosen: { readonly kind: string; readonly chain: string; readonly tag: string }
  readonly names: (chain: string) => string
  readonly onKind: (kind: string) => void
  readonly onChain: (chain: string) => void
  readonly onTag: (tag: string) => void
}): ReactNode {
  const w = useWords('evidence')
  const lang = useLanguage()
  const facets = useFacets()
  const options = (all: ReadonlyMap<string, number>, name: (value: string) => string = String) =>
    [...all]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([value, count]) => ({ value, label: `${name(value)} (${countText(lang, count)})` }))
  return (
    <>
      <NativeSelect
        size="xs"
        className={style['facet'] ?? ''}
        aria-label={w('kinds')}
        value={chosen.kind}
        data={[{ value: '', label: w('allKinds') }, ...options(facets.what)]}
        onChange={(event) => {
          onKind(event.currentTarget.value)
        }}
      />
      {facets.chains.size > 1 && (
        <NativeSelect
          size="xs"
          className={style['facet'] ?? ''}
          aria-label={w('hosts')}
          value={chosen.chain}
          data={[{ value: '', label: w('allHosts') }, ...options(facets.chains, names)]}
          onChange={(event) => {
            onChain(event.currentTarget.value)
          }}
        />
      )}
      {facets.tags.size > 0 && (
        <NativeSelect
          size="xs"
          className={style['facet'] ?? ''}
          aria-label={w('tags')}
          value={chosen.tag}
          data={[{ value: '', label: w('allTags') }, ...options(facets.tags)]}
          onChange={(event) => {
            onTag(event.currentTarget.value)
          }}
        />
      )}
    </>
  )
}

function Totals({ total, bytes }: { readonly total: number | null; readonly bytes: number }): ReactNode {
  const w = useWords('evidence')
  const lang = useLanguage()
  const { progress, all } = useRechecks()
  return (
    <div className={style['totals']} role="status">
      {progress !== null ? (
        <>
          <Progress
            w={70}
            size={4}
            value={(100 * progress.done) / Math.max(1, progress.total)}
            aria-label={w('verifying', { done: progress.done, total: progress.total })}
          />
          <span className="num">
            {w('verifying', { done: countText(lang, progress.done), total: countText(lang, progress.total) })}
          </span>
          <Button variant="default" onClick={stopRecheck}>
            {w('verifyStop')}
          </Button>
        </>
      ) : (
        <>
          {all !== null && (
            <span data-tone={all.damaged > 0 ? 'red' : all.absent > 0 ? 'grey' : 'green'}>
              {all.damaged + all.absent === 0
                ? w('verifiedAll', { n: countText(lang, all.intact) })
                : w('verifiedSome', { bad: all.damaged, absent: all.absent, good: all.intact })}
            </span>
          )}
          {total !== null && (
            <span className="num">{w('total', { n: countText(lang, total), bytes: bytesText(bytes) })}</span>
          )}
          <Button
            variant="default"
            leftSection={<IconShieldCheck size={14} />}
            onClick={() => {
              void recheck(null)
            }}
          >
            {w('verifyAll')}
          </Button>
        </>
      )}
    </div>
  )
}
