// Facts about the system's own things: tools as their packages delivered them, and where names lead.

import type { HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { Tri } from '../tri.ts'

/** A program or library of a package that is not as it was delivered, or a copy of one under another name. */
export interface BinaryFact {
  readonly kind: 'binary'
  /** path as the package names it, after usrmerge and diversions */
  readonly path: HostText
  /** null when nothing is there */
  readonly meta: FileMeta | null
  readonly package: HostText
  readonly version: HostText
  readonly state: 'altered' | 'missing' | 'mode' | 'locked'
  /** MD5 the host's own package list names (consistency, not proof); null when it names none */
  readonly expectedMd5: string | null
  /** what lies there now */
  readonly content: 'elf' | 'script' | 'text' | 'data' | 'empty' | 'none'
  /** what the package delivered, where that can be told from its neighbours: programs in /usr/bin of most packages are ELF */
  readonly expectedContent: 'elf' | 'script' | 'unknown'
  /** files on the host that have (or say they have) the delivered bytes: `NAME.original`, renamed tools, copies */
  readonly copies: readonly { readonly meta: FileMeta; readonly matches: Tri }[]
  /** the checksum list itself changed after the package was installed: what it says is worth less */
  readonly listChanged: Tri
}

/** One line that decides where a name leads, or who may connect by name or address. */
export interface NameRuleFact {
  readonly kind: 'name-rule'
  readonly what: 'hosts' | 'resolver' | 'hosts-allow' | 'hosts-deny' | 'nsswitch'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  /** address part: of a hosts line, of a nameserver; null elsewhere */
  readonly address: HostText | null
  readonly names: readonly HostText[]
}
