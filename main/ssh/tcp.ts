// One TCP connection. TCP_NODELAY is set before the first byte: Nagle's algorithm costs a fifth of a second inside the SSH handshake alone.

import net from 'node:net'
import { TourniquetError } from '../core/errors.ts'
import { clean } from './clean.ts'

/** How long one address of several is tried before the next one gets its turn as well. */
const perAddressMs = 1_500

/** Resolves with an open socket. Throws `host-unresolvable`, `host-unreachable`, `host-timeout`, `cancelled`; no socket is left behind. */
export function connectTcp(host: string, port: number, limitMs: number, signal?: AbortSignal): Promise<net.Socket> {
  return new Promise((done, failed) => {
    if (signal?.aborted === true) {
      failed(new TourniquetError('cancelled'))
      return
    }
    const socket = net.connect({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: perAddressMs })
    socket.on('error', () => undefined) // an error between two owners must not end the process; each owner listens for itself
    const fail = (error: TourniquetError) => {
      settle()
      socket.destroy()
      failed(error)
    }
    const onAbort = () => {
      fail(new TourniquetError('cancelled'))
    }
    const onError = (error: NodeJS.ErrnoException) => {
      fail(tcpFailure(error, host, port))
    }
    const timer = setTimeout(() => {
      fail(new TourniquetError('host-timeout', { host, port, stage: 'tcp', seconds: limitMs / 1000 }))
    }, limitMs)
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.removeListener('error', onError)
    }
    signal?.addEventListener('abort', onAbort)
    socket.on('error', onError)
    socket.once('connect', () => {
      settle()
      done(socket)
    })
  })
}

function tcpFailure(error: NodeJS.ErrnoException, host: string, port: number): TourniquetError {
  // With several addresses node reports an AggregateError; the last address speaks for all.
  const inner = error instanceof AggregateError ? (error.errors.at(-1) as NodeJS.ErrnoException | undefined) : error
  const code = inner?.code ?? error.code ?? 'unknown'
  const params = { host, port, detail: clean(code) }
  if (error.syscall === 'getaddrinfo' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new TourniquetError('host-unresolvable', params, error)
  }
  if (code === 'ETIMEDOUT')
    return new TourniquetError('host-timeout', { host, port, stage: 'tcp', detail: clean(code) }, error)
  return new TourniquetError('host-unreachable', params, error)
}
