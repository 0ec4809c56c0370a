// Every verb by its name. Adding one means a file of its own, a line here and its name in verb.ts.

import type { Hashing } from '../ports.ts'
import { clearFlags } from './clear-flags.ts'
import { editLines } from './edit-lines.ts'
import { freeze } from './freeze.ts'
import { kill } from './kill.ts'
import { quarantine } from './quarantine.ts'
import { pauseSchedulers, resumeSchedulers } from './schedulers.ts'
import type { Verb, VerbName } from './verb.ts'

export function createVerbs(hashing: Hashing): Readonly<Record<VerbName, Verb>> {
  return {
    'pause-schedulers': pauseSchedulers,
    'resume-schedulers': resumeSchedulers,
    freeze,
    kill,
    quarantine,
    'edit-lines': editLines(hashing),
    'clear-flags': clearFlags,
  }
}
