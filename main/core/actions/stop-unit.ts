// Takes a systemd unit apart without running anything of it: files, drop-ins and links to the quarantine, then systemd reads its files again, so that
// restarts, stop hooks and failure hooks are forgotten before anything is killed. Never `stop`s or `disable`s a hostile service by name; starts nothing.

import { z } from 'zod'
import cleanRoomScript from '../host/clean-room.sh?raw'
import type { HostReply } from '../host/session.ts'

import { hostBytes, parseHostText } from '../host-text.ts'
import type { Tri } from '../tri.ts'
import vouched from '../probes/vouched.sh?raw'
import { fileIdentity, parseFileIdentity } from './identity-json.ts'
import { metaKeys, quarantineRoot, takenStands } from './quarantine.ts'
import quarantineScript from './quarantine.sh?raw'
import { readScript } from './reading.ts'
import restoreByHand from './restore-by-hand.sh?raw'
import restoreScript from './restore.sh?raw'
import restoreUnit from './restore-unit.sh?raw'
import script from './stop-unit.sh?raw'
import { planStops } from './stop-unit-plan.ts'
import systemd from './systemd.sh?raw'
import unitState from './unit-state.sh?raw'
import type { ActContext, ActOutcome, ChangeRecord, PlannedItem, Verb } from './verb.ts'

/** Milliseconds: the longest a request may take. */
const timeLimit = 10_000

const stopArgs = z.strictObject({
  /** as people call it; of a generator its path */
  name: z.string(),
  /** whose control group is watched afterwards; null where its processes are somebody else's (drop-ins, generators) or cannot be told */
  group: z.string().nullable(),
  /** the unit systemd must have forgotten these files of; null where there is none to ask about */
  unit: z.string().nullable(),
  reload: z.enum(['yes', 'quiet', 'no']),
  files: z.array(z.strictObject({ path: z.string(), identity: fileIdentity })).min(1),
  /** names to stop once nothing of theirs can run: timers, paths, sockets */
  stop: z.array(z.string()),
  /** names that the host must still have a unit of */
  keep: z.array(z.string()),
})

const stopBefore = z.strictObject({
  name: z.string(),
  group: z.string().nullable(),
  /** what systemd is asked about afterwards; null for generators and names it would refuse */
  unit: z.string().nullable(),
  system: z.boolean(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      entry: z.string(),
      identity: fileIdentity,
      meta: z.record(z.string(), z.string()),
    }),
  ),
})
const stopAfter = z.strictObject({
  reload: z.string(),
  stopped: z.array(z.string()),
  since: z.string(),
  /** digest of the systemctl that a package vouched for; null where nobody did */
  control: z.string().nullable(),
})
/** Times systemd is asked, and the pause between, in milliseconds: on a host that is starved of CPU a reload takes many seconds. */
const asks = 8
const askPause = 2000

export const stopUnit: Verb = {
  name: 'stop-unit',
  needsCapture: true,
  reversible: true,

  plan: (input) => Promise.resolve(planStops(input)),

  act(item, context) {
    const args = stopArgs.parse(item.args)
    const files = args.files.flatMap(({ path, identity }) => [
      hostBytes(parseHostText(path)),
      identity.dev,
      identity.inode,
      identity.sha256 ?? '-',
    ])
    return {
      argv: [
        ...['sh', '-c', `${vouched}\n${systemd}\n${script}`, 'stop-unit'],
        ...[`${quarantineRoot}/${context.caseId}`, context.act, args.reload],
        lines(args.stop),
        lines(args.keep),
        ...[cleanRoomScript, quarantineScript, restoreScript, restoreByHand],
        ...files,
      ],
      env: { TOOLS: context.session.arrival.workDir },
      timeLimit,
    }
  },

  readAct(reply, item, context) {
    return readStop(reply, item, context)
  },

  /** One file of it in our quarantine: the act began, and asking again completes it. */
  async probe(item, context) {
    const { files } = stopArgs.parse(item.args)
    const states = await Promise.all(
      files.map(({ path, identity }, at) =>
        takenStands(parseHostText(path), parseFileIdentity(identity), {
          ...context,
          act: entryOf(context.act, at),
        }),
      ),
    )
    if (states.includes('yes')) return 'yes'
    return states.includes('unknown') ? 'unknown' : 'no'
  },

  async verify(_item, change, context) {
    for (let asked = 1; ; asked++) {
      const { result, detail, settled } = await lookAtUnit(change, context)
      if (settled || asked === asks) return { result, detail }
      await context.clock.sleep(askPause, context.signal)
    }
  },

  undo(change, context) {
    const { files, system } = stopBefore.parse(change.before)
    return {
      argv: [
        ...['sh', '-c', `${vouched}\n${systemd}\n${restoreUnit}`, 'restore-unit'],
        ...[`${quarantineRoot}/${context.caseId}`, system ? 'yes' : 'no', cleanRoomScript, restoreScript],
        ...files.map(({ entry }) => entry).toReversed(),
      ],
      env: { TOOLS: context.session.arrival.workDir },
      timeLimit,
    }
  },

  readUndo(reply, change) {
    const result = readScript(reply)
    const { files } = stopBefore.parse(change.before)
    const digests = new Map(result.all('sha').map((line) => line.split(' ') as [string, string]))
    const other = files.find(
      ({ entry, identity }) => identity.sha256 !== null && digests.has(entry) && digests.get(entry) !== identity.sha256,
    )
    if (result.outcome === 'done' && other)
      return {
        outcome: 'failed',
        notRestored: ['content'],
        detail: `the restored bytes of ${other.path} differ from those that were taken`,
      }
    return {
      outcome: result.outcome,
      notRestored: result.outcome === 'done' ? [...new Set(['ctime', 'running state', ...result.all('lost')])] : [],
      detail: result.detail,
    }
  },
}

