// Every connection and listener the kernel told of, with the process that holds it, or that none visible does.

import { SegmentedControl } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { shown } from '../../../main/core/contract.ts'
import { useWords } from '../../i18n/say.ts'
import { factsOf, type FactViewOf, type FindingView, type Look } from '../../state/looks.ts'
import { go } from '../../state/view.ts'
import { Empty, HostTextView, Score, Tag } from '../../ui/kit.tsx'
import { FilterBar } from '../../ui/list.tsx'
import { VirtualTable, type Column } from '../../ui/virtual-table.tsx'
import { FactsGone } from './facts-gone.tsx'
import { hostile } from './finding-words.ts'
import { joined, type ProcessView } from './process-rows.ts'
import { filterId } from './triage-commands.ts'
import style from './findings.module.css'

type SocketView = FactViewOf<'socket'>

interface SocketRow {
  readonly socket: SocketView
  readonly processes: readonly ProcessView[]
  /** about the connection itself, or the worst of who holds it */
  readonly finding: FindingView | null
}

const rowHeight = 30
const minWidth = 700

export function SocketList({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const sockets = factsOf(look, 'socket')
  const [text, setText] = useState('')
  const [first, setFirst] = useState<'established' | 'listen'>('established')
  const [chosen, setChosen] = useState(-1)
  const columns = useSocketColumns()
  if (sockets === null) return <FactsGone look={look} />
  const rows = sorted(rowsOf(sockets, look), first).filter((row) => matches(row, text))
  const open = (index: number): void => {
    const finding = rows[index]?.finding
    if (finding) go({ finding: finding.id })
  }
  return (
    <>
      <FilterBar
        id={filterId}
        label={w('socketFilter')}
        placeholder={w('filter')}
        text={text}
        onText={setText}
        widest={320}
      >
        <SegmentedControl
          aria-label={w('sockets')}
          value={first}
          data={[
            { value: 'established', label: w('establishedFirst') },
            { value: 'listen', label: w('listenFirst') },
          ]}
          onChange={(to) => {
            setFirst(to === 'listen' ? 'listen' : 'established')
          }}
        />
      </FilterBar>
      <VirtualTable
        label={w('sockets')}
        columns={columns}
        count={rows.length}
        rowAt={(index) => rows[index] ?? null}
        rowHeight={rowHeight}
        minWidth={minWidth}
        active={chosen}
        onActive={setChosen}
        onOpen={open}
        mark={({ finding }) => (finding !== null && hostile(finding) ? 'hostile' : null)}
        empty={<Empty icon={<IconPlugConnected size={24} />} title={w('noSocket')} />}
      />
    </>
  )
}

/** Address and port; IPv6 in brackets. The kernel wrote both, so they are plain text. */
export function endText(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '*' : String(port)}`
}

function rowsOf(sockets: readonly SocketView[], look: Look): readonly SocketRow[] {
  const byPid = new Map(
    joined(factsOf(look, 'process') ?? [], look.findings).map((row) => [row.process.identity.pid, row]),
  )
  return sockets.map((socket) => {
    const holders = socket.pids.flatMap((pid) => byPid.get(pid) ?? [])
    const own = look.findings.find(
      ({ kind, params }) =>
        kind === 'socket' && params['address'] === socket.remoteAddress && params['port'] === socket.remotePort,
    )
    const worst = holders
      .map(({ finding }) => finding)
      .reduce((a, b) => ((b?.score ?? 0) > (a?.score ?? 0) ? b : a), null)
    return { socket, processes: holders.map(({ process }) => process), finding: own ?? worst }
  })
}

function sorted(rows: readonly SocketRow[], first: 'established' | 'listen'): readonly SocketRow[] {
  const rank = ({ socket }: SocketRow): number => (socket.state === first ? 0 : socket.state === 'listen' ? 2 : 1)
  return [...rows].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.finding?.score ?? 0) - (a.finding?.score ?? 0) ||
      a.socket.localPort - b.socket.localPort ||
      a.socket.remotePort - b.socket.remotePort,
  )
}

function matches({ socket, processes }: SocketRow, text: string): boolean {
  const all = [
    socket.protocol,
    socket.state,
    endText(socket.localAddress, socket.localPort),
    endText(socket.remoteAddress, socket.remotePort),
    ...processes.map(({ comm, identity }) => `${shown(comm)} ${String(identity.pid)}`),
  ]
    .join('\n')
    .toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

function useSocketColumns(): readonly Column<SocketRow>[] {
  const w = useWords('findings')
  const mono = (text: string): ReactNode => <span className="mono">{text}</span>
  return [
    {
      id: 'score',
      label: w('score'),
      width: '84px',
      cell: ({ finding }) => (finding === null ? <span className="faint">–</span> : <Score value={finding.score} />),
    },
    { id: 'protocol', label: w('protocol'), width: '64px', cell: ({ socket }) => mono(socket.protocol) },
    {
      id: 'local',
      label: w('local'),
      width: 'minmax(120px, 1fr)',
      cell: ({ socket }) => mono(endText(socket.localAddress, socket.localPort)),
    },
    {
      id: 'remote',
      label: w('remote'),
      width: 'minmax(120px, 1fr)',
      cell: ({ socket }) => (socket.state === 'listen' ? null : mono(endText(socket.remoteAddress, socket.remotePort))),
    },
    { id: 'state', label: w('state'), width: '92px', cell: ({ socket }) => mono(socket.state) },
    {
      id: 'owner',
      label: w('owner'),
      width: 'minmax(140px, 1.2fr)',
      cell: ({ socket, processes }) =>
        socket.pids.length === 0 ? (
          <Tag tone={socket.state === 'time-wait' ? 'grey' : 'amber'}>{w('noOwner')}</Tag>
        ) : (
          <span className={style['process']}>
            {processes[0] && <HostTextView text={processes[0].comm} cut />}
            <span className="mono dim">{socket.pids.join(' ')}</span>
          </span>
        ),
    },
  ]
}
