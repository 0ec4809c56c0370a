// The journal of a case read from its folder, as an outsider would: what was intended, what was done, and whether anything was done twice.

import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RangeHost } from '../range/host.ts'

/** One line of a chain, as far as these tests read it. */
export interface Line {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

export type Moment = (line: Line) => boolean

const moment =
  (type: string) =>
  (step: string): Moment =>
  (line) =>
    line.type === type && line.data['step'] === step
export const intended = moment('intended')
export const acted = moment('acted')
export const started = moment('step-started')

/** Whole lines of the host's chain as they are on disk now; none while the case is not made yet. */
export function linesOf(caseFolder: string): readonly Line[] {
  return chainsOf(caseFolder).flatMap((name) => wholeLines(caseFolder, name))
}

/** Bytes of the host's chain on disk: it has nothing new as long as they stay the same, and they cost less to ask for than its lines. */
export function bytesOf(caseFolder: string): number {
  return chainsOf(caseFolder).reduce((sum, name) => sum + statSync(join(caseFolder, 'journal', name)).size, 0)
}

function chainsOf(caseFolder: string): readonly string[] {
  try {
    return readdirSync(join(caseFolder, 'journal')).filter((name) => name.startsWith('host-'))
  } catch {
    return []
  }
}

/** What the case's own chain says of one type of event, oldest first. */
export function caseDataOf(caseFolder: string, type: string): readonly Line['data'][] {
  return wholeLines(caseFolder, 'case.jsonl').flatMap((line) => (line.type === type ? [line.data] : []))
}

function wholeLines(caseFolder: string, name: string): readonly Line[] {
  return readFileSync(join(caseFolder, 'journal', name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

/** Acts that were intended and have no result yet. */
export function unanswered(caseFolder: string): readonly unknown[] {
  const lines = linesOf(caseFolder)
  const actsOf = (type: string) => lines.filter((line) => line.type === type).map(({ data }) => data['act'])
  const answered = new Set(actsOf('acted'))
  return actsOf('intended').filter((act) => !answered.has(act))
}

/** Acts with more than one result that changed something, and objects that were changed by the same verb in more than one act. Empty when all is well. */
export function actedTwice(caseFolder: string): readonly string[] {
  const changes = linesOf(caseFolder).filter(
    ({ type, data }) => type === 'acted' && data['change'] !== null && data['replayed'] === false,
  )
  const objects = changes.flatMap(({ data }) => {
    const change = data['change'] as { readonly verb: string; readonly objects: readonly string[] }
    return change.objects.map((object) => `${change.verb} ${object}`)
  })
  const results = linesOf(caseFolder).filter(({ type }) => type === 'acted')
  return [...doubles(results.map(({ data }) => String(data['act']))), ...doubles(objects)]
}

/** Entries that are in a manifest of the host's quarantine more than once. */
export function quarantinedTwice(host: RangeHost): readonly string[] {
  const folder = join(host.dir, 'var/lib/tourniquet')
  return readdirSync(folder).flatMap((name) => {
    const entries = readFileSync(join(folder, name, 'manifest'), 'utf8')
      .split('\n')
      .slice(0, -1)
    expect(entries.length).toBeGreaterThan(3)
    return doubles(entries)
  })
}

/** Ends every session of sshd on the host from outside, as a dying network would: no goodbye on any layer above TCP. */
export function cutLinks(host: RangeHost): void {
  const sessions = host.processes().filter(({ argv }) => /^sshd: .*@/.test(argv[0] ?? ''))
  expect(sessions).not.toEqual([])
  for (const { outsidePid } of sessions) process.kill(outsidePid, 'SIGKILL')
}

function doubles(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}
