// Who may speak to the loopback server at all. Any site a browser has open can send requests to 127.0.0.1, and any name can be made to resolve to it; so
// every request must name us exactly, and whatever changes or connects must come from our own page.

/** The only address this server has; not `localhost`, which a resolver decides, and never a wildcard. */
export const loopback = '127.0.0.1'

export interface Headers {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}

export interface Refusal {
  readonly status: 401 | 403 | 405 | 421
  readonly why: string
}

/** The origin of our page on this port. */
export function originOf(port: number): string {
  return `http://${loopback}:${String(port)}`
}

/**
 * Null when the request may go on. `kind`: `read` is GET and HEAD, `change` is everything that does something, `socket` is a WebSocket handshake, which
 * browsers send to any site with cookies and without CORS: there the Origin is the only wall (code-server GHSA-frjg-g767-7363, Vite CVE-2025-24010).
 * `exhibit` is a GET of evidence: browsers name no Origin in one of the same origin, so it is their own word for it that must be there.
 */
export function refusalOf(
  kind: 'read' | 'change' | 'socket' | 'exhibit',
  headers: Headers,
  port: number,
): Refusal | null {
  if (headers.host !== `${loopback}:${String(port)}`) return { status: 421, why: 'host' }
  const { origin } = headers
  if (origin === undefined ? kind === 'change' || kind === 'socket' : origin !== originOf(port))
    return { status: 403, why: 'origin' }
  const site = headers['sec-fetch-site']
  if (kind === 'exhibit') return site === 'same-origin' ? null : { status: 403, why: 'site' }
  const ours = site === 'same-origin' || (site === 'none' && kind === 'read')
  return site === undefined || ours ? null : { status: 403, why: 'site' }
}
