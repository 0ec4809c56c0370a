// The origin of the desktop page: `app://workbench`, answered from memory with the very headers of served mode. Nothing else is reachable under it, no file
// of this machine, no host.

import type { Page } from './page.ts'
import { safeHeaders } from './headers.ts'

export const appOrigin = 'app://workbench'
/** The only address a window of ours ever shows. */
export const pageUrl = `${appOrigin}/`

/** Told to Chromium before it is ready. Without `bypassCSP`, `corsEnabled`, service workers and extensions. */
export const appScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
} as const

/** True for the page's own origin, written as an origin or as any address below it. */
export function isOurs(address: string): boolean {
  return address === appOrigin || address.startsWith(pageUrl)
}

/** True for what the page may load at all; everything else is cancelled before it leaves, whatever the page's policy says. */
export function isLocal(address: string): boolean {
  return isOurs(address) || address.startsWith(`blob:${pageUrl}`) || /^(data:|devtools:)/.test(address)
}

/** Answers a request for a piece of the page. Only GET and HEAD, only the exact path of a file, without query or sign-in. */
export function pageAnswer(page: Page): (request: Pick<Request, 'url' | 'method'>) => Response {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refused(405)
    const path = pathOf(request.url)
    const file = path === null ? undefined : page.get(path)
    if (file === undefined) return refused(404)
    const headers = { ...safeHeaders, 'Content-Type': file.type, 'Content-Length': String(file.bytes.length) }
    return new Response(request.method === 'HEAD' ? null : new Uint8Array(file.bytes), { status: 200, headers })
  }
}

function refused(status: 404 | 405): Response {
  return new Response('not here\n', {
    status,
    headers: { ...safeHeaders, 'Content-Type': 'text/plain; charset=utf-8' },
  })
}

/** Null for another origin and for addresses with more than a path. */
function pathOf(address: string): string | null {
  if (!isOurs(address) || !URL.canParse(address)) return null
  const { host, username, password, search, pathname } = new URL(address)
  if (host !== 'workbench' || username !== '' || password !== '' || search !== '') return null
  return pathname === '' ? '/' : pathname
}
