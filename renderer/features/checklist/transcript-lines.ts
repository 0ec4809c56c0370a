// What jobs told, as lines a person reads: when, on which host, what was done, and how it came out. Pure; repeated reports of the same thing become one line.

import type { Tell } from '../../../main/core/contract.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'

export type LineTone = 'plain' | 'good' | 'bad' | 'wait' | 'dim'

export interface Line {
  /** `JOB SEQ` of the first report of it */
  readonly key: string
  readonly at: string
  /** chain of the host, or null */
  readonly host: string | null
  readonly said: string
  readonly text: string
  readonly result: string
  readonly tone: LineTone
  /** raw traffic and housekeeping: shown only when asked for */
  readonly request: boolean
}

/** The words lines are made of; they come from the language files. */
export interface LineWords {
  readonly said: (said: string) => string
  readonly verb: (verb: string) => string
  readonly title: (step: string) => string
  readonly say: (code: string, params?: Readonly<Record<string, string | number>>) => string
  readonly w: (
    key:
      | 'saidReading'
      | 'saidLooked'
      | 'saidUnknowns'
      | 'saidPlanned'
      | 'saidDeclined'
      | 'saidApproval'
      | 'saidAttestation'
      | 'saidKept'
      | 'saidWatch'
      | 'saidDeadArmed'
      | 'saidDeadRenewed'
      | 'saidDeadDisarmed'
      | 'saidDeadNotRenewed'
      | 'saidDeadFired'
      | 'saidEnded'
      | 'saidWriting'
      | 'saidExit'
      | 'left'
      | 'verified-yes'
      | 'verified-no'
      | 'verified-unknown',
    params?: Readonly<Record<string, string | number>>,
  ) => string
  readonly bytes: (bytes: number) => string
  readonly duration: (seconds: number) => string
}

interface Part {
  readonly said: string
  readonly text: string
  readonly result?: string
  readonly tone?: LineTone
  readonly request?: boolean
  /** a later report with the same name takes the place of this one */
  readonly instead?: string
}

/** Lines of all that was told, in the order it was told. */
export function linesOf(told: readonly Frozen<Tell>[], words: LineWords): readonly Line[] {
  const lines: Line[] = []
  const last = new Map<string, number>()
  for (const { job, seq, at, progress } of told) {
    const part = partOf(progress, words)
    if (part === null) continue
    const { said, text, result = '', tone = 'plain', request = false, instead } = part
    const host = 'host' in progress ? progress.host : null
    const line: Line = { key: `${job} ${String(seq)}`, at, host, said, text, result, tone, request }
    const name = instead === undefined ? null : `${job} ${host ?? ''} ${instead}`
    const before = name === null ? undefined : last.get(name)
    const earlier = before === undefined ? undefined : lines[before]
    if (before !== undefined && earlier !== undefined) lines[before] = { ...line, key: earlier.key }
    else {
      if (name !== null) last.set(name, lines.length)
      lines.push(line)
    }
  }
  return lines
}

