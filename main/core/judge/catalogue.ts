// The knowledge of the judge, read from resources/signals: signals, guards, lists and bands. Every datum is checked here against the hard bounds of judging;
// a file that breaks one does not load, so no release can ship with it.

import { RE2JS } from 're2js'
import { z } from 'zod'
import accountData from '../../../resources/signals/account.yaml'
import keyData from '../../../resources/signals/key.yaml'
import pamData from '../../../resources/signals/pam.yaml'
import sshdData from '../../../resources/signals/sshd.yaml'
import sudoData from '../../../resources/signals/sudo.yaml'
import bandsData from '../../../resources/signals/bands.yaml'
import binaryData from '../../../resources/signals/binary.yaml'
import derivedData from '../../../resources/signals/derived.yaml'
import enginesData from '../../../resources/signals/engines.yaml'
import hijackData from '../../../resources/signals/hijack.yaml'
import listsData from '../../../resources/signals/lists.yaml'
import loginData from '../../../resources/signals/login.yaml'
import mountData from '../../../resources/signals/mount.yaml'
import nameData from '../../../resources/signals/name.yaml'
import preloadData from '../../../resources/signals/preload.yaml'
import processData from '../../../resources/signals/process.yaml'
import scheduleData from '../../../resources/signals/schedule.yaml'
import socketData from '../../../resources/signals/socket.yaml'
import starterData from '../../../resources/signals/starter.yaml'
import startupData from '../../../resources/signals/startup.yaml'
import unitData from '../../../resources/signals/unit.yaml'

/** Most a signal of a class may weigh: CPU alone 25, a name below 30, a behaviour below 60. Facts (a listed pool, a mount over /proc/N) may weigh more. */
export const classBounds = { cpu: 250, name: 299, behaviour: 599, fact: 1000 } as const

const id = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
const permille = z.int().min(0).max(1000)
const text = z.strictObject({ en: z.string().min(3), 'zh-CN': z.string().min(2) })
const regex = z.string().min(1).max(1000)

/** Three sheets begin with the same signals: each pattern is compiled once. */
const patterns = new Map<string, RE2JS>()

function compiled(pattern: string, flags: number): RE2JS {
  const key = `${flags} ${pattern}`
  const made = patterns.get(key) ?? RE2JS.compile(pattern, flags)
  patterns.set(key, made)
  return made
}

const signal = z
  .strictObject({
    id,
    when: id,
    group: id,
    class: z.enum(['cpu', 'name', 'behaviour', 'fact']),
    weight: permille.min(1),
    decisive: z.boolean().default(false),
    patterns: z.array(regex).min(1).optional(),
    caseSensitive: z.boolean().default(false),
    text,
    unsure: text.optional(),
    source: z.string().min(5),
  })
  .refine((datum) => datum.weight <= classBounds[datum.class], { error: 'heavier than its class may weigh' })
  .refine((datum) => !datum.decisive || datum.class === 'fact', { error: 'only a fact may decide' })
  .transform((datum) => ({
    ...datum,
    matchers: (datum.patterns ?? []).map((pattern) =>
      compiled(pattern, datum.caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE),
    ),
  }))

const guard = z.strictObject({
  id,
  when: id,
  /** stops a proposal, whatever the score */
  blocks: z.boolean(),
  /** groups that lift the block again when one of their signals is sure */
  overcomeBy: z.array(id).default([]),
  /** groups that make the whole guard void when one of their signals is sure */
  voidedBy: z.array(id).default([]),
  /** what these groups may add together */
  caps: z.strictObject({ groups: z.union([z.literal('all'), z.array(id).min(1)]), permille }).optional(),
  /** signals that do not count while the guard stands */
  mutes: z.array(id).default([]),
  text,
  unsure: text.optional(),
  source: z.string().min(5),
})

