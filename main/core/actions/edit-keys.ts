// Takes keys out of the files sshd reads them from, by exact line, and proves a second login before the change may stand. The key our own session came in
// with stays, unless a new one was installed and proven first. What is not proposed is listed and left, unless the person named what to keep.

import { TourniquetError } from '../errors.ts'
import type { AccessWorld } from '../host/access.ts'
import { shown } from '../host-text.ts'
import type { Json } from '../json.ts'
import type { Finding } from '../judge/finding.ts'
import type { Hashing } from '../ports.ts'
import type { AuthorizedKeyFact } from '../probes/facts.ts'
import { editLines } from './edit-lines.ts'
import { keyOptions, keyOptionsProblem, type KeyOptions } from './key-options.ts'
import { ProofsOfLogin, sessionKey, whyNotProven } from './second-login.ts'
import type { ActOutcome, Declined, DiffLine, PlanInput, PlannedItem, Verb } from './verb.ts'

export function editKeys(hashing: Hashing, access: AccessWorld): Verb {
  const lines = editLines(hashing)
  const proofs = new ProofsOfLogin(access)
  const newKeyFile = async (input: Pick<PlanInput, 'changes' | 'caseId'>): Promise<string | undefined> =>
    input.changes.some(({ verb }) => verb === 'install-key') ? (await access.caseKey(input.caseId)).keyFile : undefined
  return {
    name: 'edit-keys',
    needsCapture: true,
    reversible: true,

    async plan(input) {
      const problem = keyOptionsProblem(input.options)
      if (problem) throw new TourniquetError('param-invalid', { param: 'keys', ...problem })
      const options = keyOptions.parse(input.options ?? {})
      const ours = input.changes.some(({ verb }) => verb === 'install-key')
        ? (await access.caseKey(input.caseId)).fingerprint
        : null
      const { goes, declined } = choose(input, options, ours)
      if (goes.length === 0) return { items: [], declined }
      const keyFile = await newKeyFile(input)
      const why = await whyNotProven(access, input.session, keyFile === undefined ? {} : { keyFile })
      if (why !== null) return { items: [], declined: [...declined, ...goes.map((one) => decline(one, 'guard', why))] }
      const draft = await lines.plan({ ...input, options: {}, findings: goes.map(({ finding }) => finding) })
      return {
        items: draft.items.map((item) => withKey(item, goes, keyFile !== undefined)),
        declined: [...declined, ...draft.declined],
      }
    },

    act: (item, context) => lines.act(bare(item), context),
    readAct: (reply, item, context) => named(lines.readAct(reply, bare(item), context)),
    probe: (item, context) => lines.probe(bare(item), context),

    async verify(item, change, context) {
      const verified = await lines.verify(bare(item), change, context)
      if (verified.result === 'no') return verified
      const args = item.args as { readonly newKey?: boolean }
      const keyFile = args.newKey === true ? (await access.caseKey(context.caseId)).keyFile : undefined
      return proofs.after(change, verified, context, keyFile)
    },

    undo: (change, context) => lines.undo(change, context),
    readUndo: (reply, change, context) => lines.readUndo(reply, change, context),
  }
}

/** A key that is to go, as the line-editing verb wants it. */
interface Going {
  readonly fact: AuthorizedKeyFact
  readonly finding: Finding
}

function choose(
  input: PlanInput,
  { keys, keep }: KeyOptions,
  ours: string | null,
): { readonly goes: readonly Going[]; readonly declined: readonly Declined[] } {
  const kept = new Set([...keep.map((one) => one.replace(/=$/, '')), ...(ours === null ? [] : [ours])])
  const facts = input.facts.filter((fact): fact is AuthorizedKeyFact => fact.kind === 'authorized-key')
  const own = sessionKey(input.session)
  const goes: Going[] = []
  const declined: Declined[] = []
  const strangers = keep.length > 0 && !facts.some(({ fingerprint }) => fingerprint !== null && kept.has(fingerprint))
  for (const fact of facts) {
    const finding = input.findings.find((one) => isAbout(one, fact)) ?? null
    const one: Going = { fact, finding: finding ?? stand(fact) }
    const wanted = keys === 'all-but-kept' ? fact.fingerprint !== null : finding?.proposed === 'yes'
    if (fact.fingerprint !== null && kept.has(fact.fingerprint)) {
      declined.push(decline(one, 'not-selected', 'named among the keys to keep'))
    } else if (!wanted) {
      if (fact.fingerprint !== null) declined.push(decline(one, 'not-selected', told(fact)))
    } else if (strangers) {
      declined.push(decline(one, 'guard', 'none of the keys to keep stands on this host'))
    } else if (own !== null && fact.fingerprint === own && ours === null) {
      declined.push(decline(one, 'guard', 'our own session came in with it, and no other way in is proven'))
    } else goes.push(one)
  }
  return { goes, declined }
}

function isAbout({ kind, target }: Finding, fact: AuthorizedKeyFact): boolean {
  return kind === 'key' && target.kind === 'line' && target.path === fact.file.path && target.line === fact.line
}

/** A key nobody judged (the look was narrower than the plan) still has a line that can be named. */
function stand(fact: AuthorizedKeyFact): Finding {
  return {
    id: '',
    kind: 'key',
    title: 'key.unknown',
    params: {},
    target: { kind: 'line', path: fact.file.path, identity: fact.file.identity, line: fact.line, text: fact.raw },
    score: 0,
    proposed: 'no',
    reasons: [],
    tags: [],
    related: [],
  }
}

function decline({ finding }: Going, reason: Declined['reason'], detail: string): Declined {
  return { target: finding.target, finding: finding.id === '' ? null : finding.id, reason, detail }
}

/** One key in words of the field: fingerprint, whose, comment. */
function told(fact: AuthorizedKeyFact): string {
  return [fact.fingerprint ?? '?', shown(fact.account), shown(fact.comment).slice(0, 80)].join(' ')
}

/** The fingerprints stand under the lines, because nobody reads base64. */
function withKey(item: PlannedItem, goes: readonly Going[], newKey: boolean): PlannedItem {
  const here = goes.filter(({ fact }) => item.target.kind === 'file' && fact.file.path === item.target.path)
  const keys = here.map(({ fact }): DiffLine => ({ mark: ' ', text: `  ${told(fact)}` }))
  const finding = item.finding === '' ? null : item.finding
  return { ...item, finding, diff: [...item.diff, ...keys], args: { ...(item.args as object), newKey } }
}

/** Arguments as the line-editing verb wrote them. */
function bare(item: PlannedItem): PlannedItem {
  const args = Object.entries(item.args as Readonly<Record<string, Json>>).filter(([name]) => name !== 'newKey')
  return { ...item, args: Object.fromEntries(args) }
}

function named(outcome: ActOutcome): ActOutcome {
  if (outcome.change === null) return outcome
  const { summary } = outcome.change
  return {
    ...outcome,
    change: { ...outcome.change, verb: 'edit-keys', summary: { ...summary, code: 'change.edit-keys' } },
  }
}
