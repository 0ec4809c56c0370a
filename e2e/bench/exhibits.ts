// A case with a hundred thousand exhibits in the workbench's own page, in real Chromium: how long the locker takes to know them, how evenly the table scrolls,
// and what a keystroke in the filter costs. `TQ_EXHIBITS` sets how many. Their bytes are few: a table is tried by its rows.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { Page } from 'playwright-core'
import { caseForWriting } from '../../main/compose.ts'
import type { ExhibitMeta } from '../../main/core/case/events.ts'
import { contract } from '../../main/core/contract.ts'
import { connect } from '../../main/core/rpc/connect.ts'
import { portWire, type Port } from '../../main/core/rpc/port-wire.ts'
import { loadPage, pageFolder } from '../../main/page/page.ts'
import type { CaseFolder } from '../../main/platform/case-folder.ts'
import { serveLoopback } from '../../main/server/serve.ts'
import { createWorkbench } from '../../main/workbench/workbench.ts'
import { en } from '../../renderer/i18n/en/index.ts'
import { browserUnavailable, openBrowser } from '../page/browser.ts'
import { freePort } from '../fixtures/ssh/free-port.ts'
import { table, verdict } from './table.ts'

/** Different bytes that the exhibits share: each is fetched, sealed and kept once. */
const distinct = 256
/** Events that share one fsync. */
const together = 2000
/** Frames a second that half of all frames reach. */
const smooth = 50
const scrollFor = 10_000
/** Milliseconds after which a filter is taken to have hung. */
const longestWait = 20_000

interface Frames {
  readonly median: number
  readonly slow: number
  readonly longest: number
  readonly rows: number
}

