// Choosing the file of a key in a window of the desktop. Behind a served page there is none: the person types the path.

import { call, useSession } from './session.ts'

/** Asks for a file; null when none was chosen. Null itself where there is no such window. */
export function useKeyChooser(): (() => Promise<string | null>) | null {
  const desktop = useSession((state) => state.shell === 'desktop')
  return desktop ? chooseKey : null
}

async function chooseKey(): Promise<string | null> {
  const { path } = await call('files.choose', { what: 'key' })
  return path
}
