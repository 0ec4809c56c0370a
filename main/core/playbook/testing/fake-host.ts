// A host for tests of the engine: a handful of objects with a state and a version, a session that keeps results by their `once` key as the real one does,
// and verbs that change exactly one object by compare-and-swap. It counts every effect, so that a repeated act is seen.

import type { ChangeRecord, PlannedItem, Verb, VerbName } from '../../actions/verb.ts'
import { verbNames } from '../../actions/verb.ts'
import { TourniquetError } from '../../errors.ts'
import { ownText } from '../../host-text.ts'
import type { Arrival, HostReply, HostSession } from '../../host/session.ts'
import type { Finding, FindingKind, Target } from '../../judge/finding.ts'
import type { Tri } from '../../tri.ts'
import type { EngineDeps, LookResult } from '../deps.ts'

export interface FakeObject {
  readonly name: string
  readonly kind: FindingKind
  readonly tags: readonly string[]
  /** what the judge would say of it while it is `live` */
  readonly proposed: Tri
  /** found only while that object is live: what names it is all there is against it */
  readonly leansOn?: string
  state: 'live' | 'frozen' | 'dead' | 'taken' | 'running' | 'paused'
  version: number
  /** changes by itself right before so many of the acts on it */
  restless: number
  /** its evidence cannot be read */
  readonly unreadable: boolean
}

export interface FakeWorld {
  readonly objects: Map<string, FakeObject>
  boot: number
  /** kept results of this boot, by once key */
  readonly kept: Map<string, HostReply>
  /** effects by once key, over all boots */
  readonly effects: Map<string, number>
  /** keys whose first request began and never left a result */
  readonly stuck: Set<string>
  /** requests sent altogether */
  requests: number
  /** the link breaks after the host ran this request, before its answer arrives */
  breakAt: number | null
  armed: Set<string>
  /** violated rules of the house that only the host can see */
  readonly complaints: string[]
}

export function fakeWorld(objects: readonly Omit<FakeObject, 'version'>[]): FakeWorld {
  return {
    objects: new Map(objects.map((one) => [one.name, { ...one, version: 1 }])),
    boot: 1,
    kept: new Map(),
    effects: new Map(),
    stuck: new Set(),
    requests: 0,
    breakAt: null,
    armed: new Set(),
    complaints: [],
  }
}

/** Everything is off: results on tmpfs are gone, stopped processes do not exist any more. */
export function reboot(world: FakeWorld): void {
  world.boot += 1
  world.kept.clear()
  world.armed.clear()
}

export function fakeSession(world: FakeWorld, adopted: boolean): HostSession {
  const encoder = new TextEncoder()
  let broken = false
  const reply = (exit: number, text: string, replayed = false): HostReply => ({
    exit,
    stdout: encoder.encode(text),
    stderr: new Uint8Array(),
    truncated: { stdout: false, stderr: false },
    timedOut: false,
    replayed,
    clocks: { hostStart: '0', hostEnd: '1', sent: '2026-01-01T00:00:00.000Z', received: '2026-01-01T00:00:00.000Z' },
  })
  return {
    arrival: { ...arrival, bootId: `boot-${String(world.boot)}`, adopted },
    async run(request) {
      await Promise.resolve()
      if (broken) throw new TourniquetError('link-lost', {})
      world.requests += 1
      const kept = request.once === undefined ? undefined : world.kept.get(request.once)
      if (request.once !== undefined && world.stuck.has(request.once))
        throw new TourniquetError('request-timeout', { what: 'once', key: request.once })
      const words = request.argv.map(String)
      const answer = kept ? { ...kept, replayed: true } : reply(...execute(world, words, request.once))
      if (request.once !== undefined && !kept) world.kept.set(request.once, answer)
      if (world.breakAt === world.requests) {
        broken = true
        throw new TourniquetError('link-lost', {})
      }
      return answer
    },
    terminal: () => Promise.reject(new Error('a fake host has no terminal')),
    onClosed: () => undefined,
    onTraffic: () => undefined,
    close: () => Promise.resolve(),
    detach: () => Promise.resolve(),
  }
}

