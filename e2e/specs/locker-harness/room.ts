// A room for one spec of the locker: a home, the harness page, profiles of the browser, all taken away at the end; and bytes to keep in it.

import { createCipheriv, createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Page } from '../../../main/page/page.ts'
import { workFolder } from '../tourniquet.ts'
import { harnessPage, newProfile } from './browser.ts'

export const mebibyte = 1024 * 1024
/** Bytes of one piece of an exhibit, as the locker keeps it. */
export const chunk = 4 * mebibyte

export interface LockerRoom {
  readonly home: string
  /** where the signing keys of cases are */
  readonly keys: string
  /** the built harness page; there from the first test on */
  readonly page: () => Page
  /** a fresh profile of the browser */
  readonly profile: () => string
}

/** To be called once per spec file, inside its outermost `describe`. */
export function lockerRoom(): LockerRoom {
  const home = workFolder()
  const folders = [home]
  let page: Page
  beforeAll(async () => {
    page = await harnessPage()
  })
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })
  return {
    home,
    keys: join(home, 'config/tourniquet/keys'),
    page: () => page,
    profile: () => {
      const folder = newProfile()
      folders.push(folder)
      return folder
    },
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The same bytes for the same seed, with a mark that must not be found on disk. */
export function bytesOf(seed: number, size: number): Uint8Array {
  const key = Buffer.alloc(16, seed)
  const bytes = createCipheriv('aes-128-ctr', key, key).update(new Uint8Array(size))
  bytes.set(new TextEncoder().encode('PLAIN-MARK').subarray(0, size))
  return new Uint8Array(bytes)
}
