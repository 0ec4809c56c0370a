// What could not be read: grey, by name, with what it spoils. Unknown is not clean, so it is always in sight.

import { UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconHelpCircle } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useSay, useWords } from '../../i18n/say.ts'
import type { Look, UnknownView } from '../../state/looks.ts'
import { Tag } from '../../ui/kit.tsx'
import style from './findings.module.css'

export function Unknowns({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const [open, setOpen] = useState(true)
  if (look.unknownsTotal === 0) return null
  const more = look.unknownsTotal - look.unknowns.length
  return (
    <section className={style['unknowns']} aria-label={w('unknowns')}>
      <UnstyledButton
        className={style['unknownsHead'] ?? ''}
        aria-expanded={open}
        onClick={() => {
          setOpen(!open)
        }}
      >
        <IconHelpCircle size={14} />
        <strong>{w('unknowns')}</strong>
        <span>{w('unknownsAside', { n: look.unknownsTotal })}</span>
        {open ? <IconChevronDown size={14} /> : <IconChevronUp size={14} />}
      </UnstyledButton>
      {open && (
        <ul>
          {look.unknowns.map((unknown, at) => (
            <UnknownRow key={at} unknown={unknown} />
          ))}
          {more > 0 && <li>{w('unknownsMore', { n: more })}</li>}
        </ul>
      )}
    </section>
  )
}

function UnknownRow({ unknown }: { readonly unknown: UnknownView }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const kinds = unknown.spoils.map((kind) => w(`fact-${kind}`)).join(', ')
  return (
    <li>
      <Tag>{w(`gap-${unknown.reason}`)}</Tag>
      <span>{say(`probe.${unknown.probe}`)}</span>
      <span className="mono">{unknown.what}</span>
      <span className={style['detailText']} title={unknown.detail}>
        {unknown.detail}
      </span>
      {kinds !== '' && <span className="faint">{w('spoils', { kinds })}</span>}
    </li>
  )
}