function execute(world: FakeWorld, words: readonly string[], once: string | undefined): [number, string] {
  const [, op = '', name = '', from = '', to = '', version = ''] = words
  const object = world.objects.get(name)
  if (!object) return [1, 'no such object']
  if (op === 'read') return object.unreadable ? [1, ''] : [0, `${name} ${String(object.version)}`]
  if (op === 'state') return [0, object.state]
  if (object.restless > 0) {
    object.restless -= 1
    object.version += 1
  }
  if (object.state === to) return [10, '']
  if (String(object.version) !== version || object.state !== from) return [20, '']
  if (to === 'paused' && world.armed.size === 0) world.complaints.push(`paused ${name} without a dead man`)
  object.state = to as FakeObject['state']
  if (once !== undefined) world.effects.set(once, (world.effects.get(once) ?? 0) + 1)
  return [0, '']
}

/** What each verb does to an object's state. */
const moves: Readonly<Record<VerbName, { readonly from: string; readonly to: string }>> = {
  'pause-schedulers': { from: 'running', to: 'paused' },
  'resume-schedulers': { from: 'paused', to: 'running' },
  freeze: { from: 'live', to: 'frozen' },
  kill: { from: 'frozen', to: 'dead' },
  quarantine: { from: 'live', to: 'taken' },
  'edit-lines': { from: 'live', to: 'taken' },
  'clear-flags': { from: 'live', to: 'taken' },
  'block-exec': { from: 'live', to: 'taken' },
  'lift-blocks': { from: 'taken', to: 'live' },
  'edit-keys': { from: 'live', to: 'taken' },
  'install-key': { from: 'live', to: 'taken' },
  'stop-unit': { from: 'live', to: 'taken' },
  'restore-binary': { from: 'live', to: 'taken' },
}

export function fakeVerbs(world: FakeWorld): Readonly<Record<VerbName, Verb>> {
  return Object.fromEntries(verbNames.map((name) => [name, fakeVerb(world, name)])) as Record<VerbName, Verb>
}

const uncaptured: readonly VerbName[] = ['pause-schedulers', 'resume-schedulers', 'block-exec', 'lift-blocks']

interface Args {
  readonly name: string
  readonly version: number
  readonly identity: { readonly bootId: string; readonly pid: number; readonly startTime: string }
}

function fakeVerb(world: FakeWorld, name: VerbName): Verb {
  const { from, to } = moves[name]
  const argsOf = (item: { readonly args: unknown }) => item.args as Args
  return {
    name,
    needsCapture: !uncaptured.includes(name),
    reversible: name !== 'kill',
    plan({ findings, changes }) {
      const chosen =
        name === 'pause-schedulers'
          ? [...world.objects.values()].filter((one) => one.kind === 'scheduler-daemon' && one.state === 'running')
          : name === 'resume-schedulers'
            ? objectsOf(world, changes, 'pause-schedulers')
            : name === 'kill'
              ? objectsOf(world, changes, 'freeze')
              : name === 'block-exec' || name === 'lift-blocks'
                ? [] // nothing here comes back faster than it is frozen
                : findings.flatMap((finding) => world.objects.get(String(finding.params['name'])) ?? [])
      return Promise.resolve({ items: chosen.map((one) => itemFor(one, name)), declined: [] })
    },
    act: (item) => ({ argv: ['fake', 'move', argsOf(item).name, from, to, String(argsOf(item).version)] }),
    readAct(reply, item, context) {
      const detail = ''
      if (reply.exit === 10) return { outcome: 'already', change: null, detail }
      if (reply.exit !== 0) return { outcome: reply.exit === 20 ? 'conflict' : 'failed', change: null, detail }
      const change: ChangeRecord = {
        verb: name,
        act: context.act,
        item: item.key,
        objects: [`object:${argsOf(item).name}`],
        hostile: item.hostile,
        summary: { code: `change.${name}`, params: {} },
        before: item.args,
        after: null,
        reversible: name !== 'kill',
      }
      return { outcome: 'done', change, detail }
    },
    probe: async (item, context) => {
      const reply = await context.session.run({ argv: ['fake', 'state', argsOf(item).name] })
      return new TextDecoder().decode(reply.stdout) === to ? 'yes' : 'no'
    },
    verify: async (item, _change, context) => {
      const reply = await context.session.run({ argv: ['fake', 'state', argsOf(item).name] })
      const state = new TextDecoder().decode(reply.stdout)
      return { result: state === to ? 'yes' : 'no', detail: state }
    },
    undo: (change) => {
      const { name: object, version } = change.before as unknown as Args
      return { argv: ['fake', 'move', object, to, from, String(version)] }
    },
    readUndo: (reply) => ({
      outcome: reply.exit === 0 ? 'done' : reply.exit === 10 ? 'already' : 'conflict',
      notRestored: [],
      detail: '',
    }),
  }
}

