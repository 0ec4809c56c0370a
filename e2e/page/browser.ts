// Debian's Chromium, driven from outside. Root needs --no-sandbox here; the product never uses that flag.

import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { repositoryFolder } from '../range/machine.ts'

const binary = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find((path) =>
  existsSync(path),
)

/** Null when a browser and a built page are here; else why tests of the page are skipped. */
export function browserUnavailable(): string | null {
  if (binary === undefined) return 'no Chromium; install the package chromium'
  if (!existsSync(join(repositoryFolder, 'out/renderer/index.html'))) return 'the page is not built; npm run build'
  return null
}

export interface BrowserOptions {
  /** keeps the browser's storage between openings */
  readonly profile: string
  readonly locale?: 'en-GB' | 'zh-CN'
  readonly colorScheme?: 'dark' | 'light'
  readonly size?: { readonly width: number; readonly height: number }
}

/** A browser window with storage of its own. Errors the page writes to its console are collected in `complaints`. */
export async function openBrowser(
  options: BrowserOptions,
): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly complaints: readonly string[] }> {
  const context = await chromium.launchPersistentContext(options.profile, {
    ...(binary === undefined ? {} : { executablePath: binary }),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'dark',
    viewport: options.size ?? { width: 1440, height: 900 },
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => {
    complaints.push(String(error))
  })
  return { context, page, complaints }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds serious or critical on the screen as it stands, one line each. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
        }>
      }
    }
    return (await axe.run()).violations
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} — ${failureSummary.slice(0, 200)}`),
    )
}

/** Where screenshots go: to be looked at. */
export const looks = join(repositoryFolder, 'out/looks')

/** A screenshot of the whole window, for people. */
export async function lookAt(page: Page, name: string): Promise<void> {
  mkdirSync(looks, { recursive: true })
  await page.screenshot({ path: join(looks, `${name}.png`) })
}
