// One look at a freshly planted host, by the product's own probes over the machine's own ssh, with what was planted written beside it.

import { bootHost } from '../range/host.ts'
import type { Scenario } from '../range/scenarios/scenario.ts'
import { localConnection, localSession } from '../fixtures/local-connection.ts'
import { look } from '../../main/core/probes/look.ts'
import type { CorpusLook, Truth } from '../../main/core/judge/fixtures/corpus.ts'
import type { Clock } from '../../main/core/ports.ts'
import { systemClock } from '../../main/platform/clock.ts'
import { nodeHashing } from '../../main/platform/hashing.ts'

/** Limits of arrival are for one host on a machine of its own; a crowded one gets longer. */
const patientClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms * 8, signal) }

/** Boots, plants, looks, takes the host down. The host's drawn name is replaced, so that looks differ only in what matters. */
export async function capture(scenario: Scenario): Promise<CorpusLook> {
  const host = await bootHost({ scenario: scenario.name })
  try {
    await scenario.plant(host)
    const door = [
      '-i',
      host.rootKey,
      '-o',
      `UserKnownHostsFile=${host.knownHosts}`,
      '-o',
      'BatchMode=yes',
      '-F',
      'none',
    ]
    const session = await localSession(
      { clock: patientClock },
      localConnection(['ssh', ...door, `root@${host.address}`]),
    )
    try {
      const { facts, unknowns } = await look(session, { clock: systemClock, hashing: nodeHashing })
      const late = unknowns.find(({ reason }) => reason === 'timed-out')
      if (late) throw new Error(`${late.what} was cut by its time limit: no look to keep`)
      const text = JSON.stringify({ scenario: scenario.name, facts, unknowns, truth: truthOf(scenario) })
      return JSON.parse(text.replaceAll(host.name, 'range-host')) as CorpusLook
    } finally {
      await session.detach()
    }
  } finally {
    host.close()
  }
}

function truthOf({ hostileFiles, dormantFiles, hostileProcesses, attackerFolders, route }: Scenario): Truth {
  return {
    files: hostileFiles.filter(({ remove }) => typeof remove === 'string').map(({ path }) => path),
    lines: hostileFiles.flatMap(({ path, remove }) =>
      typeof remove === 'string' ? [] : remove.lines.map((text) => ({ path, text })),
    ),
    processes: hostileProcesses.map(({ contains }) => contains),
    dormant: dormantFiles.map(({ path }) => path),
    folders: attackerFolders,
    advised: route?.advised ?? [],
  }
}
