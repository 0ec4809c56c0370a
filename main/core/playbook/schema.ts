// The playbook format, tourniquet.playbook/1, as zod. The published JSON Schema is made from this and from nothing else.
// Everything is strict: a key nobody knows is a mistake somebody made.

import { z } from 'zod'
import { verbNames } from '../actions/verb.ts'
import { findingKinds } from '../judge/finding.ts'
import { durationPattern } from './duration.ts'

/** Bigger is not a runbook a person can read; it also bounds the parser. */
export const maxPlaybookBytes = 256 * 1024
export const maxSteps = 200

export const probeIds = [
  'machine',
  'processes',
  'sockets',
  'schedulers',
  'units',
  'preload',
  'startup',
  'mounts',
  'files',
  'logins',
  'binaries',
  'keys',
  'accounts',
  'names',
] as const

/** What parse tells as expected starts with this sign when it is in our own words. */
export const ownWords = '='

const slug = z
  .string({ error: '=lower-case-name' })
  .regex(/^[a-z][a-z0-9-]{1,63}$/, { error: '=lower-case-name' })
  .meta({ description: 'lower-case letters, digits and dashes' })
const paramName = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/)
const version = z
  .string({ error: '=version 1.2.3' })
  .regex(/^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/, { error: '=version 1.2.3' })
  .meta({ description: 'major.minor.patch' })
const durationText = z
  .string({ error: '=duration 500ms | 30s | 5m | 4h | 7d' })
  .regex(durationPattern, { error: '=duration 500ms | 30s | 5m | 4h | 7d' })
  .meta({ description: 'a whole number and ms, s, m, h or d' })

export const bilingual = z
  .strictObject({ en: z.string().min(1).max(2000), 'zh-CN': z.string().min(1).max(2000) })
  .meta({ description: 'the same sentence in both languages' })
export type Bilingual = z.infer<typeof bilingual>

export const paramRef = z.strictObject({ param: paramName }).meta({ description: 'the value of a parameter' })

const orParam = <T extends z.ZodType>(schema: T) => z.union([schema, paramRef])
const oneOrMany = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema).min(1).max(64)])

const paramTitle = { title: bilingual.optional() }
export const paramSpec = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('duration'),
      ...paramTitle,
      default: durationText.optional(),
      min: durationText.optional(),
      max: durationText.optional(),
    }),
    z.strictObject({
      type: z.literal('text'),
      ...paramTitle,
      default: z.string().max(4096).optional(),
      min: z.int().min(0).optional(),
      max: z.int().min(1).optional(),
    }),
    z.strictObject({
      type: z.literal('integer'),
      ...paramTitle,
      default: z.int().optional(),
      min: z.int().optional(),
      max: z.int().optional(),
    }),
    z.strictObject({
      type: z.literal('choice'),
      ...paramTitle,
      options: z.array(z.string().min(1)).min(1).max(64),
      default: z.string().optional(),
    }),
    z.strictObject({ type: z.literal('boolean'), ...paramTitle, default: z.boolean().optional() }),
    z.strictObject({
      type: z.literal('list'),
      ...paramTitle,
      default: z.array(z.string()).max(256).optional(),
      min: z.int().min(0).optional(),
      max: z.int().min(1).optional(),
    }),
  ],
  { error: '=duration | text | integer | choice | boolean | list' },
)
export type ParamSpec = z.infer<typeof paramSpec>

const matcher = z
  .strictObject({
    is: orParam(z.string().min(1)).optional(),
    in: orParam(z.array(z.string().min(1)).min(1).max(256)).optional(),
    under: orParam(z.string().startsWith('/')).optional(),
    matches: orParam(z.string().min(1).max(512)).optional(),
  })
  .refine((value) => Object.keys(value).length === 1, { error: '=is | in | under | matches' })
  .meta({ description: 'exactly one of is, in, under (a directory), matches (RE2), over the shown form of host text' })
export type Matcher = z.infer<typeof matcher>

export const targetFields = ['exe', 'cmdline', 'cgroup', 'path', 'text', 'point'] as const
export type TargetField = (typeof targetFields)[number]

const tag = z.string().regex(/^[a-z][a-z0-9-]{0,47}$/)
const tagList = z.array(tag).min(1).max(32)
const triValue = z.enum(['yes', 'no', 'unknown'])

export const selector = z
  .strictObject({
    kind: oneOrMany(z.enum(findingKinds)).optional(),
    proposed: oneOrMany(triValue).optional(),
    min_score: orParam(z.int().min(0).max(100)).optional(),
    tags: z
      .union([tagList, z.strictObject({ all: tagList.optional(), any: tagList.optional(), none: tagList.optional() })])
      .optional()
      .meta({ description: 'a list means all of them' }),
    host: oneOrMany(z.string().min(1)).optional().meta({ description: 'address or id of a host' }),
    from: slug.optional().meta({ description: 'what an earlier act step of this playbook took hold of' }),
    target: z
      .strictObject({
        exe: matcher.optional(),
        cmdline: matcher.optional(),
        cgroup: matcher.optional(),
        path: matcher.optional(),
        text: matcher.optional(),
        point: matcher.optional(),
      })
      .optional(),
  })
  .refine((value) => Object.keys(value).length > 0, { error: '=at least one field' })
  .meta({
    description: 'all fields must hold; a field that cannot be read makes the item unknown, which is never selected',
  })
