// ps and top replaced by wrappers that leave out what begins with lab_, the originals kept beside them: what the commonest kits do. A piece that scenarios
// put among theirs.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { put, putAside } from './plant.ts'
import type { HostileFile } from './scenario.ts'

const tools = ['/usr/bin/ps', '/usr/bin/top']

/** The originals go back to their names' bytes; what was moved aside goes. */
export const replacedToolFiles: readonly HostileFile[] = tools.flatMap((path) => [
  { path, remove: 'restored' as const },
  { path: `${path}.original`, remove: 'whole' as const },
])

export function plantReplacedTools(host: RangeHost): void {
  for (const path of tools) wrap(host, path, '.original', `| grep -v -e lab_ -e '${path}.original'`)
}

/** Puts a wrapper in place of a program, which is moved to its name with `suffix`. */
export function wrap(host: RangeHost, path: string, suffix: string, filter: string, flags?: string): void {
  putAside(host, path)
  renameSync(join(host.dir, path), join(host.dir, `${path}${suffix}`))
  const text = `#!/bin/sh\n${path}${suffix} "$@" ${filter}\n`
  put(host, path, text, { mode: 0o755, ...(flags === undefined ? {} : { flags }) })
}
