// An entry of one account's desktop that starts the payload, beside an everyday one.
import { put } from '../plant.ts'
import type { StartupPart } from '../startups.ts'

const hostile = '/home/dev/.config/autostart/lab-update-notifier.desktop'
const own = '/home/dev/.config/autostart/syncthing.desktop'
const entry = (name: string, exec: string) =>
  `[Desktop Entry]\nType=Application\nName=${name}\nExec=${exec}\nX-GNOME-Autostart-enabled=true\n`

export const part: StartupPart = {
  plant: (host, start) => {
    put(host, own, entry('Syncthing', 'sh -c "sleep 5 && /home/dev/bin/syncthing --no-browser"'), { owner: 'dev' })
    put(host, hostile, entry('Update Notifier', `sh -c '${start} >/dev/null 2>&1'`), { owner: 'dev', daysOld: 0 })
  },
  hostileFiles: [{ path: hostile, remove: 'whole' }],
  decoyFiles: [{ path: own, looks: 'starts a program of nobody’s from a home' }],
}
