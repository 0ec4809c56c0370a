// The inside of a bundle: case.json, exhibits.json and redactions.json must say what the journal says, and every exhibit that the journal tells of
// must be there (or held back, and said so); nothing may be there that the journal does not tell of.

import { z } from 'zod'
import { canonicalJson } from '../case/canonical.ts'
import { exhibitMeta, type AnyEvent } from '../case/events.ts'
import { caseInfoOf, openingOf } from '../case/info.ts'
import { caseChain } from '../case/journal.ts'
import { TourniquetError } from '../errors.ts'
import { exhibitName, payloadFiles, redactedName } from './names.ts'
import { stubText } from './bag.ts'
import { recordOf } from './record.ts'
import { exhibitsOf, snapshotOf } from './snapshot.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const caseFile = z.looseObject({
  format: z.literal('tourniquet.case/1'),
  case: z.strictObject({
    format: z.literal('tourniquet.case/1'),
    caseId: z.string(),
    number: z.string().nullable(),
    customer: z.string().nullable().optional(),
    examiner: z.string(),
    authority: z.string().nullable().optional(),
    timeZone: z.string().nullable().optional(),
    createdAt: z.string(),
  }),
  exportId: z.string(),
  head: sha256,
  until: z.iso.datetime(),
  heads: z.array(z.strictObject({ chain: z.string(), events: z.number(), hash: sha256 })),
})
const exhibitsFile = z.strictObject({
  format: z.literal('tourniquet.exhibits/1'),
  exhibits: z.array(
    exhibitMeta.extend({
      chain: z.string(),
      seq: z.number(),
      at: z.string(),
      notes: z
        .array(z.strictObject({ at: z.string(), by: z.string(), text: z.string(), tags: z.array(z.string()) }))
        .optional(),
      redacted: z.boolean(),
      file: z.string(),
    }),
  ),
})
const redactionsFile = z.strictObject({
  format: z.literal('tourniquet.redactions/1'),
  redactions: z.array(
    z.strictObject({ sha256, size: z.number(), reason: z.enum(['environment', 'password-file']), stub: z.string() }),
  ),
})

/** What a reader looks at first, and the fields every version wrote. An entry may have more of those known here: they are compared, too. */
const rebuilt = {
  changes: [
    'host',
    'run',
    'step',
    'act',
    'item',
    'verb',
    'plan',
    'intendedAt',
    'outcome',
    'detail',
    'change',
    'summary',
    'verified',
    'undo',
  ],
  gaps: ['kind', 'chain', 'at', 'run', 'step', 'what', 'reason', 'detail'],
  approvals: ['at', 'chain', 'kind', 'run', 'step', 'by', 'how', 'plan', 'text'],
} as const
const listOf = (name: keyof typeof rebuilt): z.ZodType<Readonly<Record<string, readonly object[]>>> =>
  z.looseObject({ format: z.literal(`tourniquet.${name}/1`), [name]: z.array(z.looseObject({})) }) as never

export interface CaseFile extends Pick<z.infer<typeof caseFile>, 'case' | 'exportId' | 'head' | 'until'> {
  /** different ones in the bag, and held back */
  readonly exhibits: number
  readonly redacted: number
}

/** Throws `bundle-invalid` naming the file that tells another story than the journal. `names` are the files of the bag. */
export async function checkContent(
  chains: ReadonlyMap<string, readonly AnyEvent[]>,
  json: (name: string) => Promise<unknown>,
  names: ReadonlySet<string>,
): Promise<CaseFile> {
  const about = read(caseFile, await json(payloadFiles.case), payloadFiles.case)
  checkHeads(chains, about)
  checkOpening(chains, about)
  await checkRebuilt(chains, json)
  const held = read(redactionsFile, await json(payloadFiles.redactions), payloadFiles.redactions).redactions
  const listed = read(exhibitsFile, await json(payloadFiles.exhibits), payloadFiles.exhibits).exhibits
  const stubs = new Map(held.map((redaction) => [redaction.sha256, redaction]))
  const told = exhibitsOf(chains).map((exhibit) => {
    const redacted = stubs.has(exhibit.sha256)
    return { ...exhibit, redacted, file: redacted ? redactedName(exhibit.sha256) : exhibitName(exhibit.sha256) }
  })
  if (canonicalJson(told) !== canonicalJson(listed))
    throw invalid(payloadFiles.exhibits, 'does not say what the journal says')
  const files = new Set(told.map(({ file }) => file))
  for (const file of files) if (!names.has(file)) throw invalid(file, 'the journal tells of it, but it is not there')
  for (const name of names) {
    if (name.startsWith('data/exhibits/') && !files.has(name)) throw invalid(name, 'the journal does not tell of it')
  }
  for (const redaction of held) {
    const stub: unknown = await json(redactedName(redaction.sha256))
    if (
      redaction.stub !== redactedName(redaction.sha256) ||
      canonicalJson(stub) !== canonicalJson(JSON.parse(stubText(redaction)))
    ) {
      throw invalid(redaction.stub, 'does not say what redactions.json says')
    }
  }
  checkReferences(chains)
  return { ...about, exhibits: files.size - stubs.size, redacted: stubs.size }
}

