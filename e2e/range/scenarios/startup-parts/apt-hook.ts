// A hook that apt runs as root after every installation, beside one of the owner's.
import { put } from '../plant.ts'
import type { StartupPart } from '../startups.ts'

const hostile = '/etc/apt/apt.conf.d/99lab-periodic'
const own = '/etc/apt/apt.conf.d/98tell-us'

export const part: StartupPart = {
  plant: (host, start) => {
    put(
      host,
      own,
      'DPkg::Post-Invoke { "if [ -x /usr/bin/logger ]; then logger -t apt done; fi"; };\nAcquire::Retries "3";\n',
    )
    put(host, hostile, `// update statistics\nDPkg::Post-Invoke {\n  "nohup ${start} >/dev/null 2>&1 &";\n};\n`, {
      daysOld: 0,
    })
  },
  hostileFiles: [{ path: hostile, remove: 'whole' }],
  decoyFiles: [{ path: own, looks: 'a hook of the owner’s that writes to the log' }],
}
