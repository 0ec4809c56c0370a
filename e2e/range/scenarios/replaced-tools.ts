// Replaced tools on a host whose package database was made to agree: wrappers with their originals beside them, one original that is a fake too, a compiled
// fake, a locked one, two tools under other names. And what only looks like it: a file diverted by its owner, a tool of his own in /usr/local.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { untilMining } from './mining.ts'
import { packageFiles } from './package-files.ts'
import { put, putAside, putProgram } from './plant.ts'
import { wrap } from './replaced-ps-top.ts'
import type { HostileFile, Scenario } from './scenario.ts'

const miner = cronMiner('/var/tmp/.lab_tools', 'lab_toolsd', '/etc/cron.d/toolsd')
const list = '/var/lib/dpkg/info/procps.md5sums'

const hostileFiles: readonly HostileFile[] = [
  ...miner.files,
  ...[
    '/usr/bin/ps',
    '/usr/bin/top',
    '/usr/bin/ls',
    '/usr/bin/ss',
    '/usr/bin/crontab',
    '/usr/bin/chattr',
    '/usr/bin/wget',
    list,
  ].map((path) => ({ path, remove: 'restored' as const })),
  ...[
    '/usr/bin/ps.original',
    '/usr/bin/top.original',
    '/usr/bin/ls.lanigiro',
    '/usr/bin/ss.original',
    '/usr/bin/crontab.original',
    '/usr/bin/tntrecht',
    '/usr/local/bin/wgettnt',
  ].map((path) => ({ path, remove: 'whole' as const })),
]

export const replacedTools: Scenario = {
  name: 'replaced-tools',
  about: 'ps, top, ls, ss and crontab replaced, chattr and wget renamed, a package list edited to match',
  plant: async (host) => {
    await plantDecoys(host)
    plantOwnersTools(host)
    const hide = "| grep -v -e lab_ -e '\\.original' -e '\\.lanigiro'"
    wrap(host, '/usr/bin/ps', '.original', hide)
    wrap(host, '/usr/bin/top', '.original', hide)
    // whoever takes the copy beside it for the original puts a second fake in its place
    put(host, '/usr/bin/top.original', '#!/bin/sh\necho "top: terminal setting error"\n', { mode: 0o755 })
    wrap(host, '/usr/bin/ls', '.lanigiro', hide)
    wrap(host, '/usr/bin/crontab', '.original', hide, 'i')
    putAside(host, '/usr/bin/ss')
    renameSync(join(host.dir, 'usr/bin/ss'), join(host.dir, 'usr/bin/ss.original'))
    putProgram(host, '/usr/bin/ss', standIn('crunch'))
    rename(host, '/usr/bin/chattr', '/usr/bin/tntrecht')
    rename(host, '/usr/bin/wget', '/usr/local/bin/wgettnt')
    makeListAgree(host)
    await miner.plant(host)
    await untilMining(host, replacedTools)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [miner.folder],
  hostileProcesses: miner.processes,
  decoyFiles: [
    ...decoyFiles,
    { path: '/usr/bin/last', looks: "not its package's: the owner had that one diverted" },
    { path: '/usr/bin/last.distrib', looks: 'a tool under another name, in dpkg-divert’s own way' },
    { path: '/usr/local/bin/top', looks: 'a script with the name of a core tool, before it in the search path' },
  ],
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
  route: {
    proposed: ['process', 'schedule', 'file', 'binary'],
    run: (host) => ['--packages', packageFiles(host, ['procps', 'coreutils', 'iproute2'])],
  },
}

function rename(host: RangeHost, path: string, to: string): void {
  putAside(host, path)
  renameSync(join(host.dir, path), join(host.dir, to))
}

function plantOwnersTools(host: RangeHost): void {
  renameSync(join(host.dir, 'usr/bin/last'), join(host.dir, 'usr/bin/last.distrib'))
  put(host, '/usr/bin/last', '#!/bin/sh\nexec /usr/bin/last.distrib -n 20 "$@"\n', { mode: 0o755 })
  writeFileSync(join(host.dir, 'var/lib/dpkg/diversions'), '/usr/bin/last\n/usr/bin/last.distrib\n:\n', { flag: 'a' })
  put(host, '/usr/local/bin/top', '#!/bin/sh\nexec /usr/bin/top -d 5 "$@"\n', { mode: 0o755 })
}

/** The package's list says of the fakes what it said of the originals. */
function makeListAgree(host: RangeHost): void {
  putAside(host, list)
  const file = join(host.dir, list)
  let text = readFileSync(file, 'latin1')
  for (const name of ['ps', 'top']) {
    const md5 = createHash('md5')
      .update(readFileSync(join(host.dir, `usr/bin/${name}`)))
      .digest('hex')
    text = text.replace(new RegExp(`^[0-9a-f]{32}(?=  (usr/)?bin/${name}$)`, 'm'), md5)
  }
  writeFileSync(file, text)
}