const sheet = z
  .strictObject({
    schema: z.literal('tourniquet.signals/1'),
    kind: z.enum([
      'process',
      'schedule',
      'preload',
      'mount',
      'socket',
      'login',
      'hijack',
      'derived',
      'starter',
      'unit',
      'startup',
      'name',
      'binary',
      'key',
      'account',
      'sudo',
      'sshd',
      'pam',
    ]),
    /** score (thousandths) and number of independent groups from which an act is proposed */
    propose: z.strictObject({ score: permille, groups: z.int().min(1) }),
    /** groups that lean on other findings; left out of a thing's own score, which alone may pass suspicion on */
    links: z.array(id),
    groups: z.record(id, text),
    signals: z.array(signal).min(1),
    guards: z.array(guard),
  })
  .superRefine((value, context) => {
    const known = new Set(Object.keys(value.groups))
    const signals = new Set(value.signals.map((datum) => datum.id))
    const ids = [...value.signals, ...value.guards].map((datum) => datum.id)
    const complain = (message: string) => {
      context.addIssue({ code: 'custom', message })
    }
    if (new Set(ids).size !== ids.length) complain('an id is used twice')
    for (const name of value.links) if (!known.has(name)) complain(`links names no group: ${name}`)
    for (const datum of value.signals) if (!known.has(datum.group)) complain(`${datum.id} names no group`)
    for (const datum of value.guards) {
      const groups = datum.caps === undefined || datum.caps.groups === 'all' ? [] : datum.caps.groups
      for (const name of [...groups, ...datum.overcomeBy, ...datum.voidedBy])
        if (!known.has(name)) complain(`${datum.id} names no group: ${name}`)
      for (const name of datum.mutes) if (!signals.has(name)) complain(`${datum.id} mutes no signal: ${name}`)
    }
  })

export type SignalDatum = z.infer<typeof signal>
export type GuardDatum = z.infer<typeof guard>
export type Sheet = z.infer<typeof sheet>
export type SheetKind = Sheet['kind']

const path = z.string().startsWith('/')
const names = z.array(z.string().min(1)).min(1)

const lists = z.strictObject({
  schema: z.literal('tourniquet.lists/1'),
  temporary: z.array(path),
  packaged: z.array(path),
  packagedStarters: z.array(path),
  libraries: z.array(path),
  ordinaryDotNames: z.array(z.string().startsWith('.')),
  interpreters: names,
  wrappers: names,
  everydayTools: names,
  textTools: names,
  fetchers: names,
  harmless: names,
  ordinaryJobs: names,
  kernelThreads: regex,
  daemons: z.record(z.string(), names),
  servers: regex,
  workers: regex,
  shellsAndFetchers: names,
  poolPorts: z.array(z.int().min(1).max(65_535)),
  minerNames: regex,
  hijackNames: regex,
  unitNames: names,
  publicSuffixes: names,
  hostileKeys: z.array(z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/)),
  limits: z.strictObject({
    hiddenMinAgeSeconds: z.int(),
    hostViewMaxMissing: permille,
    busyAllCores: permille,
    busyOneCore: permille,
    flat: permille,
    quietBytesPerSecond: z.int(),
    quietStartBytes: z.int(),
    longLivedSeconds: z.int(),
    scanSockets: z.int(),
    frequentSeconds: z.int(),
    freshHostSeconds: z.int(),
  }),
  sources: z.record(z.string(), z.string().min(5)),
})

const engineSchema = z.strictObject({
  schema: z.literal('tourniquet.engines/1'),
  engines: z.array(
    z
      .strictObject({
        id: z.string().min(2),
        exe: regex,
        account: z.literal('service').optional(),
        ports: z.array(z.int()).default([]),
        dirs: z.array(path).default([]),
        proofless: z.boolean().default(false),
        source: z.string().min(5),
      })
      .transform((datum) => ({ ...datum, matcher: RE2JS.compile(datum.exe) })),
  ),
})

const bands = z.strictObject({
  schema: z.literal('tourniquet.bands/1'),
  note: z.int().min(0).max(100),
  investigate: z.int().min(0).max(100),
  rounds: z.int().min(1).max(32),
  source: z.string(),
})

/** Reads one sheet, with the groups, signals and guards of another one before its own. Throws a ZodError that names the datum and the bound it breaks. */
export function readSheet(own: unknown, base?: unknown): Sheet {
  return sheet.parse(base === undefined ? own : joined(draft.parse(base), draft.parse(own)))
}

const draft = z.looseObject({
  groups: z.record(z.string(), z.unknown()),
  signals: z.array(z.unknown()),
  guards: z.array(z.unknown()),
})

