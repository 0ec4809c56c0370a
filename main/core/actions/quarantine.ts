// Takes a file out of the way without deleting it, and remembers everything that putting it back needs: on the host (manifest, RESTORE.sh) and in the journal.

import { z } from 'zod'
import type { Arg, HostReply, HostRequest } from '../host/session.ts'
import { hostBytes, parseHostText, shown, type HostText } from '../host-text.ts'
import type { FileIdentity } from '../host/identity.ts'
import type { Target } from '../judge/finding.ts'
import type { Fact, FileFact } from '../probes/facts.ts'
import { triOf } from '../tri.ts'
import type { Tri } from '../tri.ts'
import { fileIdentity, parseFileIdentity } from './identity-json.ts'
import script from './quarantine.sh?raw'
import { readScript } from './reading.ts'
import restoreByHand from './restore-by-hand.sh?raw'
import restore from './restore.sh?raw'
import type {
  ActContext,
  ActOutcome,
  CaptureSpec,
  ChangeRecord,
  Declined,
  DiffLine,
  PlannedItem,
  PlanInput,
  UndoOutcome,
  Verb,
} from './verb.ts'

/** Where a host keeps what was taken out of the way; the only thing Tourniquet leaves behind. */
export const quarantineRoot = '/var/lib/tourniquet'
/** Bytes kept of one file before it moves; a larger one is kept cut, says so, and stays whole in the quarantine. */
const captureLimit = 256 * 1024 * 1024
/** Milliseconds: the longest a request may take; a copy across file systems of what is left of this is refused and nothing changes. */
export const moveTimeLimit = 10_000

const quarantineArgs = z.strictObject({ path: z.string(), identity: fileIdentity })

/** What a quarantine entry needs for its undo. `left` is the edited file we put in the original's place. */
const takenBefore = z.strictObject({
  path: z.string(),
  entry: z.string(),
  identity: fileIdentity,
  meta: z.record(z.string(), z.string()),
})
const takenAfter = z.strictObject({ how: z.string(), left: fileIdentity.nullable() })

export const quarantine: Verb = {
  name: 'quarantine',
  needsCapture: true,
  reversible: true,

  plan(input) {
    const items: PlannedItem[] = []
    const declined: Declined[] = []
    const seen = new Set<string>()
    const named = input.findings.flatMap((finding) => {
      const file = fileOf(finding.target)
      if (file === null) return []
      const links = refusal(file.path, file.identity, input) === null ? linksTo(file.path, input.facts) : []
      return [...links, file].map((each) => ({ finding, file: each }))
    })
    for (const { finding, file } of named) {
      if (seen.has(shown(file.path))) continue
      seen.add(shown(file.path))
      if (
        input.changes.some(
          ({ verb, objects }) =>
            objects.includes(`file:${shown(file.path)}`) && (verb === 'quarantine' || verb === 'stop-unit'),
        )
      ) {
        declined.push({ target: finding.target, finding: finding.id, reason: 'already', detail: 'in quarantine' })
        continue
      }
      const reason = refusal(file.path, file.identity, input)
      if (reason === null) items.push(planTaking(file.path, file.identity, finding.id, input.facts))
      else declined.push({ target: finding.target, finding: finding.id, ...reason })
    }
    return Promise.resolve({ items, declined })
  },

  act(item, context) {
    const { path, identity } = quarantineArgs.parse(item.args)
    return takeRequest({ path: parseHostText(path), identity: parseFileIdentity(identity), replacement: null }, context)
  },
  readAct(reply, item, context) {
    const { path, identity } = quarantineArgs.parse(item.args)
    return readTaking(reply, { verb: 'quarantine', path, identity, item, context, hostile: item.hostile, removed: [] })
  },
  probe(item, context) {
    const { path, identity } = quarantineArgs.parse(item.args)
    return takenStands(parseHostText(path), parseFileIdentity(identity), context)
  },
  async verify(_item, change, context) {
    const { path } = takenBefore.parse(change.before)
    const there = await context.session.run({
      argv: [
        'sh',
        '-c',
        '[ -e "$1" ] || [ -L "$1" ] && echo there || echo absent',
        'there',
        hostBytes(parseHostText(path)),
      ],
    })
    const answer = new TextDecoder().decode(there.stdout).trim()
    if (answer !== 'there' && answer !== 'absent') return { result: 'unknown', detail: 'could not look' }
    return { result: triOf(answer === 'absent'), detail: answer === 'absent' ? 'absent' : 'a file stands there again' }
  },
  undo: undoTaking,
  readUndo: readUndoTaking,
}

export interface Taking {
  readonly path: HostText
  readonly identity: FileIdentity
  /** bytes to put in its place, with their digest: ours, with the properties of what goes; or a file on the host, with properties of its own */
  readonly replacement:
    | { readonly bytes: Uint8Array; readonly sha256: string }
    | { readonly from: Arg; readonly mode: string; readonly owner: string; readonly sha256: string }
    | null
}

