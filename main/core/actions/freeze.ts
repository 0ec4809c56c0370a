// Stops the whole set at once: the members that were planned and, within a bounded closure under the same approval, whatever joins them.
// A stopped process looks alive to its watchdog and keeps its memory, sockets and executable for evidence.

import { concatBytes } from '../bytes.ts'
import { fromBase64 } from '../json.ts'
import { z } from 'zod'
import type { ProcessIdentity } from '../host/identity.ts'
import { underCleanProc } from '../host/clean-proc.ts'
import { hostBytes, hostText, parseHostText, shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import type { Fact, ProcessFact } from '../probes/facts.ts'
import { anyOf } from '../tri.ts'
import script from './freeze.sh?raw'
import { parseIdentity, processIdentity } from './identity-json.ts'
import { readScript } from './reading.ts'
import { processCaptures, processObject, processState, standsStopped } from './signal.ts'
import unfreeze from './unfreeze.sh?raw'
import type { ChangeRecord, Declined, PlannedItem, PlanDraft, PlanInput, Verb } from './verb.ts'

/** Members at most when a playbook names no maximum: a set this large is more likely a wrong judgement than a miner. */
const defaultMax = 32
/**
 * Rounds of the hunt and the pause between them, in microseconds: three quiet rounds span 1.2 s, the six after something came back 2.4 s, and the whole stays
 * within one request.
 */
const rounds = 15
const pause = 400_000
/** Milliseconds. */
const freezeTimeLimit = 10_000
/** Engines and pillars of the host that are never stopped, by executable, even when something judged them hostile. */
const pillars = /\/(systemd|systemd-journald|systemd-logind|systemd-udevd|dbus-daemon|dbus-broker|sshd|init)$/

const options = z.strictObject({
  closure: z
    .strictObject({ same: z.array(z.enum(['inode', 'sha256', 'cgroup'])), max: z.number().int().min(1).max(256) })
    .optional(),
})

const freezeArgs = z.strictObject({
  max: z.number().int(),
  members: z.array(z.strictObject({ identity: processIdentity, exe: z.string().nullable(), cmdline: z.string() })),
  guards: z.array(z.string()),
  inodes: z.array(z.string()),
  hashes: z.array(z.string()),
  cgroups: z.array(z.string()),
  /** executables that never join for their bytes; none in plans of older versions */
  innocent: z.array(z.string()).default([]),
})

const frozenMember = z.strictObject({
  pid: z.number().int(),
  startTime: z.string(),
  exeDev: z.string(),
  exeInode: z.string(),
  joined: z.boolean(),
  /** born while the freeze was hunting: something starts it again at once; absent in changes of older versions */
  respawned: z.boolean().default(false),
  /** its executable's path in shown form; null when it could not be read */
  exe: z.string().nullable().default(null),
})
export type FrozenMember = z.infer<typeof frozenMember>
const frozenSet = z.strictObject({
  members: z.array(frozenMember),
  quiet: z.boolean(),
  overflow: z.array(z.number()),
  /** planned, alive, and out of reach: something lies over their entries in /proc */
  unreadable: z.array(z.number()).default([]),
})

/** Something kept starting what this freeze stopped: only then is there a reason to block. */
export function sawRespawns(change: ChangeRecord): boolean {
  const { members, quiet } = frozenSet.parse(change.after)
  return members.some((member) => member.respawned || (!quiet && member.joined))
}

/** The processes a freeze really stopped: planned ones and those that joined. */
export function frozenMembers(change: ChangeRecord): readonly FrozenMember[] {
  return frozenSet.parse(change.after).members
}

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
      after: { members, quiet, overflow, unreadable },
      reversible: true,
    }
    const complaints = [
      ...(quiet ? [] : ['new processes kept appearing until the time was up']),
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
    return { result: 'yes', detail: `${String(members.length)} stopped` }
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

function planFreeze(input: PlanInput): PlanDraft {
  const { closure } = options.parse(input.options)
  const processes = input.facts.filter((fact): fact is ProcessFact => fact.kind === 'process')
  const declined: Declined[] = []
  const held = new Set(
    input.changes
      .filter(({ verb }) => verb === 'freeze')
      .flatMap(frozenMembers)
      .map(({ pid, startTime }) => `${String(pid)} ${startTime}`),
  )
  const chosen: {
    readonly finding: Finding
    readonly identity: ProcessIdentity
    readonly fact: ProcessFact | undefined
  }[] = []
  for (const finding of input.findings) {
    if (finding.target.kind !== 'process') continue
    const identity = finding.target.identity
    const fact = processes.find(
      (each) => each.identity.pid === identity.pid && each.identity.startTime === identity.startTime,
    )
    const guard = guardOf(finding, identity, fact, input)
    const before = fact?.state === 'T' && held.has(`${String(identity.pid)} ${identity.startTime}`)
    if (before) declined.push({ target: finding.target, finding: finding.id, reason: 'already', detail: 'frozen' })
    else if (guard !== null)
      declined.push({ target: finding.target, finding: finding.id, reason: 'guard', detail: guard })
    else if (fact?.state === 'Z')
      declined.push({
        target: finding.target,
        finding: finding.id,
        reason: 'not-possible',
        detail: 'already dead (zombie)',
      })
    else chosen.push({ finding, identity, fact })
  }
  if (chosen.length === 0) return { items: [], declined }
  // A reviver must be asleep before its ward: what starts or watches goes before what mines, parents before children, the earlier-born before the later.
  const ranks = rankOf(chosen)
  chosen.sort(
    (a, b) =>
      (ranks.get(a.identity.pid) ?? 0) - (ranks.get(b.identity.pid) ?? 0) ||
      Number(BigInt(a.identity.startTime) - BigInt(b.identity.startTime)) ||
      a.identity.pid - b.identity.pid,
  )
  const same = closure?.same ?? []
  const members = chosen.map(({ identity, fact }) => ({
    identity: { ...identity, exeSha256: identity.exeSha256 },
    exe: fact?.exe ? shown(fact.exe) : null,
    cmdline: fact ? shown(fact.cmdline).slice(0, 300) : '',
  }))
  const item: PlannedItem = {
    key: `set:${chosen.map(({ identity }) => processObject(identity)).join(',')}`.slice(0, 400),
    finding: chosen[0]?.finding.id ?? null,
    target: chosen[0]?.finding.target ?? { kind: 'host' },
    diff: [
      ...members.flatMap(({ identity, exe, cmdline }) => [
        {
          mark: '~' as const,
          text: `${String(identity.pid)}  ${exe ?? '?'}`,
          note: { code: 'diff.freeze', params: {} },
        },
        ...(cmdline === '' ? [] : [{ mark: ' ' as const, text: `  ${cmdline}` }]),
      ]),
      ...(same.length > 0
        ? [
            {
              mark: '!' as const,
              text: '',
              note: { code: 'diff.closure', params: { same: same.join(', '), max: closure?.max ?? defaultMax } },
            },
          ]
        : []),
    ],
    args: {
      max: closure?.max ?? defaultMax,
      members,
      guards: guardLines(
        input,
        processes,
        chosen.map(({ identity }) => identity.pid),
      ),
      // An executable that others may run too (an interpreter, a shell, a copy of the database) says nothing about who runs it: it never widens the set.
      inodes: same.includes('inode')
        ? unique(
            chosen.flatMap(({ identity, fact }) =>
              isOwnExecutable(fact, processes, input.facts)
                ? [`${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`]
                : [],
            ),
          )
        : [],
      hashes: same.includes('sha256')
        ? unique(
            chosen.flatMap(({ identity, fact }) =>
              isOwnExecutable(fact, processes, input.facts) &&
              identity.exeSha256 &&
              !isSharedContent(identity.exeSha256, processes, input.facts)
                ? [identity.exeSha256]
                : [],
            ),
          )
        : [],
      cgroups: same.includes('cgroup') ? hostileGroups(chosen, processes) : [],
      innocent: unique(
        processes
          .filter((fact) => fact.identity.exeInode !== null && !isOwnExecutable(fact, processes, input.facts))
          .map((fact) => `${fact.identity.exeDev ?? ''}:${fact.identity.exeInode ?? ''}`),
      ),
    },
    captures: chosen.flatMap(({ identity }) => processCaptures(identity, input.capture)),
    hostile: true,
  }
  return { items: [item], declined }
}

/** What it earns its keep with, and then generations: 0 revivers, 1 miners, and each child one after its chosen parent. */
function rankOf(
  chosen: readonly {
    readonly finding: Finding
    readonly identity: ProcessIdentity
    readonly fact: ProcessFact | undefined
  }[],
): ReadonlyMap<number, number> {
  const byPid = new Map(chosen.map((one) => [one.identity.pid, one]))
  const rank = (pid: number, met: ReadonlySet<number>): number => {
    const one = byPid.get(pid)
    if (one === undefined) return -1
    const own = one.finding.tags.includes('pool') ? 1 : 0
    const parent = one.fact?.ppid ?? 0
    return met.has(parent) ? own : Math.max(own, rank(parent, new Set([...met, pid])) + 1)
  }
  return new Map(chosen.map(({ identity }) => [identity.pid, rank(identity.pid, new Set([identity.pid]))]))
}

function guardOf(
  finding: Finding,
  identity: ProcessIdentity,
  fact: ProcessFact | undefined,
  input: PlanInput,
): string | null {
  if (identity.pid <= 2) return 'process 1 and 2 are never touched'
  if (fact === undefined) return 'it was not seen in the last look'
  if (fact.kernelThread) return 'a kernel thread'
  if (fact.ours || input.session.arrival.ourPids.includes(identity.pid)) return 'our own session'
  if (
    fact.exe !== null &&
    pillars.test(shown(fact.exe)) &&
    ownedByPackage(fact, input.facts) &&
    !isSessionDoor(finding, fact, input)
  )
    return 'a pillar of the host'
  if (identity.exeInode === null) return 'its executable cannot be read, so it cannot be identified'
  return null
}

/** sshd's process of one connection of the intruder: not the listener, and none of ours. It may be stopped where the server itself never is. */
function isSessionDoor(finding: Finding, fact: ProcessFact, input: PlanInput): boolean {
  const listens = input.facts.some(
    (one) => one.kind === 'socket' && one.state === 'listen' && one.pids.includes(fact.identity.pid),
  )
  return (
    finding.tags.includes('intruder-session') &&
    fact.exe !== null &&
    /\/sshd(-session)?$/.test(shown(fact.exe)) &&
    fact.ppid > 1 &&
    !listens
  )
}

/** Never touched: our chain by number, pillars by their executable; where one process of a pillar is planned, all its others by number. */
function guardLines(input: PlanInput, processes: readonly ProcessFact[], planned: readonly number[]): string[] {
  const ours = processes.filter((fact) => fact.ours).map((fact) => fact.identity.pid)
  const pillar = processes.filter(
    (fact) => fact.exe !== null && (fact.ours || (pillars.test(shown(fact.exe)) && ownedByPackage(fact, input.facts))),
  )
  const file = ({ identity }: ProcessFact): string => `${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`
  const open = new Set(pillar.filter(({ identity }) => planned.includes(identity.pid)).map(file))
  const byNumber = pillar.filter((one) => open.has(file(one)) && !planned.includes(one.identity.pid))
  const pids = [...input.session.arrival.ourPids, ...ours, ...byNumber.map(({ identity }) => identity.pid)]
  const exes = pillar.filter((one) => !open.has(file(one))).map((one) => `exe ${file(one)}`)
  return [...unique(pids.map((pid) => `pid ${String(pid)}`)), ...unique(exes)]
}

function ownedByPackage(fact: ProcessFact, facts: readonly Fact[]): boolean {
  return facts.some(
    (file) =>
      file.kind === 'file' &&
      file.owned === 'yes' &&
      file.meta.identity.inode === fact.identity.exeInode &&
      file.meta.identity.dev === fact.identity.exeDev,
  )
}

/**
 * True only when the executable is known to be no package's under any of its names: a miner may run a hard link of an interpreter, or one whose package
 * was upgraded meanwhile. Unknown never widens a set.
 */
export function isOwnExecutable(
  fact: ProcessFact | undefined,
  processes: readonly ProcessFact[],
  facts: readonly Fact[],
): boolean {
  if (fact === undefined || fact.identity.exeInode === null) return false
  if (fact.exeMemfd) return true
  const runners = processes.filter(
    ({ identity }) => identity.exeInode === fact.identity.exeInode && identity.exeDev === fact.identity.exeDev,
  )
  const names = new Set(runners.flatMap(({ exe }) => (exe === null ? [] : [shown(exe)])))
  const files = facts.filter(
    (file) =>
      file.kind === 'file' &&
      ((file.meta.identity.inode === fact.identity.exeInode && file.meta.identity.dev === fact.identity.exeDev) ||
        names.has(shown(file.meta.path))),
  )
  // A deleted one has no file of its own any more; another file at its path may still tell whose it was.
  const gone = runners.every((one) => one.exeDeleted)
  return (gone || files.length > 0) && files.every((file) => file.kind === 'file' && file.owned === 'no')
}

/** The same bytes run, or lie, where they are not known to be nobody's: a copy of an innocent program, or an innocent copy. */
function isSharedContent(sha256: string, processes: readonly ProcessFact[], facts: readonly Fact[]): boolean {
  return (
    processes.some((fact) => fact.identity.exeSha256 === sha256 && !isOwnExecutable(fact, processes, facts)) ||
    facts.some((fact) => fact.kind === 'file' && fact.meta.identity.sha256 === sha256 && fact.owned !== 'no')
  )
}

/** Control groups in which every process is a chosen one: only those can be called hostile. Shared ones (cron's, a login's) never are. */
function hostileGroups(
  chosen: readonly { readonly identity: ProcessIdentity; readonly fact: ProcessFact | undefined }[],
  processes: readonly ProcessFact[],
): string[] {
  const pids = new Set(chosen.map(({ identity }) => identity.pid))
  const groups = unique(chosen.flatMap(({ fact }) => (fact ? [shown(fact.cgroup)] : [])))
  return groups.filter(
    (group) =>
      /\.(service|scope)/.test(group) &&
      processes.every((fact) => shown(fact.cgroup) !== group || pids.has(fact.identity.pid)),
  )
}

/** Each text between empty lines, to the byte. */
function groupTexts(groups: readonly string[]): Uint8Array {
  const line = Uint8Array.of(0x0a)
  return concatBytes(groups.flatMap((group) => [line, line, hostBytes(parseHostText(group)), line, line]))
}

function identityOf(member: FrozenMember, bootId: string): ProcessIdentity {
  return {
    bootId,
    pid: member.pid,
    startTime: member.startTime,
    exeDev: member.exeDev,
    exeInode: member.exeInode,
    exeSha256: null,
  }
}

/** readlink ends its answer with a newline of its own. */
function linkOf(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
