// What a host may make the terminal do: draw, and ask the few things programs need to draw. Everything else it could ask is swallowed here, also what this
// version of xterm does not answer anyway, so that an upgrade cannot switch it on. A terminal that answers types into the host's shell.

import type { Terminal } from '@xterm/xterm'

const swallow = (): boolean => true

export function harden(terminal: Terminal): void {
  const { parser } = terminal
  // colours (fingerprints), clipboard, notifications, working folder, files, marks of other terminals
  for (const osc of [4, 5, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 50, 51, 52, 99, 133, 633, 777, 1337])
    parser.registerOscHandler(osc, swallow)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, swallow) // DECRQSS
  parser.registerDcsHandler({ intermediates: '+', final: 'q' }, swallow) // XTGETTCAP
  parser.registerDcsHandler({ final: 'q' }, swallow) // sixel
  parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, swallow) // DECRQM
  parser.registerCsiHandler({ intermediates: '$', final: 'p' }, swallow)
  parser.registerCsiHandler({ prefix: '>', final: 'q' }, swallow) // XTVERSION
  parser.registerCsiHandler({ prefix: '=', final: 'c' }, swallow) // DA3
  parser.registerCsiHandler({ final: 'x' }, swallow) // DECREQTPARM
  parser.registerCsiHandler({ final: 't' }, swallow) // window reports and changes
  parser.registerCsiHandler({ intermediates: '*', final: 'y' }, swallow) // DECRQCRA
  parser.registerCsiHandler({ prefix: '?', final: 'u' }, swallow) // kitty keyboard
  // focus reports tell the host when somebody looks
  for (const final of ['h', 'l'])
    parser.registerCsiHandler({ prefix: '?', final }, (params) => params.length === 1 && params[0] === 1004)
}

/** What xterm types by itself: cursor position, device status, device attributes. */
const reply = /^\u001b(?:\[[?>]?[\d;]*[cRn]|[P\]^_])/

/** True for bytes that came from the terminal and not from a person. `byHand`: a key, paste or mouse event is being handled. */
export function isReply(text: string, byHand: boolean): boolean {
  return !byHand && reply.test(text)
}
