// Paints lanes, dots and ticks on a canvas: ten thousand events are a few hundred dots. Colours come from the theme's variables.

import { clusters, type Cluster, type Span, ticks } from './scale.ts'

export const laneHeight = 30
export const axisHeight = 22
/** Pixels within which dots become one. */
const apart = 9
const tickApart = 104

export interface LaneData {
  readonly times: Float64Array
  readonly hostile: Uint8Array
}

export interface Drawn {
  readonly lane: number
  readonly cluster: Cluster
}

export interface Picture {
  readonly lanes: readonly LaneData[]
  readonly span: Span
  readonly zoneShift: number
  readonly tickText: (at: number, step: number) => string
  /** moment of the chosen event; null = none */
  readonly mark: number | null
}

/** Draws and says where the dots are. */
export function draw(canvas: HTMLCanvasElement, width: number, picture: Picture): readonly Drawn[] {
  const height = picture.lanes.length * laneHeight + axisHeight
  const context = sized(canvas, width, height)
  if (context === null) return []
  const colour = coloursOf(canvas)
  const x = (at: number): number => ((at - picture.span.from) / (picture.span.to - picture.span.from)) * width
  context.font = `11px ${colour('--mantine-font-family')}`
  const { at: marks, step } = ticks(picture.span, width, tickApart, picture.zoneShift)
  for (const at of marks) {
    context.fillStyle = colour('--tq-line')
    context.fillRect(Math.round(x(at)), 0, 1, height - axisHeight)
    context.fillStyle = colour('--tq-faint')
    context.fillText(picture.tickText(at, step), Math.round(x(at)) + 4, height - 7)
  }
  const drawn: Drawn[] = []
  picture.lanes.forEach((lane, index) => {
    const middle = index * laneHeight + laneHeight / 2
    context.fillStyle = colour('--tq-line')
    context.fillRect(0, (index + 1) * laneHeight, width, 1)
    for (const cluster of clusters(lane.times, (at) => lane.hostile[at] === 1, picture.span, width, apart)) {
      const radius = cluster.count === 1 ? 4 : Math.min(12, 5 + Math.log2(cluster.count))
      context.beginPath()
      context.arc(cluster.x, middle, radius, 0, 2 * Math.PI)
      context.fillStyle = colour(cluster.hostile ? '--tq-red' : '--tq-blue')
      context.fill()
      if (cluster.count > 1 && radius >= 7) {
        context.fillStyle = colour('--tq-bg')
        context.textAlign = 'center'
        context.font = `600 9.5px ${colour('--mantine-font-family')}`
        context.fillText(cluster.count > 999 ? '999+' : String(cluster.count), cluster.x, middle + 3.5)
        context.textAlign = 'left'
        context.font = `11px ${colour('--mantine-font-family')}`
      }
      drawn.push({ lane: index, cluster })
    }
  })
  if (picture.mark !== null) {
    context.fillStyle = colour('--tq-amber')
    context.fillRect(Math.round(x(picture.mark)), 0, 1.5, height - axisHeight)
  }
  return drawn
}

/** How many events each pixel of the overview holds, as bars. */
export function drawOverview(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  lanes: readonly LaneData[],
  whole: Span,
): void {
  const context = sized(canvas, width, height)
  if (context === null) return
  const colour = coloursOf(canvas)
  const columns = Math.max(1, Math.floor(width / 3))
  const counts = new Uint32Array(columns)
  const red = new Uint8Array(columns)
  for (const { times, hostile } of lanes)
    for (let at = 0; at < times.length; at++) {
      const share = ((times[at] ?? 0) - whole.from) / (whole.to - whole.from)
      const column = Math.min(columns - 1, Math.max(0, Math.floor(share * columns)))
      counts[column] = (counts[column] ?? 0) + 1
      if (hostile[at] === 1) red[column] = 1
    }
  const most = Math.log2(1 + counts.reduce((a, b) => Math.max(a, b), 1))
  counts.forEach((count, at) => {
    if (count === 0) return
    const tall = Math.max(3, (Math.log2(1 + count) / most) * (height - 4))
    context.fillStyle = colour(red[at] === 1 ? '--tq-red' : '--tq-blue')
    context.fillRect(at * 3, height - tall, 2, tall)
  })
}

function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio
  canvas.width = Math.max(1, Math.round(width * ratio))
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${String(width)}px`
  canvas.style.height = `${String(height)}px`
  const context = canvas.getContext('2d')
  context?.scale(ratio, ratio)
  return context
}

function coloursOf(canvas: HTMLCanvasElement): (name: string) => string {
  const style = getComputedStyle(canvas)
  const known = new Map<string, string>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const value = style.getPropertyValue(name).trim()
    known.set(name, value)
    return value
  }
}
