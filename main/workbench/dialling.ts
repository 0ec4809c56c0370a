// From a destination as a person wrote it to a dialled host. Secrets are taken as values, used, and never written or told.

import { homedir } from 'node:os'
import type { Destination } from '../core/contract.ts'
import type { Connection } from '../core/ports.ts'
import { pastedHosts } from '../core/workbench/ssh-command.ts'
import { isTourniquetError, type ErrorCode, type ErrorParams } from '../core/errors.ts'
import type { Frozen } from '../core/rpc/define.ts'
import type { Credentials } from '../ssh/credentials.ts'
import { dial } from '../ssh/dial.ts'
import { emptyConfig, readSshConfig, route } from '../ssh/ssh-config.ts'
import { parseJumps, parseTarget, shownTarget, type Target } from '../ssh/target.ts'
import type { Logins } from './logins.ts'
import { knownHostsFiles } from './pins.ts'

/** A word from the host every five seconds, and a minute of silence before it is given up: a person sees how fresh a link is. */
const keepalive = { every: 5000, misses: 12 } as const

export interface Way {
  readonly target: Target
  /** `user@host:port` */
  readonly shown: string
  /** the jump hosts, nearest first, then the target */
  readonly hops: readonly Target[]
  dial(options: {
    readonly logins: Logins
    /** the one key accepted (`SHA256:…`) of each hop by `user@host:port`; without one the known_hosts files decide */
    readonly pins: ReadonlyMap<string, string>
    readonly legacyAlgorithms: boolean
    /** told whenever the target says anything, answers to keepalives included */
    readonly heard: () => void
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
    hops: [...way.jumps.map((jump) => jump.target), way.target],
    dial: ({ logins, pins, legacyAlgorithms, heard, signal }) => {
      const keyPassphrase = logins.get('key-passphrase', way.target)
      const credentials = (hop: Target, identityFiles: readonly string[]): Credentials => {
        const password = logins.get('password', hop)
        return {
          ...(destination.identity === null ? {} : { keyFile: destination.identity.replace(/^~(?=\/)/, homedir()) }),
          ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
          identityFiles,
          ...(password === undefined ? {} : { password }),
        }
      }
      const pinOf = (hop: Target): { readonly pin?: string } => {
        const pin = pins.get(shownTarget(hop))
        return pin === undefined ? {} : { pin }
      }
      return dial(way.target, {
        credentials: credentials(way.target, way.identityFiles),
        hostKeys: { files: knownHostsFiles(), trustNew: false, ...pinOf(way.target) },
        jumps: way.jumps.map(({ target, identityFiles }) => ({
          target,
          credentials: credentials(target, identityFiles),
          ...pinOf(target),
        })),
        legacyAlgorithms,
        keepalive,
        ask: logins.ask,
        onHeard: heard,
        signal,
      })
    },
  }
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
