// Metadata of the files a probe came upon: what vanished is left out, what could not be read becomes an Unknown of that probe.

import { isTourniquetError } from '../errors.ts'
import { shown } from '../host-text.ts'
import { type FileReading, statFiles } from '../host/file-meta.ts'
import type { FileMeta } from '../host/identity.ts'
import type { LaneName } from '../host/session.ts'
import type { FactKind } from './facts.ts'
import type { ProbeContext } from './probe.ts'
import { type Findings, textOf } from './reply.ts'

/** Files per request: on a host that is starved of CPU one costs 30 ms, and a request has 10 s. */
const batch = 100

/** Runs parallel to `paths` (latin-1), sent together. `lane` is control for a few small files, bulk for what may be large. */
export async function readingsOf(
  context: ProbeContext,
  into: Findings,
  paths: readonly string[],
  spoils: readonly FactKind[],
  lane: LaneName,
): Promise<readonly FileReading[]> {
  const batches: (readonly string[])[] = []
  for (let at = 0; at < paths.length; at += batch) batches.push(paths.slice(at, at + batch))
  return (await Promise.all(batches.map((some) => readBatch(context, into, some, spoils, lane)))).flat()
}

async function readBatch(
  context: ProbeContext,
  into: Findings,
  paths: readonly string[],
  spoils: readonly FactKind[],
  lane: LaneName,
): Promise<readonly FileReading[]> {
  const names = paths.map((path) => textOf(path))
  let readings: readonly FileReading[]
  try {
    readings = await statFiles(context.session, names, { lane, ...(context.signal ? { signal: context.signal } : {}) })
  } catch (error) {
    if (!isTourniquetError(error) || error.code === 'link-lost' || error.code === 'cancelled') throw error
    into.unknown(`metadata of ${paths.length} files`, 'failed', error.code, spoils)
    return paths.map(() => ({ state: 'unknown', reason: 'failed', detail: error.code }))
  }
  for (const [at, reading] of readings.entries()) {
    const name = names[at]
    if (reading.state === 'unknown' && name) into.unknown(shown(name), reading.reason, reading.detail, spoils)
  }
  return readings
}

/** The metadata itself, null where there is none to be had. */
export function metaOf(reading: FileReading | undefined): FileMeta | null {
  return reading?.state === 'present' ? reading.meta : null
}
