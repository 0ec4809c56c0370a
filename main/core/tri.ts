// Three values everywhere: yes, no, unknown. Unknown never permits an act and never turns green (promise 5).

export type Tri = 'yes' | 'no' | 'unknown'

/** Conjunction after Kleene: one `no` decides, otherwise one `unknown` spoils. The empty conjunction is `yes`. */
export function allOf(values: readonly Tri[]): Tri {
  if (values.includes('no')) return 'no'
  return values.includes('unknown') ? 'unknown' : 'yes'
}

/** Disjunction after Kleene: one `yes` decides, otherwise one `unknown` spoils. The empty disjunction is `no`. */
export function anyOf(values: readonly Tri[]): Tri {
  if (values.includes('yes')) return 'yes'
  return values.includes('unknown') ? 'unknown' : 'no'
}

/** A plain truth as a three-valued one. */
export function triOf(value: boolean): Tri {
  return value ? 'yes' : 'no'
}
