// Every verb by its name. Adding one means a file of its own, a line here and its name in verb.ts.

import type { AccessWorld } from '../host/access.ts'
import { noPackages, type PackageSource } from '../packages/package-source.ts'
import type { Hashing } from '../ports.ts'
import { blockExec, liftBlocks } from './blocks.ts'
import { clearFlags } from './clear-flags.ts'
import { editKeys } from './edit-keys.ts'
import { editLines } from './edit-lines.ts'
import { freeze } from './freeze.ts'
import { installKey } from './install-key.ts'
import { kill } from './kill.ts'
import { quarantine } from './quarantine.ts'
import { restoreBinary } from './restore-binary.ts'
import { pauseSchedulers, resumeSchedulers } from './schedulers.ts'
import { stopUnit } from './stop-unit.ts'
import type { Verb, VerbName } from './verb.ts'

/** `packages`: where good bytes of programs come from, when a person gave some. */
export function createVerbs(
  hashing: Hashing,
  access: AccessWorld,
  packages: PackageSource = noPackages,
): Readonly<Record<VerbName, Verb>> {
  return {
    'pause-schedulers': pauseSchedulers,
    'resume-schedulers': resumeSchedulers,
    freeze,
    kill,
    quarantine,
    'edit-lines': editLines(hashing),
    'clear-flags': clearFlags,
    'block-exec': blockExec,
    'lift-blocks': liftBlocks,
    'stop-unit': stopUnit,
    'edit-keys': editKeys(hashing, access),
    'install-key': installKey(hashing, access),
    'restore-binary': restoreBinary(hashing, packages),
  }
}
