// What costs time without any link: connecting to a host next door, against OpenSSH, and one journal event made durable, against the disk itself.

import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from '../../main/compose.ts'
import { caseChain } from '../../main/core/case/journal.ts'
import { createCaseFolder } from '../../main/platform/case-folder.ts'
import { startHost } from './host.ts'
import { connectOnly, freshCommand } from './openssh.ts'
import { least, median, percentile } from './slope.ts'
import { table, verdict } from './table.ts'
import { connect } from './workloads.ts'

const connects = 15
const appends = 300
/** milliseconds */
const connectGoal = 70
const appendGoal = 5

/** A minute at most. True when both goals are met. */
export async function run(): Promise<boolean> {
  const { ours, openssh, command } = await connecting()
  const { journal, disk } = await appending()
  const connected = median(ours) <= connectGoal
  const appended = percentile(journal, 0.95) <= appendGoal
  const row = (what: string, times: readonly number[], goal: string, met: string) => [
    what,
    ...[least(times), median(times), percentile(times, 0.95)].map((ms) => ms.toFixed(1)),
    goal,
    met,
  ]
  console.log('Local costs in milliseconds, interleaved with the neighbour\n')
  console.log(
    table(
      ['what', 'least', 'median', 'p95', 'goal', 'verdict'],
      [
        row('connect and log in', ours, `median <= ${connectGoal}`, verdict(connected)),
        row('OpenSSH, the same', openssh, '', ''),
        row('OpenSSH, with a command', command, '', ''),
        row('journal append, durable', journal, `p95 <= ${appendGoal}`, verdict(appended)),
        row('the disk: write and fdatasync', disk, '', ''),
      ],
    ),
  )
  return connected && appended
}

async function connecting() {
  const host = await startHost()
  const ours: number[] = []
  const openssh: number[] = []
  const command: number[] = []
  try {
    for (let n = 0; n <= connects; n++) {
      const timed = async <T>(into: number[], act: () => Promise<T>): Promise<T> => {
        const began = performance.now()
        const result = await act()
        if (n > 0) into.push(performance.now() - began)
        return result
      }
      const connection = await timed(ours, () => connect(host, host.port))
      await connection.close()
      const neighbour = await timed(openssh, () => connectOnly(host, host.port))
      await neighbour.close()
      await timed(command, () => freshCommand(host, host.port, 'true'))
    }
  } finally {
    await host.close()
  }
  return { ours, openssh, command }
}

async function appending() {
  const folder = mkdtempSync(join(tmpdir(), 'tq-bench-'))
  const journal: number[] = []
  const disk: number[] = []
  try {
    const store = await createCaseFolder(join(folder, 'case'), { examiner: 'bench', tool, keys: join(folder, 'keys') })
    const plain = await open(join(folder, 'plain'), 'w')
    for (let n = 0; n < appends; n++) {
      const at = performance.now()
      await store.append(caseChain, 'host-added', {
        host: `host-${n}`,
        address: 'root@192.0.2.1:22',
        hostKey: 'SHA256:0000000000000000000000000000000000000000000',
        machineId: null,
      })
      const between = performance.now()
      await plain.write(Buffer.alloc(500, 0x61))
      await plain.datasync()
      journal.push(between - at)
      disk.push(performance.now() - between)
    }
    await plain.close()
    await store.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { journal, disk }
}
