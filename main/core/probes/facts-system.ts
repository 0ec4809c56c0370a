// Facts about the system's own things: tools as their packages delivered them, and where names lead.

import type { HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { Tri } from '../tri.ts'

/** A program or login library of a package that is not as it was delivered, or cannot be vouched for. */
export interface BinaryFact {
  readonly kind: 'binary'
  /** where it stands or should stand, after usrmerge and diversions */
  readonly path: HostText
  /** null when nothing is there */
  readonly meta: FileMeta | null
  /** with its architecture where dpkg writes one; empty when no package lists the path */
  readonly package: HostText
  /** installed version and architecture; empty when the database names none */
  readonly version: HostText
  readonly architecture: HostText
  /** path as its package lists it, without usrmerge and diversions */
  readonly listed: HostText
  /**
   * `altered`: bytes or type differ from the list. `missing`. `mode`: as listed, but nobody may run it, or an access list stands in the way. `locked`: as listed,
   * but immutable. `unlisted`: a core tool of which no package or no checksum is listed. `doubtful`: changed after its package came, and agrees with a list that
   * changed since. `diverted`: the administrator had the package's file moved aside.
   */
  readonly state: 'altered' | 'missing' | 'mode' | 'locked' | 'unlisted' | 'doubtful' | 'diverted'
  /** one of the tools that intruders replace, or a library of every login */
  readonly core: boolean
  /** whoever changed this may have changed anything: libc, the loader, PAM, sshd */
  readonly rebuild: boolean
  /** MD5 the host's own package list names (consistency, not proof); null when it names none */
  readonly expectedMd5: string | null
  readonly actualMd5: string | null
  /** what lies there now */
  readonly content: 'elf' | 'script' | 'text' | 'data' | 'empty' | 'none'
  /** what the package delivered, where that is known: core tools are compiled programs, but for a few */
  readonly expectedContent: 'elf' | 'script' | 'unknown'
  /** first 4 KiB of a script; null for everything else */
  readonly head: HostText | null
  /** files beside it that have the delivered bytes (`yes`), or only its name with something added */
  readonly copies: readonly { readonly meta: FileMeta; readonly matches: Tri; readonly named: boolean }[]
  /** the inode changed clearly after the package came */
  readonly changedLater: Tri
  /** the checksum list changed clearly after the package came: what it says is worth less */
  readonly listChanged: Tri
  /** mode, owner and group an administrator laid down for it with dpkg-statoverride */
  readonly override: { readonly mode: string; readonly owner: string; readonly group: string } | null
}

/** One line that decides where a name leads, or who may connect by name or address. */
export interface NameRuleFact {
  readonly kind: 'name-rule'
  readonly what: 'hosts' | 'resolver' | 'hosts-allow' | 'hosts-deny' | 'nsswitch'
  /** as it stands in /etc, a link as a link */
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  /** address part: of a hosts line, of a nameserver; null elsewhere */
  readonly address: HostText | null
  /** of hosts: the names; of hosts.allow and hosts.deny: the services, then `:`, then the clients; of nsswitch: the database, then its sources */
  readonly names: readonly HostText[]
  /** of a resolver, null elsewhere: who keeps such a file on this host, and what the network offered */
  readonly resolver: {
    readonly manager: 'systemd-resolved' | 'network-manager' | 'resolvconf' | 'none'
    /** the file in /etc is the manager's own, by link */
    readonly managed: Tri
    /** addresses of name servers from leases and the manager's own list; empty when the host says nothing of it */
    readonly offered: readonly HostText[]
  } | null
}
