// A look at the machine the tests run on: what is planted for it to find, and what tests ask of its result.

import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FactKind, FactOf } from '../core/probes/facts.ts'
import { type LookResult, look } from '../core/probes/look.ts'
import type { ProbeId } from '../core/probes/probe.ts'
import type { Clock } from '../core/ports.ts'
import { nodeHashing } from './hashing.ts'
import { sessionHere } from './here-fixture.ts'

const clock: Clock = {
  now: () => new Date().toISOString(),
  monotonic: () => performance.now(),
  sleep: () => Promise.resolve(),
}

/** `scene`: shell lines that build a mount namespace around every request of the look. */
export function lookHere(probes: readonly ProbeId[], scene = ''): Promise<LookResult> {
  return look(sessionHere(scene), { probes, clock, hashing: nodeHashing })
}

export function of<K extends FactKind>(result: LookResult, kind: K): FactOf<K>[] {
  return result.facts.filter((fact): fact is FactOf<K> => fact.kind === kind)
}

/** What could not be read and takes the word "clean" away. */
export function spoiling(result: LookResult): string[] {
  return result.unknowns.filter(({ spoils }) => spoils.length > 0).map(({ what, detail }) => `${what}: ${detail}`)
}

/** A folder of the test in which files are planted, to be bound over those of the machine; the test takes it away. */
export function bed(): {
  readonly folder: string
  readonly plant: (path: string, content: string | Buffer, mode?: number) => void
} {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'))
  return {
    folder,
    plant: (path, content, mode = 0o644) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
      chmodSync(join(folder, path), mode)
    },
  }
}
