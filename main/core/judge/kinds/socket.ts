// Connections that no visible process holds.

import { socketJudging } from '../signals/host.ts'
import { plainKind } from './kind.ts'

export const socket = plainKind({
  kind: 'socket',
  judging: socketJudging,
  subjects: (scene) => scene.sockets,
  identity: ({ remoteAddress, remotePort, inode }) => [remoteAddress, remotePort, inode],
  tell: ({ subject, weighed }) => {
    const pool = weighed.groups.has('pool')
    return {
      title: pool ? 'socket.pool' : 'socket.ownerless',
      params: { address: subject.remoteAddress, port: subject.remotePort },
      target: { kind: 'host' },
      tags: pool ? ['hidden', 'pool'] : ['hidden'],
    }
  },
})
