// No infection at all, and everything busy: nothing may be proposed, nothing written, nothing moved.
import { legitimatePreload, decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { put } from './plant.ts'
import type { Scenario } from './scenario.ts'

const build = '/usr/bin/sha256sum /dev/zero'

export const innocence: Scenario = {
  name: 'innocence',
  about: 'a busy, healthy host that looks guilty in every way known',
  plant: async (host) => {
    put(host, '/etc/ld.so.preload', `${legitimatePreload}\n`)
    await plantDecoys(host)
    for (const service of ['verify-1', 'verify-2', 'verify-3', 'verify-4'])
      put(
        host,
        `/etc/systemd/system/${service}.service`,
        `[Unit]\nDescription=Verify the archive\n\n[Service]\nExecStart=${build}\nNice=10\nCPUQuota=15%\n`,
      )
    await host.sh('systemctl daemon-reload; systemctl start verify-1 verify-2 verify-3 verify-4')
    host.confine(build)
  },
  hostileFiles: [],
  attackerFolders: [],
  hostileProcesses: [],
  dormantFiles: [],
  decoyFiles: [
    ...decoyFiles,
    { path: '/etc/ld.so.preload', looks: 'a preload file, with one library that a package owns' },
    { path: '/etc/systemd/system/verify-1.service', looks: 'starts a process that never sleeps' },
  ],
  decoyProcesses: [
    ...decoyProcesses,
    { contains: 'sha256sum /dev/zero', count: 4, looks: 'four package-owned processes that never sleep' },
  ],
  revivePeriod: 0,
  expectedUndoFiles: [],
}
