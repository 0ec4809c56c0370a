// triage HOST…: looks, judges, keeps what it read, changes nothing.

import { triageHost } from '../../core/playbook/run.ts'
import { engineDeps, leave } from '../../compose.ts'
import { errorCodes } from '../../core/errors.ts'
import type { Finding, Verdict } from '../../core/judge/finding.ts'
import type { EngineDeps, EngineHost } from '../../core/playbook/deps.ts'
import { worstExit, type ExitStatus } from '../../core/playbook/result.ts'
import { caseFor, hostsOf, inCase } from '../case.ts'
import { enterAll, caseIndicators } from '../hosts.ts'
import { usage } from '../options.ts'
import { progressView } from '../progress.ts'
import { showError, type Shell } from '../shell.ts'
import { showFindings, showVerdict, targetText } from '../views.ts'

interface Triaged {
  readonly host: string
  readonly verdict: Verdict
  readonly exit: ExitStatus
  readonly findings: readonly Finding[]
  readonly unknowns: number
}

const exits: Readonly<Record<Verdict, ExitStatus>> = {
  clean: 0,
  suspect: 3,
  infected: 3,
  'rebuild-advised': 3,
  unknown: 6,
}

export async function triage(shell: Shell): Promise<ExitStatus> {
  const { words } = shell.invocation
  if (words.length === 0) throw usage('HOST', '-', 'one or more of [user@]host[:port]')
  const reachable = hostsOf(shell, words)
  const indicators = await caseIndicators(shell)
  return inCase(await caseFor(shell), async ({ store, folder }) => {
    const { hosts, failed } = await enterAll(shell, store, reachable)
    const deps = engineDeps(store, {
      approver: { decide: () => Promise.resolve({ decision: 'missing' }) },
      attestor: { attest: () => Promise.resolve(null) },
      deadManTtl: 0,
      hostView: !shell.invocation.on('no-host-view'),
      indicators,
      signal: shell.signal,
      onProgress: progressView(shell, new Map(hosts.map((host) => [host.id, host.address]))),
    })
    const looked = await Promise.all(
      hosts.map(async (host) => {
        const result = await one(shell, deps, host)
        await leave(store, host, false, 'triage done')
        return result
      }),
    )
    const results: readonly Triaged[] = [
      ...looked,
      ...failed.map(({ address, exit }) => ({
        host: address,
        verdict: 'unknown' as const,
        exit,
        findings: [],
        unknowns: 0,
      })),
    ]
    for (const { host, verdict, findings, unknowns } of looked) {
      shell.tell((screen) => {
        screen.line()
        showVerdict(screen, shell.lang, host, verdict, findings, unknowns)
        showFindings(screen, shell.lang, findings)
      })
    }
    shell.emit({
      type: 'result',
      case: folder,
      hosts: results.map(({ host, verdict, exit, findings, unknowns }) => ({
        host,
        verdict,
        exit,
        unknowns,
        findings: findings.map(findingOut(shell)),
      })),
    })
    return worstExit(results.map(({ exit }) => exit))
  })
}

async function one(shell: Shell, deps: EngineDeps, host: EngineHost): Promise<Triaged> {
  try {
    const { verdict, findings, unknowns } = await triageHost(deps, host)
    return { host: host.address, verdict, exit: exits[verdict], findings, unknowns: unknowns.length }
  } catch (cause) {
    const { code } = showError(shell, cause, host.address)
    return { host: host.address, verdict: 'unknown', exit: errorCodes[code], findings: [], unknowns: 0 }
  }
}

/** A finding as programs read it: DESIGN-stable fields first, the whole identity under `target`. */
export function findingOut(shell: Pick<Shell, 'say'>) {
  return (finding: Finding) => ({
    kind: finding.kind,
    score: finding.score,
    proposed: finding.proposed,
    title: shell.say(finding.title, finding.params),
    target: targetText(finding.target),
    id: finding.id,
    tags: finding.tags,
    reasons: finding.reasons.map(({ signal, effect, permille, params }) => ({
      signal,
      effect,
      permille,
      text: shell.say(`signal.${signal}`, params),
    })),
  })
}
