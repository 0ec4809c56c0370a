// What a run tells while it runs, for a command line or a workbench. It is a view: nothing here decides anything, and losing it loses nothing.

import type { VerbName } from '../actions/verb.ts'
import type { ErrorCode, ErrorParams } from '../errors.ts'
import type { Verdict } from '../judge/finding.ts'
import type { Tri } from '../tri.ts'
import type { SoakPlan } from './revive.ts'
import type { SkipReason, StepOutcome } from './state.ts'
import type { Bilingual } from './schema.ts'

export type Progress = { readonly host: string } & (
  | {
      readonly type: 'step-started'
      readonly step: string
      readonly kind: 'inspect' | 'attest' | 'act' | 'wait'
      readonly title: Bilingual | null
      readonly sentence: Bilingual | null
    }
  | {
      readonly type: 'step-ended'
      readonly step: string
      readonly outcome: StepOutcome
      readonly skip: SkipReason | null
      readonly detail: string
    }
  | {
      readonly type: 'looking'
      readonly step: string | null
      readonly probe: string
      readonly done: number
      readonly total: number
    }
  | {
      readonly type: 'looked'
      readonly step: string | null
      readonly verdict: Verdict
      readonly findings: number
      readonly proposed: number
      readonly unknowns: number
      /** false: some of what can be read was not read yet in this run, so the verdict says little */
      readonly complete: boolean
    }
  | {
      readonly type: 'planned'
      readonly step: string
      readonly verb: VerbName
      readonly items: number
      readonly declined: number
    }
  | { readonly type: 'needs-person'; readonly step: string; readonly what: 'approval' | 'attestation' }
  | {
      readonly type: 'capturing'
      readonly step: string
      readonly act: string
      readonly bytes: number
    }
  | {
      readonly type: 'acting'
      readonly step: string
      readonly verb: VerbName
      readonly done: number
      readonly total: number
    }
  | {
      readonly type: 'acted'
      readonly step: string
      readonly act: string
      readonly verb: VerbName
      readonly outcome: string
      readonly detail: string
    }
  | {
      readonly type: 'verified'
      readonly step: string
      readonly act: string
      readonly result: Tri
      readonly detail: string
    }
  /** a soak begins: how long it lasts and why; milliseconds */
  | ({ readonly type: 'soak'; readonly step: string } & SoakPlan)
  | { readonly type: 'waiting'; readonly step: string; readonly secondsLeft: number; readonly secondsTotal: number }
  | {
      readonly type: 'undone'
      readonly step: string
      readonly act: string
      readonly outcome: string
      readonly detail: string
    }
  /** one request to the host, as a readable line */
  | {
      readonly type: 'transcript'
      readonly lane: 'control' | 'bulk'
      readonly request: string
      readonly exit: number | null
      readonly bytes: number
    }
  | {
      readonly type: 'dead-man'
      readonly what: 'armed' | 'renewed' | 'disarmed' | 'not-renewed' | 'fired'
      readonly seconds: number
    }
  | {
      readonly type: 'host-ended'
      readonly exit: number
      readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null
    }
)
