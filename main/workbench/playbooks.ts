// The playbooks that ship, as the page lists them, and lint for text in an editor.

import { knownTechniques, shippedPlaybooks } from '../compose.ts'
import type { Contract, PlaybookInfo } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import { flatten, libraryOf, type FlatStep, type Library } from '../core/playbook/compose.ts'
import { lint } from '../core/playbook/lint.ts'
import { parsePlaybook, type ParsedPlaybook } from '../core/playbook/parse.ts'
import type { Frozen, Output } from '../core/rpc/define.ts'
import { nodeHashing } from '../platform/hashing.ts'

type Info = Frozen<PlaybookInfo>

export async function listPlaybooks(): Promise<Output<Contract, 'playbooks.list'>> {
  const { library, all } = await shippedPlaybooks()
  return { playbooks: all.map((parsed) => infoOf(parsed, library)) }
}

/** One by id, and version where one is named. Throws `playbook-unknown`. */
export async function playbookNamed(
  id: string,
  version: string | null,
): Promise<{ readonly top: ParsedPlaybook; readonly library: Library }> {
  const { library, all } = await shippedPlaybooks()
  const top = all.find(({ playbook }) => playbook.id === id && (version === null || playbook.version === version))
  if (top === undefined) throw new TourniquetError('playbook-unknown', { id })
  return { top, library }
}

/** Every mistake in a text. It stands in for the shipped playbook of the same name and version. */
export async function lintText(file: string, text: string): Promise<Output<Contract, 'playbooks.lint'>> {
  const read = parsePlaybook(file, new TextEncoder().encode(text), nodeHashing)
  if (!read.ok) return { problems: read.problems }
  const { id, version } = read.parsed.playbook
  const { all } = await shippedPlaybooks()
  const others = all.filter(({ playbook }) => playbook.id !== id || playbook.version !== version)
  const { library, problems } = libraryOf([...others, read.parsed])
  return { problems: [...problems, ...lint(read.parsed, { library, techniques: knownTechniques })] }
}

function infoOf(parsed: ParsedPlaybook, library: Library): Info {
  const { playbook, digest } = parsed
  return {
    id: playbook.id,
    version: playbook.version,
    digest,
    title: playbook.title,
    summary: playbook.summary ?? null,
    params: playbook.params ?? {},
    steps: outline(parsed, library),
  }
}

/** The steps with every parameter at its default; none when a parameter has no default. */
function outline(parsed: ParsedPlaybook, library: Library): Info['steps'] {
  const specs = Object.values(parsed.playbook.params ?? {})
  if (specs.some((spec) => spec.default === undefined)) return []
  return flatten(parsed, library, {}).flat.steps.map(stepOf)
}

function stepOf({ id, body, phase }: FlatStep): Info['steps'][number] {
  const act = body.kind === 'act' ? body.step : null
  return {
    step: id,
    kind: body.kind,
    title: body.step.title ?? null,
    sentence: body.step.sentence ?? null,
    phase,
    verb: act?.act ?? null,
    attack: act?.attack ?? [],
    irreversible: act?.irreversible ?? null,
  }
}
