// Findings by score, each with its reasons on the row; below them what stays unknown, never hidden. A row opens beside the table.

import { NativeSelect } from '@mantine/core'
import { IconShieldSearch } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useSay, useWords } from '../../i18n/say.ts'
import type { FindingView, Look } from '../../state/looks.ts'
import { go, useView } from '../../state/view.ts'
import { Empty, HostTextView, Score, Tag } from '../../ui/kit.tsx'
import { FilterBar, WithDetail } from '../../ui/list.tsx'
import { VirtualTable, type Column } from '../../ui/virtual-table.tsx'
import { FindingDetail } from './finding-detail.tsx'
import { KindIcon } from './kind-icon.tsx'
import { Proposed } from './proposed.tsx'
import { hostile, reasonTone, targetText, useReasonName, useSearchText } from './finding-words.ts'
import { filterId } from './triage-commands.ts'
import { Unknowns } from './unknowns.tsx'
import style from './findings.module.css'

/** Below this score findings are not shown at all; the judge leaves them out. */
const shownFrom = 30
/** Tags on a row; the others are counted. */
const tagsShown = 3
const rowHeight = 46
/** Value of a choice that leaves nothing out. */
const all = 'all'

export function FindingList({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const searchText = useSearchText()
  const [text, setText] = useState('')
  const [kind, setKind] = useState(all)
  const [proposal, setProposal] = useState(all)
  const open = useView((state) => state.finding)
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const rows = look.findings.filter(
    (finding) =>
      (kind === all || finding.kind === kind) &&
      (proposal === all || finding.proposed === proposal) &&
      (words.length === 0 || words.every((word) => searchText(finding).includes(word))),
  )
  const chosen = look.findings.find(({ id }) => id === open) ?? null
  const active = rows.findIndex(({ id }) => id === open)
  const columns = useFindingColumns(chosen !== null)
  const kinds = [...new Set(look.findings.map((finding) => finding.kind))].sort()
  return (
    <>
      <FilterBar
        id={filterId}
        label={w('filterLabel')}
        placeholder={w('filter')}
        text={text}
        onText={setText}
        widest={320}
      >
        <NativeSelect
          aria-label={w('kind')}
          value={kind}
          data={[
            { value: all, label: w('allKinds') },
            ...kinds.map((one) => ({ value: one, label: say(`kind.${one}`) })),
          ]}
          onChange={(event) => {
            setKind(event.currentTarget.value)
          }}
        />
        <NativeSelect
          aria-label={w('act')}
          value={proposal}
          data={[
            { value: all, label: w('anyProposal') },
            ...(['yes', 'unknown', 'no'] as const).map((one) => ({ value: one, label: say(`proposed.${one}`) })),
          ]}
          onChange={(event) => {
            setProposal(event.currentTarget.value)
          }}
        />
      </FilterBar>
      <WithDetail
        id="finding"
        side="beside"
        detail={chosen === null ? null : <FindingDetail key={chosen.id} finding={chosen} look={look} />}
      >
        <VirtualTable
          label={w('findings')}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index] ?? null}
          rowHeight={rowHeight}
          active={active}
          onActive={(index) => {
            go({ finding: rows[index]?.id ?? null })
          }}
          onKey={(event) => {
            if (event.key !== 'Escape') return false
            go({ finding: null })
            return true
          }}
          mark={(finding) => (hostile(finding) ? 'hostile' : null)}
          empty={
            <Empty
              icon={<IconShieldSearch size={24} />}
              title={look.findings.length === 0 ? w('nothingFound') : w('nothingMatches')}
              {...(look.findings.length === 0 ? { hint: w('nothingFoundHint', { below: shownFrom }) } : {})}
            />
          }
        />
        <Unknowns look={look} />
      </WithDetail>
    </>
  )
}

/** Reasons stand in full beside an open row, so that its column goes. */
function useFindingColumns(narrow: boolean): readonly Column<FindingView>[] {
  const w = useWords('findings')
  const say = useSay()
  const reasonName = useReasonName()
  const columns: readonly (Column<FindingView> | null)[] = [
    { id: 'score', label: w('score'), width: '84px', cell: (finding) => <Score value={finding.score} /> },
    {
      id: 'what',
      label: w('what'),
      width: 'minmax(150px, 1.25fr)',
      cell: (finding) => <What finding={finding} title={say(finding.title, finding.params)} />,
    },
    narrow
      ? null
      : {
          id: 'why',
          label: w('why'),
          width: 'minmax(150px, 1fr)',
          cell: (finding) => <Reasons finding={finding} name={reasonName} />,
        },
    {
      id: 'act',
      label: w('act'),
      width: '104px',
      cell: (finding) => <Proposed finding={finding} label={say(`proposed.${finding.proposed}`)} />,
    },
  ]
  return columns.filter((column) => column !== null)
}

function What({ finding, title }: { readonly finding: FindingView; readonly title: string }): ReactNode {
  const target = targetText(finding)
  return (
    <div className={style['whatRow']}>
      <KindIcon kind={finding.kind} />
      <div className={style['what']}>
        <div title={title}>{title}</div>
        <div className="dim">{target === null ? null : <HostTextView text={target} cut />}</div>
      </div>
    </div>
  )
}

function Reasons({
  finding,
  name,
}: {
  readonly finding: FindingView
  readonly name: (reason: FindingView['reasons'][number]) => string
}): ReactNode {
  const say = useSay()
  const more = finding.reasons.length - tagsShown
  return (
    <div className={style['tags']}>
      {finding.reasons.slice(0, tagsShown).map((reason) => (
        <Tag key={reason.signal} tone={reasonTone(reason)} title={say(`signal.${reason.signal}`, reason.params)}>
          {name(reason)}
        </Tag>
      ))}
      {more > 0 && <Tag title={finding.reasons.slice(tagsShown).map(name).join(' · ')}>+{more}</Tag>}
    </div>
  )
}
