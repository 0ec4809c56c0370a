// Mounts that lie over something they should not.

import { shown } from '../../host-text.ts'
import { mountJudging } from '../signals/host.ts'
import { excerpt } from '../text.ts'
import { plainKind } from './kind.ts'

export const mount = plainKind({
  kind: 'mount',
  judging: mountJudging,
  subjects: (scene) => scene.of('mount'),
  identity: ({ point, mountId }) => [shown(point), mountId],
  tell: ({ subject }) => ({
    title: /^\/proc\//.test(shown(subject.point)) ? 'mount.over-process' : 'mount.over-system',
    params: { point: excerpt(subject.point), source: excerpt(subject.source) },
    target: { kind: 'mount', point: subject.point, mountId: subject.mountId },
    tags: ['hidden'],
  }),
})
