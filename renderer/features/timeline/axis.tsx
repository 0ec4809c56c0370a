// The axis: lanes of dots that zoom under the wheel and move under the hand or the keyboard, and below them all of the time with a frame around what is shown.

import { useElementSize } from '@mantine/hooks'
import { useMantineColorScheme } from '@mantine/core'
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { axisHeight, draw, drawOverview, laneHeight, type Drawn, type LaneData } from './draw.ts'
import type { Lane } from './moments.ts'
import { moved, zoomed, type Span } from './scale.ts'
import style from './timeline.module.css'

export interface AxisProps {
  readonly lanes: readonly { readonly lane: Lane; readonly name: string; readonly data: LaneData }[]
  readonly span: Span
  readonly whole: Span
  readonly onSpan: (span: Span) => void
  readonly zoneShift: number
  readonly tickText: (at: number, step: number) => string
  readonly timeOf: (at: number) => string
  readonly mark: number | null
  /** the words of an event: its lane and place in it */
  readonly wordsOf: (lane: Lane, index: number) => string
  readonly onChoose: (lane: Lane, index: number) => void
}

const overviewHeight = 34
/** Share of what is shown by which one key moves it. */
const keyStep = 0.15
const zoomStep = 0.7
/** Pixels a press may wander and still be a click. */
const stillClick = 4

export function Axis(props: AxisProps): ReactNode {
  const w = useWords('timeline')
  const { lanes, span, whole, onSpan } = props
  const { ref: box, width } = useElementSize()
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawn = useRef<readonly Drawn[]>([])
  const { colorScheme } = useMantineColorScheme()
  const [over, setOver] = useState<Drawn | null>(null)
  const press = useRef<{ readonly x: number; readonly span: Span; still: boolean } | null>(null)
  useEffect(() => {
    if (canvas.current === null || width === 0) return
    const picture = { ...props, lanes: lanes.map(({ data }) => data) }
    const frame = requestAnimationFrame(() => {
      if (canvas.current) drawn.current = draw(canvas.current, width, picture)
    })
    return () => {
      cancelAnimationFrame(frame)
    }
  }, [props, lanes, width, colorScheme])
  useWheel(canvas, (deltaX, deltaY, x) => {
    const wide = span.to - span.from
    if (Math.abs(deltaX) > Math.abs(deltaY)) onSpan(moved(span, whole, (deltaX / Math.max(1, width)) * wide))
    else onSpan(zoomed(span, whole, Math.exp(deltaY / 400), span.from + (x / Math.max(1, width)) * wide))
  })
  const near = (event: PointerEvent): Drawn | null => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    const [x, lane] = [event.clientX - left, Math.floor((event.clientY - top) / laneHeight)]
    const here = drawn.current.filter((one) => one.lane === lane && Math.abs(one.cluster.x - x) < 12)
    return here.sort((a, b) => Math.abs(a.cluster.x - x) - Math.abs(b.cluster.x - x))[0] ?? null
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = (span.to - span.from) * keyStep
    const next: Readonly<Record<string, () => Span>> = {
      ArrowLeft: () => moved(span, whole, -by),
      ArrowRight: () => moved(span, whole, by),
      '+': () => zoomed(span, whole, zoomStep),
      '=': () => zoomed(span, whole, zoomStep),
      '-': () => zoomed(span, whole, 1 / zoomStep),
      Home: () => whole,
    }
    const make = event.ctrlKey || event.metaKey || event.altKey ? undefined : next[event.key]
    if (make === undefined) return
    event.preventDefault()
    onSpan(make())
  }
  const height = lanes.length * laneHeight + axisHeight
  const hovered = over === null ? null : (lanes[over.lane] ?? null)
  return (
    <div className={style['axis']}>
      <ul className={style['laneNames']} style={{ paddingBottom: axisHeight }}>
        {lanes.map(({ lane, name, data }) => (
          <li key={lane} style={{ height: laneHeight }}>
            {name} <span className="faint num">{data.times.length}</span>
          </li>
        ))}
      </ul>
      <div className={style['plot']}>
        <div
          ref={box}
          className={style['lanes']}
          style={{ height }}
          tabIndex={0}
          role="application"
          aria-label={`${w('axis', { from: props.timeOf(span.from), to: props.timeOf(span.to) })}. ${w('axisHint')}`}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            press.current = { x: event.clientX, span, still: true }
          }}
          onPointerMove={(event) => {
            const held = press.current
            if (held === null) {
              setOver(near(event))
              return
            }
            if (Math.abs(event.clientX - held.x) > stillClick) held.still = false
            if (held.still) return
            setOver(null)
            onSpan(moved(held.span, whole, ((held.x - event.clientX) / Math.max(1, width)) * (span.to - span.from)))
          }}
          onPointerUp={(event) => {
            const hit = press.current?.still === true ? near(event) : null
            press.current = null
            const lane = hit === null ? undefined : lanes[hit.lane]
            if (hit !== null && lane) props.onChoose(lane.lane, hit.cluster.first)
          }}
          onPointerLeave={() => {
            if (press.current === null) setOver(null)
          }}
        >
          <canvas ref={canvas} aria-hidden="true" />
          {over !== null && hovered !== null && (
            <div
              className={style['tip']}
              role="presentation"
              data-left={over.cluster.x > width / 2}
              style={{ left: over.cluster.x, top: (over.lane + 1) * laneHeight - 4 }}
            >
              <span className="num dim">{props.timeOf(hovered.data.times[over.cluster.first] ?? 0)}</span>
              <span>{props.wordsOf(hovered.lane, over.cluster.first)}</span>
              {over.cluster.count > 1 && <span className="faint">{w('cluster', { n: over.cluster.count })}</span>}
            </div>
          )}
        </div>
        <Overview {...props} width={width} scheme={colorScheme} />
      </div>
    </div>
  )
}

/** React listens to the wheel passively; this must keep the page from scrolling. */
function useWheel(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  onWheel: (deltaX: number, deltaY: number, x: number) => void,
): void {
  const latest = useRef(onWheel)
  useEffect(() => {
    latest.current = onWheel
  })
  useEffect(() => {
    const on = canvas.current
    if (on === null) return
    const listen = (event: WheelEvent): void => {
      event.preventDefault()
      latest.current(event.deltaX, event.deltaY, event.offsetX)
    }
    on.addEventListener('wheel', listen, { passive: false })
    return () => {
      on.removeEventListener('wheel', listen)
    }
  }, [canvas])
}

function Overview({
  lanes,
  span,
  whole,
  onSpan,
  width,
  scheme,
}: AxisProps & { readonly width: number; readonly scheme: string }): ReactNode {
  const w = useWords('timeline')
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current !== null && width > 0)
      drawOverview(
        canvas.current,
        width,
        overviewHeight,
        lanes.map(({ data }) => data),
        whole,
      )
  }, [lanes, whole, width, scheme])
  const all = whole.to - whole.from
  const percent = (at: number): number => (100 * (at - whole.from)) / all
  const centre = (event: PointerEvent): void => {
    const { left } = event.currentTarget.getBoundingClientRect()
    const at = whole.from + ((event.clientX - left) / Math.max(1, width)) * all
    onSpan(moved(span, whole, at - (span.from + span.to) / 2))
  }
  return (
    <div
      className={style['overview']}
      style={{ height: overviewHeight }}
      title={w('overview')}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        centre(event)
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) centre(event)
      }}
    >
      <canvas ref={canvas} />
      <i
        style={{
          left: `${String(percent(span.from))}%`,
          width: `${String(Math.max(0.4, percent(span.to) - percent(span.from)))}%`,
        }}
      />
    </div>
  )
}
