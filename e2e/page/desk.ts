// A desk a test sits down at: the program, its window, a person before it, and range hosts within reach. The same spec runs in each window the product has,
// a browser served from loopback and the desktop program; where one of them is missing the spec says so and is skipped, never passed.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { pageUrl } from '../../main/page/app-origin.ts'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import type { Scenario } from '../range/scenarios/scenario.ts'
import { workFolder } from '../specs/tourniquet.ts'
import {
  browserUnavailable,
  desktopUnavailable,
  lookAt,
  openBrowser,
  openDesktop,
  type WindowOptions,
} from './browser.ts'
import { personAt, type Language, type Person } from './person.ts'
import { startServer, type Server } from './server.ts'

/** The program with its window open at the first screen. */
interface Program {
  /** another one after `again` in the desktop program */
  readonly page: Page
  readonly complaints: readonly string[]
  /** Where the page may ask for things. */
  readonly origin: string
  /** Ends the program as a power cut does. A served page stays open without it. */
  kill(): Promise<void>
  /** Starts it anew on the same storage, with its window at the first screen. */
  again(): Promise<void>
  /** Ends it as a person does, and the window. */
  close(): Promise<void>
}

interface Window {
  readonly name: string
  readonly unavailable: string | null
  readonly open: (home: string, options: WindowOptions) => Promise<Program>
}

const windows: readonly Window[] = [
  { name: 'in a browser', unavailable: browserUnavailable(), open: served },
  { name: 'in the desktop program', unavailable: desktopUnavailable(), open: desktop },
]

export interface Desk extends Omit<Program, 'close'> {
  readonly me: Person
  /** folder of this desk's own: data, settings, downloads */
  readonly home: string
  /** Folder of all cases. */
  readonly cases: string
  /** Boots a host that goes with the desk, with the scenario planted. */
  boot(scenario: Pick<Scenario, 'name' | 'plant'>): Promise<RangeHost>
}

export interface DeskOptions {
  /** names the screenshot of a failure */
  readonly name: string
  readonly language?: Language
  readonly size?: WindowOptions['size']
}

/** Describes what a person does at a desk, once for each window. The desk is there from the first `beforeAll` of `body` on, and hosts go with it. */
export function atEveryWindow(title: string, options: DeskOptions, body: (desk: Desk) => void): void {
  const range = rangeUnavailable()
  for (const window of windows) {
    const missing = window.unavailable ?? range
    const skipped = missing === null ? '' : ` (skipped: ${missing})`
    describe.skipIf(missing !== null)(`${title}, ${window.name}${skipped}`, () => {
      body(deskAt(window, options))
    })
  }
}

function deskAt(window: Window, { name, language = 'en', size }: DeskOptions): Desk {
  const hosts: RangeHost[] = []
  const home = workFolder()
  let program: Program | null = null
  const open = (): Program => {
    if (program === null) throw new Error('the window is not open')
    return program
  }
  beforeAll(async () => {
    ensureTools()
    program = await window.open(home, {
      profile: join(home, 'profile'),
      locale: language === 'en' ? 'en-GB' : 'zh-CN',
      ...(size === undefined ? {} : { size }),
    })
  })
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => lookAt(open().page, `${name}-failed`))
  })
  afterAll(async () => {
    await program?.close()
    for (const host of hosts) host.close()
    rmSync(home, { recursive: true, force: true })
  })
  return {
    home,
    cases: join(home, 'data/tourniquet/cases'),
    get page() {
      return open().page
    },
    get me() {
      return personAt(open().page, language)
    },
    get complaints() {
      return open().complaints
    },
    get origin() {
      return open().origin
    },
    kill: () => open().kill(),
    again: () => open().again(),
    async boot(scenario) {
      const host = await bootHost({ scenario: scenario.name })
      hosts.push(host)
      await scenario.plant(host)
      return host
    },
  }
}

async function served(home: string, options: WindowOptions): Promise<Program> {
  let server: Server = await startServer(home)
  const { context, page, complaints } = await openBrowser(options)
  await page.goto(server.url)
  return {
    page,
    complaints,
    origin: `http://127.0.0.1:${String(server.port)}/`,
    kill: () => server.kill(),
    async again() {
      server = await startServer(home, server.port)
      await page.goto(server.url)
    },
    async close() {
      await context.close()
      await server.stop()
    },
  }
}

async function desktop(home: string, options: WindowOptions): Promise<Program> {
  const start = (): ReturnType<typeof openDesktop> => openDesktop(home, options)
  let now = await start()
  return {
    get page() {
      return now.page
    },
    get complaints() {
      return now.complaints
    },
    origin: pageUrl,
    kill: () => now.kill(),
    async again() {
      now = await start()
    },
    close: () => now.close(),
  }
}
