// The shape of a contract and the types that follow from it. A contract is data: names, and a schema for what goes in and what comes out.

import type { z } from 'zod'
import type { ErrorCode, ErrorParams } from '../errors.ts'
import type { HostText } from '../host-text.ts'

export interface MethodSpec {
  readonly input: z.ZodType
  readonly output: z.ZodType
  /** `down`: after its answer main streams bytes to the page. `up`: the page streams bytes to main, which answers when it has taken them all */
  readonly bytes?: 'down' | 'up'
  /** bytes the page lets main be ahead on a `down` stream; without it as much as keeps the wire busy */
  readonly window?: number
}

export interface ContractSpec {
  readonly methods: Readonly<Record<string, MethodSpec>>
  readonly events: Readonly<Record<string, z.ZodType>>
}

/** Data is read-only on both sides of the border. */
export type Frozen<T> = T extends string | number | boolean | null | undefined | HostText
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Frozen<T[K]> }
      : T

export type MethodName<C extends ContractSpec> = keyof C['methods'] & string
export type EventName<C extends ContractSpec> = keyof C['events'] & string
export type Input<C extends ContractSpec, M extends MethodName<C>> = Frozen<z.output<C['methods'][M]['input']>>
export type Output<C extends ContractSpec, M extends MethodName<C>> = Frozen<z.output<C['methods'][M]['output']>>
export type EventData<C extends ContractSpec, E extends EventName<C>> = Frozen<z.output<C['events'][E]>>

/** Methods that stream, and those that do not. */
export type StreamName<C extends ContractSpec> = {
  [M in MethodName<C>]: C['methods'][M] extends { readonly bytes: 'down' } ? M : never
}[MethodName<C>]
export type UploadName<C extends ContractSpec> = {
  [M in MethodName<C>]: C['methods'][M] extends { readonly bytes: 'up' } ? M : never
}[MethodName<C>]
export type PlainName<C extends ContractSpec> = Exclude<MethodName<C>, StreamName<C> | UploadName<C>>

/** Bytes on their way in. What was read counts as consumed when the next is asked for: only then may the sender go on. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  /** Null at the end. Rejects with the sender's error, or with `wire-closed`. One reader at a time. */
  read(): Promise<Uint8Array | null>
  /** No more is wanted; what is on its way is dropped. */
  stop(): void
}

/** Bytes on their way out. */
export interface ByteSink {
  /** Resolves when the receiver had room for all of it. Rejects with `cancelled` when the receiver stopped, or with `wire-closed`. */
  write(bytes: Uint8Array): Promise<void>
}

/** An error as it crosses. */
export interface WireError {
  readonly code: ErrorCode
  readonly params: ErrorParams
}
