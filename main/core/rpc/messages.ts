// The envelopes of the control lane. Strict: what does not fit closes the wire, because the other side is not who we think it is.

import { z } from 'zod'
import { errorCodes, isTourniquetError, TourniquetError, type ErrorCode } from '../errors.ts'
import type { WireError } from './define.ts'

const id = z.int().min(1).max(0xffff_ffff)
const error = z.strictObject({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCodes, value)),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
})

/** Either side, about a byte stream. A stream has the number of the call that opened it. */
const aboutStreams = [
  z.strictObject({ t: z.literal('credit'), id, bytes: z.int().min(1) }),
  z.strictObject({ t: z.literal('end'), id, frames: z.int().min(0), error: error.nullable() }),
  z.strictObject({ t: z.literal('stop'), id }),
] as const

export const toMain = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('call'), id, method: z.string().max(128), input: z.unknown() }),
  z.strictObject({ t: z.literal('cancel'), id }),
  ...aboutStreams,
])

export const toPage = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('done'), id, output: z.unknown() }),
  z.strictObject({ t: z.literal('fail'), id, error }),
  z.strictObject({ t: z.literal('event'), name: z.string().max(128), data: z.unknown() }),
  ...aboutStreams,
])
export type StreamMessage = Extract<z.infer<typeof toMain>, { t: 'credit' | 'end' | 'stop' }>

/** Any failure as it crosses. What is not an error of ours becomes `internal`, in its own words. */
export function wireError(cause: unknown): WireError {
  if (isTourniquetError(cause)) return { code: cause.code, params: cause.params }
  return { code: 'internal', params: { what: cause instanceof Error ? cause.message : String(cause) } }
}

/** Any failure as an error of ours: what is none becomes `internal`, in its own words, and is its cause. */
export function asError(cause: unknown): TourniquetError {
  if (isTourniquetError(cause)) return cause
  const { code, params } = wireError(cause)
  return new TourniquetError(code, params, cause)
}

/** The error again, on the other side. */
export function fromWire({ code, params }: WireError): TourniquetError {
  return new TourniquetError(code, params)
}

/** The message in a text, or null. */
export function parseMessage<S extends z.ZodType>(schema: S, text: string): z.output<S> | null {
  try {
    const read = schema.safeParse(JSON.parse(text))
    return read.success ? read.data : null
  } catch {
    return null // not JSON: told apart from nothing else, both end the wire
  }
}
