// All scenarios by name.
import { demonstration } from './demonstration.ts'
import { everyCron } from './every-cron.ts'
import { services } from './guard-service.ts'
import { innocence } from './innocence.ts'
import { overmount } from './overmount.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  [demonstration, everyCron, innocence, overmount, services].map((scenario) => [scenario.name, scenario]),
)
