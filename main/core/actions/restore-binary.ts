// Puts a program back as its package delivered it: what lies there goes to the quarantine, the good bytes take its place, in one request. They come from a
// package on the workbench, or from a copy on the host that agrees with the host's own list: then plan and report say consistent, not proven.
// Libc, the loader, PAM and sshd are never put back: whoever changed those may have changed anything.

import { z } from 'zod'
import { hostBytes, ownText, parseHostText, shown, type HostText } from '../host-text.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import { readHostFile, type HostFile } from '../host/read-file.ts'
import { isTourniquetError } from '../errors.ts'
import type { Finding } from '../judge/finding.ts'
import type { PackagedFile, PackageSource } from '../packages/package-source.ts'
import type { Hashing } from '../ports.ts'
import type { BinaryFact } from '../probes/facts.ts'
import { deliveredMode } from '../probes/tools.ts'
import { fileIdentity, parseFileIdentity } from './identity-json.ts'
import placeScript from './place-binary.sh?raw'
import putGood from './put-good.sh?raw'
import {
  fileCapture,
  moveTimeLimit,
  quarantineRoot,
  readTaking,
  readUndoTaking,
  takenStands,
  takeRequest,
  undoTaking,
} from './quarantine.ts'
import { readScript } from './reading.ts'
import type {
  ActContext,
  ActOutcome,
  CaptureSpec,
  ChangeRecord,
  Declined,
  DiffLine,
  PlannedItem,
  PlanInput,
  Verb,
} from './verb.ts'

/** Bytes of good data in one request: with the script it stays below what a request may hold. */
const partBytes = 3 * 1024 * 1024
/** Bytes: checksum lists of the largest packages have less. */
const listLimit = 4 * 1024 * 1024

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const source = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('package'), name: z.string(), sha256, vouched: z.enum(['index', 'given']) }),
  z.strictObject({ from: z.literal('copy'), path: z.string() }),
])
type Source = z.infer<typeof source>

const restoreArgs = z.strictObject({
  path: z.string(),
  /** of what lies there; null when nothing does */
  identity: fileIdentity.nullable(),
  /** of the good bytes */
  sha256,
  mode: z.string().regex(/^[0-7]{4}$/),
  /** OWNER:GROUP, names or numbers */
  owner: z.string().regex(/^[a-z0-9_][a-z0-9_-]{0,31}:[a-z0-9_][a-z0-9_-]{0,31}$/),
  source,
})
type RestoreArgs = z.infer<typeof restoreArgs>

const placedBefore = z.looseObject({ path: z.string(), entry: z.string() })
const placedAfter = z.looseObject({ how: z.literal('placed'), left: fileIdentity })

