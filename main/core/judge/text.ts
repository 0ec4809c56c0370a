// Reading host text for judging: the plain form is only matched and compared here; what leaves a predicate is in shown form again.

import { hostBytes, ownText, shown, type HostText } from '../host-text.ts'
import { known } from './catalogue.ts'

const decoder = new TextDecoder('utf-8')

/** Longest piece of host text in the parameters of a reason, in characters. */
const excerptLength = 120

/** Text to match against; bytes that are not UTF-8 become U+FFFD. Never to be shown. */
export function plain(text: HostText): string {
  const form = shown(text)
  return form.includes('\\') ? decoder.decode(hostBytes(text)) : form
}

/** Host text for the parameters of a reason: shown form, cut to a readable length and never inside an escape. */
export function excerpt(text: HostText): string {
  const form = shown(text)
  if (form.length <= excerptLength) return form
  return `${form.slice(0, excerptLength).replace(/\\(x[0-9a-f]?)?$/, '')}…`
}

/** A plain piece back in shown form, cut like `excerpt`. */
export function excerptOf(piece: string): string {
  return excerpt(ownText(piece))
}

/** Last component of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Everything before the last slash; `/` for files in the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

/** True when `path` lies below `folder`. */
export function under(path: string, folder: string): boolean {
  return folder === '/' ? path.startsWith('/') : path.startsWith(`${folder}/`)
}

export function underAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => under(path, folder))
}

/** One spelling per path: no doubled slashes or `.` steps, and the merged /usr of today's distributions. */
export function canonicalPath(path: string): string {
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue
    if (step === '..') steps.pop()
    else steps.push(step)
  }
  return `/${steps.join('/')}`.replace(/^\/(bin|sbin|lib|lib32|lib64|libx32)\//, '/usr/$1/')
}

/** A temporary place, a dot file in the root, or a dot component that ordinary tools do not make. Takes a canonical path. */
export function hiddenPlace(path: string): boolean {
  if (!path.startsWith('/')) return false
  if (underAny(path, known.temporary)) return true
  return dotPlace(path)
}

/** Like `hiddenPlace` without the temporary places. Below /usr no dot name is ordinary: perfctl hid in /bin/.local/bin. */
export function dotPlace(path: string): boolean {
  const system = underAny(path, known.packaged)
  const steps = path.split('/').slice(1)
  return steps.some((step, at) => {
    if (!step.startsWith('.') || step === '.' || step === '..') return false
    return system || at === 0 || at === steps.length - 1 || !known.ordinaryDotNames.has(step)
  })
}

/** True when no package manager installs there, so that not knowing the owner is not a doubt. */
export function neverPackaged(path: string): boolean {
  return underAny(path, known.temporary) || /^\/(\.|home\/|root\/|media\/|mnt\/|dev\/|proc\/)/.test(path)
}

/** Levenshtein distance, at most `limit` + 1. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return Math.min(row[b.length] ?? 0, limit + 1)
}
