// Replies of host scripts as tests write them: an opening, then sections under a mark that nobody on the host could guess.

import { bytesOf } from './reply.ts'

export const mark = '0b1e6f0a-5d0c-4a55-9f66-2f1df4d2c001'

/** Names and bodies in this order; a reply that is whole has `end` as the last. */
export const reply = (...sections: readonly (readonly [string, string])[]): Uint8Array =>
  bytesOf(`@${mark} begin\n${sections.map(([name, body]) => `\n@${mark} ${name}\n${body}`).join('')}`)
