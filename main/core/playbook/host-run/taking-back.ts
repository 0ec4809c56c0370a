// Taking back a change that may not stand, in the very step that made it: its verb found that a proof it needs is missing (nobody could log in any more).
// The undo is an act of its own in the journal, made before the failed proof is told, so that a crash in between proves and takes back again.

import { sendOnce } from '../perform.ts'
import { undoActId } from '../plan.ts'
import type { FlatStep } from '../compose.ts'
import type { RunningHost } from './running-host.ts'

/** What became of it, as a half sentence for the step's detail. */
export async function takeBack(on: RunningHost, step: FlatStep, act: string): Promise<string> {
  const state = on.state.acts[act]
  const change = state?.acted?.change
  if (!state?.intended || !change) return 'there is no record to take it back by'
  const verb = on.deps.verbs[change.verb]
  const id = undoActId(on.deps.hashing, act, state.undone.length)
  const context = on.context(id)
  const request = verb.undo(change, context)
  if (request === null) return 'it cannot be taken back'
  const { plan, item } = state.intended
  const asWhat = { act: id, plan, item, verb: change.verb, once: id, undoes: act }
  await on.record('intended', { ...on.at(step), ...asWhat })
  const undone = verb.readUndo(await sendOnce(on.host.session, request, id), change, context)
  const { outcome, notRestored, detail } = undone
  const result = { act, undoAct: id, outcome, notRestored: [...notRestored], detail }
  await on.record('undone', { ...on.at(step), ...result })
  on.tell({ type: 'undone', host: on.host.id, step: step.id, act, outcome, detail })
  return outcome === 'done' || outcome === 'already'
    ? 'the change was taken back'
    : `it could not be taken back: ${detail}`
}
