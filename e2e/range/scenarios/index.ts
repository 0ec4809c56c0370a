// All scenarios by name.
import { accounts } from './accounts.ts'
import { compound } from './compound.ts'
import { container } from './container.ts'
import { demonstration } from './demonstration.ts'
import { everyCron } from './every-cron.ts'
import { services } from './guard-service.ts'
import { hiddenMiner } from './hidden-miner.ts'
import { innocence } from './innocence.ts'
import { keys } from './keys.ts'
import { names } from './names.ts'
import { overmount } from './overmount.ts'
import { preloadLocked } from './preload-locked.ts'
import { replacedTools } from './replaced-tools.ts'
import type { Scenario } from './scenario.ts'
import { startups } from './startups.ts'
import { sudoLogin } from './sudo-login.ts'
import { timestomp } from './timestomp.ts'
import { watchdogPair } from './watchdog-pair.ts'
import { watchedUnit } from './watched-unit.ts'

/** In the order of the matrix; each with a comma of its own, so that a new one is one line. */
const all: readonly Scenario[] = [
  innocence,
  hiddenMiner,
  everyCron,
  overmount,
  services,
  startups,
  names,
  container,
  timestomp,
  keys,
  accounts,
  sudoLogin,
  watchdogPair,
  watchedUnit,
  preloadLocked,
  replacedTools,
  compound,
  demonstration,
]

export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  all.map((scenario) => [scenario.name, scenario]),
)
