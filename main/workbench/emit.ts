// How the workbench tells the page. Without a page nothing is told and nothing is lost: `state` and the case folder have it all.

import type { Contract } from '../core/contract.ts'
import type { EventData, EventName } from '../core/rpc/define.ts'

export type Emit = <E extends EventName<Contract>>(name: E, data: EventData<Contract, E>) => void
