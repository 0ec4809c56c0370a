// What a visit leaves on a host where the disk snapshot does not look: memory file systems, mounts, processes of ours. And what it must leave in the case:
// the very bytes of everything it took away.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../range/host.ts'
import type { Baseline } from '../range/scenarios/baseline.ts'
import { shownPath } from '../range/tree.ts'
import { tourniquet } from './tourniquet.ts'

/**
 * What pam_motd, agetty and systemd-logind make for any login, ours or not; logind takes its folder away some seconds after the last one, and agetty makes the
 * file it watches whenever it starts.
 */
const madeByLogins = /^(\/run\/motd\.dynamic|\/run\/agetty\.reload|\/run\/user\/\d+ tmpfs)$/

/** Every place our folder could be made in. */
const places = ['/run', '/dev/shm', '/tmp', '/var/tmp', '/root', '/home/ops', '/home/deploy']

/** Names in those places and PID 1's mounts, read through this machine's kernel: the host's own tools may lie. Take it before the first visit. */
export function placesOf(host: RangeHost): readonly string[] {
  const init = host.processes().find(({ pid }) => pid === 1)?.outsidePid
  if (init === undefined) throw new Error(`${host.name} does not run`)
  const inside = `/proc/${String(init)}`
  const names = places.flatMap((place) => readdirSync(`${inside}/root${place}`).map((name) => `${place}/${name}`))
  const mounts = readFileSync(`${inside}/mounts`, 'utf8').split('\n')
  return [...names, ...mounts.flatMap((line) => (line === '' ? [] : [line.split(' ').slice(1, 3).join(' ')]))]
}

/** What is there now and was not before: names, mounts, and processes that still run our toolbox. A covered /proc entry may go; nothing may come. */
export function leftBehind(before: readonly string[], host: RangeHost): readonly string[] {
  const known = new Set(before)
  const names = placesOf(host).filter((name) => !known.has(name) && !madeByLogins.test(name))
  const ours = host.processes().filter(({ exe }) => /\/busybox( \(deleted\))?$/.test(exe))
  return [...names, ...ours.map(({ pid, argv }) => `process ${String(pid)} ${argv.join(' ').slice(0, 80)}`)]
}

/** Hostile paths whose original bytes (of a link: where it leads) are no exhibit of the exported bundle under their own digest. */
export async function missingEvidence(
  baseline: Baseline,
  home: string,
  caseFolder: string,
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(home, 'bundle-'))
  const bundle = join(folder, 'bundle.zip')
  const exported = await tourniquet(home, ['export', '--case', caseFolder, '--out', bundle])
  if (exported.exit !== 0) return [`export ended with ${String(exported.exit)}: ${exported.stderr}`]
  execFileSync('unzip', ['-q', bundle, '-d', folder])
  const bag = readdirSync(folder).find((name) => name !== 'bundle.zip') ?? ''
  const exhibits = join(folder, bag, 'data/exhibits')
  const held = new Set(readdirSync(exhibits).map((name) => sha256(readFileSync(join(exhibits, name)))))
  rmSync(folder, { recursive: true })
  const dormant = new Set(baseline.scenario.dormantFiles.map(({ path }) => path))
  return (
    [...baseline.wanted.keys()]
      // of a program that was removed there are no bytes to keep
      .filter((path) => !dormant.has(path) && baseline.tree.has(path))
      .filter((path) => {
        const entry = baseline.tree.get(path)
        const digest = entry?.type === 'link' ? sha256(Buffer.from(entry.target ?? '', 'latin1')) : entry?.sha256
        return digest === undefined || !held.has(digest)
      })
      .map(shownPath)
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
