// What the tests want from the machine, installed with apt-get where that is possible. Without it tests are skipped with their reason, never passed.

import { existsSync } from 'node:fs'
import { hasCommand, missingPackages, run, tryRun } from './range/machine.ts'

/** Command → Debian package: real peers and real shells that tests talk to. */
const wanted: Readonly<Record<string, string>> = {
  '/usr/sbin/sshd': 'openssh-server',
  unzip: 'unzip',
  zip: 'zip',
  setfacl: 'acl',
  sudo: 'sudo',
  fish: 'fish',
  tcsh: 'tcsh',
  zsh: 'zsh',
  mksh: 'mksh',
  'qemu-aarch64-static': 'qemu-user-static',
  shellcheck: 'shellcheck',
  '/usr/bin/chromium': 'chromium',
  '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc': 'fonts-noto-cjk',
}

const missing = [
  ...missingPackages(),
  ...Object.entries(wanted).flatMap(([command, name]) =>
    (command.startsWith('/') ? existsSync(command) : hasCommand(command)) ? [] : [name],
  ),
]

if (missing.length === 0) process.exit(0)
if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
  console.log(`Not installed, so tests that need them are skipped: ${missing.join(' ')}`)
  process.exit(0)
}
console.log(`Installing for the tests: ${missing.join(' ')}`)
const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
tryRun([...quiet, 'update'], 300_000)
run([...quiet, 'install', '--no-install-recommends', ...missing], 600_000)
