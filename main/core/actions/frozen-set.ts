// What a freeze left in the case: the members it really stopped. Written by freeze, read by every act that builds on a frozen set.

import { z } from 'zod'
import type { ProcessIdentity } from '../host/identity.ts'
import type { ChangeRecord } from './verb.ts'

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
export const frozenSet = z.strictObject({
  members: z.array(frozenMember),
  quiet: z.boolean(),
  overflow: z.array(z.number()),
  /** planned, alive, and out of reach: something lies over their entries in /proc */
  unreadable: z.array(z.number()).default([]),
  /** members that somebody else ended while the freeze still hunted; absent in changes of older versions */
  ended: z.array(z.number()).default([]),
})

/**
 * What keeps coming back, by these freezes in their order: only then is there a reason to block. Either something joined before a freeze's eyes, or a later
 * freeze took the same executable again, born after everything that the earlier one had stopped.
 */
export function cameBack(freezes: readonly ChangeRecord[]): readonly FrozenMember[] {
  const sets = freezes.map((change) => frozenSet.parse(change.after))
  return sets.flatMap(({ members, quiet }, at) => {
    const joined = members.some((member) => member.respawned || (!quiet && member.joined))
      ? members.filter((member) => member.joined)
      : []
    const before = sets.slice(0, at).map((set) => set.members)
    const again = members.filter((member) => before.some((old) => isBornAfter(member, old)))
    return [...joined, ...again]
  })
}

/** A start of an executable that was stopped before, later than everything that was stopped with it. */
function isBornAfter({ exeDev, exeInode, startTime }: FrozenMember, before: readonly FrozenMember[]): boolean {
  return (
    before.some((old) => old.exeDev === exeDev && old.exeInode === exeInode) &&
    before.every((old) => BigInt(old.startTime) < BigInt(startTime))
  )
}

/** The processes a freeze really stopped: planned ones and those that joined. */
export function frozenMembers(change: ChangeRecord): readonly FrozenMember[] {
  return frozenSet.parse(change.after).members
}

/** The member as its process is known by number, birth and file; its bytes are not part of it. */
export function identityOf(member: FrozenMember, bootId: string): ProcessIdentity {
  return {
    bootId,
    pid: member.pid,
    startTime: member.startTime,
    exeDev: member.exeDev,
    exeInode: member.exeInode,
    exeSha256: null,
  }
}
