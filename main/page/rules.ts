// What the window refuses, as plain functions that can be read and tested whole: permissions, navigation, outside links, options on the command line.
// https://www.electronjs.org/docs/latest/tutorial/security

import { isOurs, pageUrl } from './app-origin.ts'

/** Copying text out, and an evidence locker that the system does not evict. No camera, no clipboard reading, no notifications, no devices. */
const permissions: readonly string[] = ['clipboard-sanitized-write', 'persistent-storage']

/** `address` is the origin or address of whoever asks. */
export function permitted(permission: string, address: string): boolean {
  return permissions.includes(permission) && isOurs(address)
}

/** The page may load itself again, and may show a document of its own making in a frame (which inherits the page's policy). Nothing else. */
export function mayNavigate(address: string, isMainFrame: boolean): boolean {
  return isMainFrame ? address === pageUrl : address === 'about:srcdoc'
}

/** The techniques that playbooks name, at the place that publishes them. A closed form: no text from a host can become part of it. */
const outside = /^https:\/\/attack\.mitre\.org\/techniques\/T\d{4}\/(\d{3}\/)?$/

/** True for the few pages that open in the system's browser. */
export function opensOutside(address: string): boolean {
  return outside.test(address)
}

/** Switches that give another program the page, its keys or the process. */
const openers = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'inspect-publish-uid',
  'js-flags',
  'load-extension',
  'disable-web-security',
  'no-sandbox',
  'disable-site-isolation-trials',
] as const

/**
 * The first option that a packaged program refuses, or null. `argv` and what Chromium parsed are both asked: they read the same line differently.
 * A program run from its sources takes them, because tests drive it that way.
 */
export function refusedOption(
  argv: readonly string[],
  parsed: (name: string) => boolean,
  packaged: boolean,
): string | null {
  if (!packaged) return null
  const found = openers.find(
    (name) => parsed(name) || argv.some((word) => new RegExp(`^--?${name}(=|$)`, 'i').test(word)),
  )
  return found === undefined ? null : `--${found}`
}
