// Every probe by its id. A new one is a file beside these and a line here.

import { accounts } from './accounts.ts'
import { binaries } from './binaries.ts'
import { files } from './files.ts'
import { keys } from './keys.ts'
import { logins } from './logins.ts'
import { machine } from './machine.ts'
import { mounts } from './mounts.ts'
import { names } from './names.ts'
import { preload } from './preload.ts'
import type { Probe, ProbeId } from './probe.ts'
import { processes } from './processes.ts'
import { schedulers } from './schedulers.ts'
import { sockets } from './sockets.ts'
import { startup } from './startup.ts'
import { units } from './units.ts'

export const probes: { readonly [Id in ProbeId]: Probe } = {
  machine,
  processes,
  sockets,
  schedulers,
  units,
  startup,
  preload,
  mounts,
  files,
  logins,
  binaries,
  keys,
  accounts,
  names,
}

/** All ids, in the order in which they are told. */
export const probeIds = Object.keys(probes) as readonly ProbeId[]
