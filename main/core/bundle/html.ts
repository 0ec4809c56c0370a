// The one way into HTML. Every value that is put into a template is escaped; only what this function made is taken as it is.

declare const htmlBrand: unique symbol

/** Markup that `html` made. */
export interface Html {
  readonly [htmlBrand]: 'html'
}

type Value = string | number | Html | null | readonly Value[]

class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** html`<td>${hostText}</td>`: strings and numbers are escaped, null is nothing, lists are joined. Attribute values must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const text = parts.map((part, at) => part + (at < values.length ? markupOf(values[at] ?? null) : '')).join('')
  return new Markup(text) as unknown as Html
}

/** The finished text. */
export function markup(value: Html): string {
  return markupOf(value)
}

/** Characters that a browser would obey or hide are shown by their number; then the five of HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/(?![\n\t])[\p{C}\p{Zl}\p{Zp}\ufe00-\ufe0f\u034f\u115f\u1160\u3164\uffa0]/gu, (char) => {
      return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
    })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function markupOf(value: Value): string {
  if (value === null) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return (value as readonly Value[]).map(markupOf).join('')
}
