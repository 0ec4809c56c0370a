// A bundle in the hands of somebody who does not have Tourniquet: only what stands on every Linux touches it.

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/** Tests, unpacks and verifies it with unzip, sha256sum and the verify.sh inside (ssh-keygen). Returns the folder of the bag; `out` must not exist. */
export function stockToolsAccept(bundle: string, out: string): string {
  execFileSync('unzip', ['-tq', bundle])
  mkdirSync(out)
  execFileSync('unzip', ['-q', bundle, '-d', out])
  const folder = join(out, execFileSync('ls', [out]).toString().trim())
  expect(execFileSync('sh', [join(folder, 'verify.sh')], { cwd: folder }).toString()).toMatch(/OK|intact|good/i)
  execFileSync('sha256sum', ['--quiet', '-c', 'manifest-sha256.txt'], { cwd: folder })
  return folder
}
