// The short way of exhibits in served mode: the worker fetches them itself from the server that served it, past the page and its wire. Nothing of it is
// trusted more than the wire's bytes are; whoever reads checks every chunk.

import { contract, type Contract } from '../../../main/core/contract.ts'
import { TourniquetError } from '../../../main/core/errors.ts'
import type { Output } from '../../../main/core/rpc/define.ts'

/** Fetches at the same time. The server refuses a fifth, and still counts one whose last bytes have just arrived here. */
const lanes = 2
/** Bytes of the line before an exhibit: its digest and its size. */
const headerLimit = 1024
/** Answers that mean that this proof is of no use, whatever is asked for with it. */
const voidProof = [401, 403]

/** Bytes of the one buffer that a fetch reads into, over and over: a browser that hands out a new one for every 64 KiB takes half as long again. */
const bufferSize = 1024 * 1024

export interface Fetched {
  readonly header: Output<Contract, 'exhibit.read'>
  /** Null at the end. Rejects when the connection was cut. Bytes that nobody asks for stay with the server; those of the last answer are gone with the next. */
  read(): Promise<Uint8Array | null>
  stop(): void
}

export class Route {
  #proof: { readonly text: string } | null = null
  readonly #running = new Set<AbortController>()
  #free = lanes
  readonly #waiting: (() => void)[] = []

  /** A connection stands; null where there is no such way, in the desktop program. */
  open(proof: string | null): void {
    this.#proof = proof === null ? null : { text: proof }
  }

  /** Ends everything under way: nobody wants it any more. */
  cut(): void {
    for (const one of this.#running) one.abort()
  }

  /** Null when this way does not lead to it, for any reason: the wire knows which. */
  async fetch(sha256: string): Promise<Fetched | null> {
    if (this.#proof === null) return null
    const leave = await this.#lane()
    const call = new AbortController()
    this.#running.add(call)
    const stop = (): void => {
      if (!this.#running.delete(call)) return
      call.abort()
      leave()
    }
    try {
      const proof = this.#proof as { readonly text: string } | null // it may have gone while this waited
      const body = proof === null ? null : await this.#ask(sha256, proof, call.signal)
      const fetched = body === null ? null : await opened(body, stop)
      if (fetched === null) stop()
      return fetched
    } catch {
      stop()
      return null
    }
  }

  async #ask(
    sha256: string,
    proof: { readonly text: string },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | null> {
    const answer = await fetch(`/exhibit/${sha256}`, {
      headers: { 'X-Tourniquet': proof.text },
      cache: 'no-store',
      redirect: 'error',
      signal,
    })
    if (voidProof.includes(answer.status) && this.#proof === proof) this.#proof = null
    if (answer.ok) return answer.body
    await answer.body?.cancel()
    return null
  }

  /** Resolves when there is room, with the way to give it back. */
  async #lane(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return () => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}

/** Reads the line before the bytes. Throws when it is not what the contract says. */
async function opened(body: ReadableStream<Uint8Array>, stop: () => void): Promise<Fetched> {
  const next = piecesOf(body)
  let line = new Uint8Array()
  let rest: Uint8Array | null = null
  while (rest === null) {
    const piece = await next()
    if (piece === null || line.length > headerLimit)
      throw new TourniquetError('wire-invalid', { what: 'exhibit header' })
    const end = piece.indexOf(newline)
    line = joined(line, end === -1 ? piece : piece.subarray(0, end))
    if (end !== -1) rest = piece.subarray(end + 1)
  }
  const header = contract.methods['exhibit.read'].output.parse(JSON.parse(new TextDecoder().decode(line)))
  let first: Uint8Array | null = rest.length === 0 ? null : rest
  return {
    header,
    stop,
    read: async () => {
      const held = first
      first = null
      if (held !== null) return held
      const piece = await next()
      if (piece === null) stop()
      return piece
    },
  }
}

const newline = 10

/** Gives one piece after another in the same buffer; null at the end. */
function piecesOf(body: ReadableStream<Uint8Array>): () => Promise<Uint8Array | null> {
  const reader = body.getReader({ mode: 'byob' })
  let buffer = new ArrayBuffer(bufferSize)
  return async () => {
    const { value, done } = await reader.read(new Uint8Array(buffer))
    if (value !== undefined) buffer = value.buffer
    return done ? null : value
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
