// Stops the whole set at once: the members that were planned and, within a bounded closure under the same approval, whatever joins them.
// A stopped process looks alive to its watchdog and keeps its memory, sockets and executable for evidence.

import { concatBytes } from '../bytes.ts'
import { underCleanProc } from '../host/clean-proc.ts'
import { hostBytes, hostText, parseHostText, shown } from '../host-text.ts'
import { fromBase64 } from '../json.ts'
import { anyOf } from '../tri.ts'
import { freezeArgs, planFreeze } from './freeze-plan.ts'
import script from './freeze.sh?raw'
import { type FrozenMember, frozenSet, identityOf } from './frozen-set.ts'
import { parseIdentity } from './identity-json.ts'
import { readScript } from './reading.ts'
import { processState, standsStopped } from './signal.ts'
import unfreeze from './unfreeze.sh?raw'
import type { ChangeRecord, Verb } from './verb.ts'

/**
 * Rounds of the hunt and the pause between them, in microseconds: three quiet rounds span 1.2 s, the six after something came back 2.4 s, and the whole stays
 * within one request.
 */
const rounds = 15
const pause = 400_000
/** Milliseconds. */
const freezeTimeLimit = 10_000

export const freeze: Verb = {
  name: 'freeze',
  needsCapture: true,
  reversible: true,

  plan: (input) => Promise.resolve(planFreeze(input)),

  act(item) {
    const args = freezeArgs.parse(item.args)
    const members = args.members.map(
      ({ identity }) =>
        `${String(identity.pid)} ${identity.startTime} ${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`,
    )
    return {
      argv: underCleanProc(script, 'freeze', [
        String(args.max),
        String(rounds),
        String(pause),
        args.guards.join('\n'),
        members.join('\n'),
        args.inodes.join('\n'),
        args.hashes.join('\n'),
        groupTexts(args.cgroups),
        args.innocent.join('\n'),
      ]),
      timeLimit: freezeTimeLimit,
    }
  },

  readAct(reply, item, context) {
    const lines = new TextDecoder().decode(reply.stdout).split('\n')
    const words = lines.map((line) => line.split(' '))
    const members = words.flatMap(([what, pid, startTime, file, how, path = '']): FrozenMember[] => {
      if (what !== 'frozen' || !pid || !startTime || !file) return []
      const [exeDev = '', exeInode = ''] = file.split(':')
      const joined = how === 'joined' || how === 'respawned'
      const exe = path === '' ? null : shown(hostText(linkOf(fromBase64(path))))
      return [{ pid: Number(pid), startTime, exeDev, exeInode, joined, respawned: how === 'respawned', exe }]
    })
    const pidsOf = (what: string): number[] => words.filter(([first]) => first === what).map(([, pid]) => Number(pid))
    const changed = pidsOf('changed')
    const unreadable = pidsOf('unreadable')
    if (members.length === 0) {
      const result = readScript(reply)
      if (changed.length > 0)
        return { outcome: 'conflict', change: null, detail: `not the planned process any more: ${changed.join(', ')}` }
      if (result.outcome !== 'done') return { outcome: 'failed', change: null, detail: result.detail }
      if (unreadable.length > 0)
        return { outcome: 'failed', change: null, detail: `cannot be identified: ${unreadable.join(', ')}` }
      return { outcome: 'already', change: null, detail: 'none of the planned processes runs any more' }
    }
    const overflow = pidsOf('overflow')
    const ended = pidsOf('ended')
    const quiet = words.some(([what, value]) => what === 'quiet' && value === 'yes')
    const change: ChangeRecord = {
      verb: 'freeze',
      act: context.act,
      item: item.key,
      objects: members.map((member) => `process:${String(member.pid)}:${member.startTime}`),
      hostile: true,
      summary: {
        code: 'change.freeze',
        params: { count: members.length, pids: members.map((member) => member.pid).join(', ') },
      },
      before: { state: 'running' },
      after: { members, quiet, overflow, unreadable, ended },
      reversible: true,
    }
    const complaints = [
      ...(quiet ? [] : ['new processes kept appearing until the time was up']),
      ...(ended.length > 0 ? [`ended by somebody else once it was stopped: ${ended.join(', ')}`] : []),
      ...(overflow.length > 0 ? [`more than the planned maximum: ${overflow.join(', ')} still run`] : []),
      ...(unreadable.length > 0 ? [`cannot be identified and still run: ${unreadable.join(', ')}`] : []),
      ...(changed.length > 0 ? [`not the planned process any more: ${changed.join(', ')}`] : []),
    ]
    return { outcome: 'done', change, detail: complaints.join('; ') }
  },

  async probe(item, context) {
    const args = freezeArgs.parse(item.args)
    const states = await Promise.all(args.members.map(({ identity }) => processState(parseIdentity(identity), context)))
    return anyOf(states.filter((state) => state !== 'gone').map(standsStopped))
  },

  async verify(_item, change, context) {
    const { members, quiet, overflow, unreadable } = frozenSet.parse(change.after)
    const states = await Promise.all(
      members.map((member) => processState(identityOf(member, context.session.arrival.bootId), context)),
    )
    const awake = members.filter((_, at) => states[at] === 'running')
    if (awake.length > 0)
      return { result: 'no', detail: `running again: ${awake.map((member) => member.pid).join(', ')}` }
    if (states.includes('unknown')) return { result: 'unknown', detail: 'a process could not be read' }
    if (unreadable.length > 0) return { result: 'no', detail: `still run: ${unreadable.join(', ')}` }
    if (overflow.length > 0) return { result: 'no', detail: 'the set was still growing' }
    // Whatever is listed is stopped; that there is nothing more to stop was not seen.
    if (!quiet) return { result: 'unknown', detail: 'new ones kept appearing until the time was up' }
    const stopped = states.filter((state) => state === 'stopped').length
    return { result: 'yes', detail: `${String(stopped)} stopped` }
  },

  undo(change) {
    const { members } = frozenSet.parse(change.after)
    // Revivers were stopped first, so they wake last: a watchdog must not find its ward asleep and start another.
    const list = members
      .toReversed()
      .map((member) => `${String(member.pid)} ${member.startTime} ${member.exeDev}:${member.exeInode}`)
    return { argv: underCleanProc(unfreeze, 'unfreeze', [list.join('\n')]) }
  },

  readUndo(reply) {
    const result = readScript(reply)
    const gone = result.all('gone')
    return {
      outcome: result.outcome,
      notRestored: gone.map((pid) => `process ${pid} (ended meanwhile)`),
      detail: result.detail,
    }
  },
}

/** Each text between empty lines, to the byte. */
function groupTexts(groups: readonly string[]): Uint8Array {
  const line = Uint8Array.of(0x0a)
  return concatBytes(groups.flatMap((group) => [line, line, hostBytes(parseHostText(group)), line, line]))
}

/** readlink ends its answer with a newline of its own. */
function linkOf(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
}
