// run PLAYBOOK HOST… and resume --case DIR: a playbook on hosts, with approvals; and going on after a crash or a lost link.

import { engineDeps, knownTechniques, leave, readPlaybook, shippedPlaybooks } from '../../compose.ts'
import { TourniquetError } from '../../core/errors.ts'
import { flatten, type FlatStep } from '../../core/playbook/compose.ts'
import type { EngineDeps, EngineHost } from '../../core/playbook/deps.ts'
import { lint } from '../../core/playbook/lint.ts'
import type { ParsedPlaybook } from '../../core/playbook/parse.ts'
import { parseDuration } from '../../core/playbook/duration.ts'
import { problemsError } from '../../core/playbook/problem.ts'
import { worstExit, type ExitStatus, type RunResult } from '../../core/playbook/result.ts'
import { addressesOf, openRun, resumeRun, runsOf } from '../../core/playbook/resume.ts'
import { runPlaybook } from '../../core/playbook/run.ts'
import { caseFor, caseNamed, hostsOf, inCase, type OpenedCase } from '../case.ts'
import { caseIndicators, enterAll, type NotEntered } from '../hosts.ts'
import { usage } from '../options.ts'
import { approvalMode, approver, attestor, type ApprovalMode } from '../people.ts'
import { progressView } from '../progress.ts'
import { showError, type Shell } from '../shell.ts'
import { showChange, showFindings, showVerdict } from '../views.ts'
import { packageFolder } from '../../platform/package-folder.ts'
import { findingOut } from './triage.ts'

/** Seconds a host's schedulers may stay paused without a word from us: long enough for a person's lunch, short enough for tonight's backup. */
const deadManDefault = 4 * 60 * 60

export async function run(shell: Shell): Promise<ExitStatus> {
  const [name, ...words] = shell.invocation.words
  if (name === undefined || words.length === 0)
    throw usage('PLAYBOOK HOST', name ?? '-', 'a playbook and one or more hosts')
  const mode = approvalMode(shell.invocation)
  const { top, library } = await playbookNamed(name)
  const params = paramsGiven(shell)
  const reachable = hostsOf(shell, words)
  const problems = lint(top, { library, techniques: knownTechniques })
  if (problems.length > 0) throw problemsError('playbook-lint', problems)
  // a wrong parameter is said before anything is dialled
  const { flat, problems: composed } = flatten(top, library, params)
  if (composed.length > 0) throw problemsError('playbook-lint', composed)
  const { steps } = flat
  return inCase(await caseFor(shell), async (opened) => {
    const { hosts, failed } = await enterAll(shell, opened.store, reachable)
    if (hosts.length === 0) return finish(shell, opened, null, failed)
    const deps = await depsFor(shell, opened, mode, hosts, steps)
    const result = await keepingFolders(opened, hosts, () =>
      runPlaybook(deps, { top, library, params, hosts, approval: mode, examiner: opened.store.info.examiner }),
    )
    return finish(shell, opened, result, failed)
  })
}

export async function resume(shell: Shell): Promise<ExitStatus> {
  caseNamed(shell)
  return inCase(await caseFor(shell), async (opened) => {
    const open = openRun(opened.store)
    const addresses = addressesOf(opened.store)
    const last = runsOf(opened.store).at(-1)
    if (last === undefined) throw new TourniquetError('run-missing', { run: '-' })
    const words =
      shell.invocation.words.length > 0
        ? shell.invocation.words
        : (open?.hosts ?? []).flatMap((host) => addresses.get(host) ?? [])
    const { hosts, failed } = await enterAll(shell, opened.store, hostsOf(shell, words))
    const mode =
      shell.invocation.text('approve') === undefined ? (last.opened?.approval ?? 'ask') : approvalMode(shell.invocation)
    const deps = await depsFor(shell, opened, mode, hosts)
    const result = await keepingFolders(opened, hosts, () => resumeRun(deps, { hosts }))
    if (result.alreadyFinished)
      shell.tell((screen) => {
        screen.line(shell.say('cli.already-finished', { run: result.run }))
      })
    return finish(shell, opened, result, failed)
  })
}

async function depsFor(
  shell: Shell,
  { store }: OpenedCase,
  mode: ApprovalMode,
  hosts: readonly EngineHost[],
  steps: readonly FlatStep[] = [],
): Promise<EngineDeps> {
  const examiner = shell.invocation.text('examiner') ?? store.info.examiner
  const packages = shell.invocation.text('packages')
  return engineDeps(store, {
    approver: approver(shell, mode, examiner),
    attestor: attestor(shell, examiner),
    deadManTtl: deadManTtl(shell),
    hostView: !shell.invocation.on('no-host-view'),
    indicators: await caseIndicators(shell),
    ...(packages === undefined ? {} : { packages: await packageFolder(packages) }),
    signal: shell.signal,
    onProgress: progressView(shell, new Map(hosts.map((host) => [host.id, host.address])), steps),
  })
}