function checkHeads(chains: ReadonlyMap<string, readonly AnyEvent[]>, about: z.infer<typeof caseFile>): void {
  const own = chains.get(caseChain) ?? []
  const opened = own[0]
  if (opened?.type !== 'case-opened' || opened.data.caseId !== about.case.caseId) {
    throw invalid(payloadFiles.case, 'names another case than the journal')
  }
  if (own.at(-1)?.hash !== about.head) throw invalid(payloadFiles.case, 'head differs from the journal')
  const heads = [...chains].map(([chain, events]) => ({
    chain,
    events: events.length,
    hash: events.at(-1)?.hash ?? null,
  }))
  const byName = (a: { chain: string }, b: { chain: string }): number => (a.chain < b.chain ? -1 : 1)
  if (canonicalJson(heads.toSorted(byName)) !== canonicalJson(about.heads.toSorted(byName))) {
    throw invalid(payloadFiles.case, 'heads differ from the journal')
  }
  const newest = [...chains.values()].flat().reduce((latest, { at }) => (at > latest ? at : latest), '')
  if (about.until !== newest) throw invalid(payloadFiles.case, 'time differs from the journal')
}

/** What the case says of itself it said in its first event; an older bundle says less of it. */
function checkOpening(chains: ReadonlyMap<string, readonly AnyEvent[]>, about: z.infer<typeof caseFile>): void {
  const told = caseInfoOf(openingOf(chains.get(caseChain) ?? []))
  if (canonicalJson(about.case) !== canonicalJson(asListed(told, about.case, [])))
    throw invalid(payloadFiles.case, 'does not say what the journal says')
}

/** Changes, gaps and approvals are folded from the journal once more: a list that says otherwise was not made by an export. */
async function checkRebuilt(
  chains: ReadonlyMap<string, readonly AnyEvent[]>,
  json: (name: string) => Promise<unknown>,
): Promise<void> {
  const record = recordOf(snapshotOf(archiveOf(chains)))
  for (const name of ['changes', 'gaps', 'approvals'] as const) {
    const file = payloadFiles[name]
    const listed = read(listOf(name), await json(file), file)[name] ?? []
    const told = record[name].map((entry, at) => asListed(entry, listed[at] ?? {}, rebuilt[name]))
    if (canonicalJson(told) !== canonicalJson(listed)) throw invalid(file, 'does not say what the journal says')
  }
}

/** The fields of `told` that every version wrote, and those newer ones that `listed` has. */
function asListed(told: object, listed: object, always: readonly string[]): unknown {
  const kept = Object.entries(told).filter(([key]) => always.includes(key) || Object.hasOwn(listed, key))
  return JSON.parse(JSON.stringify(Object.fromEntries(kept)))
}

function archiveOf(chains: ReadonlyMap<string, readonly AnyEvent[]>): Parameters<typeof snapshotOf>[0] {
  return { chains: () => [...chains.keys()], events: (chain) => chains.get(chain) ?? [] }
}

/** What the journal points at must be among its exhibits. */
function checkReferences(chains: ReadonlyMap<string, readonly AnyEvent[]>): void {
  const stored = new Set(exhibitsOf(chains).map((exhibit) => exhibit.sha256))
  for (const [chain, events] of chains) {
    for (const event of events) {
      const missing = referencesOf(event).find((digest) => !stored.has(digest))
      if (missing === undefined) continue
      const file = exhibitName(missing)
      throw invalid(file, `${event.type} ${String(event.seq)} of ${chain} needs it, but it was never stored`)
    }
  }
}

function referencesOf(event: AnyEvent): readonly string[] {
  switch (event.type) {
    case 'evidence-kept':
      return event.data.exhibits
    case 'attested':
      return event.data.attachments ?? []
    case 'looked':
      return [event.data.findings]
    case 'arrived':
      return event.data.preamble === null ? [] : [event.data.preamble]
    case 'terminal-closed':
      return event.data.segments.flatMap(({ output, asciicast }) => [output, asciicast])
    case 'planned':
    case 'approved':
    case 'refused':
    case 'intended':
      return [event.data.plan]
    default:
      return []
  }
}

function read<T extends z.ZodType>(schema: T, value: unknown, file: string): z.infer<T> {
  const result = schema.safeParse(value)
  if (!result.success) throw new TourniquetError('bundle-invalid', { file, why: 'not in its form' }, result.error)
  return result.data
}

function invalid(file: string, why: string): TourniquetError {
  return new TourniquetError('bundle-invalid', { file, why })
}
