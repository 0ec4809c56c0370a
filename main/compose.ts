// Wires the core to this machine. Every shell (command line, served page, desktop) calls this and nothing below it.

import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { readFile, readdir } from 'node:fs/promises'
import attack from '../resources/attack/techniques.json' with { type: 'json' }
import { createVerbs } from './core/actions/registry.ts'
import { caseChain } from './core/case/journal.ts'
import type { CaseStore } from './core/case/store.ts'
import { isTourniquetError, TourniquetError } from './core/errors.ts'
import { deadMan } from './core/host/dead-man.ts'
import { enterHost, type EnterOptions } from './core/host/enter.ts'
import { readHostFile } from './core/host/read-file.ts'
import type { HostSession } from './core/host/session.ts'
import type { Toolbox } from './core/host/toolbox.ts'
import { shown } from './core/host-text.ts'
import { shippedPools, type Indicator } from './core/judge/indicators.ts'
import { judge } from './core/judge/judge.ts'
import { libraryOf, type Library } from './core/playbook/compose.ts'
import type { EngineDeps, EngineHost } from './core/playbook/deps.ts'
import { parsePlaybook, type ParsedPlaybook } from './core/playbook/parse.ts'
import { problemsError, type Problem } from './core/playbook/problem.ts'
import type { AccessWorld } from './core/host/access.ts'
import type { Connection } from './core/ports.ts'
import { look } from './core/probes/look.ts'
import { createCaseFolder, openCaseFolder, type CaseFolder } from './platform/case-folder.ts'
import { keysFolder } from './platform/case-keys.ts'
import { systemClock } from './platform/clock.ts'
import { exists } from './platform/files.ts'
import type { PackageSource } from './core/packages/package-source.ts'
import { nodeHashing } from './platform/hashing.ts'
import { loginKey } from './platform/login-keys.ts'
import { systemRandom } from './platform/random.ts'
import { loadToolbox, programFolder } from './platform/resources.ts'

// One look asks a dozen questions at once, and each listens for the same cancel: Node would take that for a leak and say so on a person's screen.
setMaxListeners(100)

/** Name and version, as cases and bundles record it. */
export const tool = 'tourniquet 0.1.0'

/** What differs from run to run; the rest of the engine's world is this machine. */
export type RunWorld = Pick<
  EngineDeps,
  'approver' | 'attestor' | 'deadManTtl' | 'hostView' | 'onProgress' | 'onSight' | 'signal'
> & {
  readonly indicators: readonly Indicator[]
  /** a folder of packages that a person gave */
  readonly packages?: PackageSource
}

/** The engine's dependencies for one case. */
export function engineDeps(store: CaseStore, world: RunWorld): EngineDeps {
  const { indicators, packages, ...rest } = world
  return {
    ...rest,
    store,
    clock: systemClock,
    random: systemRandom,
    hashing: nodeHashing,
    verbs: createVerbs(nodeHashing, access, packages),
    look: (session, { onProgress, ...options }) =>
      look(session, {
        ...options,
        hashing: nodeHashing,
        ...(onProgress
          ? {
              onProgress: ({ probe, done, of }) => {
                onProgress({ probe, done, total: of })
              },
            }
          : {}),
      }),
    judge: (facts, unknowns) =>
      judge(facts, unknowns, { indicators: [...shippedPools(), ...indicators], hashing: nodeHashing }),
    readFile: readHostFile,
    deadMan,
    techniques: knownTechniques,
  }
}

export const knownTechniques: ReadonlySet<string> = new Set(Object.keys(attack.techniques))

/** What a new case says of itself; an existing one has said it. */
export interface NewCase {
  readonly number: string | null
  readonly customer: string | null
  readonly authority: string | null
  readonly timeZone: string | null
}

/**
 * A case for writing: the one in the folder, or a new one. Without a folder a new case goes to the user's data folder.
 * Rejects with `usage` for a time zone nobody knows.
 */
export async function caseForWriting(options: {
  readonly folder: string | undefined
  readonly examiner: string | undefined
  readonly about: NewCase
  readonly takeOver: string | undefined
}): Promise<{ readonly store: CaseFolder; readonly folder: string }> {
  const examiner = options.examiner ?? `${userInfo().username}@${hostname()}`
  const folder = options.folder ?? defaultCaseFolder()
  if (options.folder !== undefined && (await exists(join(folder, 'case.json')))) {
    const store = await openCaseFolder(folder, {
      mode: 'write',
      examiner,
      ...(options.takeOver === undefined ? {} : { takeOver: options.takeOver }),
    })
    return { store, folder }
  }
  return { store: await createCaseFolder(folder, { ...options.about, examiner, tool }), folder }
}

/** A case that is only read: export, report. */
export function caseForReading(folder: string): Promise<CaseFolder> {
  return openCaseFolder(folder, { mode: 'read' })
}

/** Where cases go that are given no folder: the user's data folder. */
export function casesFolder(): string {
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'tourniquet/cases')
}

function defaultCaseFolder(): string {
  const day = systemClock.now().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-')
  return join(casesFolder(), `${day}-${randomBytes(2).toString('hex')}`)
}

let toolbox: Promise<Toolbox> | null = null

/** How each session was entered, so that the same way can be gone a second time. */
const ways = new WeakMap<HostSession, (options: AgainOptions) => Promise<HostSession>>()
type AgainOptions = NonNullable<Parameters<Connection['again']>[0]>

/** Milliseconds a second login may take as a whole: a host that is starved of CPU needs some seconds for a handshake. */
const proofLimit = 45_000

