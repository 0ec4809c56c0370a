// Round trips, measured: every workload over links of several lengths, interleaved, and the slope of its time over the length of the link.

import { openLinks } from './delay-proxy.ts'
import { startHost } from './host.ts'
import { lineThrough, median, type Estimate, type Line } from './slope.ts'
import { table, verdict } from './table.ts'
import {
  arrival,
  coldTriage,
  dependentStep,
  independentReads,
  sshFresh,
  sshShared,
  sshSharedAtOnce,
  type Ready,
  type Workload,
} from './workloads.ts'

export interface Plan {
  readonly workloads: readonly Workload[]
  /** milliseconds; two at least */
  readonly rtts: readonly number[]
  /** of each workload on each link, after one that only warms up */
  readonly samples: number
  readonly estimate: Estimate
}

export interface Measured extends Line {
  readonly workload: Workload
}

/** Starts a host and its links, measures, takes both down again. Throws when a workload fails: a wrong answer has no time. */
export async function measure(plan: Plan): Promise<readonly Measured[]> {
  const host = await startHost()
  try {
    const links = await openLinks(host.port, plan.rtts)
    const ready: { readonly workload: Workload; readonly rtt: number; readonly on: Ready; readonly times: number[] }[] =
      []
    try {
      for (const workload of plan.workloads)
        for (const rtt of plan.rtts)
          ready.push({ workload, rtt, on: await workload.prepare(host, links.port(rtt)), times: [] })
      for (let round = 0; round <= plan.samples; round++)
        for (const { on, times } of ready) {
          const began = performance.now()
          const took = (await on.run()) ?? performance.now() - began
          if (round > 0) times.push(took)
        }
    } finally {
      await Promise.all(ready.map(({ on }) => on.close()))
      await links.close()
    }
    return plan.workloads.map((workload) => {
      const own = ready.filter((one) => one.workload === workload)
      const line = lineThrough(new Map(own.map(({ rtt, times }) => [rtt, times])), plan.estimate)
      return { workload, slope: line.slope / workload.steps, work: line.work / workload.steps }
    })
  } finally {
    await host.close()
  }
}

/** The figures of one run as a table; `slopesOnly` for a machine whose clock time means nothing. */
export function shownRoundTrips(measured: readonly Measured[]): string {
  return table(
    ['what', 'round trips', 'work ms', 'goal', 'verdict'],
    measured.map(({ workload, slope, work }) => [
      workload.what,
      slope.toFixed(2),
      work.toFixed(work < 10 ? 1 : 0),
      workload.goal === null ? '' : `<= ${workload.goal}`,
      workload.goal === null ? '' : verdict(slope <= workload.goal),
    ]),
  )
}

/** The long version, with the neighbours: a few minutes. */
export async function run(): Promise<boolean> {
  const rtts = [0, 50, 100]
  const ours = [independentReads, dependentStep, arrival, coldTriage]
  const measured = await measure({
    workloads: [...ours, sshFresh, sshShared, sshSharedAtOnce],
    rtts,
    samples: 7,
    estimate: median,
  })
  const slope = (workload: Workload) => measured.find((one) => one.workload === workload)?.slope ?? Number.NaN
  const times = (ratio: number) => `${ratio.toFixed(1)} times fewer`
  console.log(`Round trips: slope over ${rtts.join(', ')} ms, medians of 7, interleaved\n`)
  console.log(shownRoundTrips(measured))
  console.log('* ten at a time, which is what sshd allows on one connection\n')
  console.log(
    table(
      ['round trips against the neighbour', 'ratio'],
      [
        ['20 reads : 20 commands, a connection each', times((20 * slope(sshFresh)) / slope(independentReads))],
        ['20 reads : 20 commands over ControlMaster', times((20 * slope(sshShared)) / slope(independentReads))],
        ['20 reads : the same, ten at a time', times(slope(sshSharedAtOnce) / slope(independentReads))],
        ['a step : a command over ControlMaster', times(slope(sshShared) / slope(dependentStep))],
        ['arrival : one ssh command, cold', times(slope(sshFresh) / slope(arrival))],
      ],
    ),
  )
  return measured.every(({ workload, slope }) => workload.goal === null || slope <= workload.goal)
}
