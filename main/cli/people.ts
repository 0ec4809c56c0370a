// The person in the run: approvals and attestations, from the command line or from the terminal. Silence is never consent.

import { refusals, type Refusal } from '../core/case/events.ts'
import type { Approver } from '../core/playbook/approval.ts'
import type { Attestor } from '../core/playbook/deps.ts'
import type { Guidance } from '../core/playbook/schema.ts'
import { ask } from './ask.ts'
import { usage, type Invocation } from './options.ts'
import { wrap } from './screen.ts'
import type { Shell } from './shell.ts'
import { showPlan } from './views.ts'

/** Characters of a reason, as the workbench allows. */
const longestText = 2000

export type ApprovalMode = 'ask' | 'all' | 'plan-only'

/** `--approve ask|all` and `--plan-only`. Throws `usage`. */
export function approvalMode(invocation: Invocation): ApprovalMode {
  const asked = invocation.text('approve') ?? 'ask'
  if (asked !== 'ask' && asked !== 'all') throw usage('option', `--approve ${asked}`, 'ask or all')
  return invocation.on('plan-only') ? 'plan-only' : asked
}

/** Shows each plan; approves it when all was approved beforehand, otherwise asks. An irreversible step wants its verb typed out. */
export function approver(shell: Shell, mode: ApprovalMode, examiner: string): Approver {
  return {
    async decide({ plan, digest, step, host, signal }) {
      const body = step.body.kind === 'act' ? step.body.step : null
      const irreversible = body?.irreversible?.[shell.lang] ?? null
      shell.emit({
        type: 'plan',
        host: host.address,
        step: step.id,
        digest,
        verb: plan.verb,
        items: plan.items.map(({ key, diff }) => ({ key, diff })),
        declined: plan.declined.map(({ reason, detail }) => ({ reason, detail })),
        irreversible,
      })
      if (!shell.json)
        showPlan(shell.err, shell.lang, {
          title: body?.title[shell.lang] ?? step.id,
          host: host.address,
          digest,
          items: plan.items,
          declined: plan.declined,
          irreversible,
        })
      if (mode === 'plan-only') return { decision: 'missing' }
      if (mode === 'all') return { decision: 'approved', by: examiner, how: 'approve-all' }
      const word = irreversible === null ? 'y' : plan.verb
      const answer = await ask(shell.err, `${shell.say('cli.approve', { word })} `, signal)
      if (answer === null) return { decision: 'missing' }
      if (answer.trim().toLowerCase() === word) return { decision: 'approved', by: examiner, how: 'asked' }
      return { decision: 'refused', by: examiner, ...(await whyNot(shell, signal)) }
    },
  }
}

/** Offers the reasons by number. Whatever is typed beside a number goes into the case as it is; nothing typed is no reason, and a refusal all the same. */
async function whyNot(
  shell: Shell,
  signal: AbortSignal | undefined,
): Promise<{ readonly reason?: Refusal; readonly text?: string }> {
  for (const [index, reason] of refusals.entries())
    shell.err.line(`  ${String(index + 1)}  ${shell.say(`refusal.${reason}`)}`)
  return refusalOf((await ask(shell.err, `${shell.say('cli.why')} `, signal)) ?? '')
}

/** `2 not before Friday` → the second reason and the words. */
export function refusalOf(typed: string): { readonly reason?: Refusal; readonly text?: string } {
  const [, number, rest = ''] = /^\s*(\d+)?[\s.,:)]*(.*)$/s.exec(typed) ?? []
  const reason = number === undefined ? undefined : refusals[Number(number) - 1]
  const text = (reason === undefined ? typed : rest).trim().slice(0, longestText)
  return { ...(reason === undefined ? {} : { reason }), ...(text === '' ? {} : { text }) }
}

/** Answers attest steps from `--attest STEP=TEXT` (or `all=TEXT`), otherwise asks at the terminal. Throws `usage` for a malformed flag. */
export function attestor(shell: Shell, examiner: string): Attestor {
  const given = new Map(
    shell.invocation.list('attest').map((text) => {
      const at = text.indexOf('=')
      if (at < 1 || text.slice(at + 1).trim() === '') throw usage('option', `--attest ${text}`, 'STEP=TEXT')
      return [text.slice(0, at), text.slice(at + 1).trim()] as const
    }),
  )
  return {
    async attest({ step, host, cloud, signal }) {
      const prepared = given.get(step.id) ?? given.get(step.local) ?? given.get('all')
      if (prepared !== undefined) return { by: examiner, text: prepared }
      const body = step.body.kind === 'attest' ? step.body.step : null
      shell.err.line()
      shell.err.line(shell.err.paint('bold', `${body?.title[shell.lang] ?? step.id}  ${host.address}`))
      showLines(shell, body?.attest[shell.lang] ?? '')
      if (cloud !== null) shell.err.line(shell.err.paint('amber', `  ${shell.say('cli.cloud', { cloud })}`))
      showGuidance(shell, body?.guidance ?? [], cloud)
      const answer = await ask(shell.err, `${shell.say('cli.attest')} `, signal)
      return answer === null || answer.trim() === '' ? null : { by: examiner, text: answer.trim() }
    },
  }
}

/** The steps for the cloud the machine is in; where that is unknown, for every one, so that a person can choose. Commands stand alone, to be copied. */
function showGuidance(shell: Shell, guidance: readonly Guidance[], cloud: string | null): void {
  const fitting = guidance.filter((one) => cloud === null || one.cloud === cloud || one.cloud === 'any')
  for (const { title, steps } of fitting) {
    shell.err.line(shell.err.paint('bold', `  ${title[shell.lang]}`))
    for (const step of steps) {
      if ('copy' in step) shell.err.line(`    ${step.copy}`)
      else showLines(shell, step.text[shell.lang], 4)
    }
  }
}

function showLines(shell: Shell, text: string, indent = 2): void {
  for (const line of wrap(text, shell.err.width - indent - 2)) shell.err.line(`${' '.repeat(indent)}${line}`)
}