const access: AccessWorld = {
  async proveLogin(session, { keyFile, signal } = {}) {
    const way = ways.get(session)
    if (!way) throw new TourniquetError('login-not-proven', { inner: 'not-supported' })
    const stop = new AbortController()
    const timer = setTimeout(() => {
      stop.abort()
    }, proofLimit)
    const onAbort = () => {
      stop.abort()
    }
    signal?.addEventListener('abort', onAbort)
    try {
      const second = await way({ ...(keyFile === undefined ? {} : { keyFile }), signal: stop.signal })
      const { euid, dialled } = second.arrival
      await second.detach()
      if (euid !== session.arrival.euid)
        throw new TourniquetError('login-not-proven', { inner: 'not-root', detail: `uid ${String(euid)}` })
      return { euid, method: dialled.authMethod }
    } catch (cause) {
      if (signal?.aborted === true) throw new TourniquetError('cancelled', {}, cause)
      if (isTourniquetError(cause, 'login-not-proven')) throw cause
      const inner = cause instanceof TourniquetError ? cause.code : 'internal'
      const detail = cause instanceof TourniquetError ? String(cause.params['detail'] ?? '') : String(cause)
      throw new TourniquetError('login-not-proven', { inner, ...(detail === '' ? {} : { detail }) }, cause)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  },
  caseKey: (caseId) => loginKey(keysFolder(), caseId, nodeHashing),
}

export interface Enter {
  readonly sudo: boolean
  readonly sudoPassword: string | undefined
  readonly signal?: AbortSignal
}

/**
 * Enters a dialled host and finds or makes its place in the case. A host is the same when host key and machine-id are; an earlier session's folder
 * on the same boot is taken over, so that kept results can be read again.
 */
export async function enter(
  store: CaseStore,
  address: string,
  connection: Connection,
  options: Enter,
): Promise<EngineHost> {
  toolbox ??= loadToolbox(nodeHashing)
  const keys = keysOf(store, connection.dialled.key.sha256)
  const earlier = store
    .events(caseChain)
    .flatMap((event) => (event.type === 'host-added' && keys.includes(event.data.hostKey) ? [event.data] : []))
  const adoptDir = earlier.flatMap(({ host }) => workDirs(store, host)).at(-1)
  const entering: EnterOptions = {
    toolbox: await toolbox,
    clock: systemClock,
    random: systemRandom,
    hashing: nodeHashing,
    ...(options.sudo
      ? {
          sudo: {
            password: options.sudoPassword === undefined ? null : new TextEncoder().encode(options.sudoPassword),
          },
        }
      : {}),
  }
  const session = await enterHost(connection, {
    ...entering,
    ...(adoptDir === undefined ? {} : { adoptDir }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  ways.set(session, async (again) =>
    enterHost(await connection.again(again), { ...entering, ...(again.signal ? { signal: again.signal } : {}) }),
  )
  const machineId = session.arrival.machineId === null ? null : shown(session.arrival.machineId)
  const known = earlier.find((host) => host.machineId === machineId)
  if (known) return { id: known.host, address, session }
  const id = `host-${randomBytes(5).toString('hex')}`
  await store.append(caseChain, 'host-added', { host: id, address, hostKey: connection.dialled.key.sha256, machineId })
  return { id, address, session }
}

/** The key, and those it replaced on a person's word: the case knows one host by all of them. */
function keysOf(store: CaseStore, key: string): readonly string[] {
  const keys = [key]
  for (const event of store.events(caseChain).toReversed())
    if (event.type === 'host-key-accepted' && keys.includes(event.data.now)) keys.push(event.data.old)
  return keys
}

/** Folders of earlier sessions on a host, oldest first. */
function workDirs(store: CaseStore, host: string): readonly string[] {
  return store.events(host).flatMap((event) => {
    const arrival = event.type === 'arrived' ? (event.data.arrival as { readonly workDir?: unknown } | null) : null
    return typeof arrival?.workDir === 'string' ? [arrival.workDir] : []
  })
}

/** Records the end of a visit; removes our folder unless a later session needs it (an open run). */
export async function leave(store: CaseStore, host: EngineHost, keepFolder: boolean, reason: string): Promise<void> {
  const left = await closing(host.session, keepFolder)
  await store.append(host.id, 'departed', { reason, detached: left })
}

async function closing(session: HostSession, keepFolder: boolean): Promise<boolean> {
  try {
    await (keepFolder ? session.close() : session.detach())
    return !keepFolder
  } catch {
    return false // the link is gone: the folder stays on tmpfs until the next session or boot, and the journal says so
  }
}

/** The playbooks that ship with the program. Throws `playbook-invalid` when one of them is damaged. */
export async function shippedPlaybooks(): Promise<{
  readonly library: Library
  readonly all: readonly ParsedPlaybook[]
}> {
  const folder = programFolder('playbooks')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()
  const all = await Promise.all(names.map((name) => readPlaybook(join(folder, name))))
  return { library: libraryOf(all).library, all }
}

/** Reads one playbook file. Throws `file-unreadable` or `playbook-invalid` with every mistake. */
export async function readPlaybook(file: string): Promise<ParsedPlaybook> {
  const result = await parseFile(file)
  if (result.ok) return result.parsed
  throw problemsError('playbook-invalid', result.problems)
}

/** The same without throwing for what is in the file, for lint. */
export async function parseFile(
  file: string,
): Promise<
  { readonly ok: true; readonly parsed: ParsedPlaybook } | { readonly ok: false; readonly problems: readonly Problem[] }
> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new TourniquetError('file-unreadable', { path: file }, cause)
  })
  return parsePlaybook(file, bytes, nodeHashing)
}
