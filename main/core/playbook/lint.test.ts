// Every rule of parse and lint has a file that breaks it and nothing else, and the place where it must be told.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeHashing } from '../../platform/hashing.ts'
import { shipped, techniques } from '../../platform/playbooks-fixture.ts'
import type { AccessWorld } from '../host/access.ts'
import { createVerbs } from '../actions/registry.ts'
import { verbNames } from '../actions/verb.ts'
import { libraryOf } from './compose.ts'
import { lint } from './lint.ts'
import { parsePlaybook } from './parse.ts'
import { problemLine, problemsError } from './problem.ts'
import { probeIds } from './schema.ts'
import { verbRules } from './verb-rules.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

function problemsOf(name: string, bytes: Uint8Array = readFileSync(join(fixtures, name))): readonly string[] {
  const result = parsePlaybook(name, bytes, nodeHashing)
  const problems = result.ok
    ? lint(result.parsed, { library: libraryOf([...shipped, result.parsed]).library, techniques })
    : result.problems
  return problems.map(problemLine)
}

/** What is told, without the file's own name in front. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'block-before-freeze.yaml': ['8:5 block-before-freeze step=freeze at=block'],
  'blocked-for-ever.yaml': ['14:5 blocked-for-ever at=block'],
  'cover-without-standing.yaml': ['10:12 cover-without-standing'],
  'disarm-before-freeze.yaml': ['8:5 disarm-before-freeze step=freeze/freeze at=preload/lines'],
  'files-before-line.yaml': ['8:5 library-before-line step=lines/lines at=payload'],
  'freeze-before-pause.yaml': ['8:5 freeze-before-pause step=pause/pause at=freeze/freeze'],
  'kill-other-step.yaml': ['20:17 kill-not-frozen at=kill'],
  'library-before-line.yaml': ['8:5 library-before-line step=lines/lines at=library/library'],
  'lift-before-kill.yaml': ['19:5 lift-before-kill step=kill at=lift'],
  'lift-not-always.yaml': ['19:5 lift-not-always at=lift'],
  'resume-before-disarm.yaml': ['14:5 resume-before-disarm step=preload/lines at=resume'],
  'restore-before-hooks.yaml': ['8:5 restore-before-hooks step=startup/files at=programs/restore'],
  'resume-before-kill.yaml': ['14:5 resume-before-kill step=kill/kill at=resume'],
  'soak-not-measured.yaml': ['11:5 soak-not-measured at=kill/kill'],
  'anchors.yaml': [
    '7:5 yaml-feature found=&a',
    '8:20 yaml-feature found=tag:yaml.org,2002:seq',
    '9:5 yaml-feature found=*a',
  ],
  'closure.yaml': [
    '13:22 closure found={"same":["name"],"max":100000} expected={ same: [inode, sha256, cgroup], max: 1..256 }',
  ],
  'duplicate-key.yaml': ['5:1 duplicate-key found=duplicate-key detail=Map keys must be unique'],
  'duplicate-step.yaml': ['8:9 duplicate-step found=look'],
  'field-not-of-kind.yaml': ['12:42 field-not-of-kind found=path kind=process expected=exe, cmdline, cgroup'],
  // that a step runs whatever failed before it does not make it run earlier
  'kill-before-always.yaml': ['14:5 kill-before-disarm step=lines at=kill'],
  'kill-before-disarm.yaml': ['14:5 kill-before-disarm step=preload/lines at=kill'],
  'kill-not-frozen.yaml': ['12:9 kill-not-frozen'],
  'kill-without-soak.yaml': ['6:5 kill-without-soak at=miner/kill'],
  'missing-language.yaml': ['7:12 missing where=steps.0.title.zh-CN found=- expected=text'],
  'missing-limit.yaml': ['8:5 missing-limit verb=freeze'],
  'never-looked.yaml': ['6:5 never-looked at=freeze'],
  'no-capture.yaml': ['8:5 no-capture verb=quarantine expected=file'],
  'no-undo.yaml': ['14:5 no-undo verb=kill'],
  'no-verify.yaml': ['8:5 no-verify verb=quarantine expected=absent: path'],
  'not-re2.yaml': ['12:52 not-re2 found=(?=x)'],
  'param-default.yaml': ['6:36 param-default found="10s" expected=duration >= 30s'],
  'paused-for-ever.yaml': ['6:5 paused-for-ever at=pause/pause'],
  'resume-not-always.yaml': ['8:5 resume-not-always at=resume'],
  'several.yaml': [
    '6:17 wrong-value where=params.soak.type found="time" expected=duration | text | integer | choice | boolean | list',
    '8:9 wrong-value where=steps.0.id found="Look" expected=lower-case-name',
    '9:14 wrong-value where=steps.0.inspect found="al" expected=all | list of probes',
    '11:11 wrong-value where=steps.1.wait found=150 expected=duration 500ms | 30s | 5m | 4h | 7d',
  ],
  'soak-too-short.yaml': ['9:11 soak-too-short found=5s expected=30s at=soak'],
  'step-kind.yaml': ['6:5 step-kind found=id, inspect, wait expected=inspect, attest, act, wait, use'],
  'undeclared-param.yaml': ['6:5 undeclared-param found=sleep'],
  'unknown-from.yaml': ['12:17 unknown-from found=frieze'],
  'unknown-key.yaml': ['8:5 unknown-key found=sudo where=steps.0'],
  'unknown-playbook.yaml': [
    `7:10 unknown-playbook found=nothing-here@9.0.0 expected=${shipped.map(({ playbook }) => `${playbook.id}@${playbook.version}`).join(', ')}, bad@1.0.0`,
  ],
  'unknown-probe.yaml': [`7:26 unknown-probe found=bluetooth expected=${probeIds.join(', ')}`],
  'unknown-technique.yaml': ['11:25 unknown-technique found=T9999'],
  'unknown-verb.yaml': [`9:10 unknown-verb found=wipe-disk expected=${verbNames.join(', ')}`],
  'unused-param.yaml': ['6:10 unused-param found=never'],
  'use-cycle.yaml': ['7:10 use-cycle found=bad@1.0.0 > bad@1.0.0'],
  'wrong-value.yaml': [
    '8:19 wrong-value where=steps.0.when.kind found="demon" expected=process | schedule | scheduler-daemon | preload | file | mount | socket | login | hijack | unit | startup | binary | key | account | sudo | sshd | pam | name',
  ],
}

describe('a playbook with a mistake', () => {
  test('has a fixture for each that is listed, and the other way round', () => {
    expect(readdirSync(fixtures).sort()).toEqual(Object.keys(expected).sort())
  })

  test.each(Object.entries(expected))('%s is told with its place', (name, lines) => {
    expect(problemsOf(name)).toEqual(lines.map((line) => `${name}:${line}`))
  })

  test('is told whole: the error carries the first place and all lines', () => {
    const result = parsePlaybook('several.yaml', readFileSync(join(fixtures, 'several.yaml')), nodeHashing)
    const error = problemsError('playbook-invalid', result.ok ? [] : result.problems)
    expect(error.params).toMatchObject({ file: 'several.yaml', line: 6, count: 4 })
  })
})

describe('a file that is no playbook', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  test.each([
    ['too-large', bytes('#'.repeat(256 * 1024 + 1))],
    ['not-utf8', Uint8Array.of(0x61, 0x3a, 0xff, 0xfe)],
    ['not-yaml', bytes('a: [1, 2\nb: 3')],
    ['not-yaml', bytes('a: 1\n---\nb: 2\n')],
    ['yaml-feature', bytes('a: 1\n<<: { b: 2 }\n')],
    ['yaml-feature', bytes('%YAML 1.2\n---\na: 1\n')],
    ['yaml-feature', bytes(`a: &a [x]\nb: [*a, *a]\n`)],
    ['wrong-value', bytes('just words')],
    ['wrong-value', bytes('')],
    ['too-deep', bytes('- '.repeat(100_000))],
    ['too-deep', bytes('['.repeat(200_000))],
  ])('is refused: %s', (rule, content) => {
    const result = parsePlaybook('x.yaml', content, nodeHashing)
    expect(result.ok).toBe(false)
    if (!result.ok) expect(result.problems.map((problem) => problem.rule)).toContain(rule)
  })

  test('shows what was found on one line, whatever it holds', () => {
    const lines = problemsOf('x.yaml', bytes('schema: "\\e[2J\\n\\u202e"\n"\\u202eid": x\n')).join('\n')
    expect(lines).toContain('\\u001b[2J\\n\\u{202e}')
    expect(lines).toContain('found=\\u{202e}id')
    expect(lines).not.toMatch(/[\u001b\u202e]/)
  })
})

describe('the documented form of a playbook', () => {
  test('passes: a soak inside the verify of a kill, a freeze that proves itself', () => {
    const text = `
schema: tourniquet.playbook/1
id: short-kill
version: 1.0.0
title: { en: Kill, zh-CN: 清除 }
params:
  soak: { type: duration, default: 150s, min: 30s }
steps:
  - id: look
    inspect: [processes, sockets, schedulers, preload]
  - id: freeze
    act: freeze
    title: { en: Freeze the whole set, zh-CN: 冻结整组进程 }
    attack: [T1496.001]
    on: { kind: process, proposed: yes }
    with: { closure: { same: [inode, sha256, cgroup], max: 32 } }
    limit: 60s
  - id: kill
    act: kill
    title: { en: Kill what was frozen, zh-CN: 终止已冻结的进程 }
    attack: [T1496.001]
    on: { from: freeze }
    capture: [exe, cmdline, environ, maps, fds, sockets]
    verify: { absent: same-executable, soak: { param: soak } }
    irreversible: { en: Gone., zh-CN: 不可恢复。 }
    limit: 60s
`
    expect(problemsOf('short-kill.yaml', new TextEncoder().encode(text))).toEqual([])
  })
})

describe('what lint knows of the verbs', () => {
  const verbs = createVerbs(nodeHashing, {} as AccessWorld)
  test.each(verbNames)('%s: the table agrees with the verb', (name) => {
    expect(verbRules[name].reversible).toBe(verbs[name].reversible)
    // A freeze keeps nothing by itself: what it stops is captured, still stopped, before the kill.
    if (name !== 'freeze') expect(verbRules[name].captureRequired).toBe(verbs[name].needsCapture)
  })
})
