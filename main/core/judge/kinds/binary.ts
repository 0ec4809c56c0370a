// How a tool that was replaced, renamed or disabled is told of, and after it the copies an intruder left beside it or under other names.

import { shown } from '../../host-text.ts'
import type { FileIdentity } from '../../host/identity.ts'
import type { BinaryFact } from '../../probes/facts.ts'
import { allOf, type Tri } from '../../tri.ts'
import type { Finding, Reason } from '../finding.ts'
import { opinionOf, type Opinion } from '../opinions.ts'
import { binaryJudging, judgedBinaries } from '../signals/binary.ts'
import { excerpt } from '../text.ts'
import { finding, worthShowing, type IdOf, type PlainKind, type Shape } from './kind.ts'

/** The identity of a place where nothing is: no file has it. */
const nothing: FileIdentity = { dev: '0', inode: '0', sha256: null }

export const binary: PlainKind = {
  kind: 'binary',
  findings: ({ scene, links }, idOf) => {
    const opinions = worthShowing(judgedBinaries(scene).map((one) => opinionOf(binaryJudging, one, scene, links)))
    return opinions.flatMap((opinion) => {
      const id = idOf('binary', shown(opinion.subject.path), opinion.subject.state, opinion.subject.actualMd5)
      const copies = copiesOf(opinion, id, idOf)
      const own = finding('binary', id, opinion.weighed, tell(opinion, copies))
      return [own, ...copies]
    })
  },
}

function tell({ subject, weighed }: Opinion<BinaryFact>, copies: readonly Finding[]): Shape {
  const copy = subject.copies.find(({ matches }) => matches === 'yes')
  const hostile = weighed.proposed === 'yes' || weighed.score >= 60
  return {
    title: titleOf(subject, copy !== undefined),
    params: {
      path: excerpt(subject.path),
      package: excerpt(subject.package),
      ...(copy === undefined ? {} : { copy: excerpt(copy.meta.path) }),
    },
    target: { kind: 'file', path: subject.path, identity: subject.meta?.identity ?? nothing },
    tags: [
      ...(hostile ? ['replaced-tool'] : []),
      ...(subject.rebuild && subject.state === 'altered' ? ['rebuild'] : ['restorable']),
    ],
    related: copies.map((one) => one.id),
  }
}

function titleOf(subject: BinaryFact, found: boolean): string {
  switch (subject.state) {
    case 'missing':
      return found ? 'binary.renamed' : 'binary.missing'
    case 'mode':
    case 'locked':
      return 'binary.mode'
    case 'unlisted':
      return 'binary.unlisted'
    case 'diverted':
      return 'binary.diverted'
    case 'doubtful':
      return 'binary.doubtful'
    case 'altered':
      return 'binary.replaced'
  }
}

/** What an intruder moved aside is his doing, whatever its bytes: it goes once the tool is back. A namesake only counts where the tool itself is proposed. */
function copiesOf({ subject, weighed }: Opinion<BinaryFact>, of: string, idOf: IdOf): readonly Finding[] {
  return subject.copies.flatMap(({ meta, matches, named }): Finding[] => {
    const sureOfIt: Tri = matches === 'yes' || (named && mentioned(subject, shown(meta.path))) ? 'yes' : 'unknown'
    const proposed = allOf([weighed.proposed, sureOfIt])
    if (proposed === 'no') return []
    const reason: Reason = {
      signal: matches === 'yes' ? 'moved-original' : 'namesake-of-replaced',
      effect: 'raises',
      group: 'belonging',
      permille: weighed.permille,
      params: { path: excerpt(subject.path) },
    }
    return [
      {
        id: idOf('binary', 'copy', shown(meta.path), meta.identity.dev, meta.identity.inode),
        kind: 'binary',
        title: 'binary.copy',
        params: { path: excerpt(meta.path), tool: excerpt(subject.path) },
        target: { kind: 'file', path: meta.path, identity: meta.identity },
        score: weighed.score,
        proposed,
        reasons: [reason],
        tags: ['moved-copy'],
        related: [of],
      },
    ]
  })
}

/** The script in its place names it. */
function mentioned(subject: BinaryFact, path: string): boolean {
  return subject.head !== null && shown(subject.head).includes(path.slice(path.lastIndexOf('/') + 1))
}
