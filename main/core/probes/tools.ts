// The programs intruders replace, rename or disable, read from resources/binaries: names and modes only. Which package brings them is asked of the host.

import { z } from 'zod'
import listed from '../../../resources/binaries/tools.yaml'

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/)
const schema = z.strictObject({
  schema: z.literal('tourniquet.tools/1'),
  shows: z.array(name),
  acts: z.array(name),
  'logs-in': z.array(name),
  scripts: z.array(name),
  rebuild: z.array(name),
  modes: z.record(name, z.strictObject({ mode: z.string().regex(/^[0-7]{4}$/), group: name.optional() })),
})

const data = schema.parse(listed)

/** Names without a folder, sorted. */
export const coreTools: readonly string[] = [...new Set([...data.shows, ...data.acts, ...data['logs-in']])].sort()

const scripts = new Set(data.scripts)
const rebuild = new Set(data.rebuild)

/** What its package delivered: a compiled program for all core tools but a few, unknown for everything else. */
export function deliveredAs(tool: string): 'elf' | 'script' | 'unknown' {
  return scripts.has(tool) ? 'script' : coreTools.includes(tool) ? 'elf' : 'unknown'
}

/** Libraries of login and of every program, and the tools of which a changed one means that anything may have been changed. */
export function meansRebuild(path: string): boolean {
  return /^(\/usr)?\/lib/.test(path) || rebuild.has(path.slice(path.lastIndexOf('/') + 1))
}

/** Mode (octal, four digits), owner and group as most releases deliver a program; 0755 root:root for what is not listed. */
export function deliveredMode(tool: string): { readonly mode: string; readonly owner: string; readonly group: string } {
  const listed = data.modes[tool]
  return { mode: listed?.mode ?? '0755', owner: 'root', group: listed?.group ?? 'root' }
}
