// Where the toolbox is put: the real bootstrap under the machine's own shell, in a mount namespace where no common place runs programs.

import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { usable } from '../../platform/act-script-fixture.ts'
import { busybox } from '../../platform/here-fixture.ts'
import { oneLine } from './arrive.ts'

const bootstrap = oneLine(readFileSync(join(import.meta.dirname, 'bootstrap.sh'), 'utf8'))

let base: string
beforeEach(() => {
  // not below a common place: those are covered
  base = mkdtempSync('/root/tourniquet-bootstrap-')
})
afterEach(() => {
  rmSync(base, { recursive: true })
})

/** The bootstrap's first line, where only the home could take the toolbox. */
function placeWith(home: string): string {
  const cover = `for place in /run /dev/shm /tmp /var/tmp; do mount -t tmpfs -o noexec none "$place" || exit 9; done
    HOME=$1 exec /bin/sh -c "$2" sh marker .0123456789ab 4096 control.1`
  const words = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', cover, 'cover', home, bootstrap]
  const done = spawnSync(busybox, words, { input: '', env: {} })
  expect(done.status).toBe(0)
  return done.stdout.toString().trim()
}

describe.skipIf(!usable)('a home as the last place for the toolbox (root and x86_64 are needed)', () => {
  it('is taken when it is our own', () => {
    expect(placeWith(base)).toMatch(new RegExp(`^marker at x86_64 0 (dd|printf) ${base}/\\.0123456789ab$`))
    expect(readdirSync(base)).toEqual([]) // no toolbox came, so nothing stays
  })

  it('is not taken when it is somebody else’s: root would run what its owner puts there', () => {
    const home = join(base, 'dev')
    mkdirSync(home)
    chownSync(home, 33, 33)
    const said = placeWith(home)
    expect(said).toMatch(/^marker nowhere /)
    expect(said).toContain(`${home}: not ours`)
    expect(readdirSync(home)).toEqual([])
  })
  it('is not taken below a folder of somebody else’s, nor through a link: either can be led elsewhere later', () => {
    const above = join(base, 'dev')
    const home = join(above, 'home')
    mkdirSync(home, { recursive: true })
    chownSync(above, 33, 33)
    expect(placeWith(home)).toContain(`${home}: not ours`)
    const link = join(base, 'link')
    mkdirSync(join(base, 'real'))
    symlinkSync('real', link)
    expect(placeWith(link)).toContain(`${link}: not ours`)
    expect(placeWith('relative')).toContain('relative: not a full path')
    expect(readdirSync(home)).toEqual([])
  })
})
