// One act script under the real busybox, on files of the test: a home of its own with an empty quarantine, the run, and what a file is known by.

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { busybox, toolbox } from './here-fixture.ts'

/** Flags and attributes of files need root and the tools we brought for x86_64. */
export const usable = process.getuid?.() === 0 && process.arch === 'x64' && existsSync(join(toolbox, 'setfattr'))

export interface ScriptResult {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

/** The text of `main/core/actions/NAME.sh`. */
export const actScript = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../core/actions/${name}.sh`), 'utf8')

/** Runs the act script of that name, with no PATH at all unless one is given. */
export function run(
  name: string,
  args: readonly string[],
  stdin: Uint8Array | string = '',
  path?: string,
): ScriptResult {
  return runText(actScript(name), name, args, stdin, path)
}

/** Runs a script that is put together from several. */
export function runText(
  text: string,
  name: string,
  args: readonly string[],
  stdin: Uint8Array | string = '',
  path?: string,
): ScriptResult {
  const done = spawnSync(busybox, ['sh', '-c', text, name, ...args], {
    input: stdin,
    env: { TOOLS: toolbox, ...(path === undefined ? {} : { PATH: path }) },
  })
  return { exit: done.status, out: done.stdout.toString(), err: done.stderr.toString() }
}

/** A folder, and in it where the quarantine of a case would be made; taken away when the test is over, locks and all. */
export function freshHome(): { readonly home: string; readonly quarantineDir: string } {
  const home = mkdtempSync('/var/tmp/tourniquet-acts-')
  onTestFinished(() => {
    spawnSync('chattr', ['-R', '-ia', home]) // complains about links, harmlessly
    rmSync(home, { recursive: true })
  })
  mkdirSync(join(home, 'quarantine'), { mode: 0o700 })
  return { home, quarantineDir: join(home, 'quarantine/case-1') }
}

export const sha = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

export const flagsOf = (path: string): string =>
  execFileSync('lsattr', ['-d', path]).toString().split(' ', 1).join('').replaceAll('-', '')

/** Device and inode, as the scripts are told them. */
export function identity(path: string): [string, string] {
  const at = lstatSync(path, { bigint: true })
  return [String(at.dev), String(at.ino)]
}
