// Takes single lines out of a file by compare-and-swap: the file must still have the bytes that were planned from, all other lines stay byte for byte,
// and the original goes whole to the quarantine. Nothing is edited in place.

import { concatBytes } from '../bytes.ts'
import { z } from 'zod'
import { isTourniquetError } from '../errors.ts'
import { readHostFile, type HostFile } from '../host/read-file.ts'
import type { HostSession } from '../host/session.ts'
import type { FileIdentity } from '../host/identity.ts'
import { hostBytes, hostText, parseHostText, shown, type HostText } from '../host-text.ts'
import { base64, fromBase64 } from '../json.ts'
import type { Finding } from '../judge/finding.ts'
import type { Hashing } from '../ports.ts'
import { fileIdentity, parseFileIdentity } from './identity-json.ts'
import { fileCapture, readTaking, readUndoTaking, takenStands, takeRequest, undoTaking } from './quarantine.ts'
import type { Declined, DiffLine, PlannedItem, PlanInput, Verb } from './verb.ts'

/** Bytes: a crontab or preload file larger than this is no longer one that a person reviews line by line. */
const editLimit = 256 * 1024
/** Lines of context shown on each side of a removed one. */
const context = 2

const options = z.strictObject({
  /** what to do when nothing but blank lines would remain: leave the file empty, or take the file away */
  'when-empty': z.enum(['keep', 'quarantine']).optional(),
})

const editArgs = z.strictObject({
  path: z.string(),
  identity: fileIdentity,
  /** 1-based numbers of the lines that go */
  lines: z.array(z.number().int().positive()),
  removed: z.array(z.string()),
  /** the whole new file, base64; null when the file is taken away because nothing remains */
  content: z.string().nullable(),
  contentSha256: z.string().nullable(),
})

/** Needs hashing for the digest of the edited bytes, so that the host can check what arrived. */
export function editLines(hashing: Hashing): Verb {
  return {
    name: 'edit-lines',
    needsCapture: true,
    reversible: true,

    async plan(input) {
      const { 'when-empty': whenEmpty = 'keep' } = options.parse(input.options)
      const drafts = await Promise.all(
        [...linesByFile(input.findings)].map(([, group]) => planFile(group, whenEmpty, input, hashing)),
      )
      return {
        items: drafts.flatMap((draft) => ('item' in draft ? [draft.item] : [])),
        declined: drafts.flatMap((draft) => ('declined' in draft ? draft.declined : [])),
      }
    },

    act(item, act) {
      const args = editArgs.parse(item.args)
      const replacement =
        args.content !== null && args.contentSha256 !== null
          ? { bytes: fromBase64(args.content), sha256: args.contentSha256 }
          : null
      return takeRequest(
        { path: parseHostText(args.path), identity: parseFileIdentity(args.identity), replacement },
        act,
      )
    },

    readAct(reply, item, act) {
      const { path, identity, removed } = editArgs.parse(item.args)
      return readTaking(reply, {
        verb: 'edit-lines',
        path,
        identity,
        item,
        context: act,
        hostile: item.hostile,
        removed,
      })
    },

    probe(item, act) {
      const { path, identity } = editArgs.parse(item.args)
      return takenStands(parseHostText(path), parseFileIdentity(identity), act)
    },

    async verify(item, _change, act) {
      const args = editArgs.parse(item.args)
      const path = parseHostText(args.path)
      const now = await readWhole(act.session, path, editLimit)
      if (typeof now === 'string' && now !== 'absent')
        return { result: 'unknown', detail: `could not be read again: ${now}` }
      if (args.content === null)
        return now === 'absent'
          ? { result: 'yes', detail: 'absent' }
          : { result: 'no', detail: 'a file stands there again' }
      // Whoever took the edited file away took the customer's lines with it: the removed ones are gone, but not as we left it.
      if (now === 'absent') return { result: 'unknown', detail: 'the edited file is gone' }
      if (now.truncated) return { result: 'unknown', detail: 'it has grown too large to be read again' }
      // the `fi` of a block that went is a line like any other `fi`: what counts is whether there are more of it than we left
      const present = countLines(now.bytes)
      const left = countLines(fromBase64(args.content))
      const back = args.removed.filter((line) => (present.get(line) ?? 0) > (left.get(line) ?? 0))
      return back.length === 0
        ? { result: 'yes', detail: 'the lines are gone' }
        : { result: 'no', detail: `back again: ${back.join(' · ')}` }
    },

    undo: undoTaking,
    readUndo: readUndoTaking,
  }
}

/** The file, or why there is none to be had: `absent` is certain, every other reason is unknown. Rejects when the link is lost or the run was stopped. */
export async function readWhole(session: HostSession, path: HostText, limit: number): Promise<HostFile | string> {
  try {
    return await readHostFile(session, { path, limit })
  } catch (error) {
    if (isTourniquetError(error, 'file-unreadable')) return String(error.params['reason'] ?? 'unreadable')
    if (isTourniquetError(error, 'request-timeout')) return 'timed out'
    throw error
  }
}

