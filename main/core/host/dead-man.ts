// Whatever we pause ends by itself: a process of ours on the host resumes what is listed here when the workbench has been silent for the time agreed.
// It resumes listed processes of the same boot and start time and lifts listed blocks, never anything else, and it never thaws a suspect, because a suspect is
// never listed.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'
import script from './dead-man.sh?raw'
import armScript from './dead-man-arm.sh?raw'
import type { ProcessIdentity } from './identity.ts'
import { hostBytes, type HostText } from '../host-text.ts'
import { mountPointText } from './mount-point.ts'
import type { HostReply, HostSession } from './session.ts'

/** One process to resume, or one folder to take a block off. The same key replaces an earlier entry, so arming again is harmless. */
export type DeadManEntry = {
  /** [a-z0-9-]{8,64}, e.g. the act's id */
  readonly key: string
} & (
  | { readonly process: Pick<ProcessIdentity, 'bootId' | 'pid' | 'startTime'> }
  | { readonly block: { readonly bootId: string; readonly path: HostText } }
)

/** What the dead man did. `atUptime`: seconds since boot of the host. */
export interface DeadManDeed {
  readonly key: string
  readonly atUptime: number
  readonly result: 'resumed' | 'gone' | 'another-process' | 'another-mount' | 'another-boot' | 'failed'
}

export interface DeadManState {
  /** keys still armed */
  readonly standing: readonly string[]
  /** oldest first; an act whose key is here no longer holds */
  readonly log: readonly DeadManDeed[]
}

export interface DeadMan {
  /** Renews the heartbeat, lists the entries, and starts the process unless it stands. Arm BEFORE pausing: resuming what was never stopped does no harm. */
  arm(entries: readonly DeadManEntry[], ttlSeconds: number): Promise<DeadManState>
  /** Cheap; call at least every third of the shortest time agreed. */
  renew(): Promise<DeadManState>
  /** How he stands, without a word that he could take for a heartbeat. */
  look(): Promise<DeadManState>
  disarm(key: string): Promise<DeadManState>
}

/** The dead man of one session's folder. An adopted folder brings the one that stands there. Rejects as `session.run` does, and with `internal` when the host cannot arm him. */
export function deadMan(session: HostSession): DeadMan {
  return {
    arm: async (entries, ttlSeconds) => {
      if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1)
        throw new TourniquetError('param-invalid', { what: 'ttl', value: ttlSeconds })
      const fields = entries.flatMap((entry) => fieldsOf(entry, ttlSeconds))
      return ask(session, ['arm', script], concatBytes(fields.flatMap((field) => [field, Uint8Array.of(0)])))
    },
    renew: () => ask(session, ['renew']),
    look: () => ask(session, ['look']),
    disarm: async (key) => ask(session, ['disarm', checkKey(key)]),
  }
}

function fieldsOf(entry: DeadManEntry, ttlSeconds: number): readonly Uint8Array[] {
  const text = (value: string) => new TextEncoder().encode(value)
  const [what, start, boot, path] =
    'process' in entry
      ? [String(entry.process.pid), text(entry.process.startTime), entry.process.bootId, new Uint8Array()]
      : ['block', mountPointText(entry.block.path), entry.block.bootId, hostBytes(entry.block.path)]
  return [text(checkKey(entry.key)), text(what), start, text(boot), text(String(ttlSeconds)), path]
}

async function ask(session: HostSession, words: readonly string[], stdin?: Uint8Array): Promise<DeadManState> {
  const reply = await session.run({
    argv: ['sh', '-c', armScript, 'dead-man-arm', ...words],
    ...(stdin ? { stdin } : {}),
  })
  if (reply.timedOut) throw new TourniquetError('request-timeout', { what: 'dead man' })
  return read(reply)
}

function read(reply: HostReply): DeadManState {
  const text = new TextDecoder().decode(reply.stdout)
  const [keys, log] = text.startsWith('\n') ? ['', text.slice(1)] : splitOnce(text, '\n\n')
  if (reply.exit !== 0 || log === undefined)
    throw new TourniquetError('internal', { what: 'dead man', exit: reply.exit ?? -1 })
  return {
    standing: keys.split('\n').filter((key) => keyPattern.test(key)),
    log: log.split('\n').flatMap((line) => {
      const match = /^([a-z0-9-]{8,64}) (\d+) (resumed|gone|another-process|another-mount|another-boot|failed)$/.exec(
        line,
      )
      return match
        ? [{ key: match[1] ?? '', atUptime: Number(match[2]), result: match[3] as DeadManDeed['result'] }]
        : []
    }),
  }
}

const keyPattern = /^[a-z0-9-]{8,64}$/

function checkKey(key: string): string {
  if (!keyPattern.test(key)) throw new TourniquetError('param-invalid', { what: 'dead man key' })
  return key
}

function splitOnce(text: string, by: string): readonly [string, string | undefined] {
  const at = text.indexOf(by)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + by.length)]
}
