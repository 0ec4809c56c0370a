// Stopping what starts again faster than it can be frozen: its folder is made noexec by a mount over itself, so nothing on disk changes and lifting it is exact.
// Only where a freeze saw newcomers, and never over a folder with one honest program in it. The dead man lifts it when the workbench is gone.

import { z } from 'zod'
import { hostBytes, parseHostText, shown, type HostText } from '../host-text.ts'
import { mountPointText } from '../host/mount-point.ts'
import type { HostReply } from '../host/session.ts'
import type { FileFact, ProcessFact } from '../probes/facts.ts'
import type { Tri } from '../tri.ts'
import blockScript from './block-exec.sh?raw'
import stateScript from './block-state.sh?raw'
import { cameBack, frozenMembers } from './frozen-set.ts'
import liftScript from './lift-block.sh?raw'
import { readScript } from './reading.ts'
import type {
  ActContext,
  ActOutcome,
  ChangeRecord,
  Declined,
  PlannedItem,
  PlanDraft,
  PlanInput,
  UndoOutcome,
  Verb,
} from './verb.ts'

/** Folders at most in one plan: more is no nest any more, and each costs a look at all its programs. */
const maxFolders = 4
/** Milliseconds: hashing what lies in the folder takes most of it. */
const blockTimeLimit = 10_000
/** Folders that belong to everybody, whoever put something there; what lies deeper in them may be somebody's alone. */
const shared =
  /^\/(?:|bin|sbin|lib(?:32|64|x32)?|usr(?:\/(?:bin|sbin|games|lib(?:32|64|x32|exec)?|share|local(?:\/(?:bin|sbin|lib|games|share))?))?|etc|boot|dev(?:\/shm)?|home(?:\/[^/]+)?|root|run(?:\/user(?:\/\d+)?|\/lock)?|tmp|var(?:\/(?:tmp|lib|run|cache|log|spool))?|opt(?:\/[^/]+)?|srv|mnt|media|proc|sys)$/

/** Of an item, and the same in the change it makes. */
const held = z.strictObject({
  /** for the dead man: what to lift, and on which boot */
  block: z.strictObject({ bootId: z.string(), path: z.string() }),
  inodes: z.array(z.string()),
  hashes: z.array(z.string()),
})

export const blockExec: Verb = {
  name: 'block-exec',
  needsCapture: false,
  reversible: true,

  plan: (input) => Promise.resolve(planBlocks(input)),
  act: (item) => blockRequest(held.parse(item.args)),
  readAct: (reply, item, context) => readBlock(reply, item, context, 'block-exec'),
  async probe(item, context) {
    const state = await stateOf(held.parse(item.args).block.path, context)
    return state === 'unknown' ? 'unknown' : state === 'blocked' ? 'yes' : 'no'
  },
  async verify(item, _change, context) {
    return proven(await stateOf(held.parse(item.args).block.path, context), 'blocked')
  },
  undo: (change) => liftRequest(held.parse(change.before).block.path),
  readUndo: readBlockUndo,
}

export const liftBlocks: Verb = {
  name: 'lift-blocks',
  needsCapture: false,
  reversible: true,

  plan({ changes }) {
    const blocks = changes.filter((change) => change.verb === 'block-exec')
    return Promise.resolve({ items: blocks.map((change) => itemOf(held.parse(change.before), 'lift')), declined: [] })
  },
  act: (item) => liftRequest(held.parse(item.args).block.path),
  readAct: (reply, item, context) => readBlock(reply, item, context, 'lift-blocks'),
  async probe(item, context) {
    const state = await stateOf(held.parse(item.args).block.path, context)
    return state === 'unknown' ? 'unknown' : state === 'open' ? 'yes' : 'no'
  },
  async verify(item, _change, context) {
    return proven(await stateOf(held.parse(item.args).block.path, context), 'open')
  },
  undo: (change) => blockRequest(held.parse(change.before)),
  readUndo: readBlockUndo,
}

