// Taking units apart by the scripts, under the real busybox on files of our own. What needs a running systemd is tried on range hosts.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshHome, identity, runText, sha, usable } from '../../platform/act-script-fixture.ts'
import { toolbox } from '../../platform/here-fixture.ts'
import vouched from '../probes/vouched.sh?raw'
import restoreByHand from './restore-by-hand.sh?raw'
import quarantine from './quarantine.sh?raw'
import restore from './restore.sh?raw'
import restoreUnit from './restore-unit.sh?raw'
import script from './stop-unit.sh?raw'
import systemd from './systemd.sh?raw'
import unitState from './unit-state.sh?raw'

let home: string
let caseDir: string
beforeEach(() => {
  ;({ home, quarantineDir: caseDir } = freshHome())
})

/** `host` are words of shell in the place of what systemd would say. */
function busybox(source: string, name: string, args: readonly string[], host = '') {
  return runText(`${vouched}\n${systemd}\n${host}\n${source}`, name, args, '', toolbox)
}

/** One file of the request: as it stands now. */
function part(path: string): readonly string[] {
  const link = lstatSync(path).isSymbolicLink()
  return [path, ...identity(path), link ? '-' : sha(readFileSync(path, 'latin1'))]
}

function stop(
  act: string,
  parts: readonly (readonly string[])[],
  { reload = 'no', keep = '', host = '' }: { reload?: string; keep?: string; host?: string } = {},
) {
  const args = [caseDir, act, reload, '', keep, '', quarantine, restore, restoreByHand]
  return busybox(script, 'stop-unit', [...args, ...parts.flat()], host)
}

/** A unit with a link and a locked drop-in whose names are hostile. */
function plant(): readonly string[] {
  const unit = join(home, 'guard .service')
  const folder = join(home, "x'$(touch pwned).service.d")
  mkdirSync(folder)
  const dropIn = join(folder, 'a\nb.conf')
  const enabled = join(home, '-rf.service')
  writeFileSync(unit, '[Service]\n', { mode: 0o640 })
  writeFileSync(dropIn, '[Unit]\n')
  symlinkSync('guard .service', enabled)
  execFileSync('chattr', ['+i', '--', dropIn])
  return [enabled, dropIn, unit]
}

