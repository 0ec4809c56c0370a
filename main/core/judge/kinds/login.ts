// Logins worth a look: notes for the timeline, never proposed for an act.

import { shown } from '../../host-text.ts'
import { loginJudging } from '../signals/host.ts'
import { excerpt } from '../text.ts'
import { plainKind } from './kind.ts'

export const login = plainKind({
  kind: 'login',
  judging: loginJudging,
  subjects: (scene) => scene.of('login'),
  identity: ({ what, user, from, source }) => [what, shown(user), shown(from), shown(source)],
  tell: ({ subject }) => ({
    title: `login.${subject.what}`,
    params: { user: excerpt(subject.user), from: excerpt(subject.from), count: subject.count },
    target: { kind: 'host' },
    tags: ['entry'],
  }),
})
