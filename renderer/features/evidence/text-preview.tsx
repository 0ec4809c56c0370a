// Bytes as text, invisible characters written out, read piece by piece. Images are never decoded.

import { Button } from '@mantine/core'
import { IconBinary, IconPhotoOff } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { locker } from '../../state/locker.ts'
import { failureOf } from '../../ui/attempt.ts'
import { ErrorNote, HostTextView, type Failure } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import { contentOf, textLines, wholeLines, type Content, type TextLine } from './text-lines.ts'
import style from './evidence.module.css'

/** Bytes read at once: a screen is there at once, and a large file does not fill memory unasked. */
const pieceBytes = 256 * 1024
/** Milliseconds before reading, so that running through the table reads nothing. */
const settle = 90
const lineHeight = 18

interface Read {
  readonly content: Content
  readonly lines: readonly TextLine[]
  /** bytes that are shown */
  readonly upTo: number
}

export function TextPreview({ sha256, size }: { readonly sha256: string; readonly size: number }): ReactNode {
  const w = useWords('evidence')
  const [read, setRead] = useState<Read | null>(null)
  const [error, setError] = useState<Failure | null>(null)
  const [anyway, setAnyway] = useState(false)
  const [wanted, setWanted] = useState(pieceBytes)
  useEffect(() => {
    let current = true
    const from = read?.upTo ?? 0
    if (from >= Math.min(size, wanted)) return
    const timer = setTimeout(
      () => {
        locker()
          ?.bytes(sha256, from, Math.min(pieceBytes, size - from))
          .then(
            (bytes) => {
              if (current) setRead((before) => grown(before, bytes, size))
            },
            (cause: unknown) => {
              if (current) setError(failureOf(cause))
            },
          )
      },
      from === 0 ? settle : 0,
    )
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [sha256, size, wanted, read])
  if (error !== null) return <ErrorNote error={error} />
  if (read === null) return null
  if (!anyway && (read.content === 'image' || read.content === 'binary'))
    return (
      <div className={style['notText']}>
        {read.content === 'image' ? <IconPhotoOff size={22} /> : <IconBinary size={22} />}
        <p>{read.content === 'image' ? w('imageNot') : w('binaryHint')}</p>
        <Button
          variant="default"
          onClick={() => {
            setAnyway(true)
          }}
        >
          {w('previewAs')}
        </Button>
      </div>
    )
  return (
    <>
      <Lines lines={read.lines} />
      {read.upTo < size && (
        <div className={style['more']}>
          <span className="dim">{w('shownOf', { shown: bytesText(read.upTo), total: bytesText(size) })}</span>
          <Button
            variant="default"
            onClick={() => {
              setWanted(read.upTo + pieceBytes)
            }}
          >
            {w('readMore', { bytes: bytesText(Math.min(pieceBytes, size - read.upTo)) })}
          </Button>
        </div>
      )}
    </>
  )
}

function grown(before: Read | null, bytes: Uint8Array, size: number): Read {
  const from = before?.upTo ?? 0
  const last = from + bytes.length >= size
  const whole = last ? bytes : bytes.subarray(0, wholeLines(bytes))
  const number = (before?.lines.findLast((line) => line.number !== null)?.number ?? 0) + 1
  return {
    content: before?.content ?? contentOf(bytes.subarray(0, 4096)),
    lines: [...(before?.lines ?? []), ...textLines(whole, number)],
    upTo: from + whole.length,
  }
}

function Lines({ lines }: { readonly lines: readonly TextLine[] }): ReactNode {
  const w = useWords('evidence')
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 12,
  })
  return (
    <div ref={box} className={style['lines']} tabIndex={0} role="region" aria-label={w('preview')}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index]
          return line === undefined ? null : (
            <div key={index} className={style['line']} style={{ transform: `translateY(${String(start)}px)` }}>
              <span className={style['number']}>{line.number ?? '↳'}</span>
              <HostTextView text={line.text} />
            </div>
          )
        })}
      </div>
    </div>
  )
}
