// All scenarios by name.
import { container } from './container.ts'
import { demonstration } from './demonstration.ts'
import { everyCron } from './every-cron.ts'
import { services } from './guard-service.ts'
import { innocence } from './innocence.ts'
import { names } from './names.ts'
import { overmount } from './overmount.ts'
import type { Scenario } from './scenario.ts'
import { startups } from './startups.ts'
import { timestomp } from './timestomp.ts'

export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  [demonstration, everyCron, innocence, overmount, services, names, container, timestomp, startups].map((scenario) => [
    scenario.name,
    scenario,
  ]),
)
