// The files of a bag (RFC 8493) for one case at one moment: which there are, in which order, and how the small ones read.
// No wall clock, no host text in names: the same case head and export id give the same bytes.

import { canonicalJson } from '../case/canonical.ts'
import type { CaseArchive, Digests } from '../case/store.ts'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'
import { findingsOf, type HostFindings } from './findings.ts'
import { bagFolder, exhibitName, journalName, payloadFiles, redactedName, tagFiles } from './names.ts'
import type { CaseRecord } from './record.ts'
import { redactionReason, type Redaction } from './redact.ts'
import { renderReport, type Words } from './report.ts'
import type { Snapshot } from './snapshot.ts'
import type { Signer } from './sshsig.ts'
import verifyScript from './verify.sh?raw'
import { verifyText } from './verify-text.ts'

/** A file whose size is known before its bytes are. */
export interface BagFile {
  readonly name: string
  readonly size: number
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** As `CaseArchive.digests` */
  digests?(): Digests | null
}

/** Everything of a bag but what needs the digests of the payload: manifests and signature. */
export interface BagPlan {
  readonly folder: string
  /** sorted by name */
  readonly payload: readonly BagFile[]
  /** tag files with known bytes, by name */
  readonly tags: ReadonlyMap<string, Uint8Array>
  readonly redactions: readonly Redaction[]
  readonly findings: readonly HostFindings[]
}

export interface BagOptions {
  readonly exportId: string
  /** `default` holds back environments and password files; `none` exports everything */
  readonly redact: 'default' | 'none'
  readonly signer: Pick<Signer, 'label' | 'kind'> & { readonly fingerprint: string }
  readonly words: Words
  readonly hashing: Hashing
}

/** `tourniquet.bundle/1` is what `verify` knows. */
export const bundleFormat = 'tourniquet.bundle/1'

const encoder = new TextEncoder()

/** Plans the bag. Rejects with `exhibit-damaged` or `case-missing` when findings cannot be read, `internal` when one digest is told with two sizes. */
export async function planBag(
  archive: CaseArchive,
  snapshot: Snapshot,
  record: CaseRecord,
  options: BagOptions,
): Promise<BagPlan> {
  const findings = await findingsOf(record.hosts, (sha256) => wholeOf(archive, sha256))
  const redactions = options.redact === 'none' ? [] : redactionsOf(record)
  const report = renderReport({
    record,
    findings,
    redactions,
    bundle: options,
    words: options.words,
    hashing: options.hashing,
  })
  const payload = [
    ...jsonFiles(record, findings, redactions, options),
    textFile(payloadFiles.report, report),
    ...[...snapshot].map(([chain, events]) =>
      textFile(journalName(chain), events.map((event) => `${canonicalJson(event)}\n`).join('')),
    ),
    ...exhibitFiles(archive, record, redactions),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const folder = bagFolder(record.info.caseId, options.exportId)
  const tags = new Map([
    [tagFiles.verifyText, encoder.encode(verifyText(folder, options.signer.fingerprint, options.signer.kind))],
    [tagFiles.bagInfo, encoder.encode(bagInfo(record, payload, options))],
    [tagFiles.bagit, encoder.encode('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')],
    [tagFiles.verifyScript, encoder.encode(verifyScript)],
  ])
  return { folder, payload, tags, redactions, findings }
}

/** A manifest: digest, two blanks, name; by name. */
export function manifestText(digests: ReadonlyMap<string, string>): string {
  return [...digests]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, digest]) => `${digest}  ${name}\n`)
    .join('')
}

/** `External-Identifier` in bag-info.txt: case, export and the head it is of. */
export function externalIdentifier(caseId: string, exportId: string, head: string): string {
  return `${caseId}/${exportId}/${head}`
}

