// The judge on the whole corpus, and the signals that nothing in the tests has ever shown to work.
// Looks are captured anew with `npm run corpus -- --capture SCENARIO…` when a type of fact changes.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { sheets } from './catalogue.ts'
import { plainHashing } from './fixtures/judging.ts'
import { shippedPools } from './indicators.ts'
import { judge } from './judge.ts'
import { scoreOf, type CorpusLook } from './fixtures/corpus.ts'

const folder = join(import.meta.dirname, 'fixtures/corpus')
const looks = readdirSync(folder).map(
  (name) => JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as CorpusLook,
)
const scores = looks.map(scoreOf)

/** Hostile things no act is proposed against, and why that is right. */
const arguedMisses: Readonly<Record<string, readonly string[]>> = {
  // the package's list of checksums was forged: told with the tool it lies about, and put right with the package, not by an act of its own
  'replaced-tools': ['/var/lib/dpkg/info/procps.md5sums'],
}

describe.each(scores)('$scenario', ({ scenario, verdict, misses, alarms, doubts, untold, hits }) => {
  it('is judged as it was planted: nothing missed, nothing of the owner’s accused', () => {
    expect({ misses, alarms, doubts, untold }).toEqual({
      misses: arguedMisses[scenario] ?? [],
      alarms: [],
      doubts: [],
      untold: [],
    })
    expect(verdict).toBe(hits.length > 0 ? 'infected' : 'clean')
  })
})

describe('every signal and guard', () => {
  /** Never shown to work by a captured look or a test of its own, and why that is bearable. */
  const argued: Readonly<Record<string, string>> = {}

  it('speaks somewhere in the corpus or is named by a test of its own', () => {
    const heard = new Set(
      scores.flatMap(({ findings }) =>
        findings.flatMap(({ reasons }) => reasons.map(({ signal }) => signal.replace(/\.unsure$/, ''))),
      ),
    )
    for (const name of ['demonstration', 'innocence']) for (const id of heardIn(name)) heard.add(id)
    const tests = testsBelow(import.meta.dirname).join('\n')
    const ids = Object.values(sheets).flatMap(({ signals, guards }) => [...signals, ...guards].map(({ id }) => id))
    const silent = [...new Set(ids)].filter((id) => !heard.has(id) && !tests.includes(`'${id}'`))
    expect(silent.sort()).toEqual(Object.keys(argued).sort())
  })
})

/** Reasons in the looks that captured.test.ts judges. */
function heardIn(name: string): readonly string[] {
  const look = JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), 'utf8')) as CorpusLook
  const { findings } = judge(look.facts, look.unknowns, { indicators: shippedPools(), hashing: plainHashing })
  return findings.flatMap(({ reasons }) => reasons.map(({ signal }) => signal))
}

/** The text of every other test of the judge. */
function testsBelow(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile() && one.name.endsWith('.test.ts') && one.name !== 'corpus.test.ts')
    .map((one) => readFileSync(join(one.parentPath, one.name), 'utf8'))
}
