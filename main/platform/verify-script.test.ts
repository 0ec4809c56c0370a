// The bundle's own verify.sh under the shells a customer may have: it accepts the whole bundle, and refuses each way of tampering with it.

import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tagFiles } from '../core/bundle/names.ts'
import { signedBundle, type SignedBundle } from './bundle-fixture.ts'

let bundle: SignedBundle
beforeAll(async () => {
  bundle = await signedBundle()
})
afterAll(() => {
  bundle.remove()
})

describe('verify.sh', () => {
  const shells = ['dash', 'bash', 'busybox']
  const tampered: Record<string, (at: string) => void> = {
    'a changed exhibit': (at) => {
      writeFileSync(join(at, 'data/exhibits', readdirSync(join(at, 'data/exhibits'))[0]!), 'x')
    },
    'an extra file': (at) => {
      writeFileSync(join(at, 'data/extra'), 'x')
    },
    'a missing file': (at) => {
      rmSync(join(at, 'data/gaps.json'))
    },
    'a link': (at) => {
      symlinkSync('/etc/passwd', join(at, 'data/link'))
    },
    'a changed signature': (at) => {
      writeFileSync(join(at, tagFiles.signature), readFileSync(join(at, tagFiles.signature), 'utf8').replace('A', 'B'))
    },
    'another allowed signer': (at) => {
      writeFileSync(
        join(at, tagFiles.allowedSigners),
        `tourniquet-signer ${readFileSync(join(bundle.base, 'id.pub'), 'utf8').replace('AAAAI', 'AAAAJ')}`,
      )
    },
    'a file dropped from both': (at) => {
      rmSync(join(at, 'data/gaps.json'))
      for (const name of [tagFiles.manifest256, tagFiles.manifest512]) {
        writeFileSync(join(at, name), readFileSync(join(at, name), 'utf8').replace(/.*gaps\.json\n/, ''))
      }
    },
  }
  for (const shell of shells) {
    const argv = shell === 'busybox' ? ['busybox', 'sh'] : [shell]
    // eight runs of some ten programs each: on a busy machine that alone takes longer than a test usually may
    it(`accepts the whole bundle and refuses a tampered one under ${shell}`, { timeout: 60_000 }, (context) => {
      // without a pipe: bash takes one for a login from afar, and reads the start-up files of whoever runs the tests
      const there = spawnSync(argv[0]!, [...argv.slice(1), '-c', 'true'], { stdio: 'ignore' }).status === 0
      if (!there) context.skip(`${shell} is not installed`)
      const run = (at: string, what: string, expected: number): void => {
        const ran = spawnSync(argv[0]!, [...argv.slice(1), join(at, 'verify.sh')], { encoding: 'utf8' })
        const said = `${what}: ${String(ran.error ?? '')} ${String(ran.signal)}\n${ran.stdout}${ran.stderr}`
        expect(ran.status, said).toBe(expected)
      }
      run(bundle.folder, 'untouched', 0)
      for (const [what, tamper] of Object.entries(tampered)) {
        const at = join(bundle.base, 'tampered')
        cpSync(bundle.folder, at, { recursive: true })
        tamper(at)
        run(at, what, 1)
        rmSync(at, { recursive: true })
      }
    })
  }
})
