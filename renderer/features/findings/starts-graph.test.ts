import { describe, expect, it } from 'vitest'
import { ownText } from '../../../main/core/host-text.ts'
import type { FindingView } from '../../state/looks.ts'
import { hidesNode, startsGraph } from './starts-graph.ts'

const identity = (inode: string) => ({ dev: '1', inode, sha256: null })

function finding(over: Partial<FindingView> & Pick<FindingView, 'id' | 'kind' | 'target'>): FindingView {
  return { title: 't', params: {}, score: 90, proposed: 'yes', reasons: [], tags: [], related: [], ...over }
}

const job = (id: string, related: readonly string[] = []): FindingView =>
  finding({
    id,
    kind: 'schedule',
    related,
    target: { kind: 'line', path: ownText('/etc/cron.d/0sys'), identity: identity('7'), line: 3, text: ownText('x') },
  })
const miner = finding({
  id: 'miner',
  kind: 'process',
  params: { name: 'xm' },
  target: {
    kind: 'process',
    identity: { bootId: 'b', pid: 42, startTime: '1', exeDev: '1', exeInode: '9', exeSha256: null },
    exe: ownText('/tmp/xm'),
    cmdline: ownText('xm'),
    cgroup: ownText(''),
  },
})
const payload = (inode: string): FindingView =>
  finding({
    id: `payload-${inode}`,
    kind: 'file',
    tags: ['payload'],
    related: ['a'],
    target: { kind: 'file', path: ownText('/opt/p'), identity: identity(inode) },
  })

describe('what starts what', () => {
  it('is empty where nothing was found', () => {
    expect(startsGraph([], 10)).toEqual({ causes: [], effects: [], edges: [], more: 0 })
  })

  it('joins a job with its process, whichever of the two names the other', () => {
    const { causes, effects, edges } = startsGraph([job('a', ['miner']), miner], 10)
    expect(causes[0]?.name).toBe('cron.d/0sys:3')
    expect(effects[0]?.name).toBe('xm 42')
    expect(edges).toEqual([{ from: 'a', to: 'miner', hostile: true }])
    expect(startsGraph([job('a'), { ...miner, related: ['a'] }], 10).edges).toHaveLength(1)
  })

  it('draws a payload only when no suspect process runs that very file', () => {
    const { effects } = startsGraph([job('a', ['miner']), miner, payload('9'), payload('8')], 10)
    expect(effects.map(({ id }) => id)).toEqual(['miner', 'payload-8'])
  })

  it.each(['unit', 'startup'] as const)(
    'shows a %s as what starts its process, and is drawn as a cause alone',
    (kind) => {
      const starter = { ...job('a', ['miner']), kind, tags: ['payload'] }
      const { causes, effects, edges } = startsGraph([starter, miner], 10)
      expect([causes, effects].map((nodes) => nodes.map(({ id }) => id))).toEqual([['a'], ['miner']])
      expect(edges).toHaveLength(1)
    },
  )

  it('says that a library hides processes', () => {
    const library = { ...job('lib'), kind: 'preload' as const, tags: ['hidden'] }
    expect(startsGraph([library], 10).edges).toEqual([{ from: 'lib', to: hidesNode, hostile: true }])
  })

  it('places no two effects over each other, however many causes they share', () => {
    const all = [job('a', ['miner', 'p1', 'p2']), miner, { ...miner, id: 'p1' }, { ...miner, id: 'p2' }]
    const places = startsGraph(all, 10).effects.map(({ at }) => at)
    expect(new Set(places.map(Math.round)).size).toBe(3)
  })

  it('counts what it leaves out', () => {
    const jobs = Array.from({ length: 30 }, (_, at) => job(`j${String(at)}`))
    expect(startsGraph(jobs, 6)).toMatchObject({ more: 24, causes: { length: 6 } })
  })
})
