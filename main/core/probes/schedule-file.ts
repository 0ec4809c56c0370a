// One file a scheduler reads, as bytes; shared by those who make facts of it.

/** One file a scheduler reads, as the script brought it. */
export interface ScheduleFile {
  /** the script's name for the place: `user-crontab`, `cron.d`, `run-parts-daily`, `timer`, `unit`, … */
  readonly kind: string
  readonly path: string
  readonly content: string
  readonly cut: boolean
  /** `dev inode size ctime-seconds` when it was read; null when it went away */
  readonly seen: string | null
}
