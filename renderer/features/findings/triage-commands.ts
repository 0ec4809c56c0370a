// Commands of triage while it is on the screen: the filter under `/`.

import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'

/** The one filter box of the view that is shown. */
export const filterId = 'triage-filter'

export function useTriageCommands(): void {
  const w = useWords('findings')
  useCommands('findings', [
    {
      id: 'findings.filter',
      label: w('commandFilter'),
      group: w('title'),
      keys: '/',
      also: 'filter 筛选 search',
      run: () => {
        document.getElementById(filterId)?.focus()
      },
    },
  ])
}
