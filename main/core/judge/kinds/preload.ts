// How a line of /etc/ld.so.preload is told of.

import type { PreloadFact } from '../../probes/facts.ts'
import type { Finding } from '../finding.ts'
import { preloadKey } from '../links.ts'
import type { Opinion } from '../opinions.ts'
import { excerpt } from '../text.ts'
import { finding, has, hostile, type Telling } from './kind.ts'

export function preloadFinding({ subject, weighed }: Opinion<PreloadFact>, { scene, ids }: Telling): Finding {
  const hiding = has(weighed, 'explains-hiding')
  const hidden = scene.processes.filter((process) => process.inHostPs === 'no').map((p) => ids.process(p.identity.pid))
  return finding('preload', ids.preload(preloadKey(subject)), weighed, {
    title: hostile(weighed) ? 'preload.hijack' : 'preload.suspicious',
    params: { path: excerpt(subject.file.path), line: subject.line, library: excerpt(subject.library) },
    target: {
      kind: 'line',
      path: subject.file.path,
      identity: subject.file.identity,
      line: subject.line,
      text: subject.raw,
    },
    tags: [...(hostile(weighed) ? ['hostile-persistence', 'library'] : []), ...(hiding ? ['hidden'] : [])],
    related: hiding ? hidden.filter((id) => ids.shown.has(id)) : [],
  })
}
