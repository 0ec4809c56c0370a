// Names inside a bundle. They are made of ids and digests of ours only, so that no text from a host ever becomes the name of a file on the machine
// of whoever unpacks it.

/** Files of the bag that are not payload, in the order of their names. */
export const tagFiles = {
  verifyText: 'VERIFY.md',
  bagInfo: 'bag-info.txt',
  bagit: 'bagit.txt',
  manifest256: 'manifest-sha256.txt',
  manifest512: 'manifest-sha512.txt',
  allowedSigners: 'signatures/allowed_signers',
  signature: 'signatures/tagmanifest-sha256.txt.sig',
  tagManifest: 'tagmanifest-sha256.txt',
  verifyScript: 'verify.sh',
} as const

/** Payload files with a fixed name. */
export const payloadFiles = {
  approvals: 'data/approvals.json',
  case: 'data/case.json',
  changes: 'data/changes.json',
  exhibits: 'data/exhibits.json',
  findings: 'data/findings.json',
  gaps: 'data/gaps.json',
  redactions: 'data/redactions.json',
  report: 'data/report.html',
  runs: 'data/runs.json',
} as const

export function exhibitName(sha256: string): string {
  return `data/exhibits/${sha256}`
}

/** Stands where a redacted exhibit would; its name is not a digest, so nobody takes it for the bytes. */
export function redactedName(sha256: string): string {
  return `data/exhibits/${sha256}.redacted.json`
}

export function journalName(chain: string): string {
  return `data/journal/${chain}.jsonl`
}

/** The bag's own folder inside the ZIP. */
export function bagFolder(caseId: string, exportId: string): string {
  return `${caseId}_${exportId}`
}

/** The id of an export: given by the caller, part of a name. */
export function isExportId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{3,63}$/.test(text)
}

const fixed = new Set<string>([...Object.values(tagFiles), ...Object.values(payloadFiles)])
const exhibit = /^data\/exhibits\/[0-9a-f]{64}(\.redacted\.json)?$/
const journal = /^data\/journal\/[a-z0-9][a-z0-9-]{3,63}\.jsonl$/

/** True for the names a bag of ours can have inside its folder, and for no other. */
export function isBagName(name: string): boolean {
  return fixed.has(name) || exhibit.test(name) || journal.test(name)
}

/** True for FOLDER/NAME as it stands in the ZIP. */
export function isBundlePath(path: string): boolean {
  const slash = path.indexOf('/')
  return /^case-[0-9a-f]{16}_[a-z0-9][a-z0-9-]{3,63}$/.test(path.slice(0, slash)) && isBagName(path.slice(slash + 1))
}
