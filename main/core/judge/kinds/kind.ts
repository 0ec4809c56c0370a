// What every kind of finding has: how a thing is named over looks, and how an opinion of it is told. Nothing is weighed here any more.

import type { Hashing } from '../../ports.ts'
import { band } from '../catalogue.ts'
import type { Finding, FindingKind, Target } from '../finding.ts'
import type { Ids } from '../finding-ids.ts'
import type { Links } from '../links.ts'
import { opinionOf, type Opinion } from '../opinions.ts'
import type { Scene } from '../scene.ts'
import type { Judging } from '../signals/predicate.ts'
import { compare, type Weighed } from '../weigh.ts'

/** Names a thing by its kind and by what keeps it the same from look to look: 16 hex digits. */
export type IdOf = (kind: FindingKind, ...parts: readonly (string | number | null)[]) => string

export function idsBy(hashing: Hashing): IdOf {
  const encoder = new TextEncoder()
  return (kind, ...parts) =>
    hashing
      .sha256()
      .update(encoder.encode(JSON.stringify([kind, ...parts])))
      .hex()
      .slice(0, 16)
}

/** How an opinion is told. `title` is a code of the language files, with `params` for its sentence; host text in params is in shown form. */
export interface Shape {
  readonly title: string
  readonly params: Finding['params']
  readonly target: Target
  readonly tags: readonly string[]
  readonly related?: readonly string[]
}

/** What a kind may ask when it tells of a thing. */
export interface Telling {
  readonly scene: Scene
  readonly links: Links
  readonly ids: Ids
}

/** A kind whose things pass no suspicion on: judged once, when the rest has settled. */
export interface PlainKind {
  readonly kind: FindingKind
  findings(telling: Telling, idOf: IdOf): readonly Finding[]
}

/** One kind: which things it is about, how they are weighed, what keeps each the same from look to look, and how it is told. */
export function plainKind<Subject>(of: {
  readonly kind: FindingKind
  readonly judging: Judging<Subject>
  readonly subjects: (scene: Scene) => readonly Subject[]
  readonly identity: (subject: Subject) => readonly (string | number | null)[]
  readonly tell: (opinion: Opinion<Subject>, telling: Telling) => Shape
}): PlainKind {
  return {
    kind: of.kind,
    findings: (telling, idOf) =>
      worthShowing(
        of.subjects(telling.scene).map((one) => opinionOf(of.judging, one, telling.scene, telling.links)),
      ).map((one) => finding(of.kind, idOf(of.kind, ...of.identity(one.subject)), one.weighed, of.tell(one, telling))),
  }
}

/** Things below the `note` band are left out. */
export function worthShowing<Subject>(opinions: readonly Opinion<Subject>[]): readonly Opinion<Subject>[] {
  return opinions.filter((one) => one.weighed.score >= band.note)
}

export function finding(kind: FindingKind, id: string, weighed: Weighed, shape: Shape): Finding {
  return {
    id,
    kind,
    title: shape.title,
    params: shape.params,
    target: shape.target,
    score: weighed.score,
    proposed: weighed.proposed,
    reasons: weighed.reasons,
    tags: [...new Set(shape.tags)].sort(compare),
    related: [...new Set(shape.related ?? [])].sort(compare),
  }
}

/** Hostile enough that what belongs to it is marked. */
export function hostile(weighed: Weighed): boolean {
  return weighed.proposed === 'yes' || weighed.score >= band.investigate
}

/** One of these signals counted. */
export function has(weighed: Weighed, ...signals: readonly string[]): boolean {
  return weighed.reasons.some((one) => one.effect !== 'note' && signals.includes(one.signal))
}