/** The one request that checks the file, records it, moves it and, for an edit, puts the new bytes in place. */
export function takeRequest(taking: Taking, context: Pick<ActContext, 'caseId' | 'act' | 'session'>): HostRequest {
  const { replacement } = taking
  return {
    argv: [
      'sh',
      '-c',
      script,
      'quarantine',
      `${quarantineRoot}/${context.caseId}`,
      context.act,
      hostBytes(taking.path),
      taking.identity.dev,
      taking.identity.inode,
      taking.identity.sha256 ?? '-',
      replacement?.sha256 ?? '-',
      restoreByHand,
      ...(replacement !== null && 'from' in replacement ? [replacement.from, replacement.mode, replacement.owner] : []),
    ],
    env: { TOOLS: context.session.arrival.workDir },
    ...(replacement !== null && 'bytes' in replacement ? { stdin: replacement.bytes } : {}),
    timeLimit: moveTimeLimit,
  }
}

/** Reads the reply of `takeRequest` into a change. `removed` are the lines an edit took out, in shown form. */
export function readTaking(
  reply: HostReply,
  of: {
    readonly verb: 'quarantine' | 'edit-lines'
    readonly path: string
    readonly identity: FileIdentity
    readonly item: PlannedItem
    readonly context: ActContext
    readonly hostile: boolean
    readonly removed: readonly string[]
  },
): ActOutcome {
  const result = readScript(reply)
  // An earlier attempt of this very act did it and its answer was lost: what it did is told again, and is a change like any other.
  const taken = result.outcome === 'done' || (result.outcome === 'already' && result.fields.has('how'))
  if (!taken) return { outcome: result.outcome, change: null, detail: result.detail }
  const [leftId, leftSha] = splitLast(result.fields.get('new'))
  const [dev, inode] = leftId.split(' ')
  const left = dev && inode && leftSha ? { dev, inode, sha256: leftSha } : null
  const meta = Object.fromEntries([...result.fields].filter(([key]) => metaKeys.includes(key)))
  const change: ChangeRecord = {
    verb: of.verb,
    act: of.context.act,
    item: of.item.key,
    objects: [`file:${of.path}`],
    hostile: of.hostile,
    summary:
      of.verb === 'quarantine'
        ? { code: 'change.quarantine', params: { path: of.path } }
        : { code: 'change.edit-lines', params: { path: of.path, count: of.removed.length } },
    before: { path: of.path, entry: of.context.act, identity: { ...of.identity }, meta },
    after: { how: result.fields.get('how') ?? '', left },
    reversible: true,
  }
  const note =
    result.fields.get('note') === undefined ? '' : 'extended attributes of the edited file could not be copied'
  return { outcome: 'done', change, detail: note }
}

/** What a script says of a file that was taken. */
export const metaKeys = [
  'mode',
  'uid',
  'gid',
  'size',
  'mtime',
  'atime',
  'nlink',
  'dev',
  'inode',
  'flags',
  'parent_flags',
]

/** No longer at its path, and in our entry: the taking stands. */
export async function takenStands(path: HostText, identity: FileIdentity, context: ActContext): Promise<Tri> {
  const reply = await context.session.run({
    argv: [
      'sh',
      '-c',
      standsScript,
      'stands',
      `${quarantineRoot}/${context.caseId}/${context.act}`,
      hostBytes(path),
      identity.dev,
      identity.inode,
    ],
  })
  const answer = new TextDecoder().decode(reply.stdout).trim()
  return answer === 'yes' || answer === 'no' ? answer : 'unknown'
}

const standsScript = `
if [ "$(stat -c '%d %i' "$2" 2>/dev/null)" = "$3 $4" ]; then echo no
elif [ -e "$1/moved" ] && { [ -e "$1/data" ] || [ -L "$1/data" ]; }; then echo yes
else echo unknown; fi
`

export function undoTaking(change: ChangeRecord, context: ActContext): HostRequest {
  const { entry } = takenBefore.parse(change.before)
  const { left } = takenAfter.parse(change.after)
  return {
    argv: [
      'sh',
      '-c',
      restore,
      'restore',
      `${quarantineRoot}/${context.caseId}`,
      entry,
      left?.dev ?? '-',
      left?.inode ?? '-',
      left?.sha256 ?? '-',
    ],
    env: { TOOLS: context.session.arrival.workDir },
    timeLimit: moveTimeLimit,
  }
}

export function readUndoTaking(reply: HostReply, change: ChangeRecord): UndoOutcome {
  const result = readScript(reply)
  const { identity } = takenBefore.parse(change.before)
  const sha = result.fields.get('sha256')
  if (result.outcome === 'done' && identity.sha256 !== null && sha !== undefined && sha !== identity.sha256) {
    return {
      outcome: 'failed',
      notRestored: ['content'],
      detail: 'the restored bytes differ from those that were taken',
    }
  }
  return {
    outcome: result.outcome,
    notRestored: result.outcome === 'done' ? ['ctime', ...result.all('lost')] : [],
    detail: result.detail,
  }
}

