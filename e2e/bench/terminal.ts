// A shell under `yes` in the built page, in real Chromium, against a real sshd: whether the page answers all the while, whether it forgets what it has shown,
// and how soon Ctrl-C is felt. `TQ_FLOOD_SECONDS` sets how long (default 60).

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browserUnavailable, openBrowser } from '../page/browser.ts'
import { flooded, median, type Flood } from '../page/flood.ts'
import { personAt } from '../page/person.ts'
import { startServer } from '../page/server.ts'
import { benchUnavailable, startHost } from './host.ts'
import { rendererPids, resident } from './memory.ts'
import { table, verdict } from './table.ts'

/** Milliseconds until a click is answered that a person takes for at once; for the slowest, that they take for working. */
const clickGoal = 100
const slowestClickGoal = 1000
const framesGoal = 30
const feltGoal = 100
/** MiB that live objects may grow by between the first and the last third of the flood. */
const heapGoal = 8
/** MiB that the page's process and the program may grow by. */
const memoryGoal = 128

/** Two minutes; needs Chromium, sshd, root and a built page. True when every goal is met. */
export async function run(): Promise<boolean> {
  const unavailable = browserUnavailable() ?? benchUnavailable()
  if (unavailable !== null) throw new Error(unavailable)
  const seconds = Number(process.env['TQ_FLOOD_SECONDS'] ?? '60')
  const home = mkdtempSync(join(tmpdir(), 'tq-flood-'))
  const profile = join(home, 'profile')
  const host = await startHost()
  const server = await startServer(home)
  const { context, page } = await openBrowser({ profile })
  try {
    const me = personAt(page)
    page.on('console', (m) => {
      console.log(m.text())
    })
    await page.goto(server.url)
    await me.newCase({ number: 'BENCH', customer: 'none', examiner: 'bench' })
    await me.addHost(`ssh -i ${host.keyFile} -p ${String(host.port)} root@127.0.0.1`)
    await page.keyboard.press('Control+Shift+X')
    await page.locator('.xterm-helper-textarea:focus').waitFor()
    const pages: number[] = []
    const programs: number[] = []
    const look = (): void => {
      pages.push(Math.max(...rendererPids(profile).map(resident)))
      programs.push(resident(server.child.pid ?? 0))
    }
    look()
    const flood = await flooded(me, seconds, look)
    await page.keyboard.type('exit\n')
    await page.getByText(me.say('terminal', 'ended')).waitFor({ timeout: 120_000 })
    return report({ seconds, flood, pages, programs, recorded: sizeBelow(join(home, 'data')) })
  } finally {
    await context.close()
    await server.stop()
    await host.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 20 })
  }
}

interface Measured {
  readonly seconds: number
  readonly flood: Flood
  /** MiB, before and after each click */
  readonly pages: readonly number[]
  readonly programs: readonly number[]
  /** bytes below the case folder */
  readonly recorded: number
}

function report({ seconds, flood, pages, programs, recorded }: Measured): boolean {
  const rate = 1000 / flood.frame.median
  const slowest = Math.max(...flood.clicks)
  const grown = thirds(flood.heap)
  const goals = {
    click: median(flood.clicks) <= clickGoal,
    slowest: slowest <= slowestClickGoal,
    frames: rate >= framesGoal,
    heap: grown <= heapGoal,
    page: thirds(pages) <= memoryGoal,
    program: thirds(programs) <= memoryGoal,
    felt: flood.felt <= feltGoal,
  }
  const ms = (of: number): string => `${of.toFixed(0)} ms`
  const mib = (of: number): string => `${of.toFixed(1)} MiB`
  const row = (what: string, figure: string, goal: string, met: boolean): readonly string[] => [
    what,
    figure,
    goal,
    verdict(met),
  ]
  console.log(`Terminal: \`yes\` for ${String(seconds)} s, ${String(flood.clicks.length)} clicks on other screens\n`)
  console.log(
    table(
      ['what', 'figure', 'goal', 'verdict'],
      [
        row('click to screen, median', ms(median(flood.clicks)), `<= ${ms(clickGoal)}`, goals.click),
        row('click to screen, slowest', ms(slowest), `<= ${ms(slowestClickGoal)}`, goals.slowest),
        row('frames, median', `${rate.toFixed(0)} fps`, `>= ${String(framesGoal)} fps`, goals.frames),
        ['longest frame', ms(flood.frame.longest), '', ''],
        ['live heap before', mib(flood.heap[0] ?? 0), '', ''],
        ['live heap, most', mib(Math.max(...flood.heap)), '', ''],
        row('live heap, last third over first', mib(grown), `<= ${mib(heapGoal)}`, goals.heap),
        ["page's process, most", mib(Math.max(...pages)), '', ''],
        row("page's process, last third over first", mib(thirds(pages)), `<= ${mib(memoryGoal)}`, goals.page),
        ['program, most', mib(Math.max(...programs)), '', ''],
        row('program, last third over first', mib(thirds(programs)), `<= ${mib(memoryGoal)}`, goals.program),
        row('Ctrl-C to its echo on the screen', ms(flood.felt), `<= ${ms(feltGoal)}`, goals.felt),
        ['Ctrl-C to the answer of the next command', ms(flood.prompt), '', ''],
        ['shown and recorded', `${(recorded / 1e6 / seconds).toFixed(1)} MB/s`, '', ''],
      ],
    ),
  )
  return Object.values(goals).every(Boolean)
}

/** By how much the last third of the figures is above the first, each by its middle one; the very first is left out: nothing was shown then. */
function thirds(figures: readonly number[]): number {
  const shown = figures.slice(1)
  const part = Math.ceil(shown.length / 3)
  return median(shown.slice(-part)) - median(shown.slice(0, part))
}

function sizeBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
