// The dead man under the real busybox, on mounts of our own: what he lifts when nobody speaks to him any more, and what he leaves.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { usable } from '../../platform/act-script-fixture.ts'
import { busybox } from '../../platform/here-fixture.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')

let home: string
beforeEach(() => {
  home = mkdtempSync('/var/tmp/tourniquet-dead-man-')
  mkdirSync(join(home, 'tools'))
  mkdirSync(join(home, 'nest'))
  copyFileSync(busybox, join(home, 'tools/busybox'))
})
afterEach(() => {
  rmSync(home, { recursive: true })
})

/** Runs in a mount namespace that ends with it: arms for one second, stays silent, and looks what became of the folder. */
function silence(between: string): string {
  const body = `sh -c "$BLOCK" block "$1" "$1" '' '' >/dev/null
    printf '%s\\0' key-of-block block "$1" "$(cat /proc/sys/kernel/random/boot_id)" 1 "$1" | sh -c "$ARM" arm arm "$GUARD"
    sh -c "$STATE" state "$1"
    ${between}
    i=0; while [ $i -lt 80 ] && [ -z "$(sh -c "$ARM" arm look | sed -n '/^key-of-block .* /p')" ]; do i=$((i + 1)); usleep 100000; done
    sh -c "$STATE" state "$1"
    sh -c "$ARM" arm look | sed -n 's/^\\(key-of-block\\) [0-9]* /\\1 /p'`
  const words = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', body, 'inside', join(home, 'nest')]
  const done = spawnSync(join(home, 'tools/busybox'), words, {
    env: {
      PATH: join(home, 'tools'),
      ARM: read('dead-man-arm.sh'),
      GUARD: read('dead-man.sh'),
      BLOCK: read('../actions/block-exec.sh'),
      STATE: read('../actions/block-state.sh'),
    },
  })
  expect(done.stderr.toString()).toBe('')
  return done.stdout.toString()
}

describe.skipIf(!usable)('a block whose workbench fell silent (root, x86_64 and the toolbox are needed)', () => {
  it('is lifted', () => {
    expect(silence('')).toBe('key-of-block\n\nstate=blocked\nstate=open\nkey-of-block resumed\n')
  }, 30_000)

  it('stays where somebody mounted over it: that is not ours', () => {
    const out = silence('mount -t tmpfs none "$1"')
    expect(out).toBe('key-of-block\n\nstate=blocked\nstate=other\nkey-of-block another-mount\n')
  }, 30_000)

  it('is no matter any more where it was lifted before', () => {
    expect(silence('umount "$1"')).toBe('key-of-block\n\nstate=blocked\nstate=open\nkey-of-block gone\n')
  }, 30_000)
})
