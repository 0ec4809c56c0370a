// Which package owns a path and whether its bytes are as the package recorded them, by dpkg's own text files. An attacker who is root can rewrite those:
// this is consistency, not proof. Pure; paths are latin-1.

import type { Tri } from '../tri.ts'
import { linesOf, parseSections } from './reply.ts'

export interface Ownership {
  /** package name, with its architecture where dpkg writes one */
  readonly package: string | null
  readonly owned: Tri
  readonly checksum: Tri
  readonly conffile: boolean
}

export const unknownOwner: Ownership = { package: null, owned: 'unknown', checksum: 'unknown', conffile: false }

const aliased = /^\/(?:usr\/)?(bin|sbin|lib|lib32|lib64|libx32)(\/.*)$/

/** A path and what it may be called in a package list: `/bin/ls` and `/usr/bin/ls` are one file where /bin is a link. */
export function aliasesOf(path: string): string[] {
  const match = aliased.exec(path)
  return match ? [path, path.startsWith('/usr/') ? path.slice(4) : `/usr${path}`] : [path]
}

/** Null when the reply is not one of our script or was cut. A host without dpkg answers unknown for every path. */
export function parseDpkg(stdout: Uint8Array): ((path: string) => Ownership) | null {
  const sections = parseSections(stdout)
  if (!sections?.complete) return null
  if ((sections.get('database') ?? '').trim() !== 'dpkg') return () => unknownOwner
  const merged = new Set(linesOf(sections.get('merged') ?? ''))
  const diversions = diversionsOf(linesOf(sections.get('diversions') ?? ''))
  const owners = pairs(sections.get('owners') ?? '', /^([^/:]+(?::[a-z0-9-]+)?)\.list:(\/.*)$/)
  const sums = pairs(sections.get('sums') ?? '', /^\S+ ([0-9a-f]{32}) (\/.*)$/)
  const conffiles = pairs(sections.get('conffiles') ?? '', /^([0-9a-f]{32}) (\/.*)$/)
  const actual = pairs(sections.get('actual') ?? '', /^([0-9a-f]{32}) {2}(\/.*)$/)
  return (path) => {
    const names = aliasesOf(path).filter((name) => name === path || merged.has(aliased.exec(name)?.[1] ?? ''))
    for (const name of names) {
      const found = ownerOf(name, owners, diversions)
      if (!found) continue
      const recorded = [...(sums.get(found.listed) ?? []), ...(conffiles.get(found.listed) ?? [])]
      const bytes = names.flatMap((alias) => actual.get(alias) ?? [])[0]
      const checksum =
        recorded.length === 0 || bytes === undefined ? 'unknown' : recorded.includes(bytes) ? 'yes' : 'no'
      return { package: found.package, owned: 'yes', checksum, conffile: conffiles.has(found.listed) }
    }
    return { package: null, owned: 'no', checksum: 'unknown', conffile: false }
  }
}

interface Diversion {
  readonly from: string
  readonly to: string
  /** `:` for one made by the administrator */
  readonly by: string
}

function diversionsOf(lines: readonly string[]): Diversion[] {
  const found: Diversion[] = []
  for (let at = 0; at + 2 < lines.length; at += 3)
    found.push({ from: lines[at] ?? '', to: lines[at + 1] ?? '', by: lines[at + 2] ?? '' })
  return found
}

/** A diverted path belongs to the package that diverts it; what the others list there lies at the new place. */
function ownerOf(
  name: string,
  owners: ReadonlyMap<string, readonly string[]>,
  diversions: readonly Diversion[],
): { package: string; listed: string } | null {
  const away = diversions.find(({ from }) => from === name)
  const here = (owners.get(name) ?? []).find((owner) => !away || owner.split(':')[0] === away.by)
  if (here !== undefined) return { package: here, listed: name }
  const moved = diversions.find(({ to }) => to === name)
  const owner = moved && (owners.get(moved.from) ?? []).find((candidate) => candidate.split(':')[0] !== moved.by)
  return moved && owner !== undefined ? { package: owner, listed: moved.from } : null
}

/** second group → first groups */
function pairs(section: string, pattern: RegExp): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of linesOf(section)) {
    const [, value, key] = pattern.exec(line) ?? []
    if (value !== undefined && key !== undefined) found.set(key, [...(found.get(key) ?? []), value])
  }
  return found
}