interface FileGroup {
  readonly path: HostText
  readonly identity: FileIdentity
  readonly findings: readonly Finding[]
  readonly lines: readonly { readonly number: number; readonly text: HostText }[]
}

function linesByFile(findings: readonly Finding[]): ReadonlyMap<string, FileGroup> {
  const groups = new Map<string, FileGroup>()
  for (const finding of findings) {
    if (finding.target.kind !== 'line') continue
    const { path, identity, line, text } = finding.target
    const known = groups.get(shown(path))
    groups.set(shown(path), {
      path,
      identity,
      findings: [...(known?.findings ?? []), finding],
      lines: [...(known?.lines ?? []), { number: line, text }],
    })
  }
  return groups
}

async function planFile(
  group: FileGroup,
  whenEmpty: 'keep' | 'quarantine',
  input: PlanInput,
  hashing: Hashing,
): Promise<{ readonly item: PlannedItem } | { readonly declined: readonly Declined[] }> {
  const decline = (reason: Declined['reason'], detail: string): { readonly declined: readonly Declined[] } => ({
    declined: group.findings.map((finding) => ({ target: finding.target, finding: finding.id, reason, detail })),
  })
  const file = await readWhole(input.session, group.path, editLimit + 1)
  if (file === 'absent') return decline('not-possible', 'the file is gone; look again')
  if (typeof file === 'string') return decline('unknown', `could not be read: ${file}`)
  if (file.truncated || file.bytes.length > editLimit)
    return decline('not-possible', `larger than ${String(editLimit / 1024)} KiB`)
  if (file.meta.type !== 'file') return decline('not-possible', `not a regular file but a ${file.meta.type}`)
  const lines = splitLines(file.bytes)
  // a statement may be several lines: its text holds their newlines
  const spans = group.lines.map(({ number, text }) => ({ number, text, count: newlinesIn(text) + 1 }))
  const stale = spans.find(
    ({ number, text, count }) =>
      lines[number + count - 2] === undefined ||
      hostText(contentOf(concatBytes(lines.slice(number - 1, number - 1 + count)))) !== text,
  )
  if (stale !== undefined) return decline('not-possible', 'the file changed since it was read; look again')
  const goes = new Set(spans.flatMap(({ number, count }) => Array.from({ length: count }, (_, at) => number + at)))
  const remaining = lines.filter((_, at) => !goes.has(at + 1))
  const blank = remaining.every(
    (line) =>
      shown(hostText(contentOf(line)))
        .replaceAll('\\x20', '')
        .trim() === '',
  )
  const content = blank && whenEmpty === 'quarantine' ? null : concatBytes(remaining)
  const removed = [...goes].sort((a, b) => a - b).map((number) => shown(hostText(contentOf(lines[number - 1]))))
  const identity = { ...file.meta.identity, sha256: hashing.sha256().update(file.bytes).hex() }
  return {
    item: {
      key: `file:${shown(group.path)}`,
      finding: group.findings[0]?.id ?? null,
      target: { kind: 'file', path: group.path, identity },
      diff: diffOf(group.path, file.meta.flags, lines, goes, content === null),
      args: {
        path: shown(group.path),
        identity,
        lines: [...goes].sort((a, b) => a - b),
        removed,
        content: content === null ? null : base64(content),
        contentSha256: content === null ? null : hashing.sha256().update(content).hex(),
      },
      captures: [fileCapture(group.path, identity)],
      hostile: true,
    },
  }
}

function diffOf(
  path: HostText,
  flags: string | null,
  lines: readonly Uint8Array[],
  goes: ReadonlySet<number>,
  whole: boolean,
): readonly DiffLine[] {
  const near = (number: number): boolean => [...goes].some((each) => Math.abs(each - number) <= context)
  const body = lines.flatMap((line, at): DiffLine[] => {
    const text = `${String(at + 1).padStart(4)}  ${shown(hostText(contentOf(line)))}`
    if (goes.has(at + 1)) return [{ mark: '-', text }]
    return near(at + 1) ? [{ mark: ' ', text }] : []
  })
  const locks = (flags ?? '').replace(/[^ia]/g, '')
  return [
    { mark: '~', text: shown(path), ...(locks === '' ? {} : { note: { code: 'diff.lock-goes', params: { locks } } }) },
    ...body,
    ...(whole ? [{ mark: '!' as const, text: '', note: { code: 'diff.nothing-remains', params: {} } }] : []),
  ]
}

/** Lines with their newline, if they have one: joined again they are the same bytes. */
function splitLines(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at)
    const next = end === -1 ? bytes.length : end + 1
    lines.push(bytes.subarray(at, next))
    at = next
  }
  return lines
}

function countLines(bytes: Uint8Array): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of splitLines(bytes)) {
    const text = shown(hostText(contentOf(line)))
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

function newlinesIn(text: HostText): number {
  return hostBytes(text).filter((byte) => byte === 0x0a).length
}

function contentOf(line: Uint8Array | undefined): Uint8Array {
  if (line === undefined) return new Uint8Array()
  return line.at(-1) === 0x0a ? line.subarray(0, -1) : line
}
