import { describe, expect, it } from 'vitest'
import { ownText } from '../../../main/core/host-text.ts'
import { filtered, joined, keyOf, sorted, treed, type ProcessView } from './process-rows.ts'

function process(pid: number, ppid: number, over: Partial<ProcessView> = {}): ProcessView {
  return {
    kind: 'process',
    identity: { bootId: 'b', pid, startTime: String(pid), exeDev: null, exeInode: null, exeSha256: null },
    ppid,
    comm: ownText(`p${String(pid)}`),
    cmdline: ownText(`/bin/p${String(pid)} --x`),
    exe: null,
    uid: 0,
    cpuPermille: null,
    ageSeconds: pid,
    ...over,
  } as ProcessView
}
const pids = (rows: ReturnType<typeof joined>): readonly number[] => rows.map((row) => row.process.identity.pid)

describe('rows of processes', () => {
  it('knows a process by number and start, so that a reused number inherits no finding', () => {
    const one = process(5, 1)
    const finding = {
      id: 'f',
      kind: 'process',
      score: 90,
      target: { kind: 'process', identity: { ...one.identity, startTime: 'other' } },
    } as never
    expect(joined([one], [finding])[0]?.finding).toBeNull()
  })

  it('sorts what was not measured last, in both directions', () => {
    const rows = joined([process(1, 0), process(2, 0, { cpuPermille: 10 }), process(3, 0, { cpuPermille: 900 })], [])
    expect(pids(sorted(rows, 'cpu', true))).toEqual([3, 2, 1])
    expect(pids(sorted(rows, 'cpu', false))).toEqual([2, 3, 1])
  })

  it('finds by every word', () => {
    const rows = joined([process(10, 1), process(11, 1)], [])
    expect(pids(filtered(rows, '--X p11'))).toEqual([11])
    expect(filtered(rows, '  ')).toHaveLength(2)
  })

  it('indents children below their parent and leaves out what is folded', () => {
    const rows = joined([process(1, 0), process(9, 4), process(4, 1), process(5, 1)], [])
    expect(treed(rows, new Set()).map(({ process: { identity }, depth }) => [identity.pid, depth])).toEqual([
      [1, 0],
      [4, 1],
      [9, 2],
      [5, 1],
    ])
    const four = rows.find((row) => row.process.identity.pid === 4)
    expect(pids(treed(rows, new Set([keyOf(four?.process.identity ?? { pid: 0, startTime: '' })])))).toEqual([1, 4, 5])
  })

  it('shows every process once although a host claims that two started each other', () => {
    const rows = joined([process(7, 8), process(8, 7), process(9, 9)], [])
    expect([...pids(treed(rows, new Set()))].sort()).toEqual([7, 8, 9])
  })
})
