// What putting a program back would do: where good bytes are at hand, what stands in their place, and which program is never put back. The bytes of a
// package are laid ready on the host while planning, in our own folder; nothing else on it changes.

import { z } from 'zod'
import { hostBytes, ownText, parseHostText, shown, type HostText } from '../host-text.ts'
import { readHostFile, type HostFile } from '../host/read-file.ts'
import type { HostSession } from '../host/session.ts'
import { isTourniquetError } from '../errors.ts'
import type { Finding } from '../judge/finding.ts'
import type { PackagedFile, PackageSource } from '../packages/package-source.ts'
import type { Hashing } from '../ports.ts'
import type { BinaryFact } from '../probes/facts.ts'
import { deliveredMode } from '../probes/tools.ts'
import { fileIdentity } from './identity-json.ts'
import putGood from './put-good.sh?raw'
import { fileCapture, moveTimeLimit } from './quarantine.ts'
import type { CaptureSpec, Declined, DiffLine, PlanDraft, PlannedItem, PlanInput } from './verb.ts'

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

/** What the plan hands the act. */
export const restoreArgs = z.strictObject({
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
export type RestoreArgs = z.infer<typeof restoreArgs>

/** Good bytes come from `packages` first. */
export async function planRestore(input: PlanInput, hashing: Hashing, packages: PackageSource): Promise<PlanDraft> {
  z.strictObject({}).parse(input.options ?? {})
  const drafts = []
  for (const finding of input.findings) drafts.push(await planOne(finding, input, hashing, packages))
  const items = drafts.flatMap((draft) => ('items' in draft ? draft.items : []))
  return {
    // one checksum list serves all tools of its package
    items: items.filter((item, at) => items.findIndex(({ key }) => key === item.key) === at),
    declined: drafts.flatMap((draft) => ('declined' in draft ? [draft.declined] : [])),
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

/** Where on the host the good bytes lie, for the act. */
export function fromOf(of: Source, digest: string, session: HostSession): string | Uint8Array {
  return of.from === 'package' ? `${session.arrival.workDir}/good-${digest}` : hostBytes(parseHostText(of.path))
}