/** Minutes; needs Chromium and a built page. True when the table scrolls at the goal. */
export async function run(): Promise<boolean> {
  const unavailable = browserUnavailable()
  if (unavailable !== null) throw new Error(unavailable)
  const exhibits = Number(process.env['TQ_EXHIBITS'] ?? '100000')
  const home = mkdtempSync(join(tmpdir(), 'tq-exhibits-'))
  Object.assign(process.env, { XDG_DATA_HOME: join(home, 'data'), XDG_CONFIG_HOME: join(home, 'config') })
  try {
    const path = await seeded(exhibits)
    const workbench = await createWorkbench({ kind: 'served', chooser: null, secrets: null, practice: null })
    const { port1, port2 } = new MessageChannel()
    workbench.attach(portWire(port1 as unknown as Port), () => undefined)
    const first = connect(portWire(port2 as unknown as Port), contract, () => undefined)
    await first.call('case.open', { path, examiner: 'bench', takeOver: null })
    const page = await loadPage(pageFolder())
    const served = await serveLoopback({ port: await freePort(), page, workbench, onDoorClosed: () => undefined })
    const browser = await openBrowser({ profile: join(home, 'profile') })
    try {
      const began = performance.now()
      await openEvidence(browser.page, served.newLink(), exhibits)
      const known = performance.now() - began
      const frames = await scroll(browser.page)
      const keys = [
        await keystroke(browser.page, 'x'),
        await keystroke(browser.page, 'x9'),
        await keystroke(browser.page, 'x97'),
      ]
      return report(exhibits, known, frames, keys)
    } finally {
      await browser.context.close()
      await workbench.close()
      await served.close()
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** A case folder whose journal tells of so many exhibits. */
async function seeded(exhibits: number): Promise<string> {
  const about = { number: 'BENCH', customer: null, authority: null, timeZone: null }
  const { store, folder } = await caseForWriting({ folder: undefined, examiner: 'bench', about, takeOver: undefined })
  const host = 'host-bench'
  await store.append('case', 'host-added', { host, address: 'root@192.0.2.9', hostKey: 'SHA256:b', machineId: null })
  const kept: string[] = []
  for (let n = 0; n < distinct; n++) {
    const bytes = new TextEncoder().encode(`exhibit ${String(n)}\n`.repeat(50))
    kept.push((await store.keep(host, bytes, meta(n))).sha256)
  }
  await tell(store, host, kept, exhibits - distinct)
  await store.close()
  return folder
}

async function tell(store: CaseFolder, host: string, kept: readonly string[], exhibits: number): Promise<void> {
  for (let from = 0; from < exhibits; from += together) {
    const events = Array.from({ length: Math.min(together, exhibits - from) }, (_, at) => {
      const n = distinct + from + at
      const sha256 = kept[n % distinct] ?? ''
      return store.append(host, 'exhibit-stored', { ...meta(n), sha256, size: sizeOf(n % distinct) })
    })
    await Promise.all(events)
  }
}

function sizeOf(n: number): number {
  return `exhibit ${String(n)}\n`.length * 50
}

function meta(n: number): Omit<ExhibitMeta, 'sha256' | 'size'> {
  const path = n % 3 === 0 ? null : `/var/lib/things/${String(n % 977)}/x${String(n)}.bin`
  return {
    what: ['file', 'process/exe', 'process/maps', 'probe/files/contents', 'terminal/output'][n % 5] ?? 'file',
    path,
    pathBytes: path === null ? null : Buffer.from(path).toString('base64'),
    meta: null,
    method: 'read-range',
    hostSha256: null,
    hostTime: '1772352000000000',
    truncated: n % 41 === 0,
  }
}

async function openEvidence(page: Page, url: string, exhibits: number): Promise<void> {
  await page.goto(url)
  await page.getByRole('tab', { name: /^(Evidence|证据)$/ }).click({ timeout: 120_000 })
  await page.waitForFunction(
    (count) => Number(document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') ?? 0) > count,
    exhibits,
    { timeout: 1_800_000, polling: 250 },
  )
  await page.getByRole('status').filter({ hasText: en.frame.upToDate }).waitFor({ timeout: 1_800_000 })
}

/** Scrolls as a finger does, with a leap each second, and times every frame. */
function scroll(page: Page): Promise<Frames> {
  return page.evaluate(
    (limit) =>
      new Promise<Frames>((resolve) => {
        const grid = document.querySelector('[role=grid]')
        if (grid === null) throw new Error('no table')
        const times: number[] = []
        const began = performance.now()
        let last = began
        let leaps = 0
        let rows = 0
        const step = (now: number): void => {
          times.push(now - last)
          last = now
          rows = Math.max(rows, grid.querySelectorAll('[role=row]').length)
          if (now - began > limit) {
            times.shift()
            const sorted = times.sort((a, b) => a - b)
            const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
            resolve({ median: 1000 / at(0.5), slow: 1000 / at(0.95), longest: at(1), rows })
            return
          }
          if (now - began > (leaps + 1) * 1000) {
            leaps += 1
            grid.scrollTop = (grid.scrollHeight * ((leaps * 7) % 10)) / 10
          } else grid.scrollTop += 60
          requestAnimationFrame(step)
        }
        requestAnimationFrame(step)
      }),
    scrollFor,
  )
}

/** Milliseconds from a letter in the filter to the table that answers it, drawn; the longest wait when it answers nothing. */
function keystroke(page: Page, text: string): Promise<number> {
  return page.evaluate(
    ([value, limit]) =>
      new Promise<number>((resolve) => {
        const field = document.querySelector<HTMLInputElement>('#evidence-filter')
        const rows = (): string | null => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') ?? null
        const before = rows()
        const began = performance.now()
        // what a key does to a field, seen by React as one
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, value)
        field?.dispatchEvent(new Event('input', { bubbles: true }))
        const look = (): void => {
          const took = performance.now() - began
          if (rows() === before && took < limit) requestAnimationFrame(look)
          else
            requestAnimationFrame(() => {
              resolve(performance.now() - began)
            })
        }
        look()
      }),
    [text, longestWait] as const,
  )
}

function report(exhibits: number, known: number, frames: Frames, keys: readonly number[]): boolean {
  const met = frames.median >= smooth
  console.log(`Evidence table: ${String(exhibits)} exhibits of ${String(distinct)} different contents\n`)
  console.log(
    table(
      ['what', 'figure', 'goal', 'verdict'],
      [
        ['from a cold page to every row', `${(known / 1000).toFixed(1)} s`, '', ''],
        ['scrolling, median', `${frames.median.toFixed(0)} fps`, `>= ${String(smooth)} fps`, verdict(met)],
        ['scrolling, slowest twentieth', `${frames.slow.toFixed(0)} fps`, '', ''],
        ['longest frame', `${frames.longest.toFixed(0)} ms`, '', ''],
        ['rows in the document at most', String(frames.rows), '', ''],
        ['a keystroke in the filter', `${keys.map((ms) => ms.toFixed(0)).join(', ')} ms`, '', ''],
      ],
    ),
  )
  return met
}
