// Adds the public half of the case's own key to the account we log in to, and proves a login with it before anything relies on it. Only when asked for.

import { z } from 'zod'
import { concatBytes } from '../bytes.ts'
import type { AccessWorld } from '../host/access.ts'
import { hostBytes, hostText, parseHostText, shown, type HostText } from '../host-text.ts'
import { base64, fromBase64 } from '../json.ts'
import type { Hashing } from '../ports.ts'
import type { AccountFact, AuthorizedKeyFact } from '../probes/facts.ts'
import { keyFilesFor, type SshdSetting } from '../probes/sshd-config.ts'
import { readWhole } from './edit-lines.ts'
import { fileIdentity, parseFileIdentity } from './identity-json.ts'
import script from './install-key.sh?raw'
import { fileCapture, readTaking, readUndoTaking, takenStands, takeRequest, undoTaking } from './quarantine.ts'
import { readScript } from './reading.ts'
import removal from './remove-key-file.sh?raw'
import { ProofsOfLogin } from './second-login.ts'
import type { ActOutcome, ChangeRecord, Declined, PlanDraft, PlanInput, Verb } from './verb.ts'

const options = z.strictObject({ install: z.enum(['yes', 'no']).default('no') })

/** Bytes: a file of keys larger than this is not one we add to. */
const fileLimit = 256 * 1024

const args = z.strictObject({
  path: z.string(),
  /** of the file as it stands; null when there is none */
  identity: fileIdentity.nullable(),
  content: z.string(),
  contentSha256: z.string(),
  fingerprint: z.string(),
  uid: z.number().int(),
  gid: z.number().int(),
})
const madeBefore = z.strictObject({ path: z.string(), made: z.string() })
const madeAfter = z.strictObject({ left: fileIdentity })

export function installKey(hashing: Hashing, access: AccessWorld): Verb {
  const proofs = new ProofsOfLogin(access)
  return {
    name: 'install-key',
    needsCapture: true,
    reversible: true,

    plan: (input) => plan(input, hashing, access),

    act(item, context) {
      const to = args.parse(item.args)
      const path = parseHostText(to.path)
      const bytes = fromBase64(to.content)
      if (to.identity !== null) {
        const replacement = { bytes, sha256: to.contentSha256 }
        return takeRequest({ path, identity: parseFileIdentity(to.identity), replacement }, context)
      }
      const words = [hostBytes(path), String(to.uid), String(to.gid), to.contentSha256]
      return { argv: ['sh', '-c', script, 'install-key', ...words], stdin: bytes, timeLimit: 10_000 }
    },

    readAct(reply, item, context): ActOutcome {
      const to = args.parse(item.args)
      const summary = {
        code: 'change.install-key',
        params: { path: to.path, fingerprint: to.fingerprint },
      }
      if (to.identity !== null) {
        const of = { verb: 'edit-lines', path: to.path, identity: parseFileIdentity(to.identity) } as const
        const outcome = readTaking(reply, { ...of, item, context, hostile: false, removed: [] })
        if (outcome.change === null) return outcome
        return { ...outcome, change: { ...outcome.change, verb: 'install-key', summary } }
      }
      const result = readScript(reply)
      const [dev, inode] = (result.fields.get('left') ?? '').split(' ')
      const stands = result.outcome === 'done' || result.outcome === 'already'
      if (!stands || !dev || !inode)
        return { outcome: stands ? 'failed' : result.outcome, change: null, detail: result.detail }
      const change: ChangeRecord = {
        verb: 'install-key',
        act: context.act,
        item: item.key,
        objects: [`file:${to.path}`],
        hostile: false,
        summary,
        before: { path: to.path, made: result.fields.get('made') ?? 'no' },
        after: { left: { dev, inode, sha256: to.contentSha256 } },
        reversible: true,
      }
      return { outcome: 'done', change, detail: '' }
    },

    async probe(item, context) {
      const to = args.parse(item.args)
      const path = parseHostText(to.path)
      if (to.identity !== null) return takenStands(path, parseFileIdentity(to.identity), context)
      const now = await readWhole(context.session, path, fileLimit)
      if (now === 'absent') return 'no'
      if (typeof now === 'string') return 'unknown'
      return hashing.sha256().update(now.bytes).hex() === to.contentSha256 ? 'yes' : 'no'
    },

    async verify(item, change, context) {
      const to = args.parse(item.args)
      const now = await readWhole(context.session, parseHostText(to.path), fileLimit)
      if (typeof now === 'string' && now !== 'absent') return { result: 'unknown', detail: `could not be read: ${now}` }
      const line = new TextDecoder().decode(fromBase64(to.content)).trimEnd().split('\n').at(-1) ?? ''
      const stands = now !== 'absent' && new TextDecoder().decode(now.bytes).split('\n').includes(line)
      if (!stands) return { result: 'no', detail: 'the key is gone from the file' }
      const { keyFile } = await access.caseKey(context.caseId)
      return proofs.after(
        change,
        { result: 'yes', detail: `a login with ${to.fingerprint} is proven` },
        context,
        keyFile,
      )
    },

    undo(change, context) {
      const made = madeBefore.safeParse(change.before)
      if (!made.success) return undoTaking(change, context)
      const { left } = madeAfter.parse(change.after)
      const words = [hostBytes(parseHostText(made.data.path)), left.dev, left.inode, left.sha256 ?? '-', made.data.made]
      return { argv: ['sh', '-c', removal, 'remove-key-file', ...words] }
    },

    readUndo(reply, change) {
      if (!madeBefore.safeParse(change.before).success) return readUndoTaking(reply, change)
      const result = readScript(reply)
      return { outcome: result.outcome, notRestored: [], detail: result.detail }
    },
  }
}

