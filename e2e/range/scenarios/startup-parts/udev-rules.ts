// A rule that starts the payload when /dev/random appears, as sedexp does, beside one of the owner's that runs a program as well.
import { put } from '../plant.ts'
import type { StartupPart } from '../startups.ts'

const hostile = '/etc/udev/rules.d/99-lab-random.rules'
const own = '/etc/udev/rules.d/90-backup-disk.rules'

export const part: StartupPart = {
  plant: (host, start) => {
    put(host, own, 'SUBSYSTEM=="block", ENV{ID_FS_LABEL}=="backup", RUN+="/usr/local/sbin/backup --to %k"\n')
    put(
      host,
      hostile,
      `# entropy\nACTION=="add", ENV{MAJOR}=="1", ENV{MINOR}=="8", RUN+="/bin/sh -c '${start} >/dev/null 2>&1'"\n`,
      { daysOld: 0 },
    )
  },
  hostileFiles: [{ path: hostile, remove: 'whole' }],
  decoyFiles: [{ path: own, looks: 'a rule of the owner’s that runs a script of nobody’s' }],
}
