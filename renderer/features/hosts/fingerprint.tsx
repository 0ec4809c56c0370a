// A host key to compare with a person at a console: both forms, in groups short enough to read aloud.

import type { ReactNode } from 'react'
import { CopyButton } from '../../ui/kit.tsx'
import style from './hosts.module.css'

/** Characters of a group. SHA256 fingerprints have 43, MD5 ones 16 pairs. */
const group = 4

/** `SHA256:abcd…`, grouped. Copying gives it back whole. */
export function Fingerprint({ value }: { readonly value: string }): ReactNode {
  const colon = value.indexOf(':')
  const named = /^(?:SHA256|MD5):/i.test(value)
  const head = named ? value.slice(0, colon) : null
  const body = named ? value.slice(colon + 1) : value
  const parts = body.includes(':') ? body.match(/[0-9a-f]{2}(?::[0-9a-f]{2})?/gi) : body.match(/.{1,4}/g)
  return (
    <span className={style['print']}>
      {head !== null && <span className={style['printName']}>{head}</span>}
      <code aria-label={value}>
        {(parts ?? [body]).map((part, at) => (
          <span key={at}>{part.slice(0, group + 1)}</span>
        ))}
      </code>
      <CopyButton value={value} />
    </span>
  )
}
