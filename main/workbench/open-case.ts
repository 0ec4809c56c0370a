// One case that is open for work: its hosts, its jobs, what was last seen. All changes go through the engine; here it is only decided what may run when.

import { engineDeps } from '../compose.ts'
import { caseChain } from '../core/case/journal.ts'
import { pageSize, type Contract, type OpenCase as CaseView } from '../core/contract.ts'
import { errorCodes, isTourniquetError, TourniquetError } from '../core/errors.ts'
import { base64 } from '../core/json.ts'
import { deadMan } from '../core/host/dead-man.ts'
import { parseIndicators, type Indicator } from '../core/judge/indicators.ts'
import type { PackageSource } from '../core/packages/package-source.ts'
import type { EngineDeps, EngineHost } from '../core/playbook/deps.ts'
import { readFindings, type FindingsExhibit } from '../core/playbook/look.ts'
import type { Sight } from '../core/playbook/sight.ts'
import { changesOf, type RunResult } from '../core/playbook/result.ts'
import { addressesOf, openRun, resumeRun, runsOf } from '../core/playbook/resume.ts'
import { runPlaybook, triageHost } from '../core/playbook/run.ts'
import { emptyHost } from '../core/playbook/state.ts'
import { undoChanges } from '../core/playbook/undo.ts'
import type { Frozen, Input, Output } from '../core/rpc/define.ts'
import { wireError } from '../core/rpc/messages.ts'
import { packageFolder } from '../platform/package-folder.ts'
import { lockerKey } from '../platform/case-keys.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { systemRandom } from '../platform/random.ts'
import type { Emit } from './emit.ts'
import { tellJournal } from './evidence.ts'
import { Bundles } from './bundles.ts'
import { summaryOf } from './case-list.ts'
import { Jobs, type JobResult, type Work } from './jobs.ts'
import { Links } from './links.ts'
import { approver, attestor, type ApprovalMode } from './people.ts'
import { PauseWatch } from './pause-watch.ts'
import { playbookNamed } from './playbooks.ts'
import { Questions } from './questions.ts'
import type { SecretStore } from './shell.ts'
import { keepAttachments, type Uploads } from './uploads.ts'
import { Terminals } from './terminals.ts'

type In<M extends keyof Contract['methods']> = Input<Contract, M>
type Started = Promise<{ readonly job: string }>

export interface Defaults {
  readonly hostView: boolean
  readonly deadManSeconds: number
}

export class OpenCase {
  readonly store: CaseFolder
  readonly links: Links
  readonly jobs: Jobs
  readonly bundles: Bundles
  readonly questions: Questions
  readonly terminals: Terminals
  readonly #path: string
  readonly #examiner: string
  readonly #uploads: Uploads
  readonly #quiet: () => void
  readonly #pauses: PauseWatch
  readonly #sights = new Map<string, Sight>()
  #looked: { readonly sha256: string; readonly findings: FindingsExhibit } | null = null
  #indicators: readonly Indicator[] = []

