// One parameter of a playbook as a field, with its bounds said beside it.

import { NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useBilingual, useWords } from '../../i18n/say.ts'
import { wrongOf, type ParamSpec, type ParamValue } from './params.ts'

export function ParamField({
  name,
  spec,
  value,
  onChange,
}: {
  readonly name: string
  readonly spec: ParamSpec
  readonly value: ParamValue
  readonly onChange: (value: ParamValue) => void
}): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const wrong = wrongOf(spec, value)
  const bounds =
    'min' in spec || 'max' in spec
      ? [
          ...(spec.type === 'duration' ? [w('hint-duration')] : []),
          ...(spec.min === undefined ? [] : [w('atLeast', { min: spec.min })]),
          ...(spec.max === undefined ? [] : [w('atMost', { max: spec.max })]),
        ].join('; ')
      : spec.type === 'duration'
        ? w('hint-duration')
        : undefined
  const common = {
    label: spec.title === undefined ? name : bilingual(spec.title),
    ...(bounds === undefined ? {} : { description: bounds }),
    ...(wrong === null ? {} : { error: w(wrong.code, wrong.params) }),
  }
  switch (spec.type) {
    case 'boolean':
      return (
        <Switch
          label={common.label}
          checked={value === true}
          onChange={(event) => {
            onChange(event.currentTarget.checked)
          }}
        />
      )
    case 'integer':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          allowDecimal={false}
          onChange={(next) => {
            onChange(typeof next === 'number' ? next : next === '' ? '' : Number(next))
          }}
        />
      )
    case 'choice':
      return (
        <Select
          {...common}
          data={spec.options.map((value) => ({ value, label: optionName(w, value) }))}
          value={value === '' ? null : String(value)}
          allowDeselect={false}
          onChange={(next) => {
            onChange(next ?? '')
          }}
        />
      )
    case 'list':
      return (
        <TagsInput
          {...common}
          description={w('hint-list')}
          value={Array.isArray(value) ? [...(value as readonly string[])] : []}
          onChange={(next) => {
            onChange(next)
          }}
        />
      )
    case 'duration':
    case 'text':
      return (
        <TextInput
          {...common}
          value={String(value)}
          spellCheck={false}
          onChange={(event) => {
            onChange(event.currentTarget.value)
          }}
        />
      )
  }
}

const options = ['proposed', 'all-but-kept'] as const

/** Values the playbooks of this program have are said in words; others as they are written. */
function optionName(w: ReturnType<typeof useWords<'checklist'>>, value: string): string {
  const known = options.find((one) => one === value)
  return known === undefined ? value : w(`option-${known}`)
}