function objectsOf(world: FakeWorld, changes: readonly ChangeRecord[], verb: VerbName): readonly FakeObject[] {
  return changes
    .filter((change) => change.verb === verb)
    .flatMap((change) => world.objects.get((change.before as unknown as Args).name) ?? [])
}

function itemFor(object: FakeObject, verb: VerbName): PlannedItem {
  const scheduler = object.kind === 'scheduler-daemon'
  return {
    key: object.name,
    finding: object.name,
    target: targetOf(object),
    diff: [{ mark: '~', text: object.name }],
    args: { name: object.name, version: object.version, identity: { bootId: 'boot-1', pid: 7, startTime: '1' } },
    captures:
      scheduler || verb === 'freeze'
        ? []
        : [
            {
              what: 'fake',
              read: { by: 'request', request: { argv: ['fake', 'read', object.name] } },
              required: true,
              limit: 4096,
            },
          ],
    hostile: !scheduler,
  }
}

function targetOf(object: FakeObject): Target {
  return { kind: 'file', path: ownText(`/${object.name}`), identity: { dev: '1', inode: '1', sha256: null } }
}

/** Reads nothing, finds what is live: enough for an engine that never looks into facts itself. */
export function fakeEyes(world: FakeWorld): Pick<EngineDeps, 'look' | 'judge' | 'readFile' | 'deadMan'> {
  return {
    look: async (session, { probes }): Promise<LookResult> => {
      await session.run({ argv: ['fake', 'state', 'cron'] })
      const outcomes = probes.map((probe) => ({ probe, facts: [], unknowns: [], raw: [] }))
      return { facts: [], unknowns: [], outcomes }
    },
    judge: () => {
      const findings = [...world.objects.values()]
        .filter((one) => one.kind !== 'scheduler-daemon' && (one.state === 'live' || one.state === 'frozen'))
        .filter((one) => one.leansOn === undefined || world.objects.get(one.leansOn)?.state === 'live')
        .map(findingOf)
      const verdict = findings.some((one) => one.proposed === 'yes')
        ? 'infected'
        : findings.length > 0
          ? 'suspect'
          : 'clean'
      return { findings, verdict }
    },
    readFile: () => Promise.reject(new TourniquetError('file-unreadable', {})),
    deadMan: () => ({
      arm: (entries) => {
        for (const entry of entries) world.armed.add(entry.key)
        return Promise.resolve({ standing: [...world.armed], log: [] })
      },
      renew: () => Promise.resolve({ standing: [...world.armed], log: [] }),
      look: () => Promise.resolve({ standing: [...world.armed], log: [] }),
      disarm: (key) => {
        world.armed.delete(key)
        return Promise.resolve({ standing: [...world.armed], log: [] })
      },
    }),
  }
}

function findingOf(object: FakeObject): Finding {
  return {
    id: object.name,
    kind: object.kind,
    title: 'fake',
    params: { name: object.name },
    target: targetOf(object),
    score: object.proposed === 'yes' ? 90 : 50,
    proposed: object.proposed,
    reasons: [],
    tags: object.tags,
    related: [],
  }
}

const arrival: Arrival = {
  dialled: {
    host: 'fake',
    address: '192.0.2.1',
    port: 22,
    user: 'root',
    via: [],
    key: { type: 'ssh-ed25519', blob: '', sha256: '', md5: '' },
    keyTrust: 'pinned',
    algorithms: { kex: '', hostKey: '', cipher: '', mac: '' },
    serverVersion: '',
    authMethod: '',
  },
  arch: 'x86_64',
  kernel: ownText('6'),
  hostname: ownText('fake'),
  machineId: null,
  bootId: 'boot-1',
  euid: 0,
  sudo: false,
  workDir: '/run/x',
  toolboxSha256: '0'.repeat(64),
  preamble: new Uint8Array(),
  ourPids: [],
  adopted: true,
}
