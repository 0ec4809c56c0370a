// One host of one run: asks `next` what to do, does it, journals it, asks again. All I/O of the engine passes through here; all decisions are in next.ts.
// It must never keep something in memory that the journal does not also have, except what can be read again (facts, proofs).

import type { ActContext, PlannedItem, Verb, VerbName } from '../actions/verb.ts'
import type { AnyEvent, EventData, EventType } from '../case/events.ts'
import type { Durable } from '../case/store.ts'
import { TourniquetError, assertNever, isTourniquetError } from '../errors.ts'
import { shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import { allOf, type Tri } from '../tri.ts'
import { approve, approvedBefore, type Approved, type Decision } from './approval.ts'
import { captureItem } from './capture.ts'
import type { FlatStep } from './compose.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import { durationMs } from './duration.ts'
import { isVerb } from './lint.ts'
import { cloudOf, exhibitOf, lookAt, made, probesOf, readFindings, type FindingsExhibit } from './look.ts'
import type { Sight } from './sight.ts'
import { next, type Command } from './next.ts'
import { perform, recover, type Stage } from './perform.ts'
import { actId, leaveOut, narrow, planBytes, readPlan, type Plan } from './plan.ts'
import type { ProbeId } from '../probes/probe.ts'
import type { Progress } from './progress.ts'
import type { ActStep, Selector, WaitStep } from './schema.ts'
import { partition, selects, type SelectorContext } from './selector.ts'
import { lapseEvents } from './lapse.ts'
import { captureGap, current, hasLapsed, reduceHost, stepOf, type HostState } from './state.ts'
import { transcript } from './transcript.ts'
import { deadManEntry, Vigil } from './vigil.ts'

/** Milliseconds between two checks while a soak runs. */
const soakEvery = 15_000
/** Milliseconds for a step that names no limit; lint refuses those, journals of old playbooks may have them. */
const defaultLimit = 60_000

export interface HostRunOptions {
  readonly run: string
  readonly steps: readonly FlatStep[]
  readonly planOnly: boolean
  readonly initial: HostState
}

export interface HostRunEnd {
  readonly state: HostState
  readonly sight: Sight | null
  /** a person's answer is missing: the run stays open */
  readonly waiting: boolean
  readonly error: TourniquetError | null
}

/** Runs all steps on one host. Never rejects: what stopped it is in `error`, and everything before that is in the journal. */
export async function runHost(deps: EngineDeps, host: EngineHost, options: HostRunOptions): Promise<HostRunEnd> {
  const one = new HostRun(deps, host, options)
  const quiet = transcript(host, (progress) => deps.onProgress?.(progress))
  try {
    await one.adopt()
    const waiting = await one.toTheEnd()
    return { state: one.state, sight: one.sight, waiting, error: null }
  } catch (cause) {
    const error =
      cause instanceof TourniquetError ? cause : new TourniquetError('internal', { what: String(cause) }, cause)
    return { state: one.state, sight: one.sight, waiting: false, error }
  } finally {
    one.end()
    quiet()
  }
}

class HostRun {
  state: HostState
  sight: Sight | null = null
  readonly #deps: EngineDeps
  readonly #host: EngineHost
  readonly #options: HostRunOptions
  readonly #plans = new Map<string, Plan>()
  readonly #approved = new Map<string, Approved<Plan>>()
  readonly #kept = new Map<string, readonly Durable[]>()
  readonly #limited = new Set<string>()
  readonly #actingSince = new Map<string, number>()
  readonly #vigil: Vigil
  /** pauses the dead man ended since they were last looked at */
  readonly #fired: string[] = []

  constructor(deps: EngineDeps, host: EngineHost, options: HostRunOptions) {
    this.#deps = deps
    this.#host = host
    this.#options = options
    this.state = options.initial
    this.#vigil = new Vigil(
      deps,
      host.session,
      (told) => {
        this.#tell({ ...told, host: host.id })
      },
      (acts) => this.#fired.push(...acts),
    )
  }

  /** After a crash: plans and approvals from the case, and the dead man if something is paused. */
  async adopt(): Promise<void> {
    for (const plan of Object.values(this.state.steps).flatMap((step) => step.plans)) {
      const read = readPlan(await this.#deps.store.exhibit(plan.digest))
      this.#plans.set(plan.digest, read)
      if (plan.approved)
        this.#approved.set(plan.digest, approvedBefore(read, plan.digest, { plan: plan.digest, ...plan.approved }))
    }
    const paused = current(this.state).filter((act) => act.change.verb === 'pause-schedulers')
    if (paused.length === 0) return
    this.#fired.push(...(await this.#vigil.adopt(paused.map((one) => one.act))))
  }

  /** The dead man let paused schedulers run again: that is in the journal now, and the pause is planned anew where later steps rely on it. */
  async #lapse(): Promise<void> {
    for (const act of this.#fired.splice(0)) {
      const state = this.state.acts[act]
      if (!state || hasLapsed(this.state, state)) continue
      for (const [type, data] of lapseEvents(this.#deps.hashing, this.#options.run, state))
        await this.#record(type, data)
    }
    for (const act of Object.values(this.state.acts)) {
      const step = stepOf(this.state, act.step)
      // It may have been noticed between two sessions: what counts is that nothing was planned since.
      const inForce = step.plans.at(-1)?.digest === act.intended?.plan
      if (!inForce || !step.ended || !hasLapsed(this.state, act) || !this.#reliedOn(act.step)) continue
      await this.#record('step-started', { run: this.#options.run, step: act.step })
    }
  }

  /** Steps are still to come that rely on the pause, and none that lets the schedulers run has begun. */
  #reliedOn(pause: string): boolean {
    const later = this.#options.steps.slice(this.#options.steps.findIndex((step) => step.id === pause) + 1)
    return (
      later.some((step) => !stepOf(this.state, step.id).ended) &&
      !later.some(
        ({ id, body }) =>
          body.kind === 'act' && body.step.act === 'resume-schedulers' && stepOf(this.state, id).started,
      )
    )
  }

  /** True when it stopped for want of a person. */
  async toTheEnd(): Promise<boolean> {
    for (;;) {
      await this.#lapse()
      const before = this.state
      const commands = next({
        host: this.state,
        steps: this.#options.steps,
        plans: this.#plans,
        planOnly: this.#options.planOnly,
        limited: this.#limited,
        hashing: this.#deps.hashing,
      })
      const finish = commands.find((command) => command.do === 'finish')
      if (finish) return finish.waiting
      this.#stopIfCancelled()
      const limitsBefore = this.#limited.size
      await allDone(commands.map((command) => this.#execute(command)))
      if (this.state === before && this.#limited.size === limitsBefore) {
        throw new TourniquetError('internal', { what: `no progress at ${commands.map((one) => one.do).join(', ')}` })
      }
    }
  }

  end(): void {
    this.#vigil.end()
  }

  async #execute(command: Command): Promise<void> {
    switch (command.do) {
      case 'start':
        return this.#start(command.step)
      case 'inspect':
        return this.#inspect(command.step)
      case 'attest':
        return this.#attest(command.step)
      case 'wait':
        return this.#wait(command.step)
      case 'plan':
        return this.#plan(command.step, command.again)
      case 'approve':
        return this.#approve(command.step, command.plan)
      case 'capture':
        return this.#capture(command.step, command.plan, command.act, command.item)
      case 'act':
        return this.#act(command.step, command.plan, command.act, command.item)
      case 'recover':
        return this.#recover(command.step, command.plan, command.act, command.item)
      case 'verify':
        return this.#verify(command.step, command.acts)
      case 'end':
        return this.#end(command.step, command.outcome, command.skip, command.detail)
      case 'finish':
        return
      default:
        return assertNever(command)
    }
  }

  async #start(step: FlatStep): Promise<void> {
    const condition = step.when.length === 0 ? 'yes' : await this.#holds(step.when)
    if (condition === 'no') return this.#end(step, 'skipped', 'not-applicable', '')
    if (condition === 'unknown') return this.#end(step, 'skipped', 'unknown-condition', '')
    await this.#record('step-started', { run: this.#options.run, step: step.id })
    const { title = null, sentence = null } = step.body.step
    this.#tell({ type: 'step-started', host: this.#host.id, step: step.id, kind: step.body.kind, title, sentence })
  }

  async #inspect(step: FlatStep): Promise<void> {
    if (step.body.kind !== 'inspect') return
    await this.#look(step.id, probesOf(step.body.step.inspect))
  }

  async #look(step: string, probes: readonly ProbeId[], earlier: FindingsExhibit | null = null): Promise<void> {
    const { sight, looked, gaps } = await lookAt(
      this.#deps,
      this.#host,
      { run: this.#options.run, step, probes },
      this.sight,
      (progress) => {
        this.#tell(progress)
      },
      earlier,
    )
    this.sight = sight
    for (const gap of gaps) await this.#record('gap', gap)
    await this.#record('looked', looked)
  }

  async #attest(step: FlatStep): Promise<void> {
    this.#tell({ type: 'needs-person', host: this.#host.id, step: step.id, what: 'attestation' })
    const answer = await this.#deps.attestor.attest({
      step,
      host: this.#host,
      cloud: cloudOf(this.sight),
      signal: this.#deps.signal,
    })
    if (answer === null) return this.#end(step, 'waiting', null, 'attestation missing')
    await this.#record('attested', { run: this.#options.run, step: step.id, ...answer })
  }

  async #wait(step: FlatStep): Promise<void> {
    const wait = step.body.step as WaitStep
    const total = durationMs(wait.wait as string)
    if (wait.verify === undefined) {
      await this.#sleep(step, total, () => Promise.resolve(true))
      return this.#end(step, 'done', null, '')
    }
    const acts = current(this.state).filter((act) => act.acted?.outcome === 'done')
    if (acts.length === 0) return this.#end(step, 'nothing-to-do', null, '')
    const ids = acts.map((act) => act.act)
    const results = await this.#soak(step, ids, total)
    const worst = allOf(results.map((one) => one.result))
    const detail = results.flatMap((one) => (one.result === 'yes' ? [] : [one.detail])).join('; ')
    await this.#end(step, worst === 'yes' ? 'done' : worst === 'no' ? 'failed' : 'unknown', null, detail)
  }

  /** Verifies again and again; ends early only when something came back. Journals the last word on each act. */
  async #soak(
    step: FlatStep,
    acts: readonly string[],
    total: number,
  ): Promise<readonly { result: Tri; detail: string }[]> {
    let results: readonly { result: Tri; detail: string }[] = []
    const check = async () => {
      results = await Promise.all(acts.map((act) => this.#verifyOne(act)))
      return results.every((one) => one.result !== 'no')
    }
    if (await check()) await this.#sleep(step, total, check)
    for (const [index, act] of acts.entries()) {
      const result = results[index]
      const owner = this.state.acts[act]?.step ?? step.id
      if (result) await this.#record('verified', { run: this.#options.run, step: owner, act, ...result })
    }
    return results
  }

  async #sleep(step: FlatStep, total: number, check: () => Promise<boolean>): Promise<void> {
    const { clock, signal } = this.#deps
    const end = clock.monotonic() + total
    const every = Math.max(1000, Math.min(soakEvery, Math.floor(total / 4)))
    for (let left = total; left > 0; left = end - clock.monotonic()) {
      const told = { secondsLeft: Math.ceil(left / 1000), secondsTotal: Math.ceil(total / 1000) }
      this.#tell({ type: 'waiting', host: this.#host.id, step: step.id, ...told })
      await clock.sleep(Math.min(every, left), signal)
      if (!(await check())) return
    }
  }

  async #plan(step: FlatStep, again: boolean): Promise<void> {
    const act = actOf(step)
    const verb = this.#verb(act)
    if (again) await this.#look(step.id, this.#probesSoFar(step), this.sight && exhibitOf(this.sight))
    const sight = await this.#seen(step)
    const { selected, unknown } = this.#selected(step, act, sight)
    const changes = current(this.state)
      .filter((one) => step.from.length === 0 || step.from.includes(one.step))
      .map((one) => one.change)
    let draft
    try {
      draft = await verb.plan({
        findings: selected,
        facts: sight.facts,
        options: act.with ?? {},
        capture: act.capture ?? [],
        changes,
        caseId: this.#deps.store.info.caseId,
        session: this.#host.session,
        clock: this.#deps.clock,
      })
    } catch (error) {
      if (!isSoft(error)) throw error
      return this.#end(step, 'unknown', null, `could not be planned: ${error.code}`)
    }
    const earlier = stepOf(this.state, step.id).plans
    const attempt = earlier.filter((one) => one.narrows === null).length
    const whole: Plan = {
      format: 'tourniquet.plan/1',
      run: this.#options.run,
      host: this.#host.id,
      step: step.id,
      playbook: step.origin,
      verb: verb.name,
      ...(attempt === 0 ? {} : { attempt }),
      items: draft.items,
      declined: [
        ...unknown.map(
          (finding) => ({ target: finding.target, finding: finding.id, reason: 'unknown', detail: '' }) as const,
        ),
        ...draft.declined,
      ],
    }
    await this.#planned(step, leaveOut(whole, this.#leftOut(step)))
  }

  /** Keeps and journals a plan; from here on it is the one in force. Returns its digest. */
  async #planned(step: FlatStep, plan: Plan, narrows?: EventData<'planned'>['narrows']): Promise<string> {
    const kept = await this.#deps.store.keep(this.#host.id, planBytes(plan), made('plan', `plan ${step.id}`))
    this.#plans.set(kept.sha256, plan)
    await this.#record('planned', {
      run: this.#options.run,
      step: step.id,
      plan: kept.sha256,
      items: plan.items.length,
      ...(narrows === undefined ? {} : { narrows }),
    })
    const counts = { items: plan.items.length, declined: plan.declined.length }
    this.#tell({ type: 'planned', host: this.#host.id, step: step.id, verb: plan.verb, ...counts })
    return kept.sha256
  }

  /** Keys a person took out of earlier plans of this step: they stay out when it is planned again. */
  #leftOut(step: FlatStep): ReadonlySet<string> {
    return new Set(
      stepOf(this.state, step.id).plans.flatMap(({ digest, narrows }) => {
        if (narrows === null) return []
        const left = new Set(this.#planOf(digest).items.map((item) => item.key))
        return this.#planOf(narrows).items.flatMap(({ key }) => (left.has(key) ? [] : [key]))
      }),
    )
  }

  /** Asks until there is a decision about one whole plan: taking items out makes another plan, and that one is asked about. */
  async #approve(step: FlatStep, first: string): Promise<void> {
    let digest = first
    for (;;) {
      const decision = await this.#decide(step, digest)
      if (decision.decision !== 'narrowed') return this.#decided(step, digest, decision)
      const smaller = narrow(this.#planOf(digest), decision.keys)
      digest = await this.#planned(step, smaller, { plan: digest, by: decision.by })
    }
  }

  #decide(step: FlatStep, digest: string): Promise<Decision> {
    const plan = this.#planOf(digest)
    this.#tell({ type: 'needs-person', host: this.#host.id, step: step.id, what: 'approval' })
    return this.#deps.approver.decide({ plan, digest, step, host: this.#host, signal: this.#deps.signal })
  }

  async #decided(
    step: FlatStep,
    digest: string,
    decision: Exclude<Decision, { readonly decision: 'narrowed' }>,
  ): Promise<void> {
    const at = { run: this.#options.run, step: step.id, plan: digest }
    if (decision.decision === 'missing') return this.#end(step, 'waiting', null, 'approval missing')
    if (decision.decision === 'refused') {
      const { by, reason, text } = decision
      const why = { ...(reason === undefined ? {} : { reason }), ...(text === undefined ? {} : { text }) }
      return this.#record('refused', { ...at, by, ...why })
    }
    const approved = approve(this.#planOf(digest), digest, decision)
    if (!approved) return
    this.#approved.set(digest, approved)
    await this.#record('approved', { ...at, by: decision.by, how: decision.how })
  }

  async #capture(step: FlatStep, digest: string, act: string, item: number): Promise<void> {
    const planned = itemOf(this.#planOf(digest), item)
    const kept = this.#keptForLargerPlan(step, digest, planned.key)
    if (!kept) {
      await this.#keepEvidence(step, planned, act)
      return
    }
    this.#kept.set(act, kept)
    const exhibits = kept.map((one) => one.sha256)
    await this.#record('evidence-kept', { run: this.#options.run, step: step.id, act, exhibits })
  }

  /** What was kept of the same item while the plan this one narrows waited for its approval: the same evidence, kept for the act that will really begin. */
  #keptForLargerPlan(step: FlatStep, digest: string, key: string): readonly Durable[] | null {
    const larger = stepOf(this.state, step.id).plans.find((plan) => plan.digest === digest)?.narrows ?? null
    if (larger === null) return null
    const act = actId(this.#deps.hashing, { digest: larger, host: this.#host.id }, key)
    return this.#kept.get(act) ?? this.#keptForLargerPlan(step, larger, key)
  }

  /** Evidence of one item, or a gap that blocks it. */
  async #keepEvidence(step: FlatStep, item: PlannedItem, act: string): Promise<readonly Durable[] | null> {
    let bytes = 0
    const captured = await captureItem(this.#deps, this.#host, item, (more) => {
      bytes += more
      this.#tell({ type: 'capturing', host: this.#host.id, step: step.id, act, bytes })
    })
    const at = { run: this.#options.run, step: step.id }
    for (const { spec, why, detail } of captured.failures) {
      const probe = spec.required ? captureGap[why] : 'capture-optional'
      await this.#record('gap', { ...at, probe, what: `${act} ${spec.what}`, reason: 'failed', detail })
    }
    if (captured.failures.some((failure) => failure.spec.required)) return null
    this.#kept.set(act, captured.kept)
    await this.#record('evidence-kept', { ...at, act, exhibits: captured.kept.map((one) => one.sha256) })
    return captured.kept
  }

  async #act(step: FlatStep, digest: string, act: string, index: number): Promise<void> {
    const plan = this.#planOf(digest)
    const item = itemOf(plan, index)
    const approved = this.#approved.get(digest)
    if (!approved) throw new TourniquetError('approval-missing', { step: step.id, host: this.#host.address })
    // Proofs do not outlive a crash: what is not in memory is read and kept again, which is also fresher.
    const kept = this.#kept.get(act) ?? (await this.#keepEvidence(step, item, act))
    if (kept === null || this.#outOfTime(step)) return
    const total = plan.items.length
    this.#tell({ type: 'acting', host: this.#host.id, step: step.id, verb: plan.verb, done: index, total })
    if (plan.verb === 'pause-schedulers') await this.#armFor(plan, digest)
    const outcome = await perform(this.#stage(plan.verb), approved, item, act, kept)
    const { outcome: result, detail } = outcome
    this.#tell({ type: 'acted', host: this.#host.id, step: step.id, act, verb: plan.verb, outcome: result, detail })
  }

  async #recover(step: FlatStep, digest: string, act: string, index: number): Promise<void> {
    const plan = this.#planOf(digest)
    const state = this.state.acts[act]
    if (!state) return
    if (plan.verb === 'pause-schedulers') await this.#armFor(plan, digest)
    const { outcome, detail } = await recover(this.#stage(plan.verb), plan, itemOf(plan, index), state)
    this.#tell({ type: 'acted', host: this.#host.id, step: step.id, act, verb: plan.verb, outcome, detail })
  }

  async #verify(step: FlatStep, acts: readonly string[]): Promise<void> {
    const soak = actOf(step).verify?.soak
    if (typeof soak === 'string') {
      await this.#soak(step, acts, durationMs(soak))
      return
    }
    for (const act of acts) {
      const result = await this.#verifyOne(act)
      await this.#record('verified', { run: this.#options.run, step: step.id, act, ...result })
      this.#tell({ type: 'verified', host: this.#host.id, step: step.id, act, ...result })
    }
    if (actOf(step).act === 'resume-schedulers' && !this.#paused()) await this.#vigil.disarm()
  }

  async #verifyOne(act: string): Promise<{ readonly result: Tri; readonly detail: string }> {
    const state = this.state.acts[act]
    const change = state?.acted?.change
    const item = this.#plans.get(state?.intended?.plan ?? '')?.items.find((one) => one.key === state?.intended?.item)
    if (!change || !item) return { result: 'unknown', detail: 'no record of the change' }
    try {
      return await this.#deps.verbs[change.verb].verify(item, change, this.#context(act))
    } catch (error) {
      if (!isSoft(error)) throw error
      return { result: 'unknown', detail: error.code }
    }
  }

  async #end(
    step: FlatStep,
    outcome: EventData<'step-ended'>['outcome'],
    skip: EventData<'step-ended'>['skip'],
    detail: string,
  ): Promise<void> {
    await this.#record('step-ended', { run: this.#options.run, step: step.id, outcome, skip, detail })
    this.#tell({ type: 'step-ended', host: this.#host.id, step: step.id, outcome, skip, detail })
  }

  /** Do all conditions of a step hold for at least one finding? Nothing found where something could not be read is unknown. */
  async #holds(when: readonly Selector[]): Promise<Tri> {
    const sight = await this.#seen(null)
    return allOf(
      when.map((selector): Tri => {
        const answers = sight.findings.map((finding) => selects(selector, finding, this.#selectorContext([])))
        if (answers.includes('yes')) return 'yes'
        if (answers.includes('unknown')) return 'unknown'
        return sight.judged === 'unknown' ? 'unknown' : 'no'
      }),
    )
  }

  #selected(
    step: FlatStep,
    act: ActStep,
    sight: Sight,
  ): { readonly selected: readonly Finding[]; readonly unknown: readonly Finding[] } {
    if (!act.on) return { selected: sight.findings, unknown: [] }
    const { yes, unknown } = partition(act.on, sight.findings, this.#selectorContext(step.from))
    return { selected: yes, unknown }
  }

  #selectorContext(from: readonly string[]): SelectorContext {
    const { arrival } = this.#host.session
    const taken = Object.values(this.state.acts).filter((act) => from.includes(act.step) && act.acted?.change)
    const findings = taken.flatMap((act) => {
      const item = this.#plans.get(act.intended?.plan ?? '')?.items.find((one) => one.key === act.intended?.item)
      return item?.finding ? [item.finding] : []
    })
    return { host: [this.#host.id, this.#host.address, shown(arrival.hostname)], from: new Set(findings) }
  }

  /** What is in memory, or after a crash a fresh look with everything the run had looked at before, on top of what it had found. */
  async #seen(step: FlatStep | null): Promise<Sight> {
    if (!this.sight) {
      const { looked } = this.state
      const at = step?.id ?? looked?.step ?? this.#options.steps[0]?.id ?? ''
      const earlier = looked ? readFindings(await this.#deps.store.exhibit(looked.findings)) : null
      await this.#look(at, this.#probesSoFar(step), earlier)
    }
    if (!this.sight) throw new TourniquetError('internal', { what: 'nothing was looked at' })
    return this.sight
  }

  #probesSoFar(until: FlatStep | null): readonly ProbeId[] {
    const passed = this.#options.steps.filter((step) => step === until || stepOf(this.state, step.id).looked)
    const named = passed.flatMap((step) => (step.body.kind === 'inspect' ? probesOf(step.body.step.inspect) : []))
    return named.length === 0 ? probesOf('all') : probesOf(named)
  }

  /** The dead man is armed before the first scheduler is paused, for all of them at once. */
  async #armFor(plan: Plan, digest: string): Promise<void> {
    await this.#vigil.arm(
      plan.items.flatMap((item) =>
        deadManEntry(item, actId(this.#deps.hashing, { digest, host: this.#host.id }, item.key)),
      ),
    )
  }

  #paused(): boolean {
    return current(this.state).some((act) => act.change.verb === 'pause-schedulers')
  }

  /** The limit counts from the first act of the step in this session; people and soaks are outside of it. */
  #outOfTime(step: FlatStep): boolean {
    const now = this.#deps.clock.monotonic()
    const since = this.#actingSince.get(step.id) ?? now
    this.#actingSince.set(step.id, since)
    const limit = actOf(step).limit
    if (now - since < (typeof limit === 'string' ? durationMs(limit) : defaultLimit)) return false
    this.#limited.add(step.id)
    return true
  }

  #stage(verb: VerbName): Stage {
    return {
      run: this.#options.run,
      session: this.#host.session,
      verb: this.#deps.verbs[verb],
      signal: this.#deps.signal,
      context: (act) => this.#context(act),
      record: (type, data) => this.#record(type, data),
    }
  }

  #context(act: string): ActContext {
    const { store, clock, signal } = this.#deps
    const base = { caseId: store.info.caseId, run: this.#options.run, act, session: this.#host.session, clock }
    return signal === undefined ? base : { ...base, signal }
  }

  #verb(act: ActStep): Verb {
    if (!isVerb(act.act)) throw new TourniquetError('internal', { what: `verb ${act.act}` })
    return this.#deps.verbs[act.act]
  }

  #planOf(digest: string): Plan {
    const plan = this.#plans.get(digest)
    if (!plan) throw new TourniquetError('internal', { what: `plan ${digest}` })
    return plan
  }

  #stopIfCancelled(): void {
    if (this.#deps.signal?.aborted) throw new TourniquetError('cancelled', { host: this.#host.address })
  }

  async #record<T extends EventType>(type: T, data: EventData<T>): Promise<void> {
    const event = await this.#deps.store.append(this.#host.id, type, data)
    this.state = reduceHost(this.state, event as unknown as AnyEvent, this.#options.run)
  }

  #tell(progress: Progress): void {
    this.#deps.onProgress?.(progress)
  }
}

function actOf(step: FlatStep): ActStep {
  if (step.body.kind !== 'act') throw new TourniquetError('internal', { what: `not an act: ${step.id}` })
  return step.body.step
}

function itemOf(plan: Plan, index: number): PlannedItem {
  const item = plan.items[index]
  if (!item) throw new TourniquetError('internal', { what: `no item ${String(index)} in plan` })
  return item
}

/** An error after which this host can go on: one request that took too long or was too large. */
function isSoft(error: unknown): error is TourniquetError {
  return isTourniquetError(error, 'request-timeout') || isTourniquetError(error, 'request-too-large')
}

/** Waits for all, then throws the first error: nothing is left running behind a rejection. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}
