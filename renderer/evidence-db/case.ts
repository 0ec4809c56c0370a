// The words of a case that the page shares with main.

export type { HostText } from '../../main/core/host-text.ts'
export type { AnyEvent as JournalEvent } from '../../main/core/case/events.ts'