/** Good bytes come from `packages` first. */
export function restoreBinary(hashing: Hashing, packages: PackageSource): Verb {
  return {
    name: 'restore-binary',
    needsCapture: true,
    reversible: true,

    async plan(input) {
      z.strictObject({}).parse(input.options ?? {})
      const drafts = []
      for (const finding of input.findings) drafts.push(await planOne(finding, input, hashing, packages))
      const items = drafts.flatMap((draft) => ('items' in draft ? draft.items : []))
      return {
        // one checksum list serves all tools of its package
        items: items.filter((item, at) => items.findIndex(({ key }) => key === item.key) === at),
        declined: drafts.flatMap((draft) => ('declined' in draft ? [draft.declined] : [])),
      }
    },

    act(item, context) {
      const args = restoreArgs.parse(item.args)
      const path = parseHostText(args.path)
      const from = fromOf(args.source, args.sha256, context.session)
      if (args.identity === null) return placeRequest(args, path, from, context)
      return takeRequest(
        {
          path,
          identity: parseFileIdentity(args.identity),
          replacement: { from, mode: args.mode, owner: args.owner, sha256: args.sha256 },
        },
        context,
      )
    },

    readAct(reply, item, context) {
      const args = restoreArgs.parse(item.args)
      if (args.identity === null) return readPlacing(reply, args, item, context)
      const identity = parseFileIdentity(args.identity)
      const of = {
        verb: 'edit-lines',
        path: args.path,
        identity,
        item,
        context,
        hostile: item.hostile,
        removed: [],
      } as const
      const outcome = readTaking(reply, of)
      if (outcome.change === null) return outcome
      return { ...outcome, change: { ...outcome.change, verb: 'restore-binary', summary: summaryOf(args) } }
    },

    async probe(item, context) {
      const args = restoreArgs.parse(item.args)
      const path = parseHostText(args.path)
      if (args.identity !== null) return takenStands(path, parseFileIdentity(args.identity), context)
      const now = await standing(context.session, path)
      return now === null ? 'unknown' : now.sha256 === args.sha256 ? 'yes' : 'no'
    },

    async verify(item, _change, context) {
      const args = restoreArgs.parse(item.args)
      const now = await standing(context.session, parseHostText(args.path))
      if (now === null) return { result: 'unknown', detail: 'it could not be read' }
      if (now.sha256 !== args.sha256) return { result: 'no', detail: 'its bytes are not those that were put there' }
      if (Number.parseInt(now.mode, 8) !== Number.parseInt(args.mode, 8))
        return { result: 'no', detail: `its mode is ${now.mode}, not ${args.mode}` }
      return { result: 'yes', detail: `sha256 ${args.sha256}` }
    },

    undo(change, context) {
      const placed = placedAfter.safeParse(change.after)
      if (!placed.success) return undoTaking(change, context)
      const { path, entry } = placedBefore.parse(change.before)
      const { left } = placed.data
      const words = [`${quarantineRoot}/${context.caseId}`, entry, hostBytes(parseHostText(path)), left.sha256 ?? '-']
      return {
        argv: ['sh', '-c', placeScript, 'place-binary', 'unplace', ...words, left.dev, left.inode],
        timeLimit: moveTimeLimit,
      }
    },

    readUndo(reply, change) {
      if (!placedAfter.safeParse(change.after).success) return readUndoTaking(reply, change)
      const result = readScript(reply)
      return { outcome: result.outcome, notRestored: [], detail: result.detail }
    },
  }
}

type Draft = { readonly items: readonly PlannedItem[] } | { readonly declined: Declined }

async function planOne(finding: Finding, input: PlanInput, hashing: Hashing, packages: PackageSource): Promise<Draft> {
  const decline = (reason: Declined['reason'], detail: string): Draft => ({
    declined: { target: finding.target, finding: finding.id, reason, detail },
  })
  const { target } = finding
  if (target.kind !== 'file') return decline('not-possible', 'no file')
  const fact = input.facts.find((one): one is BinaryFact => one.kind === 'binary' && one.path === target.path)
  if (fact === undefined) return decline('not-possible', 'what was moved aside is another move')
  if (
    input.changes.some(({ verb, objects }) => verb === 'restore-binary' && objects.includes(`file:${shown(fact.path)}`))
  )
    return decline('already', 'put back before')
  if (fact.rebuild) return decline('guard', 'part of every login or of libc: rebuild the host')
  if (fact.state === 'diverted') return decline('guard', 'an administrator had it moved aside')
  if (fact.meta !== null && fact.meta.type !== 'file' && fact.meta.type !== 'symlink')
    return decline('not-possible', `a ${fact.meta.type} stands there`)
  const good = await packages.find({
    package: shown(fact.package),
    version: shown(fact.version),
    architecture: shown(fact.architecture),
    path: shown(fact.listed),
  })
  if ('none' in good) {
    const copy = copyOf(fact)
    if (copy === null) return decline('not-possible', `no good bytes at hand: ${good.none}`)
    return { items: [itemOf(finding, fact, { ...copy, ...modeOf(fact, null) })] }
  }
  if (fact.meta?.identity.sha256 === good.sha256 && fact.state !== 'mode' && fact.state !== 'locked')
    return decline('already', "its bytes are the package's")
  await layReady(input.session, good.bytes, good.sha256)
  const of = { from: 'package' as const, ...good.deb, vouched: good.vouched }
  const item = itemOf(finding, fact, { sha256: good.sha256, source: of, ...modeOf(fact, good) })
  const list = await listItem(finding, fact, good, of, input, hashing)
  return { items: list === null ? [item] : [item, list] }
}

