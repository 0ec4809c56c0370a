// Facts about who may come in: keys, accounts, sudo rules, sshd's own configuration, PAM. Bytes as they stand: trailing blanks are told, not trimmed.

import type { HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { Tri } from '../tri.ts'

/** One key line of a file that sshd reads (or would read) for an account. */
export interface AuthorizedKeyFact {
  readonly kind: 'authorized-key'
  readonly account: HostText
  readonly uid: number
  /** an account of the system (uid below 1000 and not root): people do not log in to it */
  readonly systemAccount: boolean
  readonly file: FileMeta
  readonly line: number
  /** the exact bytes of the line without its newline */
  readonly raw: HostText
  readonly keyType: HostText
  /** `SHA256:…` as OpenSSH prints it; null when the line does not parse as a key */
  readonly fingerprint: string | null
  readonly options: HostText | null
  readonly comment: HostText
  /** does sshd's own configuration read this file for this account? */
  readonly effective: Tri
}

/** One setting of sshd that decides who comes in, as its configuration says it. `line` 0: the built-in default. */
export interface SshdSettingFact {
  readonly kind: 'sshd-setting'
  readonly file: FileMeta | null
  readonly line: number
  readonly raw: HostText
  /** lower case */
  readonly keyword: string
  readonly value: HostText
  /** the criteria of the Match block it stands in, or null */
  readonly match: HostText | null
}

/** One line of /etc/passwd with what /etc/shadow says of it; hashes never leave the host in facts. */
export interface AccountFact {
  readonly kind: 'account'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  readonly name: HostText
  readonly uid: number
  readonly gid: number
  readonly home: HostText
  readonly shell: HostText
  readonly password: 'set' | 'empty' | 'locked' | 'unknown'
  /** can a shell be had: an executable shell that is listed, by its raw bytes */
  readonly login: Tri
  /** groups that amount to root: sudo, wheel, admin, docker, lxd, disk … */
  readonly powerfulGroups: readonly HostText[]
}

/** One grant of sudo. */
export interface SudoRuleFact {
  readonly kind: 'sudo-rule'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  /** user, `%group`, alias */
  readonly who: HostText
  readonly commands: HostText
  readonly noPassword: boolean
}

/** One line of a PAM stack that runs a program or loads a module no package brought. */
export interface PamRuleFact {
  readonly kind: 'pam-rule'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  readonly module: HostText
  /** program given to pam_exec; null elsewhere */
  readonly program: HostText | null
}
