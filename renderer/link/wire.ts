// How the page reaches the program: a MessagePort in the desktop program, a WebSocket in a browser. The token of the URL lets one page in, once; what it is
// exchanged for stays in this tab. Nothing here knows what is said over the wire.

import { socketWire } from '../../main/core/rpc/socket-wire.ts'
import { portWire } from '../../main/core/rpc/port-wire.ts'
import type { Wire } from '../../main/core/rpc/wire.ts'

/** Why the page could not get in, or was sent away. */
export type Refusal = 'refused' | 'replaced' | 'unreachable'

export type Reached = { readonly wire: Wire } | { readonly refusal: Refusal }

declare global {
  interface Window {
    /** The one function of the desktop's preload: it posts a port back to this window. */
    readonly tourniquet?: { readonly connect: () => void }
  }
}

const nonceKey = 'tourniquet-nonce'
/** Milliseconds the program may take to answer. */
const answerLimit = 10_000

/** Opens a wire. `lost` is told when the program sent this page away for good (another page is connected, or the session is void). */
export function reach(sentAway: (refusal: Refusal) => void): Promise<Reached> {
  return window.tourniquet ? overPort(window.tourniquet.connect) : overSocket(sentAway)
}

/** What only this page has of its session with the server, for requests beside the wire. Null before it signed in, and in the desktop program. */
export function proof(): string | null {
  return window.tourniquet ? null : sessionStorage.getItem(nonceKey)
}

function overPort(ask: () => void): Promise<Reached> {
  return new Promise((resolve) => {
    const give = (reached: Reached): void => {
      window.removeEventListener('message', onMessage)
      clearTimeout(limit)
      resolve(reached)
    }
    const onMessage = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports
      if (event.source === window && event.data === 'tourniquet-wire' && port) give({ wire: portWire(port) })
    }
    const limit = setTimeout(() => {
      give({ refusal: 'unreachable' })
    }, answerLimit)
    window.addEventListener('message', onMessage)
    ask()
  })
}

async function overSocket(sentAway: (refusal: Refusal) => void): Promise<Reached> {
  const signedIn = await signIn()
  if (signedIn !== null) return { refusal: signedIn }
  const nonce = sessionStorage.getItem(nonceKey)
  if (nonce === null) return { refusal: 'refused' }
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/wire`)
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ nonce }))
      resolve({ wire: socketWire(socket as Parameters<typeof socketWire>[0]) })
    })
    socket.addEventListener('error', () => {
      resolve({ refusal: 'unreachable' })
    })
    socket.addEventListener('close', ({ code }) => {
      if (code === 4401) sentAway('refused')
      if (code === 4409) sentAway('replaced')
    })
  })
}

/** Trades the token of the URL for a nonce and a cookie. Null when there is nothing to trade or it worked. */
async function signIn(): Promise<Refusal | null> {
  const token = new URLSearchParams(location.hash.slice(1)).get('t')
  if (token === null) return null
  history.replaceState(null, '', location.pathname)
  try {
    const answer = await fetch('/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(answerLimit),
    })
    if (!answer.ok) return sessionStorage.getItem(nonceKey) === null ? 'refused' : null
    const { nonce } = (await answer.json()) as { readonly nonce: string }
    sessionStorage.setItem(nonceKey, nonce)
    return null
  } catch {
    return 'unreachable' // the program is not there; the caller tries again
  }
}