function jsonFiles(
  record: CaseRecord,
  findings: readonly HostFindings[],
  redactions: readonly Redaction[],
  options: BagOptions,
): readonly BagFile[] {
  const { info, tool, head, until, heads, hosts, runs, approvals, changes, gaps, exhibits } = record
  const { exportId, signer } = options
  const held = new Set(redactions.map(({ sha256 }) => sha256))
  const named = exhibits.map((exhibit) => {
    const redacted = held.has(exhibit.sha256)
    return { ...exhibit, redacted, file: redacted ? redactedName(exhibit.sha256) : exhibitName(exhibit.sha256) }
  })
  return [
    jsonFile(payloadFiles.case, 'case', { case: info, tool, exportId, head, until, heads, hosts, signer }),
    jsonFile(payloadFiles.runs, 'runs', { runs }),
    jsonFile(payloadFiles.approvals, 'approvals', { approvals }),
    jsonFile(payloadFiles.changes, 'changes', { changes }),
    jsonFile(payloadFiles.gaps, 'gaps', { gaps }),
    jsonFile(payloadFiles.findings, 'findings', { hosts: findings }),
    jsonFile(payloadFiles.exhibits, 'exhibits', { exhibits: named }),
    jsonFile(payloadFiles.redactions, 'redactions', { redactions }),
  ]
}

function exhibitFiles(archive: CaseArchive, record: CaseRecord, redactions: readonly Redaction[]): readonly BagFile[] {
  const held = new Map(redactions.map((redaction) => [redaction.sha256, redaction]))
  const sizes = new Map<string, number>()
  for (const { sha256, size } of record.exhibits) {
    if (sizes.has(sha256) && sizes.get(sha256) !== size)
      throw new TourniquetError('internal', { what: `two sizes of ${sha256}` })
    sizes.set(sha256, size)
  }
  return [...sizes].map(([sha256, size]) => {
    const redaction = held.get(sha256)
    if (redaction !== undefined) return textFile(redaction.stub, stubText(redaction))
    return {
      name: exhibitName(sha256),
      size,
      pieces: () => archive.exhibitChunks(sha256),
      digests: () => archive.digests?.(sha256, size) ?? null,
    }
  })
}

/** What lies where a redacted exhibit would. */
export function stubText({ sha256, size, reason }: Redaction): string {
  return `${JSON.stringify({ format: 'tourniquet.redacted/1', sha256, size, reason }, null, 1)}\n`
}

function redactionsOf(record: CaseRecord): readonly Redaction[] {
  const found = new Map<string, Redaction>()
  for (const exhibit of record.exhibits) {
    const reason = redactionReason(exhibit)
    const { sha256, size } = exhibit
    if (reason !== null && !found.has(sha256)) found.set(sha256, { sha256, size, reason, stub: redactedName(sha256) })
  }
  return [...found.values()].toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
}

function bagInfo(record: CaseRecord, payload: readonly BagFile[], options: BagOptions): string {
  const bytes = payload.reduce((sum, { size }) => sum + size, 0)
  const { info, head, until, tool } = record
  const { signer, exportId } = options
  const lines = {
    'Bag-Software-Agent': tool,
    'Bagging-Date': until.slice(0, 10),
    'Contact-Name': info.examiner,
    'External-Description': `Evidence of case ${info.number ?? info.caseId}`,
    'External-Identifier': externalIdentifier(info.caseId, exportId, head),
    'Payload-Oxum': `${String(bytes)}.${String(payload.length)}`,
    'Tourniquet-Bundle': bundleFormat,
    'Tourniquet-Signer': signer.fingerprint,
    'Tourniquet-Signer-Kind': signer.kind === 'person' ? 'person' : 'case key, not a person',
    'Tourniquet-Signer-Label': signer.label,
    'Tourniquet-Time-Stamp': 'none',
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name}: ${oneLine(value)}\n`)
    .join('')
}

/** Text of people (a name, a key's comment) as one line that cannot start another field. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

function jsonFile(name: string, kind: string, value: object): BagFile {
  return textFile(name, `${JSON.stringify({ format: `tourniquet.${kind}/1`, ...value }, null, 1)}\n`)
}

function textFile(name: string, text: string): BagFile {
  const bytes = encoder.encode(text)
  return { name, size: bytes.length, pieces: () => [bytes] }
}

async function wholeOf(archive: CaseArchive, sha256: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of archive.exhibitChunks(sha256)) pieces.push(piece)
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
