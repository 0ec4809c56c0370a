// From the words of the command line to a dialled host: targets, jumps, ssh_config, known_hosts, credentials.

import { homedir } from 'node:os'
import type { Connection } from '../core/ports.ts'
import { dial, type DialOptions } from '../ssh/dial.ts'
import { readSshConfig, route } from '../ssh/ssh-config.ts'
import { defaultKnownHosts } from '../ssh/host-keys.ts'
import { parseJumps, parseTarget, shownTarget, type Target } from '../ssh/target.ts'
import { secretFrom, usage, type Invocation } from './options.ts'

/** A host as asked for, ready to be dialled as often as the run needs. */
export interface ReachableHost {
  /** `user@host:port` */
  readonly shown: string
  readonly target: Target
  dial(signal: AbortSignal): Promise<Connection>
}

/** Resolves every HOST word; `notes` say what of ssh_config was not followed. Throws `usage` or `file-unreadable`; nothing is dialled yet. */
export function reachable(
  invocation: Invocation,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): { readonly hosts: readonly ReachableHost[]; readonly notes: readonly string[] } {
  const file = invocation.text('config')
  const config = readSshConfig(file === undefined ? undefined : file === 'none' ? '/dev/null' : expandHome(file))
  const jumpText = invocation.text('jump')
  const jumps = jumpText === undefined ? undefined : parseJumps(jumpText)
  const port = portOf(invocation)
  const keyFile = invocation.text('identity')
  const keyPassphrase = secretFrom(invocation, 'key-passphrase-env', environment)
  const password = secretFrom(invocation, 'password-env', environment)
  const pin = invocation.text('host-key')
  if (pin !== undefined && words.length > 1)
    throw usage('option', '--host-key', 'one HOST only: a fingerprint belongs to one host')
  const keyed = {
    ...(keyFile === undefined ? {} : { keyFile: expandHome(keyFile) }),
    ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
  }

  const hosts = words.map((word) => {
    const way = route({ ...parseTarget(word), ...port }, config, jumps)
    const options: DialOptions = {
      credentials: { ...keyed, identityFiles: way.identityFiles, ...(password === undefined ? {} : { password }) },
      hostKeys: {
        files: knownHostsFiles(invocation),
        trustNew: invocation.on('trust-new'),
        ...(pin === undefined ? {} : { pin }),
      },
      jumps: way.jumps.map((jump) => ({
        target: jump.target,
        credentials: { ...keyed, identityFiles: jump.identityFiles },
      })),
      legacyAlgorithms: invocation.on('legacy-algorithms'),
    }
    return {
      shown: shownTarget(way.target),
      target: way.target,
      dial: (signal: AbortSignal) => dial(way.target, { ...options, signal }),
    }
  })
  return { hosts, notes: config.notes }
}

function portOf(invocation: Invocation): { readonly port?: number } {
  const text = invocation.text('port')
  if (text === undefined) return {}
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw usage('option', `-p ${text}`, 'a port from 1 to 65535')
  return { port }
}

/** New keys are written to the first file: the user's own unless told otherwise. */
function knownHostsFiles(invocation: Invocation): readonly string[] {
  const given = invocation.list('known-hosts')
  return given.length > 0 ? given.map(expandHome) : defaultKnownHosts()
}

function expandHome(path: string): string {
  return path.replace(/^~(?=\/)/, homedir())
}