export type Selector = z.infer<typeof selector>

/** Stop the bleeding, evict, restore, harden, watch: where a step stands in the work. It orders nothing; it tells people where they are. */
export const phases = ['stop-bleeding', 'evict', 'restore', 'harden', 'watch'] as const
export type Phase = (typeof phases)[number]

const common = {
  id: slug,
  phase: z.enum(phases).optional().meta({
    description: 'where in the work this step stands; steps of a use without one of their own take that of the use',
  }),
  sentence: bilingual.optional().meta({ description: 'what this step does, in one sentence' }),
  when: selector.optional().meta({ description: 'the step runs only if at least one finding matches' }),
  always: z.boolean().optional().meta({ description: 'runs even if an earlier step failed' }),
}

export const inspectStep = z.strictObject({
  ...common,
  title: bilingual.optional(),
  inspect: z.union([z.literal('all', { error: '=all | list of probes' }), z.array(z.string().min(1)).min(1).max(32)]),
})

const guidance = z.strictObject({
  cloud: z.string().min(1).meta({ description: 'vendor as the machine fact names it, or any' }),
  title: bilingual,
  steps: z
    .array(z.union([z.strictObject({ text: bilingual }), z.strictObject({ copy: z.string().min(1).max(2000) })]))
    .min(1)
    .max(32),
})
export type Guidance = z.infer<typeof guidance>

export const attestStep = z.strictObject({
  ...common,
  title: bilingual,
  attest: bilingual.meta({ description: 'the question a person answers' }),
  guidance: z.array(guidance).max(32).optional(),
})

export const verifySpec = z.strictObject({
  absent: z.string().optional(),
  state: z.string().optional(),
  soak: orParam(durationText).optional().meta({ description: 'check again and again for this long' }),
})

export const actStep = z.strictObject({
  ...common,
  title: bilingual,
  act: z
    .string()
    .min(1)
    .meta({ enum: [...verbNames] }),
  attack: z.array(z.string()).min(1).max(16),
  on: selector.optional(),
  with: z.record(z.string(), z.json()).optional(),
  capture: z.array(z.string()).min(1).max(32).optional(),
  verify: verifySpec.optional(),
  limit: orParam(durationText)
    .optional()
    .meta({ description: 'time for the acts of this step, waiting for people and soaks apart' }),
  irreversible: bilingual.optional(),
})

export const waitStep = z.strictObject({
  ...common,
  title: bilingual.optional(),
  wait: orParam(durationText),
  verify: z
    .literal('standing')
    .optional()
    .meta({ description: 'meanwhile and at the end, verify again every change of this run that stands' }),
  cover: z
    .strictObject({ periods: z.int().min(1).max(10), most: orParam(durationText) })
    .optional()
    .meta({
      description:
        'wait longer when needed: so many of the longest revive period measured on the host, as far as that fits within `most`',
    }),
})

export const useStep = z.strictObject({
  ...common,
  title: bilingual.optional(),
  use: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,63}@(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/, { error: '=id@1.2.3' })
    .meta({ description: 'id@version' }),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .meta({ description: 'SHA-256 of the exact bytes of the file' }),
  only: z.array(slug).min(1).max(maxSteps).optional().meta({ description: 'these steps of it, in its order' }),
  with: z.record(paramName, z.json()).optional().meta({ description: 'its parameters' }),
})

export const stepSchemas = {
  inspect: inspectStep,
  attest: attestStep,
  act: actStep,
  wait: waitStep,
  use: useStep,
} as const
export const stepKinds = ['inspect', 'attest', 'act', 'wait', 'use'] as const
export type StepKind = (typeof stepKinds)[number]

export type InspectStep = z.infer<typeof inspectStep>
export type AttestStep = z.infer<typeof attestStep>
export type ActStep = z.infer<typeof actStep>
export type WaitStep = z.infer<typeof waitStep>
export type UseStep = z.infer<typeof useStep>
export type Step = InspectStep | AttestStep | ActStep | WaitStep | UseStep

const head = {
  schema: z.literal('tourniquet.playbook/1'),
  id: slug,
  version,
  title: bilingual,
  summary: bilingual.optional(),
  params: z.record(paramName, paramSpec).optional(),
}

/** Everything but the steps, which are checked one by one so that a mistake in one is told in the words of its own kind. */
export const playbookHead = z.strictObject({ ...head, steps: z.array(z.unknown()).min(1).max(maxSteps) })

export const playbookSchema = z
  .strictObject({
    ...head,
    steps: z
      .array(z.union([inspectStep, attestStep, actStep, waitStep, useStep]))
      .min(1)
      .max(maxSteps),
  })
  .meta({ id: 'tourniquet.playbook/1', title: 'Tourniquet playbook' })

export type Playbook = z.infer<typeof playbookSchema>

/** The JSON Schema editors use, as text with a final newline. */
export function playbookJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(playbookSchema, { target: 'draft-2020-12' }), null, 2)}\n`
}

/** Which of the five a step is. */
export function stepKind(step: Step): StepKind {
  if ('inspect' in step) return 'inspect'
  if ('attest' in step) return 'attest'
  if ('act' in step) return 'act'
  return 'wait' in step ? 'wait' : 'use'
}
