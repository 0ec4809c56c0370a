// Numbers of a process, for people.

import type { Language } from '../../i18n/say.ts'
import { durationText } from '../../ui/measures.ts'

/** Share of one core; what was not sampled is no zero. */
export function cpuText(permille: number | null): string {
  return permille === null ? '?' : `${(permille / 10).toFixed(permille >= 1000 ? 0 : 1)} %`
}

export function ageText(lang: Language, seconds: number): string {
  return durationText(lang, Math.max(1, seconds))
}
