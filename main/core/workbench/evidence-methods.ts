// Methods of the contract about what a case holds and what leaves it: the journal, exhibits, the page's locker, bundles and reports.

import { z } from 'zod'
import {
  count,
  exportId,
  from,
  id,
  journalEvent,
  nothing,
  path,
  short,
  signer,
  signerAbout,
  source,
  started,
} from './border.ts'
import { sha256 } from './shapes.ts'

/** Most journal events one answer carries, and the bytes of them after which none is added: the page checks and writes each answer in one go. */
export const journalPage = { events: 2000, bytes: 1024 * 1024 }

export const evidenceMethods = {
  /** The evidence feed: events of one chain from a sequence number on. `head` is the next number that does not exist yet. */
  'journal.read': {
    input: z.strictObject({ chain: id, from }),
    output: z.strictObject({ head: count, events: z.array(journalEvent).max(journalPage.events) }),
  },
  /** The plain bytes, `size` of them. Whoever keeps them hashes them first: the digest that was asked for is all that vouches for them. */
  'exhibit.read': {
    input: z.strictObject({ sha256 }),
    output: z.strictObject({ sha256, size: count }),
    bytes: 'down',
  },

  /** A word of a person on an exhibit, for ever in the case; the last one on an exhibit counts. */
  'exhibit.note': {
    input: z.strictObject({
      sha256,
      text: z.string().trim().max(4000),
      tags: z.array(z.string().trim().min(1).max(64)).max(16),
    }),
    output: nothing,
  },
  /** Key under which the page keeps exhibits of the open case at rest: 32 bytes in base64, made from the case's key and useless for the case folder. */
  'locker.key': { input: nothing, output: z.strictObject({ caseId: id, key: z.base64() }) },

  /**
   * Three steps by which the page writes a bundle from its own locker, byte for byte the one `export.start` would write. `prepare` anchors the case and
   * says at which heads the bundle must stand; one export is prepared at a time.
   */
  'bundle.prepare': {
    input: z.strictObject({ exportId, signer }),
    output: z.strictObject({
      exportId: id,
      signer: signerAbout,
      heads: z.array(z.strictObject({ chain: id, events: count })),
    }),
  },
  /** Signs what an SSH signature of namespace `tourniquet-bundle` signs, and nothing else. In: base64. Out: wire form, base64. */
  'bundle.sign': {
    input: z.strictObject({ exportId: id, data: z.string().max(1024) }),
    output: z.strictObject({ signature: z.string().max(16_384) }),
  },
  /** The bundle is whole: the journal says so. */
  'bundle.sealed': { input: z.strictObject({ exportId: id, tagManifestSha256: sha256 }), output: nothing },

  'export.start': {
    input: z.strictObject({
      exportId,
      /** absolute; null = the exports folder beside the cases */
      out: path.nullable(),
      includeSecrets: z.boolean(),
      signer,
    }),
    output: started,
  },
  /** The bundle an export job wrote. */
  'export.read': {
    input: z.strictObject({ job: id }),
    output: z.strictObject({ name: short, size: count }),
    bytes: 'down',
  },
  'bundle.verify': {
    input: z.strictObject({ from: source, signer: short.nullable() }),
    output: z.strictObject({
      caseId: id,
      number: z.string().nullable(),
      exportId: id,
      head: z.string(),
      signer: z.strictObject({
        fingerprint: short,
        label: z.string(),
        kind: z.enum(['person', 'case']),
        trust: z.enum(['matches', 'unproven']),
      }),
      files: count,
      bytes: count,
      exhibits: count,
      redacted: count,
      events: count,
    }),
  },
  /** One self-contained page without script. It holds host text: show it in a sandboxed frame or save it, never as part of the workbench. */
  'report.read': { input: nothing, output: z.strictObject({ name: short, size: count }), bytes: 'down' },
} as const