/** The file a finding is about; null for everything else. */
export function fileOf(target: Target): { readonly path: HostText; readonly identity: FileIdentity } | null {
  return target.kind === 'file' || target.kind === 'line' ? { path: target.path, identity: target.identity } : null
}

/** Evidence of a whole file with its metadata. */
export function fileCapture(path: HostText, identity: FileIdentity): CaptureSpec {
  return {
    what: 'file',
    read: { by: 'file', path: { kind: 'file', path, identity } },
    required: true,
    limit: captureLimit,
  }
}

/** What a plan says of a file it takes: mode, owner, size, and the flags that lock it. */
export function fileNote({ meta }: FileFact): NonNullable<DiffLine['note']> {
  const locks = (meta.flags ?? '').replace(/[^ia]/g, '')
  return { code: 'diff.file', params: { mode: meta.mode, uid: meta.uid, size: meta.size, locks } }
}

function planTaking(path: HostText, identity: FileIdentity, finding: string, facts: readonly Fact[]): PlannedItem {
  const file = factOf(path, identity, facts)
  const about = file && { note: fileNote(file) }
  return {
    key: `file:${shown(path)}`,
    finding,
    target: { kind: 'file', path, identity },
    diff: [
      { mark: '-', text: shown(path), ...about },
      ...(identity.sha256 === null ? [] : [{ mark: ' ' as const, text: `  sha256 ${identity.sha256}` }]),
      ...(file?.meta.linkTarget ? [{ mark: ' ' as const, text: `  → ${shown(file.meta.linkTarget)}` }] : []),
      // The other names of a hard link stay where they are, and stay executable.
      ...(file?.meta.type === 'file' && file.meta.nlink > 1
        ? [{ mark: '!' as const, text: '', note: { code: 'diff.other-names', params: { count: file.meta.nlink - 1 } } }]
        : []),
    ],
    args: { path: shown(path), identity: { ...identity } },
    captures: [fileCapture(path, identity)],
    hostile: true,
  }
}

/** The links that start a boot script go with it, before it: a link to nothing would be the trace of half a move. */
function linksTo(
  path: HostText,
  facts: readonly Fact[],
): readonly { readonly path: HostText; readonly identity: FileIdentity }[] {
  const links = new Set(
    facts.flatMap((fact) => (fact.kind === 'startup' && fact.file.path === path ? fact.enabledBy : [])),
  )
  return facts.flatMap((fact) =>
    fact.kind === 'file' && fact.meta.type === 'symlink' && links.has(fact.meta.path)
      ? [{ path: fact.meta.path, identity: fact.meta.identity }]
      : [],
  )
}

/** Files that are never taken away, whatever was judged: a package's own, and what the host cannot live without. */
export function refusal(
  path: HostText,
  identity: FileIdentity,
  input: PlanInput,
): { readonly reason: 'guard' | 'unknown'; readonly detail: string } | null {
  const file = factOf(path, identity, input.facts)
  if (shown(path).startsWith(`${quarantineRoot}/`))
    return { reason: 'guard', detail: 'it lies in a quarantine already' }
  if (vital.some((each) => shown(path) === each))
    return { reason: 'guard', detail: 'the host cannot live without this file; its lines can be edited' }
  if (file === undefined)
    return { reason: 'unknown', detail: 'it was not looked at as a file, so nobody knows whose it is' }
  if (file.owned === 'yes' && file.checksum !== 'no')
    return { reason: 'guard', detail: "a package owns it and its bytes are the package's" }
  if (file.owned === 'yes')
    return { reason: 'guard', detail: "a package owns this path; restoring the package's file is another move" }
  if (file.meta.type !== 'file' && file.meta.type !== 'symlink')
    return { reason: 'guard', detail: `a ${file.meta.type} is not taken away` }
  return null
}

const vital = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/fstab',
  '/etc/crontab',
  '/etc/ssh/sshd_config',
  '/etc/sudoers',
  '/etc/nsswitch.conf',
  '/etc/hosts',
  '/etc/resolv.conf',
]

/** The file itself as it was looked at: by path and inode. */
export function factOf(path: HostText, identity: FileIdentity, facts: readonly Fact[]): FileFact | undefined {
  return facts.find(
    (fact): fact is FileFact =>
      fact.kind === 'file' && fact.meta.path === path && fact.meta.identity.inode === identity.inode,
  )
}

function splitLast(text: string | undefined): readonly [string, string] {
  const at = text?.lastIndexOf(' ') ?? -1
  return text === undefined || at < 0 ? ['', ''] : [text.slice(0, at), text.slice(at + 1)]
}
