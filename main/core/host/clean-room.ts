// Host tools that must be dynamic (systemctl, dpkg, sshd -t) are run only through here. It protects the tool's own process from a preload; PID 1 and whatever
// the tool asks for work to be done still live in the host's world. Needs root. Never for tools that were not checked against their package.

import { TourniquetError } from '../errors.ts'
import script from './clean-room.sh?raw'
import type { Arg, HostReply } from './session.ts'

/**
 * The argv that runs `tool` (absolute path) with `args` in the clean room, with an environment of PATH, LC_ALL=C and `env` only.
 * Throws `param-invalid` for a relative path or a path with `=`, which would be taken for a variable.
 */
export function cleanRoom(
  tool: string,
  args: readonly Arg[],
  env: Readonly<Record<string, string>> = {},
): readonly Arg[] {
  if (!/^\/[^=]+$/.test(tool)) throw new TourniquetError('param-invalid', { what: `tool ${JSON.stringify(tool)}` })
  const words = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new TourniquetError('param-invalid', { what: `environment name ${JSON.stringify(name)}` })
    return `${name}=${value}`
  })
  return ['unshare', '-m', 'sh', '-c', script, 'clean-room', ...words, tool, ...args]
}

/** Why the clean room could not be made, or null when the tool itself ran and the reply is its own. */
export function cleanRoomFailure(reply: HostReply): string | null {
  const said = new TextDecoder().decode(reply.stderr.slice(0, 300))
  if (reply.exit === 125 && said.includes('clean room: '))
    return said.slice(said.indexOf('clean room: ')).split('\n')[0] ?? said
  if (reply.exit === 1 && said.startsWith('unshare: ')) return said.split('\n')[0] ?? said
  return null
}
