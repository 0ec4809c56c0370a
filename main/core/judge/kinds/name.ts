// Where names lead and who may connect: told with what to do. Nothing here is ever proposed for an act, because owners change these files as well.

import { shown } from '../../host-text.ts'
import { nameJudging, nameTroubles, toldOf } from '../signals/name.ts'
import { excerpt } from '../text.ts'
import { plainKind } from './kind.ts'

export const name = plainKind({
  kind: 'name',
  judging: nameJudging,
  subjects: nameTroubles,
  identity: ({ what, rules }) => [what, shown(rules[0].file.path), rules[0].file.identity.inode],
  tell: ({ subject }, { scene }) => {
    const [first, ...more] = subject.rules
    return {
      title: `name.${subject.what}`,
      // a deed of many lines is told of the file
      params: {
        path: excerpt(first.file.path),
        ...(more.length === 0 && first.line > 0 ? { line: first.line } : {}),
        ...toldOf(subject, scene),
      },
      target: { kind: 'file', path: first.file.path, identity: first.file.identity },
      tags: subject.what === 'locks-out' ? ['lock-out'] : ['names'],
    }
  },
})
