// What a freeze would stop: the judged processes nothing forbids to stop, revivers first, and how far the set may grow under the same approval.
// The set grows only by what is the intruder's alone; what others run or share never widens it.

import { z } from 'zod'
import type { ProcessIdentity } from '../host/identity.ts'
import { shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import type { ProcessFact } from '../probes/facts.ts'
import { frozenMembers } from './frozen-set.ts'
import { processIdentity } from './identity-json.ts'
import { guardLines, guardOf } from './never-frozen.ts'
import { isOwnExecutable, isSharedContent } from './own-executable.ts'
import { processCaptures, processObject } from './signal.ts'
import type { CaptureSpec, Declined, PlannedItem, PlanDraft, PlanInput } from './verb.ts'

/** Members at most when a playbook names no maximum: a set this large is more likely a wrong judgement than a miner. */
const defaultMax = 32

const options = z.strictObject({
  closure: z
    .strictObject({ same: z.array(z.enum(['inode', 'sha256', 'cgroup'])), max: z.number().int().min(1).max(256) })
    .optional(),
})

/** What the plan hands the act. */
export const freezeArgs = z.strictObject({
  max: z.number().int(),
  members: z.array(z.strictObject({ identity: processIdentity, exe: z.string().nullable(), cmdline: z.string() })),
  guards: z.array(z.string()),
  inodes: z.array(z.string()),
  hashes: z.array(z.string()),
  cgroups: z.array(z.string()),
  /** executables that never join for their bytes; none in plans of older versions */
  innocent: z.array(z.string()).default([]),
})
interface Chosen {
  readonly finding: Finding
  readonly identity: ProcessIdentity
  readonly fact: ProcessFact | undefined
}

export function planFreeze(input: PlanInput): PlanDraft {
  const { closure } = options.parse(input.options)
  const processes = input.facts.filter((fact): fact is ProcessFact => fact.kind === 'process')
  const declined: Declined[] = []
  const held = new Set(
    input.changes
      .filter(({ verb }) => verb === 'freeze')
      .flatMap(frozenMembers)
      .map(({ pid, startTime }) => `${String(pid)} ${startTime}`),
  )
  const chosen: Chosen[] = []
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
    captures: captures(chosen, input.capture),
    hostile: true,
  }
  return { items: [item], declined }
}

/**
 * Whoever watches a process may end it once it stops (systemd does), so this is the last look at it that is certain. It must not hold up the freeze: what
 * ends meanwhile has nothing left to stop, and an executable is fetched only where no file holds it, once for all that run it.
 */
function captures(chosen: readonly Chosen[], names: readonly string[]): readonly CaptureSpec[] {
  const fetched = new Set<string>()
  return chosen.flatMap(({ identity, fact }) => {
    const exe = `${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`
    const lost = (fact?.exeDeleted === true || fact?.exeMemfd === true) && !fetched.has(exe)
    if (lost) fetched.add(exe)
    const wanted = names.filter((name) => name !== 'exe' || lost)
    return processCaptures(identity, wanted).map((spec) => ({ ...spec, required: false }))
  })
}

/** What it earns its keep with, and then generations: 0 revivers, 1 miners, and each child one after its chosen parent. */
function rankOf(chosen: readonly Chosen[]): ReadonlyMap<number, number> {
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

/** Control groups in which every process is a chosen one: only those can be called hostile. Shared ones (cron's, a login's) never are. */
function hostileGroups(chosen: readonly Chosen[], processes: readonly ProcessFact[]): string[] {
  const pids = new Set(chosen.map(({ identity }) => identity.pid))
  const groups = unique(chosen.flatMap(({ fact }) => (fact ? [shown(fact.cgroup)] : [])))
  return groups.filter(
    (group) =>
      /\.(service|scope)/.test(group) &&
      processes.every((fact) => shown(fact.cgroup) !== group || pids.has(fact.identity.pid)),
  )
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
