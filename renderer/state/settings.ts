// The workbench's settings, changed from wherever the person is: here at once, and in the program.

import { attempt } from '../ui/attempt.ts'
import { call, session, type Session } from './session.ts'

/** Changes some settings; says what went wrong when the program cannot keep them. */
export function setSettings(change: Partial<Session['settings']>): void {
  const settings = { ...session.getState().settings, ...change }
  session.setState({ settings })
  void attempt(() => call('settings.set', settings))
}