function joined(base: z.infer<typeof draft>, own: z.infer<typeof draft>): z.infer<typeof draft> {
  return {
    ...own,
    groups: { ...base.groups, ...own.groups },
    signals: [...base.signals, ...own.signals],
    guards: [...base.guards, ...own.guards],
  }
}

const sheetData: Readonly<Record<SheetKind, unknown>> = {
  process: processData,
  schedule: scheduleData,
  preload: preloadData,
  mount: mountData,
  socket: socketData,
  login: loginData,
  hijack: hijackData,
  derived: derivedData,
  starter: starterData,
  unit: unitData,
  startup: startupData,
  name: nameData,
  binary: binaryData,
  key: keyData,
  account: accountData,
  sudo: sudoData,
  sshd: sshdData,
  pam: pamData,
}

/** Sheets that begin with another one: what that says holds for them too. */
const basedOn: Partial<Record<SheetKind, SheetKind>> = { schedule: 'starter', unit: 'starter', startup: 'starter' }

/**
 * Checking the sheets takes a tenth of a second, and most commands never judge: each is read when it is first asked for.
 * The object looks like any other; what it holds is made once.
 */
function lazily<T extends object>(make: () => T): T {
  let made: T | undefined
  return new Proxy({} as T, {
    get: (_, key) => Reflect.get((made ??= make()), key) as unknown,
    has: (_, key) => key in (made ??= make()),
    ownKeys: () => Reflect.ownKeys((made ??= make())),
    getOwnPropertyDescriptor: (_, key) => {
      const found = Reflect.getOwnPropertyDescriptor((made ??= make()), key)
      return found && { ...found, configurable: true }
    },
  })
}

/** All sheets by what they judge. */
export const sheets: Readonly<Record<SheetKind, Sheet>> = lazily(() => {
  const read = (Object.keys(sheetData) as SheetKind[]).map((kind) => {
    const base = basedOn[kind]
    return [kind, readSheet(sheetData[kind], base === undefined ? undefined : sheetData[base])] as const
  })
  return Object.fromEntries(read) as Record<SheetKind, Sheet>
})

/** The lists, with those that are looked up by name as sets and those that are patterns compiled. */
export const known = lazily(() => {
  const data = lists.parse(listsData)
  return {
    ...data,
    ordinaryDotNames: new Set(data.ordinaryDotNames),
    interpreters: new Set(data.interpreters),
    wrappers: new Set(data.wrappers),
    everydayTools: new Set(data.everydayTools),
    textTools: new Set(data.textTools),
    fetchers: new Set(data.fetchers),
    harmless: new Set(data.harmless),
    ordinaryJobs: new Set(data.ordinaryJobs),
    shellsAndFetchers: new Set(data.shellsAndFetchers),
    poolPorts: new Set(data.poolPorts),
    publicSuffixes: new Set(data.publicSuffixes),
    hostileKeys: new Set(data.hostileKeys),
    daemons: new Map(Object.entries(data.daemons)),
    kernelThreads: RE2JS.compile(data.kernelThreads),
    servers: RE2JS.compile(data.servers),
    workers: RE2JS.compile(data.workers),
    minerNames: RE2JS.compile(data.minerNames, RE2JS.CASE_INSENSITIVE),
    hijackNames: RE2JS.compile(data.hijackNames),
  } as const
})

/** Engines people run on purpose. */
export const engines = lazily(() => ({ list: engineSchema.parse(enginesData).engines }))

/** What a score means. */
export const band = lazily(() => bands.parse(bandsData))

export type Sentence = Readonly<Record<'en' | 'zh-CN', string>>

/** Sentences of all signals and guards by id (`ID` and, where something may stay undecided, `ID.unsure`), for the language files. */
export function signalSentences(): ReadonlyMap<string, Sentence> {
  const sentences = new Map<string, Sentence>()
  for (const one of Object.values(sheets)) {
    for (const datum of [...one.signals, ...one.guards]) {
      sentences.set(datum.id, datum.text)
      if (datum.unsure !== undefined) sentences.set(`${datum.id}.unsure`, datum.unsure)
    }
  }
  return sentences
}

/** Names of all groups by id. The same group means the same on every sheet. */
export function groupNames(): ReadonlyMap<string, Sentence> {
  return new Map(Object.values(sheets).flatMap((one) => Object.entries(one.groups)))
}
