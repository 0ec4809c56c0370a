// Exhibits over plain HTTP for the page that is connected: its locker reads them with `fetch`, which costs a browser a fraction of what the same bytes cost
// over the WebSocket. Who may ask is decided before this; here is what is given, how much at once, and that it ends with whoever asked.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { TourniquetError } from '../core/errors.ts'
import type { ByteSink } from '../core/rpc/define.ts'
import { safeHeaders } from '../page/headers.ts'
import type { Workbench } from '../workbench/workbench.ts'

/** Exhibits on their way at the same time: each holds a piece of 1 MiB and a file. A page of ours asks for half as many. */
const atOnce = 4

/**
 * Never text or an image to a browser: nothing in it is run or shown, whoever opens the address. No filename either, it would be the attacker's.
 */
const exhibitHeaders = {
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': 'attachment',
}

/** The digest that a request names: the whole path and nothing more, in one spelling. Null for everything else. */
export function exhibitOf(url: string): string | null {
  return /^\/exhibit\/([0-9a-f]{64})$/.exec(url)?.[1] ?? null
}

export class ExhibitRoute {
  readonly #workbench: Pick<Workbench, 'exhibit'>
  readonly #running = new Set<AbortController>()

  constructor(workbench: Pick<Workbench, 'exhibit'>) {
    this.#workbench = workbench
  }

  /** Ends everything that is on its way: whoever it was for is gone. */
  cut(): void {
    for (const one of this.#running) one.abort()
  }

  /**
   * Answers with one line of JSON, what `exhibit.read` answers, and then the plain bytes. Resolves with a refusal while nothing was sent; what fails later
   * cuts the connection, so that the length does not fit. Never rejects.
   */
  async send(sha256: string, response: ServerResponse): Promise<{ status: 404 | 503; why: string } | null> {
    if (this.#running.size >= atOnce) return { status: 503, why: 'too many at once' }
    const gone = new AbortController()
    const leave = (): void => {
      gone.abort()
    }
    this.#running.add(gone)
    response.once('close', leave)
    try {
      const exhibit = await this.#workbench.exhibit(sha256)
      gone.signal.throwIfAborted()
      const header = Buffer.from(`${JSON.stringify(exhibit.output)}\n`)
      const length = String(header.length + exhibit.output.size)
      response.writeHead(200, { ...safeHeaders, ...exhibitHeaders, 'Content-Length': length })
      const sink = sinkOf(response, gone.signal)
      await sink.write(header)
      await exhibit.send(sink)
      response.end()
      return null
    } catch {
      // not here, no case open, damaged: the same to whoever asks here, and the wire says which
      if (!response.headersSent && !gone.signal.aborted) return { status: 404, why: 'not here' }
      response.destroy()
      return null
    } finally {
      this.#running.delete(gone)
      response.off('close', leave)
    }
  }
}

/** Waits until the far end has taken what was written before: a slow reader slows the reading of the case folder. */
function sinkOf(response: ServerResponse, signal: AbortSignal): ByteSink {
  return {
    write: async (bytes) => {
      if (signal.aborted) throw new TourniquetError('cancelled')
      if (!response.write(bytes)) await once(response, 'drain', { signal })
    },
  }
}
