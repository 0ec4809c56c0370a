// Pausing cron, at and their kin so that nothing new is started while we work, and letting them run again. The daemons are stopped, not their jobs:
// the customer's backup that is running goes on. The dead man resumes them when the workbench is gone.

import { z } from 'zod'
import type { HostReply } from '../host/session.ts'
import type { ProcessIdentity } from '../host/identity.ts'
import { shown } from '../host-text.ts'
import type { SchedulerDaemonFact } from '../probes/facts.ts'
import type { ActContext, ActOutcome, ChangeRecord, Declined, PlannedItem, UndoOutcome, Verb } from './verb.ts'
import { parseIdentity, processIdentity } from './identity-json.ts'
import { readScript } from './reading.ts'
import { processObject, processState, signalRequest, standsStopped } from './signal.ts'

const daemonArgs = z.strictObject({ identity: processIdentity, name: z.string() })

export const pauseSchedulers: Verb = {
  name: 'pause-schedulers',
  needsCapture: false,
  reversible: true,

  plan({ facts }) {
    const daemons = facts.filter((fact): fact is SchedulerDaemonFact => fact.kind === 'scheduler-daemon')
    const items = daemons
      .filter((daemon) => !daemon.paused)
      .map((daemon) => item(daemon.identity, daemon.name, shown(daemon.exe), 'pause'))
    const declined = daemons
      .filter((daemon) => daemon.paused)
      .map((daemon): Declined => ({
        target: target(daemon.identity, daemon),
        finding: null,
        reason: 'already',
        detail: 'paused',
      }))
    return Promise.resolve({ items, declined })
  },

  act: (planned) => signalRequest('STOP', parseIdentity(daemonArgs.parse(planned.args).identity), false),
  readAct: (reply, planned, context) => readSignal(reply, planned, context, 'pause-schedulers'),
  async probe(planned, context) {
    return standsStopped(await processState(parseIdentity(daemonArgs.parse(planned.args).identity), context))
  },
  async verify(planned, _change, context) {
    const state = await processState(parseIdentity(daemonArgs.parse(planned.args).identity), context)
    return { result: standsStopped(state), detail: state }
  },
  undo: (change) => signalRequest('CONT', parseIdentity(daemonArgs.parse(change.before).identity), false),
  readUndo: readSignalUndo,
}

export const resumeSchedulers: Verb = {
  name: 'resume-schedulers',
  needsCapture: false,
  reversible: true,

  plan({ changes }) {
    const paused = changes.filter((change) => change.verb === 'pause-schedulers')
    const items = paused.map((change) => {
      const { identity, name } = daemonArgs.parse(change.before)
      return item(parseIdentity(identity), name, name, 'resume')
    })
    return Promise.resolve({ items, declined: [] })
  },

  act: (planned) => signalRequest('CONT', parseIdentity(daemonArgs.parse(planned.args).identity), false),
  readAct: (reply, planned, context) => readSignal(reply, planned, context, 'resume-schedulers'),
  async probe(planned, context) {
    const state = await processState(parseIdentity(daemonArgs.parse(planned.args).identity), context)
    return state === 'unknown' ? 'unknown' : state === 'running' ? 'yes' : 'no'
  },
  async verify(planned, _change, context) {
    const state = await processState(parseIdentity(daemonArgs.parse(planned.args).identity), context)
    return { result: state === 'unknown' ? 'unknown' : state === 'running' ? 'yes' : 'no', detail: state }
  },
  undo: (change) => signalRequest('STOP', parseIdentity(daemonArgs.parse(change.before).identity), false),
  readUndo: readSignalUndo,
}

function target(identity: ProcessIdentity, daemon: SchedulerDaemonFact): Declined['target'] {
  return { kind: 'process', identity, exe: daemon.exe, cmdline: daemon.exe, cgroup: daemon.exe }
}

function item(identity: ProcessIdentity, name: string, exe: string, what: 'pause' | 'resume'): PlannedItem {
  return {
    key: processObject(identity),
    finding: null,
    target: { kind: 'host' },
    diff: [
      {
        mark: '~',
        text: `${exe} (pid ${String(identity.pid)})`,
        note: { code: `diff.${what}`, params: {} },
      },
    ],
    args: { identity: { ...identity }, name },
    captures: [],
    hostile: false,
  }
}

function readSignal(
  reply: HostReply,
  planned: PlannedItem,
  context: ActContext,
  verb: 'pause-schedulers' | 'resume-schedulers',
): ActOutcome {
  const result = readScript(reply)
  if (result.outcome === 'conflict' || result.outcome === 'failed')
    return { outcome: result.outcome, change: null, detail: result.detail }
  const { identity, name } = daemonArgs.parse(planned.args)
  const change: ChangeRecord = {
    verb,
    act: context.act,
    item: planned.key,
    objects: [processObject(parseIdentity(identity))],
    hostile: false,
    summary: { code: `change.${verb}`, params: { name, pid: identity.pid } },
    before: { identity, name },
    after: { state: result.fields.get('state') ?? '' },
    reversible: true,
  }
  return { outcome: result.outcome, change: result.outcome === 'done' ? change : null, detail: result.detail }
}

function readSignalUndo(reply: HostReply): UndoOutcome {
  const result = readScript(reply)
  // A daemon that is gone was restarted by its supervisor meanwhile: there is nothing left to put back.
  if (result.outcome === 'conflict') return { outcome: 'already', notRestored: [], detail: result.detail }
  return { outcome: result.outcome, notRestored: [], detail: result.detail }
}
