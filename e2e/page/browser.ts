// The windows a person can have, driven from outside: Debian's Chromium for the served page, Electron's own for the desktop program. Root needs --no-sandbox
// here; the product never uses that flag.

import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { _electron, chromium, type BrowserContext, type Page } from 'playwright-core'
import { electronBinary } from '../../main/cli/windows.ts'
import { repositoryFolder } from '../range/machine.ts'

const binary = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find((path) =>
  existsSync(path),
)

const ordinary = { width: 1440, height: 900 }

/** Null when a browser and a built page are here; else why tests of the page are skipped. */
export function browserUnavailable(): string | null {
  if (binary === undefined) return 'no Chromium; install the package chromium'
  if (!existsSync(join(repositoryFolder, 'out/renderer/index.html'))) return 'the page is not built; npm run build'
  return null
}

const { platform, env: environment } = process

const electron = electronBinary({ platform, root: false, environment, has: existsSync, folder: repositoryFolder })

/** Null when the desktop program can be opened here; else why tests of it are skipped. */
export function desktopUnavailable(): string | null {
  if (electron === null) return 'no Electron binary'
  if (platform === 'linux' && !environment['DISPLAY'] && !environment['WAYLAND_DISPLAY'])
    return 'no display; run under xvfb-run'
  return existsSync(join(repositoryFolder, 'out/electron/main.js')) ? null : 'the program is not built; npm run build'
}

export interface WindowOptions {
  /** keeps the browser's storage between openings */
  readonly profile: string
  readonly locale?: 'en-GB' | 'zh-CN'
  readonly colorScheme?: 'dark' | 'light'
  readonly size?: { readonly width: number; readonly height: number }
}

/** A browser window with storage of its own. Errors the page writes to its console are collected in `complaints`. */
export async function openBrowser(
  options: WindowOptions,
): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly complaints: readonly string[] }> {
  const context = await chromium.launchPersistentContext(options.profile, {
    ...(binary === undefined ? {} : { executablePath: binary }),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'dark',
    // without a graphics card every frame of a spinner is drawn by the processor that the host is to run on
    reducedMotion: 'reduce',
    viewport: options.size ?? ordinary,
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  // esbuild marks the functions it compiles for a bench, and a marked function that is sent to the page looks for the marker there
  await context.addInitScript('globalThis.__name = (of) => of')
  const page = context.pages()[0] ?? (await context.newPage())
  return { context, page, complaints: complaintsOf(page) }
}

/** The desktop program with its one window, as `npm start` opens it; its folders are below `home`. `kill` ends it as a power cut does. */
export async function openDesktop(
  home: string,
  options: WindowOptions,
): Promise<{
  readonly page: Page
  readonly complaints: readonly string[]
  readonly kill: () => Promise<void>
  readonly close: () => Promise<void>
}> {
  const inherited = Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  const program = await _electron.launch({
    ...(electron === null ? {} : { executablePath: electron }),
    args: [repositoryFolder, '--no-sandbox', `--user-data-dir=${options.profile}`],
    env: { ...(Object.fromEntries(inherited) as Record<string, string>), ...homeOf(home) },
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'dark',
    acceptDownloads: true,
  })
  const page = await program.firstWindow()
  await page.setViewportSize(options.size ?? ordinary)
  return {
    page,
    complaints: complaintsOf(page),
    close: () => program.close(),
    async kill() {
      const over = once(program.process(), 'exit')
      program.process().kill('SIGKILL')
      await over
    },
  }
}

/** Where a program that is told so keeps everything, and nothing of the developer's own. */
export function homeOf(home: string): Readonly<Record<string, string>> {
  return { HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data'), SSH_AUTH_SOCK: '' }
}

/** What the page complains of from now on. It gets half a minute for whatever it is asked. */
function complaintsOf(page: Page): readonly string[] {
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => {
    complaints.push(String(error))
  })
  return complaints
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