function deadManTtl(shell: Shell): number {
  const text = shell.invocation.text('dead-man')
  if (text === undefined) return deadManDefault
  const ms = parseDuration(text)
  if (ms === null || ms < 1000)
    throw usage('option', `--dead-man ${text}`, 'a duration of a second or more, such as 30s or 4h')
  return Math.round(ms / 1000)
}

/** Leaves the hosts afterwards. Our folder stays where the run is not finished: its kept results make a resume safe. */
async function keepingFolders(
  opened: OpenedCase,
  hosts: readonly EngineHost[],
  work: () => Promise<RunResult>,
): Promise<RunResult> {
  let finished = false
  try {
    const result = await work()
    finished = result.finished
    return result
  } finally {
    await Promise.all(
      hosts.map((host) => leave(opened.store, host, !finished, finished ? 'run finished' : 'run not finished')),
    )
  }
}

function finish(
  shell: Shell,
  { folder }: OpenedCase,
  result: RunResult | null,
  failed: readonly NotEntered[],
): ExitStatus {
  const hosts = result?.hosts ?? []
  for (const host of hosts) {
    shell.tell((screen) => {
      screen.line()
      showVerdict(screen, shell.lang, host.address, host.verdict, host.remaining, host.unknowns.length)
      if (host.changes.length > 0) screen.line(`  ${shell.say('cli.changes', { count: host.changes.length })}`)
      for (const change of host.changes) showChange(screen, shell.lang, change)
      if (host.remaining.length > 0) screen.line(`  ${shell.say('cli.remaining')}`)
      showFindings(screen, shell.lang, host.remaining)
      for (const step of host.steps.filter(
        ({ outcome }) => outcome === 'failed' || outcome === 'unknown' || outcome === 'waiting',
      ))
        screen.line(
          screen.paint(
            'red',
            `  ${step.title?.[shell.lang] ?? step.id}: ${shell.say(`step.${step.outcome ?? 'unknown'}`)}  ${step.detail}`,
          ),
        )
    })
    if (host.error) showError(shell, new TourniquetError(host.error.code, host.error.params), host.address)
    for (const step of host.steps.filter(({ outcome }) => outcome === 'waiting'))
      showError(
        shell,
        step.kind === 'attest'
          ? new TourniquetError('attestation-missing', { step: step.id, name: step.id.split('/').at(-1) ?? step.id })
          : new TourniquetError('approval-missing', { step: step.id }),
        host.address,
      )
  }
  const exit = worstExit([...hosts.map((host) => host.exit), ...failed.map((one) => one.exit)])
  if (result !== null && !result.finished)
    shell.err.line(shell.err.paint('amber', shell.say('cli.unfinished', { folder })))
  shell.tell((screen) => {
    if (result?.finished === true) screen.line(screen.paint('grey', shell.say('cli.next', { folder })))
  })
  shell.emit({
    type: 'result',
    case: folder,
    run: result?.run ?? null,
    finished: result?.finished ?? false,
    hosts: [
      ...hosts.map(({ address, verdict, exit: status, steps, changes, remaining, unknowns, error }) => ({
        host: address,
        verdict,
        exit: status,
        steps,
        changes,
        remaining: remaining.map(findingOut(shell)),
        unknowns,
        error,
      })),
      ...failed.map(({ address, exit: status, error }) => ({
        host: address,
        verdict: 'unknown',
        exit: status,
        steps: [],
        changes: [],
        remaining: [],
        unknowns: [],
        error: { code: error.code, params: error.params },
      })),
    ],
  })
  return exit
}

/** A shipped playbook by id, or a file by path. */
async function playbookNamed(name: string): Promise<{
  readonly top: ParsedPlaybook
  readonly library: Awaited<ReturnType<typeof shippedPlaybooks>>['library']
}> {
  const { library, all } = await shippedPlaybooks()
  if (name.includes('/') || /\.ya?ml$/.test(name)) return { top: await readPlaybook(name), library }
  const top = all.find(({ playbook }) => playbook.id === name || `${playbook.id}@${playbook.version}` === name)
  if (top === undefined) throw new TourniquetError('playbook-unknown', { id: name })
  return { top, library }
}

function paramsGiven(shell: Shell): Readonly<Record<string, string>> {
  return Object.fromEntries(
    shell.invocation.list('param').map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw usage('option', `--param ${text}`, 'NAME=VALUE')
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}
