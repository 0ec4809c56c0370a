// Text from the other end, on its way into an error: escaped so that no terminal obeys it, and cut.

import { hostText, shown } from '../core/host-text.ts'

/** Enough for any honest message; a hostile one has no use for more. */
const mostBytes = 200

/** The shown form of what a host or a library said, at most 200 bytes of it. */
export function clean(said: string | Uint8Array): string {
  const bytes = typeof said === 'string' ? Buffer.from(said) : said
  return shown(hostText(bytes.subarray(0, mostBytes))) + (bytes.length > mostBytes ? '…' : '')
}
