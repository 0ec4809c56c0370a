// Ends what was frozen, and nothing else. The process is checked (start time, executable, stopped state) in the request that signals it.
// SIGKILL reaches a stopped process without waking it, so no handler of the miner runs.

import { z } from 'zod'
import { underCleanProc } from '../host/clean-proc.ts'
import { hostBytes, ownText, parseHostText, shown } from '../host-text.ts'
import type { Fact, ProcessFact, UnitFact } from '../probes/facts.ts'
import { frozenMembers, identityOf } from './frozen-set.ts'
import { parseIdentity, processIdentity } from './identity-json.ts'
import { isOwnExecutable } from './own-executable.ts'
import { readScript } from './reading.ts'
import sameExecutable from './same-executable.sh?raw'
import { processCaptures, processObject, processState, signalRequest } from './signal.ts'
import type { ChangeRecord, Declined, PlanInput, PlannedItem, Verb } from './verb.ts'

const killArgs = z.strictObject({
  identity: processIdentity,
  exe: z.string().nullable(),
  cmdline: z.string(),
  /**
   * how its return would be known: by its executable; by that and its whole command line, where innocent processes run the executable too (a shell that ran a
   * script); or, where that says nothing either, only by its number
   */
  known: z.enum(['executable', 'command', 'process']).default('executable'),
})

/** Command lines are read up to this many bytes; a longer one is not compared. */
const commandLimit = 4096

export const kill: Verb = {
  name: 'kill',
  needsCapture: true,
  reversible: false,

  async plan({ changes, capture, facts, session }) {
    const frozen = changes
      .filter((change) => change.verb === 'freeze')
      .flatMap((change) => frozenMembers(change).map((member) => ({ ...member, hostile: change.hostile })))
      // Children first: all are stopped, so no parent can answer. When a parent goes first, the kernel wakes its stopped children (an orphaned process
      // group gets SIGHUP and SIGCONT), and so does systemd when the main process of a unit ends.
      .sort((a, b) => Number(BigInt(b.startTime) - BigInt(a.startTime)) || b.pid - a.pid)
    const { bootId } = session.arrival
    const states = await Promise.all(frozen.map((member) => processState(identityOf(member, bootId), { session })))
    const armed = await armedUnits(new Set(frozen.map(({ pid }) => pid)), facts, session)
    const items: PlannedItem[] = []
    const declined: Declined[] = []
    for (const [at, member] of frozen.entries()) {
      const fact = facts.find(
        (each) =>
          each.kind === 'process' && each.identity.pid === member.pid && each.identity.startTime === member.startTime,
      )
      const identity = identityOf(member, bootId)
      const process = fact?.kind === 'process' ? fact : null
      const exe = process?.exe ?? null
      const cmdline = process?.cmdline ?? ownText('')
      const target = { kind: 'process' as const, identity, exe, cmdline, cgroup: process?.cgroup ?? ownText('') }
      if (member.pid <= 1 || session.arrival.ourPids.includes(member.pid)) {
        declined.push({ target, finding: null, reason: 'guard', detail: 'our own session or process 1' })
        continue
      }
      if (states[at] === 'gone') {
        declined.push({ target, finding: null, reason: 'already', detail: 'it was ended after it was frozen' })
        continue
      }
      const unit = armed.get(member.pid)
      if (unit !== undefined) {
        const detail = `it stays frozen: its unit was not taken apart, so systemd would run its hooks or start it again: ${unit}`
        declined.push({ target, finding: null, reason: 'guard', detail })
        continue
      }
      items.push({
        key: processObject(identity),
        finding: null,
        target,
        diff: [
          {
            mark: '-',
            text: `${String(member.pid)}  ${exe ? shown(exe) : '?'}`,
            note: { code: 'diff.kill', params: {} },
          },
          ...(shown(cmdline) === '' ? [] : [{ mark: ' ' as const, text: `  ${shown(cmdline).slice(0, 300)}` }]),
        ],
        args: {
          identity: { ...identity },
          exe: exe ? shown(exe) : null,
          cmdline: shown(cmdline).slice(0, commandLimit),
          known: knownBy(process, facts),
        },
        captures: processCaptures(identity, capture),
        hostile: true,
      })
    }
    return { items, declined }
  },

  act: (item) => signalRequest('KILL', parseIdentity(killArgs.parse(item.args).identity), true),

  readAct(reply, item, context) {
    const result = readScript(reply)
    const { identity, exe, cmdline } = killArgs.parse(item.args)
    if (result.outcome !== 'done') return { outcome: result.outcome, change: null, detail: result.detail }
    const change: ChangeRecord = {
      verb: 'kill',
      act: context.act,
      item: item.key,
      objects: [processObject(parseIdentity(identity))],
      hostile: true,
      summary: { code: 'change.kill', params: { pid: identity.pid, exe: exe ?? '?' } },
      before: { identity, exe, cmdline },
      after: { state: result.fields.get('state') ?? '' },
      reversible: false,
    }
    return { outcome: 'done', change, detail: result.detail }
  },

  async probe(item, context) {
    const state = await processState(parseIdentity(killArgs.parse(item.args).identity), context)
    return state === 'unknown' ? 'unknown' : state === 'gone' ? 'yes' : 'no'
  },

  async verify(item, _change, context) {
    const { known, cmdline, ...args } = killArgs.parse(item.args)
    const identity = parseIdentity(args.identity)
    const state = await processState(identity, context)
    if (state !== 'gone')
      return { result: state === 'unknown' ? 'unknown' : 'no', detail: `process ${String(identity.pid)} is ${state}` }
    if (identity.exeDev === null || identity.exeInode === null || known === 'process')
      return { result: 'yes', detail: 'gone' }
    const reply = await context.session.run({
      argv: underCleanProc(sameExecutable, 'same-executable', [
        identity.exeDev,
        identity.exeInode,
        ...(known === 'command' ? [hostBytes(parseHostText(cmdline))] : []),
      ]),
    })
    const result = readScript(reply)
    if (result.outcome !== 'done' || result.fields.get('looked') === undefined)
      return { result: 'unknown', detail: result.detail }
    const again = result.all('pid')
    return again.length === 0
      ? { result: 'yes', detail: 'no process runs its executable' }
      : { result: 'no', detail: `its executable runs again as ${again.join(', ')}` }
  },

  undo: () => null,
  readUndo: () => ({ outcome: 'failed', notRestored: ['process'], detail: 'irreversible' }),
}

