// Facts about who may come in: keys, accounts, sudo rules, sshd's own configuration, PAM. Bytes as they stand: trailing blanks are told, not trimmed.

import type { HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { Tri } from '../tri.ts'

/** One key line of a file that sshd reads (or would read) for an account. */
export interface AuthorizedKeyFact {
  readonly kind: 'authorized-key'
  readonly account: HostText
  readonly uid: number
  /** further accounts that the same file opens: twins that share a home, a file for everybody */
  readonly others: readonly HostText[]
  /** only accounts of the system (uid below 1000 and not root): people do not log in to them */
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
  /** does sshd's own configuration read this file for some connection to the account? */
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
  /** day the password was changed last, counted from 1970 in UTC; null when nobody noted it */
  readonly passwordDay: number | null
  /** can a shell be had: a program that runs, by the raw bytes of the field, and is not one of those that refuse */
  readonly login: Tri
  /** stands in /etc/shells by its raw bytes */
  readonly shellListed: Tri
  /** groups that amount to root: sudo, wheel, admin, docker, lxd, disk … */
  readonly powerfulGroups: readonly HostText[]
  /** stood in the backup that account tools keep (/etc/passwd-): no means it was added by hand or last */
  readonly inBackup: Tri
}

/** One grant of sudo or doas. */
export interface SudoRuleFact {
  readonly kind: 'sudo-rule'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  /** user, `%group`, alias */
  readonly who: HostText
  readonly commands: HostText
  readonly noPassword: boolean
  /** in an included folder under a name that sudo skips: it grants nothing as it stands */
  readonly skipped: boolean
}

/** One line of a PAM stack that runs a program, lets everybody in, or loads a module no package brought. */
export interface PamRuleFact {
  readonly kind: 'pam-rule'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  /** auth, account, password, session */
  readonly type: string
  readonly module: HostText
  /** path of the module where it was found; null when there is none */
  readonly modulePath: HostText | null
  /** does a package list the module? */
  readonly owned: Tri
  /** program given to pam_exec and its like; null elsewhere */
  readonly program: HostText | null
  /** a module that always says yes decides alone */
  readonly openDoor: boolean
}

/** A copy of a shell that runs as its owner for whoever starts it. */
export interface SetuidShellFact {
  readonly kind: 'setuid-shell'
  readonly file: FileMeta
  /** the shell whose bytes it has */
  readonly shell: HostText
}
