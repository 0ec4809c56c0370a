// The matrix: every scenario of the range through the whole journey, one line each. `npm run matrix` walks all, `npm run matrix -- NAME…` some.
// It promises nothing that a step of the journey did not check, and ends 0 only when every cell is well.

import { appendFileSync, rmSync } from 'node:fs'
import { ensureTools, rangeUnavailable } from './range/machine.ts'
import { scenarios } from './range/scenarios/index.ts'
import type { Scenario } from './range/scenarios/scenario.ts'
import { closeVisit, columns, openVisit, stepsOf } from './specs/eviction-journey.ts'
import { tourniquet, workFolder } from './specs/tourniquet.ts'

const usage = `usage: npm run matrix -- [--soak 30s] [--log FILE] [SCENARIO…]
  --soak TIME   how long each eviction looks for a return; without it, twice the scenario's own period and ten seconds
  --log FILE    what failed, in full, besides the lines on standard error
scenarios: ${Object.keys(scenarios).join(' ')}
`
/** With the columns between them a line has 79 characters. */
const nameWidth = 15
const secondsWidth = 5

/** A column is as wide as its title, or as the widest thing that stands in it, and a blank. */
const widest: Readonly<Record<string, number>> = { verdict: 'infected'.length }

/** The longest and shortest first soak: a scenario revived by the network alone names no period. */
const soakBounds = { least: 30, most: 310 }

/** Lines of a failure that are printed: what comes after the first wrong things seldom says more. */
const failureLines = 40

interface Line {
  readonly cells: Readonly<Record<string, string>>
  readonly failures: readonly string[]
  readonly seconds: number
}

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const { soak, log, names } = read(words)
  const chosen = names.length === 0 ? Object.keys(scenarios) : names
  const unknown = chosen.filter((name) => scenarios[name] === undefined)
  if (names.some((name) => name.startsWith('-')) || unknown.length > 0) {
    process.stderr.write(usage)
    return 2
  }
  const unavailable = rangeUnavailable()
  if (unavailable !== null) {
    process.stderr.write(`skipped: no range on this machine: ${unavailable}\n`)
    return 1
  }
  ensureTools()
  const built = await program()
  if (built !== null) {
    process.stderr.write(built)
    return 1
  }
  print(lineOf('scenario', Object.fromEntries(columns.map((column) => [column, column])), 'time'))
  let failed = 0
  for (const name of chosen) {
    const scenario = scenarios[name]
    if (scenario === undefined) continue
    const line = await walk(scenario, soak ?? soakOf(scenario))
    print(lineOf(name, line.cells, String(line.seconds)))
    if (line.failures.length > 0) failed += 1
    for (const failure of line.failures) {
      process.stderr.write(`${failure}\n`)
      if (log !== null) appendFileSync(log, `${failure}\n`)
    }
  }
  print(
    failed === 0
      ? `all ${String(chosen.length)} as promised`
      : `${String(failed)} of ${String(chosen.length)} broke a promise`,
  )
  return failed === 0 ? 0 : 1
}

/** Builds the program when it is older than its sources; what it complains of when it cannot start. */
async function program(): Promise<string | null> {
  const home = workFolder()
  const asked = await tourniquet(home, ['playbooks'])
  rmSync(home, { recursive: true, force: true })
  return asked.exit === 0 ? null : asked.stderr
}

async function walk(scenario: Scenario, soak: string): Promise<Line> {
  const began = Date.now()
  const cells: Record<string, string> = {}
  const failures: string[] = []
  const fail = (where: string, error: unknown) => {
    failures.push(`${scenario.name}: ${where}: ${cut(error instanceof Error ? error.message : String(error))}`)
  }
  try {
    const visit = await openVisit(scenario)
    try {
      for (const step of stepsOf(scenario, soak)) {
        try {
          cells[step.column] = await step.check(visit)
        } catch (error) {
          cells[step.column] = 'FAIL'
          fail(step.title, error)
        }
      }
    } finally {
      closeVisit(visit)
    }
  } catch (error) {
    fail('did not boot or could not be planted', error)
  }
  return { cells, failures, seconds: Math.round((Date.now() - began) / 1000) }
}

function cut(text: string): string {
  const lines = text.split('\n')
  const more = lines.length - failureLines
  return more <= 0 ? text : [...lines.slice(0, failureLines), `(${String(more)} more lines)`].join('\n')
}

/** At least twice the period in which the infection returns: what has not come back by then does not. */
function soakOf({ revivePeriod }: Scenario): string {
  return `${String(Math.min(soakBounds.most, Math.max(soakBounds.least, 2 * revivePeriod + 10)))}s`
}

function lineOf(name: string, cells: Readonly<Record<string, string>>, seconds: string): string {
  const told = columns.map((column) => (cells[column] ?? '-').padEnd(Math.max(column.length, widest[column] ?? 0) + 1))
  return `${name.padEnd(nameWidth)}${told.join('')}${seconds.padStart(secondsWidth)}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function read(words: readonly string[]): {
  readonly soak: string | null
  readonly log: string | null
  readonly names: readonly string[]
} {
  const rest = [...words]
  const option = (name: string): string | null => {
    const at = rest.indexOf(name)
    return at === -1 ? null : (rest.splice(at, 2)[1] ?? null)
  }
  return { soak: option('--soak'), log: option('--log'), names: rest }
}