/** Members that joined were never read: only programs of the intruder's own join. */
function knownBy(process: ProcessFact | null, facts: readonly Fact[]): z.infer<typeof killArgs>['known'] {
  const processes = facts.filter((fact): fact is ProcessFact => fact.kind === 'process')
  if (process === null || isOwnExecutable(process, processes, facts)) return 'executable'
  // Every session of sshd has the same title, the owner's next one too.
  if (process.exe !== null && /\/sshd(-session)?$/.test(shown(process.exe))) return 'process'
  const line = shown(process.cmdline)
  return !process.cmdlineCut && line.includes(' ') && line.length <= commandLimit ? 'command' : 'process'
}

/**
 * Frozen processes that systemd itself started for a unit which restarts or has hooks, and whose file still stands: pid → path of the unit. Killing such a one
 * runs what the intruder wrote. The host is asked, as the last look may be older than the taking apart.
 */
async function armedUnits(
  frozen: ReadonlySet<number>,
  facts: readonly Fact[],
  session: PlanInput['session'],
): Promise<ReadonlyMap<number, string>> {
  const started = new Set(
    facts.flatMap((fact) =>
      fact.kind === 'process' && fact.ppid === 1 && frozen.has(fact.identity.pid) ? [fact.identity.pid] : [],
    ),
  )
  const units = facts.filter(
    (fact): fact is UnitFact =>
      fact.kind === 'unit' &&
      fact.role === 'unit' &&
      fact.manager === 'system' &&
      fact.pids.some((pid) => started.has(pid)) &&
      ((fact.restart !== null && shown(fact.restart) !== 'no') ||
        fact.starts.length > 0 ||
        shown(fact.command).includes('\\x0a')),
  )
  if (units.length === 0) return new Map()
  const reply = await session.run({
    argv: [
      ...[
        'sh',
        '-c',
        'for path; do if [ -e "$path" ] || [ -L "$path" ]; then echo yes; else echo no; fi; done',
        'there',
      ],
      ...units.map(({ file }) => hostBytes(file.path)),
    ],
  })
  const there = new TextDecoder().decode(reply.stdout).split('\n')
  return new Map(
    units.flatMap((unit, at) =>
      there[at] === 'no'
        ? []
        : unit.pids.filter((pid) => started.has(pid)).map((pid) => [pid, shown(unit.file.path)] as const),
    ),
  )
}
