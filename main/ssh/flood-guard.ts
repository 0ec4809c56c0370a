// Every cap on what a host may make us hold, checked on each raw piece (64 KiB at most) before ssh2 sees it, so that no cap depends on ssh2
// calling us back or keeping its own window. Counts and names the breach; ending the connection is the owner's part.

import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { clean } from './clean.ts'
import { pendingRepliesCap, preAuthCap, unreadCap, untakenCap } from './limits.ts'
import { assertKnownShape, mostUnread, pendingReplies, serverSoftware } from './ssh2-inside.ts'

/** Enough of what a stranger said first to show which protocol it speaks. */
const openingBytes = 256

export class FloodGuard {
  /** First bytes from the other end. */
  opening = Buffer.alloc(0)
  private readonly client: Client
  private readonly transport: Duplex
  private received = 0

  constructor(client: Client, transport: Duplex) {
    this.client = client
    this.transport = transport
  }

  /** Call right after `client.connect`: it has paused the stream, so this starts no flow, and listens before ssh2. Throws `internal`. */
  watch(loggedIn: () => boolean, breached: (what: string) => void): void {
    assertKnownShape(this.client)
    this.transport.on('data', (bytes: Buffer) => {
      if (this.opening.length < openingBytes)
        this.opening = Buffer.concat([this.opening, bytes.subarray(0, openingBytes)])
      const breach = loggedIn() ? this.breachAfterLogin() : this.breachBeforeLogin(bytes.length)
      if (breach !== null) breached(breach)
    })
  }

  /** The server's own name for its software, shown form; empty until it has sent a valid identification. */
  serverVersion(): string {
    const version = serverSoftware(this.client)
    return version === undefined ? '' : clean(Buffer.from(version, 'latin1'))
  }

  private breachBeforeLogin(bytes: number): string | null {
    this.received += bytes
    return this.received > preAuthCap ? 'before login' : null
  }

  private breachAfterLogin(): string | null {
    if (mostUnread(this.client) > unreadCap) return 'window overrun'
    if (this.transport.writableLength > untakenCap) return 'answers not taken'
    return pendingReplies(this.client) > pendingRepliesCap ? 'requests' : null
  }
}
