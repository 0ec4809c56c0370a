// The cases on this computer, newest first. A folder that is no readable case is named, never hidden.

import { Button, Loader, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconSearch } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import type { CaseSummary } from '../../../main/core/contract.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { Section } from '../../ui/kit.tsx'
import { timeText, useLanguageNumbers } from '../../ui/measures.ts'
import { openCase } from './case-actions.ts'
import style from './cases.module.css'

/** From so many on a list wants a filter. */
const many = 8

export function CaseTable({ cases }: { readonly cases: readonly Frozen<CaseSummary>[] }): ReactNode {
  const w = useWords('cases')
  const number = useLanguageNumbers()
  const [text, setText] = useState('')
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = cases.filter((one) => {
    const all = [one.number, one.customer, one.examiner, one.authority].join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  })
  return (
    <div className={style['list']}>
      <Section title={w('list')} aside={number(cases.length)}>
        {cases.length >= many && (
          <TextInput
            className={style['filter'] ?? ''}
            leftSection={<IconSearch size={14} />}
            placeholder={w('filter')}
            aria-label={w('filter')}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value)
            }}
          />
        )}
        <table className={style['table']}>
          <thead>
            <tr>
              <th scope="col">{w('number')}</th>
              <th scope="col">{w('customer')}</th>
              <th scope="col">{w('examiner')}</th>
              <th scope="col">{w('created')}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((one) => (
              <CaseRow key={one.path} about={one} />
            ))}
          </tbody>
        </table>
        {found.length === 0 && <p className={style['noMatch']}>{w('noMatch', { text })}</p>}
      </Section>
    </div>
  )
}

function CaseRow({ about }: { readonly about: Frozen<CaseSummary> }): ReactNode {
  const w = useWords('cases')
  const lang = useLanguage()
  const [opening, setOpening] = useState(false)
  const open = (): void => {
    setOpening(true)
    void openCase(about.path).then((worked) => {
      if (!worked) setOpening(false)
    })
  }
  return (
    <tr onClick={open} data-opening={opening}>
      <th scope="row">
        <button
          type="button"
          aria-label={w('openCase', { number: about.number ?? w('unnumbered') })}
          disabled={opening}
          onClick={(event) => {
            event.stopPropagation()
            open()
          }}
        >
          {about.number ?? <span className="faint">{w('unnumbered')}</span>}
        </button>
        {opening && <Loader size={12} ml={8} />}
      </th>
      <td title={about.authority ?? undefined}>{about.customer ?? <span className="faint">—</span>}</td>
      <td>{about.examiner}</td>
      <td className="num">{timeText(lang, about.createdAt, null, true)}</td>
    </tr>
  )
}

export function Unreadable({ paths }: { readonly paths: readonly string[] }): ReactNode {
  const w = useWords('cases')
  return (
    <section className={style['unreadable']} aria-label={w('unreadable', { n: paths.length })}>
      <p>
        <IconAlertTriangle size={14} aria-hidden="true" />
        <strong>{paths.length === 1 ? w('unreadableOne') : w('unreadable', { n: paths.length })}</strong>
        <span>{w('unreadableHint')}</span>
      </p>
      <ul>
        {paths.map((path) => (
          <li key={path}>
            <code>{path}</code>
            <Button
              variant="subtle"
              size="compact-xs"
              onClick={() => {
                void openCase(path)
              }}
            >
              {w('tryOpen')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
