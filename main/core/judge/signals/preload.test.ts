import { describe, expect, it } from 'vitest'
import { parseIndicators } from '../indicators.ts'
import { aFile, aProcess, aPreload, meta } from '../fixtures/facts.ts'
import { found, judged, signalsOf } from '../fixtures/judging.ts'

const jemalloc = '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'
const evil = '/usr/local/lib/libsys.so'
const plain = [aProcess(2, '/usr/bin/a'), aProcess(3, '/usr/bin/b'), aProcess(4, '/usr/bin/c')]
/** A process that the host's own ps leaves out; packaged, so that it is no finding itself. */
const hidden = [...plain, aProcess(50, '/usr/bin/perl', { inHostPs: 'no' }), aFile('/usr/bin/perl', 'perl-base')]
const line = (judgement: ReturnType<typeof judged>, library: string) =>
  found(judgement, 'preload').find((one) => one.params['library'] === library)

describe('a preloaded library', () => {
  it('of a package is left alone, even while processes are hidden', () => {
    const result = judged([...hidden, aPreload(1, jemalloc), aFile(jemalloc, 'libjemalloc2')])
    expect(found(result, 'preload')).toEqual([])
  })

  it('that no package owns is worth a look and no more', () => {
    const result = judged([...plain, aPreload(1, evil), aFile(evil, null)])
    expect(line(result, evil)).toMatchObject({ score: 50, proposed: 'no', title: 'preload.suspicious' })
    expect(result.verdict).toBe('clean')
  })

  it('that no package owns, on a host whose tools hide processes, is the hider', () => {
    const result = judged([
      ...hidden,
      aPreload(1, jemalloc),
      aFile(jemalloc, 'libjemalloc2'),
      aPreload(2, evil),
      aFile(evil, null),
    ])
    expect(line(result, evil)).toMatchObject({ score: 80, proposed: 'yes', title: 'preload.hijack' })
    expect(line(result, evil)?.target).toMatchObject({ kind: 'line', line: 2 })
    expect(found(result, 'file').map((one) => [one.params['path'], one.proposed, one.tags])).toEqual([
      [evil, 'yes', ['library']],
    ])
  })

  it('shares the blame when several could be the hider: then a person decides', () => {
    const other = '/usr/local/lib/libsnoopy.so'
    const result = judged([...hidden, aPreload(1, other), aFile(other, null), aPreload(2, evil), aFile(evil, null)])
    expect([line(result, other)?.proposed, line(result, evil)?.proposed]).toEqual(['unknown', 'unknown'])
    expect(result.verdict).toBe('suspect')
  })

  it('that stands out takes the blame from the others', () => {
    const other = '/usr/local/lib/libsnoopy.so'
    const locked = aPreload(2, evil, { libraryMeta: meta(evil, { flags: 'i' }) })
    const result = judged([...hidden, aPreload(1, other), aFile(other, null), locked, aFile(evil, null)])
    expect([line(result, other)?.proposed, line(result, evil)?.proposed]).toEqual(['no', 'yes'])
  })

  it('of unknown ownership is never proposed outright', () => {
    const result = judged([...hidden, aPreload(1, evil, { libraryMeta: meta(evil, { flags: 'i' }) })])
    expect(line(result, evil)).toMatchObject({ proposed: 'unknown' })
    expect(signalsOf(line(result, evil))).toContain('library-unowned.unsure')
  })

  it.each<[string, string, Parameters<typeof aPreload>[2], ReturnType<typeof aFile>]>([
    ['library-hidden-place', '/dev/shm/.l.so', {}, aFile('/dev/shm/.l.so', null)],
    ['library-odd-place', '/etc/libsystem.so', {}, aFile('/etc/libsystem.so', null)],
    ['hijack-name', '/usr/local/lib/libprocesshider.so', {}, aFile('/usr/local/lib/libprocesshider.so', null)],
    ['library-locked', evil, { libraryMeta: meta(evil, { flags: 'a' }) }, aFile(evil, null)],
    ['preload-file-locked', evil, { file: meta('/etc/ld.so.preload', { flags: 'i' }) }, aFile(evil, null)],
    ['library-altered', jemalloc, {}, aFile(jemalloc, 'libjemalloc2', { checksum: 'no' })],
    ['library-changed-in-window', evil, { libraryMeta: meta(evil, { ctime: '1700000500.0' }) }, aFile(evil, null)],
  ])('%s', (signal, library, change, file) => {
    const window = { fromSeconds: 1_700_000_400, toSeconds: 1_700_000_600 }
    expect(signalsOf(line(judged([...plain, aPreload(1, library, change), file], { window }), library))).toContain(
      signal,
    )
  })

  it('listed as malware by its digest is decisive', () => {
    const indicators = parseIndicators(meta(evil).identity.sha256 ?? '', { source: 'samples' }).indicators
    const finding = line(judged([aPreload(1, evil), aFile(evil, null)], { indicators }), evil)
    expect(finding).toMatchObject({ proposed: 'yes', score: 97 })
    expect(finding?.reasons[0]).toMatchObject({ signal: 'library-known-hostile', effect: 'decides' })
  })

  it('in the folder of a hostile program belongs to it', () => {
    const miner = aProcess(60, '/opt/.k/m', { cmdline: 'm -o stratum+tcp://p.example:1' })
    const library = '/opt/.k/l.so'
    expect(signalsOf(line(judged([miner, aPreload(1, library), aFile(library, null)]), library))).toContain(
      'beside-hostile-program',
    )
  })

  it('does not make its carriers suspicious', () => {
    const carrier = aProcess(70, '/usr/bin/sleep', {})
    const result = judged([
      ...hidden,
      { ...carrier, mapsOfNote: [aPreload(1, evil).library] },
      aPreload(1, evil),
      aFile(evil, null),
    ])
    expect(found(result, 'process')).toEqual([])
  })
})
