import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeHtml, html, markup } from './html.ts'

describe('html', () => {
  it('never lets a value become markup', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<script>', '"><img>', '&lt;', "' onx='")),
        (value) => {
          expect(markup(html`<td title="${value}">${value}</td>`)).not.toMatch(/<(?!td title="|\/td>)|"[^>]*"[^>]*"/)
        },
      ),
    )
  })

  it('shows characters that a browser would obey or hide', () => {
    expect(escapeHtml('a\u202eb\u200bc\u0000')).toBe('a\\u{202e}b\\u{200b}c\\u{0}')
  })

  it('keeps what it made itself, joins lists, and is nothing for null', () => {
    const rows = ['<', '>'].map((text) => html`<li>${text}</li>`)
    const text = markup(html`<p>${[...rows, null, 3]}</p>`)
    expect(text).toBe('<p><li>&lt;</li><li>&gt;</li>3</p>')
  })
})
