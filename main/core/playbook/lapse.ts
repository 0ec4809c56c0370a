// A pause or a block that the dead man ended, in the words of the journal: we were not there, and the change stands no more. Nobody of ours asked for it, so there is
// no intent; that is how it is told from an undo.

import type { EventData } from '../case/events.ts'
import type { Hashing } from '../ports.ts'
import { undoActId } from './plan.ts'
import type { ActState } from './state.ts'

const detail = 'the dead man ended it while no session renewed it'

/** Two events, in this order: what we do not know about that time, and that nothing may be verified or resumed on this pause's account any more. */
export function lapseEvents(
  hashing: Hashing,
  run: string,
  pause: ActState,
): readonly [['gap', EventData<'gap'>], ['undone', EventData<'undone'>]] {
  const at = { run, step: pause.step }
  const undoAct = undoActId(hashing, pause.act, pause.undone.length)
  return [
    ['gap', { ...at, probe: 'dead-man', what: pause.act, reason: 'link-lost', detail }],
    ['undone', { ...at, act: pause.act, undoAct, outcome: 'done', notRestored: [], detail }],
  ]
}
