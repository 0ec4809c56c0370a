// The closed list of what can go wrong. Code and parameters cross every border; words live in the language files.

/** Exit status groups of the command line: 1 an error, 2 usage, 4 approval or attestation missing, 5 not reached/trusted/logged in, 6 unknown. */
export const errorCodes = {
  // usage and input
  usage: 2,
  'node-too-old': 2,
  'file-unreadable': 1,
  'playbook-invalid': 2,
  'playbook-lint': 2,
  'playbook-unknown': 2,
  'param-invalid': 2,
  // reaching and trusting a host
  'host-unresolvable': 5,
  'host-unreachable': 5,
  'host-timeout': 5,
  'host-not-ssh': 5,
  'host-key-unknown': 5,
  'host-key-changed': 5,
  'host-key-mismatch': 5,
  'no-common-algorithm': 5,
  'auth-refused': 5,
  'auth-key-unreadable': 5,
  'auth-key-passphrase': 5,
  'auth-agent-unavailable': 5,
  'auth-password-missing': 5,
  'jump-failed': 5,
  'sudo-refused': 5,
  'sudo-password-missing': 5,
  'sudo-absent': 5,
  'login-not-proven': 3,
  'link-lost': 5,
  'host-flooded': 5,
  // arrival
  'arch-unsupported': 5,
  'no-place-for-toolbox': 5,
  'toolbox-damaged': 5,
  'shell-unusable': 5,
  'not-linux': 5,
  // framed shell
  'frame-garbled': 1,
  'request-too-large': 1,
  'request-timeout': 6,
  cancelled: 1,
  // case and evidence
  'case-missing': 1,
  'case-exists': 2,
  'case-locked': 1,
  'case-version': 1,
  'case-key-missing': 1,
  'journal-broken': 1,
  'exhibit-damaged': 1,
  'exhibit-mismatch': 1,
  'disk-full': 1,
  'disk-error': 1,
  'host-disk-full': 1,
  // engine
  'approval-missing': 4,
  'attestation-missing': 4,
  'plan-stale': 3,
  'evidence-missing': 1,
  'act-conflict': 3,
  'undo-blocked': 3,
  'undo-hostile': 4,
  'run-missing': 2,
  internal: 1,
  // the page and the wire
  'wire-closed': 1,
  'wire-invalid': 1,
  'port-taken': 1,
  'case-not-open': 2,
  'host-not-connected': 5,
  'question-gone': 2,
  busy: 2,
  'not-supported': 2,
  'terminal-refused': 5,
  'terminal-gone': 2,
  'upload-damaged': 1,
  'locker-full': 1,
  'locker-damaged': 1,
  'practice-failed': 1,
  // bundle
  'bundle-invalid': 3,
  'bundle-unsigned': 3,
  'sign-key-unusable': 1,
} as const satisfies Record<string, 1 | 2 | 3 | 4 | 5 | 6>

export type ErrorCode = keyof typeof errorCodes

/** Values for the placeholders of a message. Host text must already be in its shown form. */
export type ErrorParams = Readonly<Record<string, string | number>>

/** The one error of the product. `message` is for logs; people read the sentence the language files make of code and params. */
export class TourniquetError extends Error {
  override readonly name = 'TourniquetError'
  readonly code: ErrorCode
  readonly params: ErrorParams

  constructor(code: ErrorCode, params: ErrorParams = {}, cause?: unknown) {
    super(`${code} ${JSON.stringify(params)}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.params = params
  }
}

/** True when `error` is ours and, if given, has that code. */
export function isTourniquetError(error: unknown, code?: ErrorCode): error is TourniquetError {
  return error instanceof TourniquetError && (code === undefined || error.code === code)
}

/** Ends an exhaustive switch. */
export function assertNever(value: never): never {
  throw new TourniquetError('internal', { what: `unexpected ${JSON.stringify(value)}` })
}
