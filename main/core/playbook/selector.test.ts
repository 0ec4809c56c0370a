// Selectors are three-valued: what is unknown is never a yes, and every field can only narrow.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostText, ownText } from '../host-text.ts'
import { findingKinds, type Finding, type Target } from '../judge/finding.ts'
import { selector as schema, type Selector } from './schema.ts'
import { partition, selects, type SelectorContext } from './selector.ts'

const nowhere: SelectorContext = { host: ['host-one', '192.0.2.1'], from: null }

const text = fc.oneof(
  fc.constantFrom('/tmp/x', '/tmp', '/tmpx', '/usr/bin/xmrig', '/tmp/../etc/passwd', 'a\\b'),
  fc.uint8Array({ maxLength: 12 }),
)
const host = text.map((value) => (typeof value === 'string' ? ownText(value) : hostText(value)))
const identity = { bootId: 'b', pid: 9, startTime: '1', exeDev: null, exeInode: null, exeSha256: null }
const target: fc.Arbitrary<Target> = fc.oneof(
  fc
    .record({ exe: fc.option(host), cmdline: host, cgroup: host })
    .map((rest) => ({ kind: 'process' as const, identity, ...rest })),
  host.map((path) => ({ kind: 'file' as const, path, identity: { dev: '1', inode: '2', sha256: null } })),
  fc.tuple(host, host).map(([path, line]) => ({
    kind: 'line' as const,
    path,
    identity: { dev: '1', inode: '2', sha256: null },
    line: 1,
    text: line,
  })),
  fc.constant({ kind: 'host' as const }),
)
const tags = fc.uniqueArray(fc.constantFrom('payload', 'library', 'hidden'))
const finding: fc.Arbitrary<Finding> = fc
  .record({
    id: fc.stringMatching(/^[0-9a-f]{16}$/),
    kind: fc.constantFrom(...findingKinds),
    target,
    score: fc.integer({ min: 0, max: 100 }),
    proposed: fc.constantFrom('yes', 'no', 'unknown'),
    tags,
  })
  .map((rest) => ({ ...rest, title: 't', params: {}, reasons: [], related: [] }))
const matcher = fc.oneof(
  fc.constantFrom(
    { is: '/tmp/x' },
    { in: ['/tmp/x', 'a\\b'] },
    { under: '/tmp' },
    { matches: '^/tmp' },
    { matches: '(' },
  ),
)
const selector: fc.Arbitrary<Selector> = fc.record(
  {
    kind: fc.constantFrom(...findingKinds),
    proposed: fc.constantFrom('yes', 'no', 'unknown'),
    min_score: fc.integer({ min: 0, max: 100 }),
    tags: fc.oneof(
      tags.filter((list) => list.length > 0),
      fc.constant({ none: ['library'] }),
    ),
    host: fc.constantFrom('host-one', 'elsewhere'),
    from: fc.constant('freeze'),
    target: fc.record({ exe: matcher, path: matcher, text: matcher }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Selector>

describe('a selector', () => {
  test('that asks for a proposal never selects what is not proposed', () => {
    fc.assert(
      fc.property(selector, finding, (asked, found) => {
        const answer = selects({ ...asked, proposed: 'yes' }, found, nowhere)
        if (found.proposed === 'no') expect(answer).toBe('no')
        if (found.proposed === 'unknown') expect(answer).not.toBe('yes')
      }),
    )
  })

  test('only narrows when a field is added', () => {
    const worth = { no: 0, unknown: 1, yes: 2 }
    fc.assert(
      fc.property(selector, finding, (asked, found) => {
        const whole = worth[selects(asked, found, nowhere)]
        for (const key of Object.keys(asked)) {
          const less = Object.fromEntries(Object.entries(asked).filter(([name]) => name !== key)) as Selector
          expect(worth[selects(less, found, nowhere)]).toBeGreaterThanOrEqual(whole)
        }
      }),
    )
  })

  test('answers unknown, never yes, for a field that could not be read and a step that has not run', () => {
    fc.assert(
      fc.property(finding, (found) => {
        expect(selects({ from: 'freeze' }, found, nowhere)).toBe('unknown')
        if (found.target.kind === 'process' && found.target.exe === null) {
          expect(selects({ target: { exe: { under: '/' } } }, found, nowhere)).toBe('unknown')
        }
      }),
    )
  })

  test('never hands an act what is unknown, even when it is asked for by name', () => {
    fc.assert(
      fc.property(finding, (found) => {
        for (const asked of [{ kind: found.kind }, { min_score: 0 }, { proposed: ['yes', 'unknown'] } as Selector]) {
          const { yes, unknown } = partition(asked, [found], nowhere)
          if (found.proposed === 'unknown') expect([yes, unknown]).toEqual([[], [found]])
        }
      }),
    )
  })

  test('puts every finding on at most one side', () => {
    fc.assert(
      fc.property(selector, fc.array(finding), (asked, found) => {
        const { yes, unknown } = partition(asked, found, nowhere)
        for (const one of yes) expect(unknown).not.toContain(one)
      }),
    )
  })

  const file = (path: string | Uint8Array): Finding => ({
    id: '0',
    kind: 'file',
    title: '',
    params: {},
    target: {
      kind: 'file',
      path: typeof path === 'string' ? ownText(path) : hostText(path),
      identity: { dev: '1', inode: '1', sha256: null },
    },
    score: 0,
    proposed: 'yes',
    reasons: [],
    tags: ['payload'],
    related: [],
  })
  const asks = (path: NonNullable<Selector['target']>['path'], found: Finding) =>
    selects({ target: { path } }, found, nowhere)

  test('matches directories by whole components', () => {
    expect(asks({ under: '/tmp' }, file('/tmp/x'))).toBe('yes')
    expect(asks({ under: '/tmp/' }, file('/tmp/x'))).toBe('yes')
    expect(asks({ under: '/tmp' }, file('/tmpx'))).toBe('no')
    expect(asks({ under: '/tmp' }, file('/tmp'))).toBe('no')
    expect(asks({ under: '/tmp' }, file('/tmp/../etc/passwd'))).toBe('no')
  })

  test('compares bytes: a disguised name is another name', () => {
    expect(asks({ is: '/tmp/x' }, file('/tmp/x'))).toBe('yes')
    expect(asks({ is: '/tmp/x' }, file('/tmp/x '))).toBe('no')
    expect(asks({ is: '/tmp/x' }, file(Uint8Array.of(0x2f, 0x74, 0x6d, 0x70, 0x2f, 0x78, 0x1b)))).toBe('no')
  })

  test('a hostile pattern costs no more than its length', () => {
    const started = performance.now()
    expect(asks({ matches: '(a+)+$' }, file(`/${'a'.repeat(3000)}!`))).toBe('no')
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('needs at least one field, and exactly one matcher a field', () => {
    expect(schema.safeParse({}).success).toBe(false)
    expect(schema.safeParse({ target: { path: { is: 'a', under: '/b' } } }).success).toBe(false)
  })
})
