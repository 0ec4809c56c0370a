// Approvals and attestations, asked at the page. Silence is never consent: a question waits for as long as the job does.

import type { Approver } from '../core/playbook/approval.ts'
import type { Attestor } from '../core/playbook/deps.ts'
import type { Questions } from './questions.ts'

export type ApprovalMode = 'ask' | 'all' | 'plan-only'

/** Asks for each plan unless all was approved beforehand; the answer is bound to the plan's digest. */
export function approver(questions: Questions, job: string, mode: ApprovalMode, examiner: string): Approver {
  return {
    async decide({ plan, digest, step, host, signal }) {
      if (mode === 'plan-only') return { decision: 'missing' }
      if (mode === 'all') return { decision: 'approved', by: examiner, how: 'approve-all' }
      const body = step.body.kind === 'act' ? step.body.step : null
      const answer = await questions.ask<'approval'>(
        {
          kind: 'approval',
          job,
          host: host.id,
          address: host.address,
          step: step.id,
          title: body?.title ?? null,
          sentence: body?.sentence ?? null,
          verb: plan.verb,
          attack: body?.attack ?? [],
          digest,
          items: plan.items.length,
          declined: plan.declined.length,
          irreversible: body?.irreversible ?? null,
          unticked: plan.declined.filter(({ reason }) => reason === 'not-selected').length,
        },
        signal,
        plan,
      )
      if (answer === null) return { decision: 'missing' }
      if (answer.kind === 'narrowing') return { decision: 'narrowed', by: examiner, keys: answer.keys }
      return answer.approve
        ? { decision: 'approved', by: examiner, how: 'asked' }
        : { decision: 'refused', by: examiner, reason: answer.reason, text: answer.text }
    },
  }
}

/** `keep` makes exhibits of what was attached, on the chain of the host, and gives their digests: it has them before the answer counts. */
export function attestor(
  questions: Questions,
  job: string,
  examiner: string,
  keep: (host: string, uploads: readonly string[]) => Promise<string[]>,
): Attestor {
  return {
    async attest({ step, host, cloud, signal }) {
      const body = step.body.kind === 'attest' ? step.body.step : null
      const answer = await questions.ask<'attestation'>(
        {
          kind: 'attestation',
          job,
          host: host.id,
          address: host.address,
          step: step.id,
          title: body?.title ?? null,
          ask: body?.attest ?? { en: step.id, 'zh-CN': step.id },
          cloud,
          guidance: body?.guidance ?? [],
        },
        signal,
      )
      if (answer?.text == null) return null
      const { text, attachments } = answer
      if (attachments.length === 0) return { by: examiner, text }
      return { by: examiner, text, attachments: await keep(host.id, attachments) }
    },
  }
}
