// From what ssh2 says to what we say: one code for each way of failing, by the stage it failed in. Its wording is matched here and nowhere else.

import { TourniquetError } from '../core/errors.ts'
import { clean } from './clean.ts'

export type Stage = 'handshake' | 'auth' | 'open'

export interface Seen {
  readonly host: string
  readonly port: number
  readonly stage: Stage
  /** First bytes from the other end, kept until it has named itself as an SSH server. */
  readonly opening: Buffer
  readonly identified: boolean
}

const notSsh = /^(Invalid identification string|Max greeting lines exceeded|Invalid header|Header line too long)/
const noMatch =
  /no matching (key exchange algorithm|host key format|C->S cipher|S->C cipher|C->S MAC|S->C MAC|C->S compression|S->C compression)/

/** sshd's word for it: SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, or protocol error 2 with this text. */
const tooManyTries = /too many authentication failures/i
const noMoreAuthMethods = 14

/** An error before the login is complete. `refused` makes the error for a login the host turned down. */
export function dialFailure(error: Error, seen: Seen, refused: (detail: string) => TourniquetError): TourniquetError {
  if (error instanceof TourniquetError) return error
  const where = { host: seen.host, port: seen.port }
  const detail = clean(error.message)
  const algorithm = noMatch.exec(error.message)?.[1]
  if (algorithm !== undefined)
    return new TourniquetError('no-common-algorithm', { ...where, kind: algorithm.replace(/[CS]->[CS] /, '') }, error)
  if (notSsh.test(error.message))
    return new TourniquetError('host-not-ssh', { ...where, said: firstLine(seen.opening) }, error)
  const reason: unknown = 'code' in error ? error.code : undefined
  if (seen.stage === 'auth' && (reason === noMoreAuthMethods || tooManyTries.test(error.message)))
    return refused(detail)
  return lostBeforeLogin(seen, detail, error)
}

/** The connection closed before the login was complete, without a word of why. */
export function lostBeforeLogin(seen: Seen, detail: string, cause?: unknown): TourniquetError {
  const where = { host: seen.host, port: seen.port }
  if (!seen.identified && seen.opening.length > 0) {
    return new TourniquetError('host-not-ssh', { ...where, said: firstLine(seen.opening) }, cause)
  }
  return new TourniquetError(
    'link-lost',
    { ...where, stage: seen.identified ? seen.stage : 'identification', detail },
    cause,
  )
}

/** Why an open connection ended, from the error that ended it. DISCONNECT messages carry a number, the socket's errors a name. */
export function closedByHost(error: Error): boolean {
  return 'code' in error && typeof error.code === 'number'
}

function firstLine(opening: Buffer): string {
  const end = opening.indexOf(0x0a)
  const line = end === -1 ? opening : opening.subarray(0, end)
  return clean(line.at(-1) === 0x0d ? line.subarray(0, -1) : line)
}