describe.skipIf(!usable)('the scripts (root, x86_64 and the toolbox are needed)', () => {
  it('take all of it and bring all of it back, links and locks too', () => {
    const paths = plant()
    const before = paths.map((path) => lstatSync(path))
    const parts = paths.map(part)
    const taken = stop('act-1', parts)
    expect(taken).toMatchObject({ exit: 0, err: '' })
    expect(taken.out).toMatch(/^1\.how=renamed$/m)
    expect(taken.out).toMatch(/^2\.flags=.*i/m)
    expect(taken.out).toMatch(/^reload=no$/m)
    expect(taken.out).toMatch(/^since=\d+$/m)
    expect(paths.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined)).toEqual([])
    // asked again after a lost answer: it is told again
    expect(stop('act-1', parts)).toMatchObject({ exit: 0, out: expect.stringContaining('3.how=renamed') as string })

    const entries = ['act-1-3', 'act-1-2', 'act-1-1']
    const back = busybox(restoreUnit, 'restore-unit', [caseDir, 'no', '', restore, ...entries])
    expect(back).toMatchObject({ exit: 0, err: '' })
    expect(back.out).toContain(`sha=act-1-3 ${sha('[Service]\n')}`)
    for (const [at, path] of paths.entries())
      expect(lstatSync(path)).toMatchObject({ ino: before[at]!.ino, mode: before[at]!.mode })
    expect(readlinkSync(paths[0]!)).toBe('guard .service')
    expect(execFileSync('lsattr', ['-d', paths[1]!]).toString()).toMatch(/^\S*i/)
    expect(busybox(restoreUnit, 'restore-unit', [caseDir, 'no', '', restore, ...entries])).toMatchObject({ exit: 10 })
    expect(existsSync(join(home, 'pwned'))).toBe(false)
  })

  it('touch nothing when one of the files is another by now', () => {
    const paths = plant()
    const parts = paths.map(part)
    renameSync(paths[2]!, join(home, 'elsewhere')) // its inode stays in use, so the new one has another
    writeFileSync(paths[2]!, 'another')
    expect(stop('act-1', parts)).toMatchObject({ exit: 20, out: '' })
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
    expect(existsSync(join(caseDir, 'act-1-1'))).toBe(false)
  })

  it('take no unit away whose name the host needs and has nowhere else', () => {
    const paths = plant()
    expect(stop('act-1', paths.map(part), { keep: 'tourniquet-nowhere-else.service\n' })).toMatchObject({
      exit: 20,
      out: '',
      err: 'the host needs a unit of this name and has no other\n',
    })
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
  })

  it('have systemd read nothing while a generator stands that nobody vouches for', () => {
    const generator = join(home, 'system-generators')
    const paths = plant()
    writeFileSync(generator, '#!/bin/sh\n')
    const host = `booted() { :; }
      survey() { printf '%s\\0' /etc/systemd/system-generators/g /usr/bin/systemctl; }
      reload() { echo reload=told; }`
    expect(stop('act-1', paths.map(part), { reload: 'yes', host })).toMatchObject({
      exit: 20,
      out: '',
      err: 'a reload would run a generator that no package vouches for: /etc/systemd/system-generators/g\n',
    })
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
    const quiet = stop('act-2', [part(generator)], { reload: 'quiet', host })
    expect(quiet).toMatchObject({ exit: 0, out: expect.stringContaining('reload=later') as string })
    const known = host.replace('/etc/systemd/system-generators/g ', '')
    const told = stop('act-3', paths.map(part), { reload: 'yes', host: known })
    expect(told).toMatchObject({ exit: 0, out: expect.stringContaining('reload=told') as string })
    expect(told.out).not.toMatch(/^control=/m) // nobody vouches for its systemctl, so nobody asks it
  })

  it('put back what was taken when a later file is not as planned', () => {
    const paths = plant()
    const parts = paths.map(part)
    writeFileSync(paths[2]!, '[Service]\nExecStart=/other\n') // the same inode with other bytes: only its digest tells
    const result = stop('act-1', parts)
    expect(result).toMatchObject({ exit: 20, err: 'the content changed\n' })
    expect(result.out).toMatch(/^back=2\nback=1$/m)
    expect(paths.every((path) => lstatSync(path, { throwIfNoEntry: false }))).toBe(true)
    expect(execFileSync('lsattr', ['-d', paths[1]!]).toString()).toMatch(/^\S*i/)
  })

  it('complete what was cut off in the middle', () => {
    const paths = plant()
    const parts = paths.map(part)
    expect(stop('act-1', parts.slice(0, 1)).exit).toBe(0)
    const rest = stop('act-1', parts)
    expect(rest).toMatchObject({ exit: 0, err: '' })
    expect([1, 2, 3].every((at) => rest.out.includes(`${String(at)}.how=renamed`))).toBe(true)
  })

  it('do not put a unit over what stands in its place now', () => {
    const paths = plant()
    stop('act-1', paths.map(part))
    writeFileSync(paths[2]!, 'the owner’s new one')
    const back = busybox(restoreUnit, 'restore-unit', [caseDir, 'no', '', restore, 'act-1-3', 'act-1-2', 'act-1-1'])
    expect(back).toMatchObject({ exit: 20 })
    expect(readFileSync(paths[2]!, 'utf8')).toBe('the owner’s new one')
    expect(lstatSync(paths[1]!).isFile()).toBe(true)
  })

  it('tell which paths stand again, to the byte', () => {
    const paths = plant()
    rmSync(paths[0]!)
    const state = busybox(unitState, 'unit-state', ['-', '0', '-', '-', '', ...paths, `${home}/none`])
    expect(state).toMatchObject({ exit: 0, out: 'there=2\nthere=3\nasked=no\n' })
  })
})
