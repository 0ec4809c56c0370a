// The host as a whole: what its own views leave out.

import { hiddenProcesses, hijackJudging } from '../signals/host.ts'
import { plainKind } from './kind.ts'

export const hijack = plainKind({
  kind: 'hijack',
  judging: hijackJudging,
  subjects: (scene) => [hiddenProcesses(scene)],
  identity: () => ['processes'],
  tell: ({ subject }, { ids }) => {
    const pids = [...subject.fromPs, ...subject.fromListing].map((one) => one.identity.pid)
    return {
      title: 'hijack.hides-processes',
      params: { count: pids.length },
      target: { kind: 'host' },
      tags: ['hidden'],
      related: pids.map((pid) => ids.process(pid)).filter((id) => ids.shown.has(id)),
    }
  },
})
