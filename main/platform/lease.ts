// One writer at a time. Every claimant puts its own file into `lease/` first and looks at the others second, so of two that come at once
// at least one sees the other and goes. A claim whose process is gone is stale and may be taken over; what cannot be told is held to be alive.

import { readFileSync, readlinkSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { TourniquetError } from '../core/errors.ts'
import { hex } from '../core/json.ts'
import type { Clock, Random } from '../core/ports.ts'
import { diskError, makeFolder, readIfThere, syncFolder, systemCode, temporarySuffix, writeWhole } from './files.ts'

const claimSchema = z.strictObject({
  format: z.literal('tourniquet.lease/1'),
  pid: z.number().int().positive(),
  /** start of the process in clock ticks since boot; null where the system does not tell */
  started: z.string().nullable(),
  host: z.string(),
  boot: z.string().nullable(),
  /** process ids only mean something inside one of these */
  pidNamespace: z.string().nullable(),
  since: z.string(),
})
export type Claim = z.infer<typeof claimSchema>

export interface Lease {
  /** claims of dead processes that were removed on the way */
  readonly stale: readonly Claim[]
  release(): Promise<void>
}

/**
 * Claims the case for this process. Rejects with `case-locked` when another claim is alive, or cannot be judged from here (another machine,
 * another container, unreadable) unless `force`. A live process on this machine is never pushed aside.
 */
export async function takeLease(
  caseFolder: string,
  world: { readonly clock: Clock; readonly random: Random },
  force: boolean,
): Promise<Lease> {
  const folder = join(caseFolder, 'lease')
  await makeFolder(folder)
  const name = `${hex(world.random.bytes(8))}.json`
  const own = join(folder, name)
  await writeWhole(own, [new TextEncoder().encode(`${JSON.stringify(ownClaim(world.clock.now()))}\n`)])
  try {
    const stale: Claim[] = []
    for (const other of (await readdir(folder)).filter((entry) => entry !== name && !entry.endsWith(temporarySuffix))) {
      const claim = await readClaim(join(folder, other))
      if (claim === 'gone') continue
      const state = claim === null ? 'unclear' : stateOf(claim)
      if (state === 'alive' || (state === 'unclear' && !force)) throw locked(caseFolder, claim, state)
      if (claim !== null) stale.push(claim)
      await rm(join(folder, other), { force: true })
    }
    return { stale, release: () => releaseLease(folder, own) }
  } catch (error) {
    await rm(own, { force: true })
    throw diskError(error, folder)
  }
}

async function releaseLease(folder: string, own: string): Promise<void> {
  await rm(own, { force: true })
  await syncFolder(folder)
}

function locked(caseFolder: string, claim: Claim | null, state: 'alive' | 'unclear'): TourniquetError {
  return new TourniquetError('case-locked', {
    path: caseFolder,
    reason: state === 'alive' ? 'in use' : 'perhaps in use elsewhere',
    pid: claim?.pid ?? 'unknown',
    host: claim?.host ?? 'unknown',
    since: claim?.since ?? 'unknown',
  })
}

async function readClaim(path: string): Promise<Claim | null | 'gone'> {
  const bytes = await readIfThere(path)
  if (bytes === null) return 'gone'
  try {
    return claimSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return null // unreadable: the caller holds it to be alive until told otherwise
  }
}

/** Names this process so that it can be told apart, later and on this machine, from one that got the same id. */
export function processMark(): string {
  return `${String(process.pid)}.${startOf(process.pid) ?? 'unknown'}`
}

/** False when the process whose mark the text begins with is gone; a text that begins with no mark is nobody's. */
export function isMarkAlive(mark: string): boolean {
  const [, pid, start] = /^(\d+)\.(\d+|unknown)(?:\.|$)/.exec(mark) ?? []
  if (pid === undefined || !isRunning(Number(pid))) return false
  return start === (startOf(Number(pid)) ?? 'unknown')
}

function ownClaim(since: string): Claim {
  return {
    format: 'tourniquet.lease/1',
    pid: process.pid,
    started: startOf(process.pid),
    host: hostname(),
    boot: bootId(),
    pidNamespace: pidNamespace(),
    since,
  }
}

function stateOf(claim: Claim): 'alive' | 'dead' | 'unclear' {
  if (claim.host !== hostname()) return 'unclear'
  if (claim.boot !== null && bootId() !== null && claim.boot !== bootId()) return 'dead'
  if (claim.pidNamespace !== pidNamespace()) return 'unclear'
  if (!isRunning(claim.pid)) return 'dead'
  return claim.started === startOf(claim.pid) ? 'alive' : 'dead'
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

function bootId(): string | null {
  return readLine('/proc/sys/kernel/random/boot_id')
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null // not Linux
  }
}

/** Field 22 of /proc/PID/stat; the command name before it may hold blanks and brackets, so count from the last bracket. */
function startOf(pid: number): string | null {
  const stat = readLine(`/proc/${String(pid)}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function readLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null // not Linux, or the process is gone
  }
}