/** `settled` is false while systemd may still be reading its files. */
async function lookAtUnit(
  change: ChangeRecord,
  context: ActContext,
): Promise<{ readonly result: Tri; readonly detail: string; readonly settled: boolean }> {
  const { unit, group, files, system } = stopBefore.parse(change.before)
  const { reload, since, control } = stopAfter.parse(change.after)
  const reply = await context.session.run({
    argv: [
      ...['sh', '-c', `${vouched}\n${systemd}\n${unitState}`, 'unit-state'],
      ...[control ?? '-', since, group ?? '-', reload === 'told' && unit !== null ? unit : '-', cleanRoomScript],
      ...files.map(({ path }) => hostBytes(parseHostText(path))),
    ],
    timeLimit,
  })
  const state = readScript(reply)
  if (state.outcome !== 'done') return { result: 'unknown', detail: 'could not look', settled: false }
  const named = (key: string): string =>
    state
      .all(key)
      .map((at) => files[Number(at) - 1]?.path ?? '')
      .join(', ')
  if (state.all('there').length > 0)
    return { result: 'no', detail: `stands there again: ${named('there')}`, settled: true }
  const born = state.all('born')
  if (born.length > 0) return { result: 'no', detail: `started again: pid ${born.join(', ')}`, settled: true }
  if (state.all('loaded').length > 0)
    return { result: 'no', detail: `systemd still has it: ${named('loaded')}`, settled: false }
  if (!system || reload === 'no' || reload === 'later')
    return { result: 'yes', detail: detailOf(reload, system), settled: true }
  if (unit !== null && state.fields.get('asked') !== 'yes')
    return {
      result: 'unknown',
      detail: 'its files are gone and nothing runs; what systemd holds could not be asked',
      settled: control === null,
    }
  return { result: 'yes', detail: detailOf(reload, system), settled: true }
}

/** The Nth file of an act has an entry of its own in the quarantine, so that each can be put back by hand. */
function entryOf(act: string, at: number): string {
  return `${act}-${String(at + 1)}`
}

function readStop(reply: HostReply, item: PlannedItem, context: ActContext): ActOutcome {
  const args = stopArgs.parse(item.args)
  const result = readScript(reply)
  const back = new Set(result.all('back'))
  const taken = args.files.flatMap(({ path, identity }, at) => {
    const number = String(at + 1)
    if (!result.fields.has(`${number}.how`) || back.has(number)) return []
    const meta = Object.fromEntries(
      metaKeys.flatMap((key) => {
        const value = result.fields.get(`${number}.${key}`)
        return value === undefined ? [] : [[key, value] as const]
      }),
    )
    return [{ path, entry: entryOf(context.act, at), identity, meta }]
  })
  if (taken.length === 0)
    return { outcome: result.outcome === 'done' ? 'failed' : result.outcome, change: null, detail: result.detail }
  const reload = result.fields.get('reload') ?? 'failed'
  const change: ChangeRecord = {
    verb: 'stop-unit',
    act: context.act,
    item: item.key,
    objects: [`unit:${args.name}`, ...taken.map(({ path }) => `file:${path}`)],
    hostile: item.hostile,
    summary: { code: 'change.stop-unit', params: { name: args.name, count: taken.length } },
    before: { name: args.name, group: args.group, unit: args.unit, system: args.reload !== 'no', files: taken },
    after: {
      reload,
      stopped: [...result.all('stopped')],
      since: result.fields.get('since') ?? '0',
      control: result.fields.get('control') ?? null,
    },
    reversible: true,
  }
  // What could not be put back after a failure is a change like any other.
  if (result.outcome !== 'done') return { outcome: 'failed', change, detail: result.detail }
  return { outcome: 'done', change, detail: detailOf(reload, args.reload !== 'no') }
}

function detailOf(reload: string, system: boolean): string {
  if (!system) return "a user's unit: that user's manager was not told"
  switch (reload) {
    case 'told':
      return 'systemd was told to forget it'
    case 'later':
      return 'systemd was not told yet, as another generator stands'
    case 'unsure':
      return 'process 1 could not be told to be systemd, so it was told nothing'
    case 'no':
      return 'this host does not run systemd'
    default:
      return 'systemd could not be told'
  }
}

function lines(values: readonly string[]): Uint8Array {
  return values
    .map((value) => hostBytes(parseHostText(value)))
    .reduce((all: Uint8Array, one) => Uint8Array.from([...all, ...one, 0x0a]), new Uint8Array())
}