function partOf(progress: Frozen<Tell>['progress'], words: LineWords): Part | null {
  const { said, verb, title, say, w, bytes, duration } = words
  switch (progress.type) {
    case 'step-started':
      return { said: said('step'), text: title(progress.step) }
    case 'step-ended': {
      const { step, outcome, skip, detail } = progress
      const why = skip === null ? detail : say(`skip.${skip}`)
      const tone = outcome === 'done' ? 'good' : outcome === 'failed' ? 'bad' : outcome === 'waiting' ? 'wait' : 'dim'
      const result = [say(`step.${outcome}`), ...(why === '' ? [] : [why])].join(' · ')
      return { said: said('step'), text: title(step), result, tone }
    }
    case 'looking': {
      const { step, probe, done, total } = progress
      const text = w('saidReading', { probe: say(`probe.${probe}`) })
      return {
        said: said('look'),
        text,
        result: `${String(done)}/${String(total)}`,
        tone: 'dim',
        instead: `look ${step ?? ''}`,
      }
    }
    case 'looked': {
      const { step, verdict, findings, proposed, unknowns } = progress
      const tone = verdict === 'clean' ? 'good' : verdict === 'unknown' ? 'dim' : verdict === 'suspect' ? 'wait' : 'bad'
      const missing = unknowns === 0 ? '' : ` · ${w('saidUnknowns', { n: unknowns })}`
      const text = w('saidLooked', { findings, proposed })
      return {
        said: said('look'),
        text,
        result: `${say(`verdict.${verdict}`)}${missing}`,
        tone,
        instead: `look ${step ?? ''}`,
      }
    }
    case 'planned': {
      const { items, declined } = progress
      const result = declined === 0 ? '' : w('saidDeclined', { n: declined })
      return { said: said('plan'), text: w('saidPlanned', { verb: verb(progress.verb), items }), result, tone: 'dim' }
    }
    case 'needs-person': {
      const step = title(progress.step)
      const text = progress.what === 'approval' ? w('saidApproval', { step }) : w('saidAttestation', { step })
      return { said: said('wait'), text, tone: 'wait' }
    }
    case 'capturing': {
      const { step, act } = progress
      return {
        said: said('keep'),
        text: w('saidKept', { step: title(step) }),
        result: bytes(progress.bytes),
        instead: `keep ${act}`,
      }
    }
    case 'acting':
      return null // the line comes with the outcome
    case 'acted': {
      const { outcome, detail, step } = progress
      const tone = outcome === 'done' ? 'plain' : outcome === 'failed' ? 'bad' : outcome === 'conflict' ? 'wait' : 'dim'
      return { said: verb(progress.verb), text: title(step), result: withDetail(say(`act.${outcome}`), detail), tone }
    }
    case 'verified': {
      const { result, detail, step } = progress
      const tone = result === 'yes' ? 'good' : result === 'no' ? 'bad' : 'dim'
      return { said: said('check'), text: title(step), result: withDetail(w(`verified-${result}`), detail), tone }
    }
    case 'soak': {
      const { lasts, longest, beyond } = progress
      const told = (what: NonNullable<typeof longest>) => ({ ...what, by: say(`soak.by-${what.by}`) })
      const seconds = Math.ceil(lasts / 1000)
      const text =
        longest === null
          ? say('soak.nothing-revives', { lasts: seconds })
          : say('soak.covers', { ...told(longest), lasts: seconds })
      const result = beyond === null ? '' : say('soak.beyond', told(beyond))
      return { said: said('watch'), text, result, tone: beyond === null ? 'dim' : 'wait' }
    }
    case 'waiting': {
      const { step, secondsLeft } = progress
      const result = w('left', { time: duration(secondsLeft) })
      return {
        said: said('watch'),
        text: w('saidWatch', { step: title(step) }),
        result,
        tone: 'dim',
        instead: `watch ${step}`,
      }
    }
    case 'undone': {
      const { step, outcome, detail } = progress
      const tone = outcome === 'done' || outcome === 'already' ? 'good' : outcome === 'failed' ? 'bad' : 'dim'
      const why = detail === '' ? '' : ` · ${detail}`
      return {
        said: said('undo'),
        text: title(step),
        result: `${say(outcome === 'skipped' ? 'step.skipped' : `undo.${outcome}`)}${why}`,
        tone,
      }
    }
    case 'transcript': {
      const { request, exit, bytes: size, lane } = progress
      const result = [...(exit === null ? [] : [w('saidExit', { n: exit })]), bytes(size)].join(' · ')
      return { said: said('request'), text: `${lane}  ${request}`, result, tone: 'dim', request: true }
    }
    case 'dead-man': {
      const { what, seconds } = progress
      const time = duration(seconds)
      const bad = what === 'not-renewed' || what === 'fired'
      const text = {
        armed: w('saidDeadArmed', { time }),
        renewed: w('saidDeadRenewed', { time }),
        disarmed: w('saidDeadDisarmed'),
        'not-renewed': w('saidDeadNotRenewed'),
        fired: w('saidDeadFired'),
      }[what]
      return { said: said('deadman'), text, tone: bad ? 'wait' : 'dim', request: what === 'renewed' }
    }
    case 'host-ended': {
      const { error } = progress
      if (error === null) return { said: said('end'), text: w('saidEnded'), tone: 'dim' }
      return { said: said('end'), text: say(`error.${error.code}`, error.params), result: error.code, tone: 'bad' }
    }
    case 'writing': {
      const { done, total } = progress
      return {
        said: said('export'),
        text: w('saidWriting', { done: bytes(done), total: bytes(total) }),
        instead: 'writing',
      }
    }
  }
}

function withDetail(outcome: string, detail: string): string {
  return detail === '' ? outcome : `${outcome} · ${detail}`
}
