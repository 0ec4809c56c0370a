// Puts a program back as its package delivered it: what lies there goes to the quarantine, the good bytes take its place, in one request. They come from a
// package on the workbench, or from a copy on the host that agrees with the host's own list: then plan and report say consistent, not proven.
// Libc, the loader, PAM and sshd are never put back: whoever changed those may have changed anything.

import { z } from 'zod'
import { hostBytes, parseHostText, type HostText } from '../host-text.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import type { PackageSource } from '../packages/package-source.ts'
import type { Hashing } from '../ports.ts'
import { fileIdentity, parseFileIdentity } from './identity-json.ts'
import placeScript from './place-binary.sh?raw'
import {
  moveTimeLimit,
  quarantineRoot,
  readTaking,
  readUndoTaking,
  takenStands,
  takeRequest,
  undoTaking,
} from './quarantine.ts'
import { readScript } from './reading.ts'
import { fromOf, planRestore, restoreArgs, type RestoreArgs } from './restore-binary-plan.ts'
import type { ActContext, ActOutcome, ChangeRecord, PlannedItem, Verb } from './verb.ts'

const placedBefore = z.looseObject({ path: z.string(), entry: z.string() })
const placedAfter = z.looseObject({ how: z.literal('placed'), left: fileIdentity })

/** Good bytes come from `packages` first. */
export function restoreBinary(hashing: Hashing, packages: PackageSource): Verb {
  return {
    name: 'restore-binary',
    needsCapture: true,
    reversible: true,

    plan: (input) => planRestore(input, hashing, packages),

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