async function plan(input: PlanInput, hashing: Hashing, access: AccessWorld): Promise<PlanDraft> {
  const none: PlanDraft = { items: [], declined: [] }
  if (options.parse(input.options ?? {}).install !== 'yes') return none
  const decline = (reason: Declined['reason'], detail: string): PlanDraft => ({
    items: [],
    declined: [{ target: { kind: 'host' }, finding: null, reason, detail }],
  })
  const user = input.session.arrival.dialled.user
  const account = input.facts.find((fact): fact is AccountFact => fact.kind === 'account' && shown(fact.name) === user)
  if (!account) return decline('unknown', `the account ${user} was not read`)
  const key = await access.caseKey(input.caseId)
  const mine = input.facts.filter(
    (fact): fact is AuthorizedKeyFact =>
      fact.kind === 'authorized-key' &&
      fact.effective === 'yes' &&
      [fact.account, ...fact.others].includes(account.name),
  )
  if (mine.some(({ fingerprint }) => fingerprint === key.fingerprint)) return decline('already', 'the key is installed')
  const path = keyFileOf(account, mine, input)
  if (path === null) return decline('not-possible', 'sshd reads no file of keys for this account')
  const file = await readWhole(input.session, path, fileLimit + 1)
  if (typeof file === 'string' && file !== 'absent') return decline('unknown', `could not be read: ${file}`)
  if (file !== 'absent' && (file.meta.type !== 'file' || file.truncated))
    return decline('not-possible', `${shown(path)} is not a file of keys we may add to`)
  const old = file === 'absent' ? new Uint8Array() : file.bytes
  const gap = old.length > 0 && old.at(-1) !== 0x0a ? '\n' : ''
  const content = concatBytes([old, new TextEncoder().encode(`${gap}${key.publicLine}\n`)])
  const identity =
    file === 'absent' ? null : { ...file.meta.identity, sha256: hashing.sha256().update(file.bytes).hex() }
  return {
    items: [
      {
        key: `file:${shown(path)}`,
        finding: null,
        target: identity === null ? { kind: 'host' } : { kind: 'file', path, identity },
        diff: [
          { mark: '~', text: shown(path) },
          { mark: '+', text: key.publicLine },
          { mark: ' ', text: `  ${key.fingerprint}` },
        ],
        args: {
          path: shown(path),
          identity,
          content: base64(content),
          contentSha256: hashing.sha256().update(content).hex(),
          fingerprint: key.fingerprint,
          uid: account.uid,
          gid: account.gid,
        },
        captures: identity === null ? [] : [fileCapture(path, identity)],
        hostile: false,
      },
    ],
    declined: [],
  }
}

/** The file that lies in the account's own home where there is one, else the first that sshd would read. */
function keyFileOf(account: AccountFact, mine: readonly AuthorizedKeyFact[], input: PlanInput): HostText | null {
  const files = mine.map(({ file }) => file).filter(({ type }) => type === 'file')
  const home = `${shown(account.home)}/`
  const own = files.find(({ path }) => shown(path).startsWith(home)) ?? files[0]
  if (own) return own.path
  const settings = input.facts.flatMap((fact): SshdSetting[] => {
    if (fact.kind !== 'sshd-setting') return []
    const { line, keyword } = fact
    const conditions = fact.match === null ? [] : shown(fact.match).split(' & ')
    return [{ path: '', line, raw: '', keyword, args: shown(fact.value).split(' '), conditions }]
  })
  const user = { name: shown(account.name), uid: account.uid, home: shown(account.home), groups: [] }
  const [first] = keyFilesFor(settings, user)
  return first === undefined || first.includes('\\') ? null : hostText(new TextEncoder().encode(first))
}
