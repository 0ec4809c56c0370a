// The one way in: a token shown once on the terminal, exchanged once for a cookie and a nonce. The cookie goes to every port of 127.0.0.1, so another server
// there may come to know it; the nonce lives in the page's own storage, which belongs to host and port. A connection needs both.
// Every user of this machine can reach the port: these secrets are the only wall.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../core/ports.ts'

/** A person mistypes nothing here; more wrong tries are somebody guessing. */
const badTriesAllowed = 5
const secretBytes = 32

export interface Admission {
  /** `NAME=VALUE` and attributes, for Set-Cookie */
  readonly cookie: string
  readonly nonce: string
}

export class Door {
  readonly #random: Random
  readonly #cookieName: string
  #token: string | null = null
  #session: { readonly cookie: string; readonly nonce: string } | null = null
  #badTries = 0

  constructor(port: number, random: Random) {
    this.#random = random
    this.#cookieName = `tourniquet-${String(port)}`
  }

  /** A new token; one that was not used yet is void from now on. It opens a door that wrong tries had closed. */
  newToken(): string {
    this.#badTries = 0
    this.#token = this.#secret()
    return this.#token
  }

  /** Takes a token once. A session that was admitted before ends. Null for a wrong or used one, and for any once too many were wrong. */
  exchange(token: string): Admission | null {
    if (this.closed || this.#token === null || !same(token, this.#token)) return this.#wrong()
    this.#token = null
    const session = { cookie: this.#secret(), nonce: this.#secret() }
    this.#session = session
    return {
      cookie: `${this.#cookieName}=${session.cookie}; HttpOnly; SameSite=Strict; Path=/`,
      nonce: session.nonce,
    }
  }

  /** True when the Cookie header carries ours. */
  knows(header: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`
    const values = (header ?? '').split(/; */).filter((part) => part.startsWith(prefix))
    const session = this.#session
    return session !== null && values.some((value) => same(value.slice(prefix.length), session.cookie))
  }

  /** The nonce of the first message. A wrong one is a wrong try. */
  admits(nonce: string): boolean {
    if (this.#session !== null && !this.closed && same(nonce, this.#session.nonce)) return true
    this.#wrong()
    return false
  }

  /**
   * The nonce beside the cookie of a single request. A wrong one is no wrong try: the worker of a page that was replaced sends its old one with several
   * requests at once, and that must not close the door on the person who replaced it.
   */
  proves(nonce: string): boolean {
    return this.#session !== null && !this.closed && same(nonce, this.#session.nonce)
  }

  /** Too many wrong tries: nobody comes in before a new token is asked for at the terminal. */
  get closed(): boolean {
    return this.#badTries >= badTriesAllowed
  }

  #wrong(): null {
    this.#badTries += 1
    if (this.closed) this.#token = null
    return null
  }

  #secret(): string {
    return Buffer.from(this.#random.bytes(secretBytes)).toString('base64url')
  }
}

/** Equal, in a time that tells nothing; lengths differ without consequence because digests are compared. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
