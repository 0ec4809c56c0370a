// Precision and recall of the judge over looks at range hosts, with each miss and each false alarm by its name. `--capture` looks at fresh hosts first.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { scoreOf, type CorpusLook, type Score } from '../../main/core/judge/fixtures/corpus.ts'
import { ensureTools, rangeUnavailable, repositoryFolder } from '../range/machine.ts'
import { scenarios } from '../range/scenarios/index.ts'
import { capture } from './capture.ts'

const folder = join(repositoryFolder, 'main/core/judge/fixtures/corpus')
const usage = `usage: npm run corpus -- [--capture] [SCENARIO…]
  without --capture, the looks kept in the repository are judged; with it, hosts are booted and looked at anew
scenarios: ${Object.keys(scenarios).join(' ')}
`

/** Ends 0 when nothing was missed and nothing of an owner's was accused. */
export async function main(words: readonly string[]): Promise<number> {
  const names = words.filter((word) => word !== '--capture')
  if (names.some((name) => scenarios[name] === undefined)) {
    process.stderr.write(usage)
    return 2
  }
  if (words.includes('--capture')) {
    const unavailable = rangeUnavailable()
    if (unavailable !== null) {
      process.stderr.write(`skipped: no range on this machine: ${unavailable}\n`)
      return 1
    }
    ensureTools()
    for (const name of names.length === 0 ? Object.keys(scenarios) : names) {
      const scenario = scenarios[name]
      if (scenario === undefined) continue
      process.stderr.write(`looking at ${name}\n`)
      const seen = await patiently(() => capture(scenario))
      if (seen === null) continue
      writeFileSync(join(folder, `${name}.json.gz`), gzipSync(JSON.stringify(seen), { level: 9 }))
    }
  }
  const kept = readdirSync(folder).filter(
    (file) => file.endsWith('.json.gz') && (names.length === 0 || names.includes(basename(file, '.json.gz'))),
  )
  return told(
    kept.map((file) => scoreOf(JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as CorpusLook)),
  )
}

/** A crowded machine may let a login or a probe run out of time: a look is tried three times. Null: none could be kept, which is said. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T | null> {
  for (let tries = 1; tries <= 3; tries++) {
    try {
      return await attempt()
    } catch (error) {
      process.stderr.write(`  try ${String(tries)}: ${String(error)}\n`)
    }
  }
  process.stderr.write('  not captured: what was kept before stays\n')
  return null
}

function told(scores: readonly Score[]): number {
  print(row('scenario', 'verdict', 'hostile', 'found', 'missed', 'acts', 'false', 'doubts'))
  for (const { scenario, verdict, hits, misses, right, alarms, doubts } of scores)
    print(
      row(
        scenario,
        verdict,
        hits.length + misses.length,
        hits.length,
        misses.length,
        right + alarms.length,
        alarms.length,
        doubts.length,
      ),
    )
  const sum = (of: (score: Score) => number) => scores.reduce((total, score) => total + of(score), 0)
  const [hits, misses] = [sum((one) => one.hits.length), sum((one) => one.misses.length)]
  const [right, alarms] = [sum((one) => one.right), sum((one) => one.alarms.length)]
  print(
    `precision ${share(right, right + alarms)} (${String(right)} of ${String(right + alarms)} proposed acts), recall ${share(hits, hits + misses)} (${String(hits)} of ${String(hits + misses)} hostile things)`,
  )
  for (const { scenario, misses: missed, alarms: wrong, doubts, untold } of scores) {
    for (const name of missed) print(`  missed       ${scenario}: ${name}`)
    for (const name of wrong) print(`  false alarm  ${scenario}: ${name}`)
    for (const name of doubts) print(`  doubt        ${scenario}: ${name}`)
    for (const name of untold) print(`  not told     ${scenario}: ${name}`)
  }
  return misses === 0 && alarms === 0 && scores.every(({ untold }) => untold.length === 0) ? 0 : 1
}

function row(name: string, verdict: string, ...numbers: readonly (string | number)[]): string {
  return `${name.padEnd(16)}${verdict.padEnd(16)}${numbers.map((one) => String(one).padStart(8)).join('')}`
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : (part / whole).toFixed(3)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
