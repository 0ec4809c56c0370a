// How settings are laid out: parts with a title, and in them lines of a name, what it means, and the control.

import type { ReactNode } from 'react'
import style from './settings.module.css'

export function Part({
  title,
  hint,
  children,
}: {
  readonly title: string
  readonly hint?: string
  readonly children: ReactNode
}): ReactNode {
  return (
    <section className={style['part']} aria-label={title}>
      <h2>{title}</h2>
      {hint !== undefined && <p className={style['hint']}>{hint}</p>}
      {children}
    </section>
  )
}

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string
  readonly hint?: ReactNode
  readonly children: ReactNode
}): ReactNode {
  return (
    <div className={style['field']}>
      <div>
        <div>{label}</div>
        {hint !== undefined && <div className={style['hint']}>{hint}</div>}
      </div>
      <div className={style['control']}>{children}</div>
    </div>
  )
}