function planBlocks(input: PlanInput): PlanDraft {
  const freezes = input.changes.filter((change) => change.verb === 'freeze')
  const members = freezes.flatMap(frozenMembers)
  const folders = unique(cameBack(freezes).flatMap(({ exe }) => (exe === null ? [] : [folderOf(exe)])))
  if (folders.length === 0) return { items: [], declined: [] }
  const processes = input.facts.filter((fact): fact is ProcessFact => fact.kind === 'process')
  const files = input.facts.filter((fact): fact is FileFact => fact.kind === 'file')
  const hostileFiles = input.findings.flatMap(({ proposed, target }) =>
    proposed === 'yes' && target.kind === 'file' ? [target] : [],
  )
  const inodes = unique([
    ...members.map(({ exeDev, exeInode }) => `${exeDev}:${exeInode}`),
    ...hostileFiles.map(({ identity }) => `${identity.dev}:${identity.inode}`),
  ])
  // The bytes of a program that is also innocent elsewhere would let an honest copy pass for a hostile one.
  const hashes = unique([
    ...processes.flatMap(({ identity }) =>
      inodes.includes(`${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`) ? [identity.exeSha256] : [],
    ),
    ...hostileFiles.map(({ identity }) => identity.sha256),
  ]).filter(
    (sha): sha is string =>
      sha !== null && files.every((file) => file.meta.identity.sha256 !== sha || file.owned === 'no'),
  )
  const items: PlannedItem[] = []
  const declined: Declined[] = []
  for (const folder of folders) {
    const guard = items.length >= maxFolders ? 'too many folders' : guardOf(folder, inodes, processes, files)
    const { bootId } = input.session.arrival
    if (guard === null) items.push(itemOf({ block: { bootId, path: folder }, inodes, hashes }, 'block'))
    else declined.push({ target: { kind: 'host' }, finding: null, reason: 'guard', detail: `${folder}: ${guard}` })
  }
  return { items, declined }
}

/** Why this folder is not covered; null when nothing honest is known to live in it. The script looks again, at everything in it, before it mounts. */
function guardOf(
  folder: string,
  inodes: readonly string[],
  processes: readonly ProcessFact[],
  files: readonly FileFact[],
): string | null {
  if (!folder.startsWith('/') || shared.test(folder)) return 'a folder that others use too'
  const inside = (path: HostText | null) => path !== null && shown(path).startsWith(`${folder}/`)
  const runner = processes.find(
    ({ exe, identity }) => inside(exe) && !inodes.includes(`${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`),
  )
  if (runner?.ours === true) return 'our own toolbox lives there'
  if (files.some((file) => inside(file.meta.path) && file.owned === 'yes')) return 'a package owns files in it'
  return null
}

function folderOf(exe: string): string {
  return exe.replace(/ \(deleted\)$/, '').replace(/\/[^/]*$/, '')
}

function itemOf(of: z.infer<typeof held>, what: 'block' | 'lift'): PlannedItem {
  const { path } = of.block
  return {
    key: `mount:${path}`,
    finding: null,
    target: { kind: 'host' },
    diff: [{ mark: '~', text: path, note: { code: `diff.${what}`, params: {} } }],
    args: of,
    captures: [],
    hostile: false,
  }
}

function blockRequest({ block, inodes, hashes }: z.infer<typeof held>): ReturnType<Verb['act']> {
  const bytes = parseHostText(block.path)
  return {
    argv: [
      'sh',
      '-c',
      blockScript,
      'block',
      hostBytes(bytes),
      mountPointText(bytes),
      inodes.join('\n'),
      hashes.join('\n'),
    ],
    timeLimit: blockTimeLimit,
  }
}

function liftRequest(path: string): ReturnType<Verb['act']> {
  const bytes = parseHostText(path)
  return { argv: ['sh', '-c', liftScript, 'lift', hostBytes(bytes), mountPointText(bytes)] }
}

function readBlock(
  reply: HostReply,
  item: PlannedItem,
  context: ActContext,
  verb: 'block-exec' | 'lift-blocks',
): ActOutcome {
  const result = readScript(reply)
  if (result.outcome === 'conflict' || result.outcome === 'failed')
    return { outcome: result.outcome, change: null, detail: result.detail }
  const before = held.parse(item.args)
  const change: ChangeRecord = {
    verb,
    act: context.act,
    item: item.key,
    objects: [item.key],
    hostile: false,
    summary: { code: `change.${verb}`, params: { path: before.block.path } },
    before,
    after: { state: verb === 'block-exec' ? 'blocked' : 'open' },
    reversible: true,
  }
  return { outcome: result.outcome, change: result.outcome === 'done' ? change : null, detail: result.detail }
}

function readBlockUndo(reply: HostReply): UndoOutcome {
  const result = readScript(reply)
  // A folder that is gone, or covered by somebody else meanwhile, has no block of ours to put back or take off.
  return { outcome: result.outcome, notRestored: [], detail: result.detail }
}

async function stateOf(
  path: string,
  context: Pick<ActContext, 'session'>,
): Promise<'blocked' | 'open' | 'other' | 'unknown'> {
  const reply = await context.session.run({
    argv: ['sh', '-c', stateScript, 'block-state', mountPointText(parseHostText(path))],
  })
  const state = readScript(reply).fields.get('state')
  return state === 'blocked' || state === 'open' || state === 'other' ? state : 'unknown'
}

function proven(
  state: Awaited<ReturnType<typeof stateOf>>,
  wanted: 'blocked' | 'open',
): { result: Tri; detail: string } {
  return { result: state === 'unknown' ? 'unknown' : state === wanted ? 'yes' : 'no', detail: state }
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
