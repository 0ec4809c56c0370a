// Real Chromium with the harness page in it. Its profile is a folder, so that it can be killed and opened again.

import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type BrowserContext, type Page as Tab } from 'playwright-core'
import { build } from 'vite'
import { loadPage, type Page } from '../../../main/page/page.ts'
import { yamlData } from '../../../resources/yaml-data.ts'
import type { Answer, Calls, Failure, State } from './calls.ts'

const binary = '/usr/bin/chromium'

/** Why the specs cannot run here, or null. */
export const browserUnavailable = existsSync(binary) ? null : `${binary} is not installed`

/** Builds the harness page into a folder of its own. */
export async function harnessPage(): Promise<Page> {
  const outDir = mkdtempSync(join(tmpdir(), 'tq-harness-'))
  await build({
    configFile: false,
    root: fileURLToPath(new URL('page', import.meta.url)),
    base: './',
    logLevel: 'warn',
    plugins: [yamlData],
    worker: { format: 'es', plugins: () => [yamlData] },
    build: { outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  })
  return loadPage(outDir)
}

/** A profile on disk: beside the temporary files unless `TMPDIR` says otherwise. */
export function newProfile(): string {
  return mkdtempSync(join(tmpdir(), 'tq-chromium-'))
}

export interface Harness {
  readonly context: BrowserContext
  readonly tab: Tab
  /** errors of the page and refusals of its policy */
  readonly complaints: readonly string[]
  /** Rejects with a `HarnessFailure` when the call failed. */
  call<K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>): Promise<Answer<K>>
  /** The code a call failed with, or `none`. */
  code<K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>): Promise<string>
  /** The first state for which it holds. */
  until(holds: (state: State) => boolean, what: string, limit?: number): Promise<State>
  settled(): Promise<State>
  close(): Promise<void>
}

export class HarnessFailure extends Error {
  readonly code: string

  constructor({ code, message }: Failure) {
    super(message)
    this.code = code
  }
}

export async function openHarness(profile: string, url: string, args: readonly string[] = []): Promise<Harness> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: binary,
    args: ['--no-sandbox', ...args],
    acceptDownloads: true,
  })
  const tab = context.pages()[0] ?? (await context.newPage())
  const complaints: string[] = []
  tab.on('pageerror', (error) => complaints.push(String(error.stack ?? error)))
  tab.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await tab.goto(url)
  await tab.waitForFunction('typeof harness === "function"')
  const ask = (name: string, given: readonly unknown[]): Promise<{ value: unknown } | { failure: Failure }> =>
    tab.evaluate(`harness(${JSON.stringify(name)}, ${JSON.stringify(given)})`)
  const call = async <K extends keyof Calls>(name: K, ...given: Parameters<Calls[K]>): Promise<Answer<K>> => {
    const answer = await ask(name, given)
    if ('failure' in answer) throw new HarnessFailure(answer.failure)
    return answer.value as Answer<K>
  }
  const until: Harness['until'] = async (holds, what, limit = 60_000) => {
    const began = Date.now()
    for (;;) {
      const state = await call('state')
      if (holds(state)) return state
      if (Date.now() - began > limit)
        throw new Error(`waited in vain for ${what}: ${JSON.stringify(state)} ${complaints.join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return {
    context,
    tab,
    complaints,
    call,
    code: async (name, ...given) => {
      const answer = await ask(name, given)
      return 'failure' in answer ? answer.failure.code : 'none'
    },
    until,
    settled: () =>
      until(
        ({ phase, lag }) => phase === 'following' && lag.events === 0 && lag.exhibits === 0,
        'the locker to be up to date',
      ),
    close: () => context.close(),
  }
}
