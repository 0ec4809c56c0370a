// How long paused schedulers stay paused without a word from us, in units people think in.

import { Group, NumberInput, Select } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { setSettings } from '../../state/settings.ts'
import { durationText } from '../../ui/measures.ts'

const units = { minutes: 60, hours: 3600, days: 86_400 } as const
type Unit = keyof typeof units
const names: readonly Unit[] = ['minutes', 'hours', 'days']

/** Seconds. Below a minute a slow link alone would let the schedulers go; a week is what main takes at most. */
const shortest = 60
const longest = 7 * 86_400

export function DeadMan(): ReactNode {
  const w = useWords('settings')
  const seconds = useSession((state) => state.settings.deadManSeconds)
  const bounds = useBounds()
  const [unit, setUnit] = useState<Unit>(() => names.findLast((one) => seconds % units[one] === 0) ?? 'minutes')
  const [wrong, setWrong] = useState(false)
  const keep = (value: number, of: Unit): void => {
    const wanted = Math.round(value * units[of])
    const good = Number.isFinite(value) && wanted >= shortest && wanted <= longest
    setWrong(!good)
    if (good && wanted !== seconds) setSettings({ deadManSeconds: wanted })
  }
  return (
    <Group gap={6} wrap="nowrap" align="start">
      <NumberInput
        aria-label={w('deadMan')}
        w={90}
        min={0}
        decimalScale={2}
        key={`${unit}-${String(seconds)}`}
        defaultValue={Math.round((seconds / units[unit]) * 100) / 100}
        error={wrong ? w('outOfBounds', bounds) : null}
        onBlur={(event) => {
          keep(Number(event.currentTarget.value), unit)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') keep(Number(event.currentTarget.value), unit)
        }}
      />
      <Select
        aria-label={w('deadMan')}
        w={96}
        allowDeselect={false}
        data={names.map((value) => ({ value, label: w(value) }))}
        value={unit}
        onChange={(value) => {
          const next = names.find((one) => one === value)
          if (next) setUnit(next)
          setWrong(false)
        }}
      />
    </Group>
  )
}

DeadMan.Hint = function DeadManHint(): ReactNode {
  const w = useWords('settings')
  return w('deadManHint', useBounds())
}

function useBounds(): { readonly min: string; readonly max: string } {
  const lang = useLanguage()
  return { min: durationText(lang, shortest), max: durationText(lang, longest) }
}