/** A copy with the bytes the host's list names: the file itself where only its mode or lock is wrong. Worthless where the list itself changed. */
function copyOf(fact: BinaryFact): { readonly sha256: string; readonly source: Source } | null {
  if (fact.listChanged === 'yes') return null
  const itself = (fact.state === 'mode' || fact.state === 'locked') && fact.expectedMd5 !== null ? fact.meta : null
  const meta = itself ?? fact.copies.find(({ matches }) => matches === 'yes')?.meta ?? null
  const digest = meta?.identity.sha256 ?? null
  return meta === null || digest === null ? null : { sha256: digest, source: { from: 'copy', path: shown(meta.path) } }
}

/** What the administrator laid down comes before what the package says, and that before what most releases deliver. */
function modeOf(fact: BinaryFact, good: PackagedFile | null): { readonly mode: string; readonly owner: string } {
  const path = shown(fact.listed)
  const { mode, owner, group } = fact.override ?? good ?? deliveredMode(path.slice(path.lastIndexOf('/') + 1))
  const known = (name: string): string => (/^[a-z0-9_][a-z0-9_-]{0,31}$/.test(name) ? name : 'root')
  return { mode, owner: `${known(owner)}:${known(group)}` }
}

function itemOf(
  finding: Finding,
  fact: BinaryFact,
  good: Pick<RestoreArgs, 'sha256' | 'mode' | 'owner' | 'source'>,
): PlannedItem {
  const { path, meta } = fact
  return {
    key: `file:${shown(path)}`,
    finding: finding.id,
    target: { kind: 'file', path, identity: meta?.identity ?? { dev: '0', inode: '0', sha256: null } },
    diff: [
      ...(meta === null
        ? []
        : [
            {
              mark: '-' as const,
              text: shown(path),
              note: {
                code: 'diff.file',
                params: {
                  mode: meta.mode,
                  uid: meta.uid,
                  size: meta.size,
                  locks: (meta.flags ?? '').replace(/[^ia]/g, ''),
                },
              },
            },
          ]),
      ...goodLines(path, good),
    ],
    args: {
      path: shown(path),
      identity: meta === null ? null : { ...meta.identity },
      ...good,
      source: { ...good.source },
    },
    captures: [meta === null ? absence(path) : fileCapture(path, meta.identity)],
    hostile: true,
  }
}

function goodLines(
  path: HostText,
  good: Pick<RestoreArgs, 'sha256' | 'mode' | 'owner' | 'source'>,
): readonly DiffLine[] {
  const { source: of } = good
  return [
    {
      mark: '+',
      text: shown(path),
      note: {
        code: of.from === 'package' ? `diff.from-package-${of.vouched}` : 'diff.from-copy',
        params: { source: of.from === 'package' ? of.name : of.path, mode: good.mode, owner: good.owner },
      },
    },
    { mark: ' ', text: `  sha256 ${good.sha256}` },
  ]
}

/** That nothing is there is what must be kept before something is put there. */
function absence(path: HostText): CaptureSpec {
  const look = 'ls -ld -- "$1" 2>&1; ls -ldn -- "${1%/*}/" 2>&1; :'
  return {
    what: 'file',
    read: { by: 'request', request: { argv: ['sh', '-c', look, 'absence', hostBytes(path)] } },
    required: true,
    limit: 65_536,
  }
}

/** The checksum list of the package, where the host's is another: as long as it lies, the tool would be called altered. */
async function listItem(
  finding: Finding,
  fact: BinaryFact,
  good: PackagedFile,
  of: Source,
  input: PlanInput,
  hashing: Hashing,
): Promise<PlannedItem | null> {
  if (good.list === null || fact.listChanged !== 'yes') return null
  const path = ownText(`/var/lib/dpkg/info/${shown(fact.package)}.md5sums`)
  const file = await readOrNull(input.session, path)
  if (file?.meta.type !== 'file' || file.truncated) return null
  const now = hashing.sha256().update(file.bytes).hex()
  const digest = hashing.sha256().update(good.list).hex()
  if (now === digest) return null
  await layReady(input.session, good.list, digest)
  const list = { sha256: digest, mode: '0644', owner: 'root:root', source: of }
  const identity = { ...file.meta.identity, sha256: now }
  return {
    key: `file:${shown(path)}`,
    finding: finding.id,
    target: { kind: 'file', path, identity },
    diff: [{ mark: '-', text: shown(path) }, ...goodLines(path, list)],
    args: { path: shown(path), identity, ...list, source: { ...of } },
    captures: [fileCapture(path, identity)],
    hostile: true,
  }
}

