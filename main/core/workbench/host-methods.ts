// Methods of the contract about hosts: reaching them, the keys they are known by, and the responder's own shell on them.

import { z } from 'zod'
import { count, destination, id, link, nothing, screen, secrets, short, terminal } from './border.ts'
import { errorShape } from './shapes.ts'

/** Bytes of a terminal's output that may be under way to the page: what a screen shows in 20 ms, so that nothing seen after an interrupt is old. */
const terminalWindow = 64 * 1024

export const hostMethods = {
  /** Reads pasted lines: targets, or whole ssh commands. Nothing is dialled. */
  'hosts.parse': {
    input: z.strictObject({ text: z.string().max(65_536) }),
    output: z.strictObject({
      destinations: z.array(z.strictObject({ destination, address: short, notes: z.array(z.string()) })),
      refused: z.array(z.strictObject({ line: count, text: z.string(), error: errorShape })),
    }),
  },
  /** Names in the user's ssh_config that are not patterns. */
  'hosts.configured': {
    input: nothing,
    output: z.strictObject({ names: z.array(z.string()), notes: z.array(z.string()) }),
  },
  /** Answers at once; the link's state follows as events, an unknown host key as a question. */
  'hosts.connect': {
    input: z.strictObject({
      destination,
      secrets,
      sudo: z.boolean(),
      legacyAlgorithms: z.boolean(),
      /** keep the secrets for the next time, where the shell can */
      remember: z.boolean(),
    }),
    output: link,
  },
  /** The same link again, with the secrets given before unless new ones come. Never re-runs a step. */
  'hosts.reconnect': { input: z.strictObject({ link: id, secrets: secrets.nullable() }), output: link },
  /**
   * A person compared the key for which the link was refused and says that it is the host's: the case knows the host by it from now on, and it is dialled
   * again. Fails with `host-key-unknown` when the link was not refused for that key.
   */
  'hosts.accept-key': {
    input: z.strictObject({ link: id, sha256: short, reason: short.min(1) }),
    output: link,
  },
  'hosts.disconnect': { input: z.strictObject({ link: id }), output: nothing },
  /** Host keys the workbench trusts: those it wrote to known_hosts, and those of the open case. */
  'pins.list': {
    input: nothing,
    output: z.strictObject({
      pins: z.array(
        z.strictObject({ address: short, type: short, sha256: short, from: z.enum(['known-hosts', 'case']) }),
      ),
    }),
  },
  /** Takes a key out of the workbench's known_hosts; one of the case stays for ever. Fails with `host-key-unknown`. */
  'pins.forget': { input: z.strictObject({ address: short, sha256: short }), output: nothing },
  /** Forgets every remembered secret. */
  'secrets.forget': { input: nothing, output: nothing },

  /**
   * The responder's own shell: the host's login shell on a pseudo-terminal, over the link that is there. Its output streams until it ends; every byte is on
   * disk before it is sent; only what a flood still had to say when the person interrupted it is not sent, and `skipped`, its `{n}` the bytes, stands in
   * its place. Fails with `host-not-connected`, `terminal-refused`.
   */
  'terminal.open': {
    input: z.strictObject({ link: id, ...screen, skipped: short }),
    output: terminal,
    bytes: 'down',
    window: terminalWindow,
  },
  /** The latest output of a terminal that is open (at most 1 MiB), then what comes, for a page that was not there. Fails with `terminal-gone`. */
  'terminal.attach': {
    input: z.strictObject({ terminal: id, skipped: short }),
    output: terminal,
    bytes: 'down',
    window: terminalWindow,
  },
  /** `by` tells what a person typed or pasted from what the terminal answered by itself. Fails with `terminal-gone`. */
  'terminal.write': {
    input: z.strictObject({
      terminal: id,
      text: z.string().max(65_536),
      by: z.enum(['typed', 'pasted', 'answered']),
    }),
    output: nothing,
  },
  'terminal.resize': { input: z.strictObject({ terminal: id, ...screen }), output: nothing },
  /** Hangs up. Ended terminals are forgotten. */
  'terminal.close': { input: z.strictObject({ terminal: id }), output: nothing },
} as const
