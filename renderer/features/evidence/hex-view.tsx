// Bytes in hex with their offsets, for exhibits of any size: a window of the exhibit is laid out, and only the rows on the screen are read.

import { ActionIcon, TextInput } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { locker } from '../../state/locker.ts'
import { failureOf } from '../../ui/attempt.ts'
import { ErrorNote, type Failure } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import { hexRow } from './text-lines.ts'
import style from './evidence.module.css'

const perRow = 16
const rowHeight = 18
/** Bytes laid out at once: a browser draws no element taller than some 33 million pixels. */
const windowBytes = 16 * 1024 * 1024
/** Bytes read at once. */
const blockBytes = 64 * 1024

export function HexView({ sha256, size }: { readonly sha256: string; readonly size: number }): ReactNode {
  const w = useWords('evidence')
  const [base, setBase] = useState(0)
  const [goal, setGoal] = useState<number | null>(null)
  const box = useRef<HTMLDivElement>(null)
  const bytes = Math.min(windowBytes, size - base)
  const virtual = useVirtualizer({
    count: Math.ceil(bytes / perRow),
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  const items = virtual.getVirtualItems()
  const firstByte = base + (items[0]?.index ?? 0) * perRow
  const lastByte = Math.min(size, base + ((items.at(-1)?.index ?? 0) + 1) * perRow)
  const [blocks, error] = useBlocks(sha256, size, firstByte, lastByte)
  useEffect(() => {
    if (goal === null || goal < base || goal >= base + windowBytes) return
    virtual.scrollToIndex(Math.floor((goal - base) / perRow), { align: 'start' })
  }, [virtual, goal, base])
  const jump = (text: string): void => {
    const to = /^(0x)?[0-9a-f]+$/i.test(text) ? Number(text.startsWith('0x') ? text : `0x${text}`) : NaN
    if (!Number.isSafeInteger(to) || to >= size) return
    setBase(Math.floor(to / windowBytes) * windowBytes)
    setGoal(to)
  }
  return (
    <>
      <div className={style['hexBar']}>
        <TextInput
          size="xs"
          w={150}
          aria-label={w('goOffset')}
          placeholder={`${w('goOffset')} 0x…`}
          onKeyDown={(event) => {
            if (event.key === 'Enter') jump(event.currentTarget.value.trim())
          }}
        />
        {size > windowBytes && (
          <>
            <ActionIcon
              aria-label={w('windowBefore')}
              disabled={base === 0}
              onClick={() => {
                setBase(Math.max(0, base - windowBytes))
              }}
            >
              <IconChevronLeft size={15} />
            </ActionIcon>
            <ActionIcon
              aria-label={w('windowAfter')}
              disabled={base + windowBytes >= size}
              onClick={() => {
                setBase(base + windowBytes)
              }}
            >
              <IconChevronRight size={15} />
            </ActionIcon>
          </>
        )}
        <span className="dim num">
          0x{base.toString(16)} – 0x{(base + bytes).toString(16)} · {bytesText(size)}
        </span>
      </div>
      {error !== null && <ErrorNote error={error} />}
      <div ref={box} className={style['lines']} tabIndex={0} role="region" aria-label={w('hexTable')}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => {
            const at = base + index * perRow
            const block = blocks.get(Math.floor(at / blockBytes))
            const row = block?.subarray(at % blockBytes, (at % blockBytes) + perRow)
            const { hex, letters } = hexRow(row ?? new Uint8Array())
            return (
              <div key={index} className={style['line']} style={{ transform: `translateY(${String(start)}px)` }}>
                <span className={style['number']}>{at.toString(16).padStart(8, '0')}</span>
                <span className={`${style['hex'] ?? ''} mono`}>{hex}</span>
                <span className={`${style['letters'] ?? ''} mono`}>{letters}</span>
              </div>
            )
          })}
        </div>
      </div>
    </>
  )
}

/** Blocks that cover a range; those read before are kept while the exhibit is the same, up to a few megabytes. */
function useBlocks(
  sha256: string,
  size: number,
  first: number,
  last: number,
): readonly [ReadonlyMap<number, Uint8Array>, Failure | null] {
  const [blocks, setBlocks] = useState<ReadonlyMap<number, Uint8Array>>(new Map())
  const [error, setError] = useState<Failure | null>(null)
  const asked = useRef(new Set<number>())
  const [from, to] = [Math.floor(first / blockBytes), Math.floor(Math.max(first, last - 1) / blockBytes)]
  useEffect(() => {
    const reading = asked.current
    for (let at = from; at <= to; at++) {
      if (reading.has(at)) continue
      reading.add(at)
      locker()
        ?.bytes(sha256, at * blockBytes, Math.min(blockBytes, size - at * blockBytes))
        .then(
          (bytes) => {
            setBlocks((before) => {
              const kept = [...before].slice(-mostBlocks)
              for (const [gone] of [...before].slice(0, -mostBlocks)) reading.delete(gone)
              return new Map([...kept, [at, bytes]])
            })
          },
          (cause: unknown) => {
            setError(failureOf(cause))
          },
        )
    }
  }, [sha256, size, from, to])
  return [blocks, error]
}

/** Four megabytes of what was seen last. */
const mostBlocks = 64