async function readOrNull(session: HostSession, path: HostText): Promise<HostFile | null> {
  try {
    return await readHostFile(session, { path, limit: listLimit })
  } catch (error) {
    if (isTourniquetError(error, 'file-unreadable') || isTourniquetError(error, 'request-timeout')) return null
    throw error
  }
}

/** Pushes bytes into our own folder on the host, which nobody but root can enter and which goes with us. Does nothing when they are there. */
async function layReady(session: HostSession, bytes: Uint8Array, digest: string): Promise<void> {
  for (let at = 0; at === 0 || at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes)
    const last = at + part.length === bytes.length
    const argv = ['sh', '-c', putGood, 'put-good', `good-${digest}`, String(at), last ? digest : '-']
    const reply = await session.run({ argv, stdin: part, timeLimit: moveTimeLimit }, { lane: 'bulk' })
    // what did not arrive is told by the act, which finds nothing under that digest and changes nothing
    if (reply.exit !== 0) return
  }
}

function fromOf(of: Source, digest: string, session: HostSession): string | Uint8Array {
  return of.from === 'package' ? `${session.arrival.workDir}/good-${digest}` : hostBytes(parseHostText(of.path))
}

function placeRequest(args: RestoreArgs, path: HostText, from: string | Uint8Array, context: ActContext): HostRequest {
  const words = [`${quarantineRoot}/${context.caseId}`, context.act, hostBytes(path), args.sha256, from]
  return {
    argv: ['sh', '-c', placeScript, 'place-binary', 'place', ...words, args.mode, args.owner],
    timeLimit: moveTimeLimit,
  }
}

function readPlacing(reply: HostReply, args: RestoreArgs, item: PlannedItem, context: ActContext): ActOutcome {
  const result = readScript(reply)
  const [dev, inode] = (result.fields.get('new') ?? '').split(' ')
  const stands = result.outcome === 'done' || result.outcome === 'already'
  if (!stands || !dev || !inode)
    return { outcome: stands ? 'failed' : result.outcome, change: null, detail: result.detail }
  const change: ChangeRecord = {
    verb: 'restore-binary',
    act: context.act,
    item: item.key,
    objects: [`file:${args.path}`],
    hostile: item.hostile,
    summary: summaryOf(args),
    before: { path: args.path, entry: context.act },
    after: { how: 'placed', left: { dev, inode, sha256: args.sha256 } },
    reversible: true,
  }
  return { outcome: 'done', change, detail: '' }
}

function summaryOf({ path, source: of, sha256: digest }: RestoreArgs): ChangeRecord['summary'] {
  const code = of.from === 'package' ? `change.restore-binary-${of.vouched}` : 'change.restore-binary-copy'
  const params = of.from === 'package' ? { source: of.name, package: of.sha256 } : { source: of.path }
  return { code, params: { path, sha256: digest, ...params } }
}

/** Digest and mode of the regular file at a path; an empty digest for nothing there; null when it cannot be read. */
async function standing(
  session: HostSession,
  path: HostText,
): Promise<{ readonly sha256: string; readonly mode: string } | null> {
  const script =
    '[ -e "$1" ] || [ -L "$1" ] || { echo none; exit 0; }; [ -f "$1" ] && [ ! -L "$1" ] && stat -c %a "$1" && sha256sum <"$1"'
  const reply = await session.run({ argv: ['sh', '-c', script, 'standing', hostBytes(path)], timeLimit: moveTimeLimit })
  const text = new TextDecoder().decode(reply.stdout)
  if (text === 'none\n') return { sha256: '', mode: '' }
  const match = /^([0-7]+)\n([0-9a-f]{64}) /.exec(text)
  return reply.exit === 0 && match?.[1] !== undefined && match[2] !== undefined
    ? { mode: match[1], sha256: match[2] }
    : null
}