  /** `examiner` is who works on it now. */
  constructor(
    store: CaseFolder,
    path: string,
    examiner: string,
    { emit, secrets, uploads }: { emit: Emit; secrets: SecretStore | null; uploads: Uploads },
  ) {
    this.store = store
    this.#path = path
    this.#examiner = examiner
    this.#uploads = uploads
    this.questions = new Questions(emit, systemRandom)
    this.links = new Links(store, emit, this.questions, systemClock, secrets)
    this.jobs = new Jobs(emit, systemClock, systemRandom)
    this.terminals = new Terminals({
      store,
      examiner,
      entered: (link) => this.links.entered(link),
      emit,
      clock: systemClock,
      random: systemRandom,
    })
    this.bundles = new Bundles(store, this.jobs)
    this.#pauses = new PauseWatch({
      store,
      clock: systemClock,
      hashing: nodeHashing,
      deadMan,
      idle: () => this.links.idle(),
    })
    this.#quiet = tellJournal(store, emit)
  }

  view(): Frozen<CaseView> {
    const open = openRun(this.store)
    const addresses = addressesOf(this.store)
    return {
      ...summaryOf(this.#path, this.store.info),
      copy: !this.store.writable,
      chains: this.store.chains().map((chain) => ({ chain, events: this.store.events(chain).length })),
      openRun: open && {
        run: open.run,
        hosts: open.hosts.map((host) => ({ host, address: addresses.get(host) ?? host })),
      },
    }
  }

  /** Stops everything, leaves every host, closes the case. `force` false rejects with `busy` while a job works. */
  async close(force: boolean): Promise<void> {
    const working = this.jobs.working()
    if (working && !force) throw new TourniquetError('busy', { what: working.kind })
    await this.jobs.stopAll()
    this.#pauses.end()
    await this.terminals.closeAll()
    await this.links.leaveAll('case closed')
    this.#quiet()
    await this.store.close()
  }

  /** Rejects with `host-key-unknown` when the link was not refused for that key. */
  acceptKey({ link, ...key }: In<'hosts.accept-key'>): Promise<Output<Contract, 'hosts.accept-key'>> {
    return this.links.acceptKey(link, { ...key, by: this.#examiner })
  }

  setIndicators({ source, text }: In<'indicators.set'>): Output<Contract, 'indicators.set'> {
    const { indicators, refused } = parseIndicators(text, { source })
    this.#indicators = indicators
    return { count: indicators.length, refused: refused.slice(0, pageSize) }
  }

  triage(input: In<'triage.start'>, defaults: Defaults): Started {
    return this.#onHosts('triage', input.hosts, false, async (hosts, work) => {
      const deps = this.#deps(work, 'plan-only', input.hostView ?? defaults.hostView, defaults.deadManSeconds)
      return { kind: 'triage', hosts: await Promise.all(hosts.map((host) => this.#triageOne(deps, host))) }
    })
  }

  async run(input: In<'run.start'>, defaults: Defaults): Started {
    const { top, library } = await playbookNamed(input.playbook.id, input.playbook.version)
    const packages = input.packages === undefined ? undefined : await packageFolder(input.packages)
    return this.#onHosts('run', input.hosts, true, async (hosts, work) => {
      const hostView = input.hostView ?? defaults.hostView
      const deps = this.#deps(work, input.approval, hostView, input.deadManSeconds ?? defaults.deadManSeconds, packages)
      const { params, approval } = input
      const examiner = this.#examiner
      return ran(await runPlaybook(deps, { top, library, params, hosts, approval, examiner }))
    })
  }

  /** Goes on with the open run, under the approval it was started with. */
  resume(input: In<'run.resume'>, defaults: Defaults): Started {
    const last = runsOf(this.store).at(-1)?.opened
    const open = openRun(this.store)
    if (!last || !open) throw new TourniquetError('run-missing', { run: '-' })
    return this.#onHosts('resume', input.hosts, false, async (hosts, work) => {
      work.opened(open.run, last.playbook)
      const deps = this.#deps(work, last.approval, defaults.hostView, defaults.deadManSeconds)
      return ran(await resumeRun(deps, { hosts }))
    })
  }

  undo(input: In<'undo.start'>, defaults: Defaults): Started {
    return this.#onHosts('undo', input.hosts, false, async (hosts, work) => {
      const { run, step, restoreHostile } = input
      const deps = this.#deps(work, 'plan-only', false, defaults.deadManSeconds)
      const request = { hosts, restoreHostile, ...(run === null ? {} : { run }), ...(step === null ? {} : { step }) }
      return { kind: 'undo', result: await undoChanges(deps, request) }
    })
  }

  /** A person's word on an exhibit. Rejects with `case-missing` when the case does not tell of it. */
  async note({ sha256, text, tags }: In<'exhibit.note'>): Promise<void> {
    if (!this.store.has(sha256) && !tellsOf(this.store, sha256))
      throw new TourniquetError('case-missing', { path: sha256 })
    await this.store.append(caseChain, 'exhibit-noted', { sha256, by: this.#examiner, text, tags: [...new Set(tags)] })
  }

  lockerKey(): Output<Contract, 'locker.key'> {
    return { caseId: this.store.info.caseId, key: base64(lockerKey(this.store.keys)) }
  }

  /** The last look at a host as the case keeps it. */
  async findings({ host, from }: In<'look.findings'>): Promise<Output<Contract, 'look.findings'>> {
    const looks = this.store.events(host).filter((event) => event.type === 'looked')
    // a look at a part only (which machine is this?) does not make the whole one before it disappear
    const looked = looks.findLast(({ data }) => data.complete !== false) ?? looks.at(-1)
    if (looked === undefined) return { verdict: 'unknown', total: 0, findings: [], unknowns: [], unknownsTotal: 0 }
    const sha256 = looked.data.findings
    if (this.#looked?.sha256 !== sha256) {
      const read = readFindings(await this.store.exhibit(sha256))
      const findings = [...read.findings].sort((a, b) => b.score - a.score)
      this.#looked = { sha256, findings: { ...read, findings } }
    }
    const { verdict, findings, unknowns } = this.#looked.findings
    return {
      verdict,
      total: findings.length,
      findings: findings.slice(from, from + pageSize),
      unknowns: unknowns.slice(0, pageSize),
      unknownsTotal: unknowns.length,
    }
  }

  facts({ host, kind, from }: In<'look.facts'>): Output<Contract, 'look.facts'> {
    const sight = this.#sights.get(host)
    if (!sight) return { total: null, facts: [] }
    const facts = sight.facts.filter((fact) => fact.kind === kind)
    return { total: facts.length, facts: facts.slice(from, from + pageSize) }
  }

  changes({ host }: In<'changes.list'>): Output<Contract, 'changes.list'> {
    const runs = runsOf(this.store).map((run) => ({
      run: run.run,
      changes: changesOf(run.hosts[host] ?? emptyHost(host)),
    }))
    return { runs: runs.filter(({ changes }) => changes.length > 0) }
  }

  /** Holds the hosts for as long as the job works. Only one job at a time may change hosts: the journal has one open run. */
  #onHosts(
    kind: 'triage' | 'run' | 'resume' | 'undo',
    ids: readonly string[],
    untilOpened: boolean,
    work: (hosts: readonly EngineHost[], work: Work) => Promise<JobResult>,
  ): Started {
    const changing = kind === 'triage' ? null : this.jobs.changing()
    if (changing) throw new TourniquetError('busy', { what: changing.kind })
    const job = this.jobs.newId()
    const held = this.links.hold(ids, job)
    const { hosts } = held
    return this.jobs.start({ job, kind, hosts: hosts.map(({ id }) => id) }, untilOpened, async (given) => {
      const quiet = this.store.onEvent((event) => {
        if (event.chain === caseChain && event.type === 'run-opened') given.opened(event.data.run, event.data.playbook)
      })
      try {
        return await work(hosts, given)
      } finally {
        quiet()
        held.release()
      }
    })
  }

  #deps(work: Work, mode: ApprovalMode, hostView: boolean, deadManTtl: number, packages?: PackageSource): EngineDeps {
    this.#pauses.atLeastWithin(deadManTtl)
    const examiner = this.#examiner
    return engineDeps(this.store, {
      approver: approver(this.questions, work.job, mode, examiner),
      attestor: attestor(this.questions, work.job, examiner, (host, ids) => this.#attach(host, ids)),
      deadManTtl,
      hostView,
      indicators: this.#indicators,
      ...(packages === undefined ? {} : { packages }),
      signal: work.signal,
      onSight: (host, sight) => {
        if (sight.complete || !this.#sights.has(host)) this.#sights.set(host, sight)
      },
      onProgress: (progress) => {
        work.tell(progress)
      },
    })
  }

  async #attach(host: string, ids: readonly string[]): Promise<string[]> {
    const uploads = ids.map((id) => this.#uploads.get(id))
    return (await keepAttachments(this.store, host, uploads, this.#examiner)).map(({ sha256 }) => sha256)
  }

  async #triageOne(deps: EngineDeps, host: EngineHost): Promise<(JobResult & { kind: 'triage' })['hosts'][number]> {
    try {
      const sight = await triageHost(deps, host)
      return {
        host: host.id,
        verdict: sight.verdict,
        findings: sight.findings.length,
        proposed: sight.findings.filter(({ proposed }) => proposed === 'yes').length,
        unknowns: sight.unknowns.length,
        error: null,
      }
    } catch (cause) {
      const error = wireError(cause)
      if (isTourniquetError(cause) && errorCodes[cause.code] === 1 && cause.code !== 'cancelled') throw cause
      return { host: host.id, verdict: 'unknown', findings: 0, proposed: 0, unknowns: 0, error }
    }
  }
}

/** A run's result without its findings: they are read page by page. */
function ran(result: RunResult): JobResult {
  const hosts = result.hosts.map((host) => ({
    ...host,
    remaining: host.remaining.length,
    unknowns: host.unknowns.length,
  }))
  return { kind: 'run', result: { ...result, hosts } }
}

function tellsOf(store: CaseFolder, sha256: string): boolean {
  return store
    .chains()
    .some((chain) =>
      store.events(chain).some((event) => event.type === 'exhibit-stored' && event.data.sha256 === sha256),
    )
}
