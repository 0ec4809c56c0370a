// What may be pasted into a shell. The whole class of characters that a terminal or shell obeys is removed in one pass: removing a marker once lets a nested
// one re-form. xterm.js 6.0.0 forwards `ESC [ 201 ~` inside pasted text as it is, which ends a bracketed paste early (xtermjs/xterm.js#5716).

/** C0 but tab and line ends, DEL, C1, and what turns or hides text on the screen it is confirmed on. */
const obeyed =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** Characters of one line that are pasted without asking. */
export const longPaste = 1024

export interface Paste {
  readonly text: string
  /** how many characters were taken out */
  readonly removed: number
  readonly lines: number
  /** a person sees it first */
  readonly ask: boolean
}

export function readPaste(raw: string): Paste {
  const text = raw.replace(obeyed, '').replace(/\r\n?/g, '\n')
  const body = text.replace(/\n+$/, '')
  const lines = body.split('\n').length
  const removed = raw.length - raw.replace(obeyed, '').length
  return { text, removed, lines, ask: lines > 1 || text.length > longPaste || removed > 0 || text !== body }
}

/** Selected text for the clipboard: what the screen shows, without blanks at line ends. */
export function copyText(selection: string): string {
  return selection.replace(obeyed, '').replace(/[ \t]+$/gm, '')
}

/** The title a host gave its terminal: one line, short, never obeyed. */
export function safeTitle(title: string): string {
  return title.replace(obeyed, '').replace(/\s+/g, ' ').trim().slice(0, 80)
}
