// What a signal is made of: a predicate by name, and the pattern matching that data-only signals share.

import { shown, type HostText } from '../../host-text.ts'
import { TourniquetError } from '../../errors.ts'
import { sheets, type GuardDatum, type SheetKind, type SignalDatum } from '../catalogue.ts'
import type { Links } from '../links.ts'
import type { Scene } from '../scene.ts'
import { excerptOf, plain } from '../text.ts'
import type { Seen, SeenGuard, SeenSignal } from '../weigh.ts'

/** Answers null when the signal or guard does not apply. */
export type Predicate<Subject, Datum> = (subject: Subject, scene: Scene, links: Links, datum: Datum) => Seen | null

export type Predicates<Subject, Datum> = Readonly<Record<string, Predicate<Subject, Datum>>>

export interface Judging<Subject> {
  readonly kind: SheetKind
  readonly signals: Predicates<Subject, SignalDatum>
  readonly guards: Predicates<Subject, GuardDatum>
}

/** Everything that applies to one thing, in the order of the sheet. Throws `internal` when a datum names no predicate. */
export function look<Subject>(
  judging: Judging<Subject>,
  subject: Subject,
  scene: Scene,
  links: Links,
): { signals: readonly SeenSignal[]; guards: readonly SeenGuard[] } {
  const signals = sheets[judging.kind].signals.flatMap((datum) => {
    const seen = predicate(judging.signals, datum.when)(subject, scene, links, datum)
    return seen === null ? [] : [{ ...seen, datum }]
  })
  const guards = sheets[judging.kind].guards.flatMap((datum) => {
    const seen = predicate(judging.guards, datum.when)(subject, scene, links, datum)
    return seen === null ? [] : [{ ...seen, datum }]
  })
  return { signals, guards }
}

function predicate<Subject, Datum>(all: Predicates<Subject, Datum>, name: string): Predicate<Subject, Datum> {
  const found = all[name]
  if (found === undefined) throw new TourniquetError('internal', { what: `no predicate ${name}` })
  return found
}

export function sure(params: Seen['params'] = {}): Seen {
  return { sure: true, params }
}

export function unsure(params: Seen['params'] = {}): Seen {
  return { sure: false, params }
}

/** `sure` when the condition holds, else nothing. */
export function when(condition: boolean, params: Seen['params'] = {}): Seen | null {
  return condition ? sure(params) : null
}

/** First pattern of the datum found in the text; the first capture is shown as `match`. RE2 takes linear time on whatever a host writes. */
export function matchText(datum: SignalDatum, text: HostText, scene: Scene): Seen | null {
  const key = `${datum.id}\0${shown(text)}`
  const before = scene.searched.get(key)
  if (before !== undefined) return before
  const form = plain(text)
  let seen: Seen | null = null
  for (const pattern of datum.matchers) {
    const matcher = pattern.matcher(form)
    if (!matcher.find()) continue
    seen = sure({ match: excerptOf(matcher.group(matcher.groupCount() > 0 ? 1 : 0) ?? '') })
    break
  }
  scene.searched.set(key, seen)
  return seen
}
