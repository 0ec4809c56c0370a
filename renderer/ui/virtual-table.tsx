// A table of any length: only the rows on the screen exist. One tab stop; arrows, Page, Home and End move the chosen row, Enter opens it. Rows are of one
// height, so that the place of every row is known without drawing it.

import { useVirtualizer } from '@tanstack/react-virtual'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { memo, useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react'
import style from './virtual-table.module.css'

export interface Column<Row> {
  readonly id: string
  readonly label: string
  /** a CSS grid track, such as `90px` or `minmax(120px, 1fr)` */
  readonly width: string
  readonly end?: boolean
  readonly sorts?: boolean
  readonly cell: (row: Row, index: number) => ReactNode
}

export interface Sorting {
  readonly by: string
  readonly descending: boolean
}

export interface VirtualTableProps<Row> {
  /** what the table is, for those who hear it */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly count: number
  /** null: not here yet */
  readonly rowAt: (index: number) => Row | null
  readonly rowHeight: number
  /** chosen row; -1 = none */
  readonly active: number
  readonly onActive: (index: number) => void
  readonly onOpen?: (index: number) => void
  /** true when the key was used */
  readonly onKey?: (event: KeyboardEvent<HTMLDivElement>, index: number) => boolean
  readonly sorting?: Sorting
  readonly onSort?: (sorting: Sorting) => void
  /** told which rows are on the screen */
  readonly onRange?: (first: number, last: number) => void
  /** red bar at the left of hostile rows, grey text of quiet ones */
  readonly mark?: (row: Row) => 'hostile' | 'quiet' | null
  /** pixels below which the table scrolls sideways instead of squeezing its columns */
  readonly minWidth?: number
  /** drawn instead of rows when there are none */
  readonly empty?: ReactNode
}

/** Rows drawn beyond the edge, so that a fast scroll finds them there. */
const overscan = 8

export function VirtualTable<Row>(props: VirtualTableProps<Row>): ReactNode {
  const { label, columns, count, rowAt, rowHeight, active, onRange } = props
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan,
    scrollPaddingStart: headHeight,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    onRange?.(first, last)
  }, [onRange, first, last])
  useEffect(() => {
    if (active >= 0 && active < count) virtual.scrollToIndex(active, { align: 'auto' })
  }, [virtual, active, count])
  const tracks = columns.map(({ width }) => width).join(' ')
  const seen = active >= first && active <= last
  return (
    <div
      ref={box}
      className={style['box']}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      {...(seen ? { 'aria-activedescendant': `${id}-${String(active)}` } : {})}
      onKeyDown={(event) => {
        onKeyDown(event, props, box.current)
      }}
    >
      <div className={style['inner']} style={{ minWidth: props.minWidth ?? 0 }} role="presentation">
        <div role="rowgroup" className={style['head']}>
          <div role="row" aria-rowindex={1} className={style['row']} style={{ gridTemplateColumns: tracks }}>
            {columns.map((column) => (
              <Heading key={column.id} column={column} sorting={props.sorting} onSort={props.onSort} />
            ))}
          </div>
        </div>
        {count === 0 ? (
          <div role="rowgroup">
            <div role="row">
              <div role="gridcell">{props.empty}</div>
            </div>
          </div>
        ) : (
          <div role="rowgroup" className={style['body']} style={{ height: virtual.getTotalSize() }}>
            {items.map(({ index, start }) => (
              <Row
                key={index}
                id={`${id}-${String(index)}`}
                index={index}
                top={start}
                height={rowHeight}
                row={rowAt(index)}
                tracks={tracks}
                columns={columns as readonly Column<unknown>[]}
                active={index === active}
                mark={props.mark as RowProps['mark']}
                onActive={props.onActive}
                onOpen={props.onOpen}
              />
            ))}
          </div>
        )}
      </div>
    </div>
  )
}

const headHeight = 29

function onKeyDown<Row>(
  event: KeyboardEvent<HTMLDivElement>,
  { count, active, rowHeight, onActive, onOpen, onKey }: VirtualTableProps<Row>,
  box: HTMLDivElement | null,
): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || count === 0) return
  const page = Math.max(1, Math.floor(((box?.clientHeight ?? 300) - headHeight) / rowHeight) - 1)
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: count - 1,
  }
  const to = moves[event.key]
  if (to !== undefined) onActive(Math.max(0, Math.min(count - 1, to)))
  else if (event.key === 'Enter' && active >= 0 && onOpen) onOpen(active)
  else if (onKey?.(event, active) !== true) return
  event.preventDefault()
}

function Heading<Row>({
  column,
  sorting,
  onSort,
}: {
  readonly column: Column<Row>
  readonly sorting: Sorting | undefined
  readonly onSort: ((sorting: Sorting) => void) | undefined
}): ReactNode {
  const { id, label, end, sorts } = column
  const mine = sorting?.by === id ? sorting : null
  const order = mine === null ? 'none' : mine.descending ? 'descending' : 'ascending'
  return (
    <div
      role="columnheader"
      className={style['heading']}
      data-end={end === true}
      {...(sorts === true ? { 'aria-sort': order } : {})}
    >
      {sorts === true && onSort ? (
        <button
          type="button"
          onClick={() => {
            onSort({ by: id, descending: mine === null ? end === true : !mine.descending })
          }}
        >
          {label}
          {mine !== null && (mine.descending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />)}
        </button>
      ) : (
        label
      )}
    </div>
  )
}

interface RowProps {
  readonly id: string
  readonly index: number
  readonly top: number
  readonly height: number
  readonly row: unknown
  readonly tracks: string
  readonly columns: readonly Column<unknown>[]
  readonly active: boolean
  readonly mark: ((row: unknown) => 'hostile' | 'quiet' | null) | undefined
  readonly onActive: (index: number) => void
  readonly onOpen: ((index: number) => void) | undefined
}

const Row = memo(function Row(props: RowProps): ReactNode {
  const { id, index, top, height, row, tracks, columns, active, mark, onActive, onOpen } = props
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active}
      className={style['row']}
      data-mark={row === null ? null : mark?.(row)}
      style={{ gridTemplateColumns: tracks, height, transform: `translateY(${String(top)}px)` }}
      onClick={() => {
        onActive(index)
      }}
      onDoubleClick={() => onOpen?.(index)}
    >
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={style['cell']} data-end={column.end === true}>
          {row === null ? <span className={style['blank']} /> : column.cell(row, index)}
        </div>
      ))}
    </div>
  )
})
