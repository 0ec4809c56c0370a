// Takes the immutable and append-only locks off a file that stays where it is, and can put them back.

import { z } from 'zod'
import { hostBytes, parseHostText, shown } from '../host-text.ts'
import type { HostRequest } from '../host/session.ts'
import { triOf } from '../tri.ts'
import script from './flags.sh?raw'
import { fileIdentity } from './identity-json.ts'
import { fileCapture, fileOf } from './quarantine.ts'
import { readScript } from './reading.ts'
import type { ActContext, PlannedItem, Verb } from './verb.ts'

const flagArgs = z.strictObject({ path: z.string(), identity: fileIdentity, locks: z.string().regex(/^[ia]{1,2}$/) })

export const clearFlags: Verb = {
  name: 'clear-flags',
  needsCapture: true,
  reversible: true,

  plan({ findings, facts }) {
    const items = findings.flatMap((finding): PlannedItem[] => {
      const file = fileOf(finding.target)
      const fact = facts.find((each) => each.kind === 'file' && file !== null && each.meta.path === file.path)
      const locks = fact?.kind === 'file' ? (fact.meta.flags ?? '').replace(/[^ia]/g, '') : ''
      if (file === null || locks === '') return []
      return [
        {
          key: `flags:${shown(file.path)}`,
          finding: finding.id,
          target: finding.target,
          diff: [{ mark: '~', text: shown(file.path), note: { code: 'diff.unlock', params: { locks } } }],
          args: { path: shown(file.path), identity: { ...file.identity }, locks },
          captures: [fileCapture(file.path, file.identity)],
          hostile: finding.proposed === 'yes',
        },
      ]
    })
    return Promise.resolve({ items, declined: [] })
  },

  act: (item) => flagRequest(item.args, 'clear'),

  readAct(reply, item, context) {
    const result = readScript(reply)
    const { path, identity, locks } = flagArgs.parse(item.args)
    if (result.outcome !== 'done') return { outcome: result.outcome, change: null, detail: result.detail }
    return {
      outcome: 'done',
      change: {
        verb: 'clear-flags',
        act: context.act,
        item: item.key,
        objects: [`file:${path}`],
        hostile: item.hostile,
        summary: { code: 'change.clear-flags', params: { path, locks } },
        before: { path, identity, locks },
        after: { flags: result.fields.get('flags') ?? '' },
        reversible: true,
      },
      detail: result.detail,
    }
  },

  probe: (item, context) => unlocked(item.args, context),
  async verify(item, _change, context) {
    const result = await unlocked(item.args, context)
    return { result, detail: result === 'no' ? 'locked again' : '' }
  },
  undo: (change) => flagRequest(change.before, 'set'),
  readUndo(reply) {
    const result = readScript(reply)
    return { outcome: result.outcome, notRestored: result.outcome === 'done' ? ['ctime'] : [], detail: result.detail }
  },
}

function flagRequest(args: unknown, action: 'clear' | 'set'): HostRequest {
  const { path, identity, locks } = flagArgs.parse(args)
  return {
    argv: ['sh', '-c', script, 'flags', hostBytes(parseHostText(path)), identity.dev, identity.inode, action, locks],
  }
}

async function unlocked(args: unknown, context: ActContext): Promise<'yes' | 'no' | 'unknown'> {
  const { path } = flagArgs.parse(args)
  const reply = await context.session.run({ argv: ['lsattr', '-d', hostBytes(parseHostText(path))] })
  if (reply.exit !== 0) return 'unknown'
  const flags = new TextDecoder().decode(reply.stdout).split(' ')[0] ?? ''
  return triOf(!/[ia]/.test(flags))
}
