// From a destination as a person wrote it to a dialled host. Secrets are taken as values, used, and never written or told.

import { homedir } from 'node:os'
import type { Destination } from '../core/contract.ts'
import type { Connection } from '../core/ports.ts'
import { pastedHosts } from '../core/workbench/ssh-command.ts'
import { isTourniquetError, type ErrorCode, type ErrorParams } from '../core/errors.ts'
import type { Frozen } from '../core/rpc/define.ts'
import { dial, type DialOptions } from '../ssh/dial.ts'
import { defaultKnownHosts, hostCheck } from '../ssh/host-keys.ts'
import { emptyConfig, readSshConfig, route } from '../ssh/ssh-config.ts'
import { parseJumps, parseTarget, shownTarget, type Target } from '../ssh/target.ts'

export interface Secrets {
  readonly password?: string | undefined
  readonly keyPassphrase?: string | undefined
  readonly sudoPassword?: string | undefined
}

export interface Way {
  readonly target: Target
  /** `user@host:port` */
  readonly shown: string
  /** `pin` is the one key accepted (`SHA256:…`); without it the known_hosts files decide. */
  dial(options: {
    readonly secrets: Secrets
    readonly pin: string | null
    readonly legacyAlgorithms: boolean
    readonly signal: AbortSignal
  }): Promise<Connection>
}

/** Works out where a destination leads. Throws `usage` or `file-unreadable`; nothing is dialled. */
export function wayTo(destination: Frozen<Destination>): Way {
  const config = destination.sshConfig ? readSshConfig() : emptyConfig
  const jumps = destination.jumps === null ? undefined : parseJumps(destination.jumps)
  const way = route(parseTarget(destination.address), config, jumps)
  return {
    target: way.target,
    shown: shownTarget(way.target),
    dial: ({ secrets, pin, legacyAlgorithms, signal }) => {
      const keyed = {
        ...(destination.identity === null ? {} : { keyFile: destination.identity.replace(/^~(?=\/)/, homedir()) }),
        ...(secrets.keyPassphrase === undefined ? {} : { keyPassphrase: secrets.keyPassphrase }),
      }
      const options: DialOptions = {
        credentials: {
          ...keyed,
          identityFiles: way.identityFiles,
          ...(secrets.password === undefined ? {} : { password: secrets.password }),
        },
        hostKeys: { files: defaultKnownHosts(), trustNew: false, ...(pin === null ? {} : { pin }) },
        jumps: way.jumps.map((jump) => ({
          target: jump.target,
          credentials: { ...keyed, identityFiles: jump.identityFiles },
        })),
        legacyAlgorithms,
        signal,
      }
      return dial(way.target, options)
    },
  }
}

/** Writes the key of a host that has just proven to hold it into the user's known_hosts. Throws `file-unreadable`. */
export function rememberKey({ target }: Way, { dialled }: Connection): void {
  hostCheck({ files: defaultKnownHosts(), trustNew: true }, target.host, target.port, false).remember(dialled.key)
}

export interface ParsedHosts {
  readonly destinations: readonly {
    readonly destination: Destination
    readonly address: string
    readonly notes: readonly string[]
  }[]
  readonly refused: readonly {
    readonly line: number
    readonly text: string
    readonly error: { readonly code: ErrorCode; readonly params: ErrorParams }
  }[]
}

/** Every line on its own: one that cannot be read refuses no other. */
export function parseHosts(text: string): ParsedHosts {
  const destinations: ParsedHosts['destinations'][number][] = []
  const refused: ParsedHosts['refused'][number][] = []
  for (const [index, line] of text.split('\n').entries()) {
    try {
      for (const { notes, ...pasted } of pastedHosts(line)) {
        const destination = { ...pasted, sshConfig: true }
        destinations.push({ destination, address: wayTo(destination).shown, notes })
      }
    } catch (error) {
      if (!isTourniquetError(error)) throw error
      refused.push({ line: index + 1, text: line.slice(0, 200), error: { code: error.code, params: error.params } })
    }
  }
  return { destinations, refused }
}

/** Host names of the user's ssh_config that are no patterns. Throws `file-unreadable`, `usage`. */
export function configuredHosts(): { readonly names: readonly string[]; readonly notes: readonly string[] } {
  const { blocks, notes } = readSshConfig()
  const names = blocks.flatMap(({ patterns }) => patterns).filter((name) => !/[*?!]/.test(name))
  return { names: [...new Set(names)], notes }
}
