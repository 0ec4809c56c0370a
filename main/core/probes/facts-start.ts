// Facts about what starts something by itself: schedules, units, boot and start-up files. One shape for all, so that they are judged and linked alike.

import type { HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'

/** One thing that starts something by itself, whatever reads it. */
export interface Starter {
  readonly file: FileMeta
  /** 1-based; 0 for what is one with its file (scripts, units, at jobs, binary crontabs) */
  readonly line: number
  /** the exact bytes of the line without its newline; for whole-file entries the first 200 bytes */
  readonly raw: HostText
  /** `entry` runs something; `environment` affects what is started after it; `script` is a file run as it is */
  readonly form: 'entry' | 'environment' | 'script' | 'binary'
  readonly user: HostText | null
  /** what is run: the command part, or for scripts the file (at most 64 KiB; the first 4 KiB of a compiled program) */
  readonly command: HostText
  /** bytes that a pager would hide: CR, ESC, NUL, very long runs of blanks */
  readonly disguised: boolean
  /** absolute paths named in the command, in order, at most 16 */
  readonly paths: readonly HostText[]
  /** the links that make it start by itself (`.wants`, `.requires` and `.upholds` folders, rc?.d); empty elsewhere */
  readonly enabledBy: readonly HostText[]
}

/** One entry of any scheduler. */
export interface ScheduleFact extends Starter {
  readonly kind: 'schedule'
  readonly scheduler:
    'user-crontab' | 'crontab' | 'cron.d' | 'run-parts' | 'anacrontab' | 'at' | 'systemd-timer' | 'periodic'
  readonly schedule: HostText | null
  /** shortest time between two runs in seconds; null when unknown or only at boot */
  readonly periodSeconds: number | null
  /** for timers: the file of the unit that is started; null elsewhere and when it is not there */
  readonly unitFile: HostText | null
}

/**
 * A systemd unit file, a drop-in, or a generator. Timers are told as schedules. `line` is 0 and `command` holds all its Exec lines, one a line; for
 * generators the script. Files that a package lists with these very bytes are not told at all.
 */
export interface UnitFact extends Starter {
  readonly kind: 'unit'
  /** name of the unit (`guard.service`); of a drop-in the unit it changes; of a generator its file name */
  readonly name: HostText
  readonly role: 'unit' | 'drop-in' | 'generator'
  /** suffix of the name: service, path, socket, target …; `generator` for generators */
  readonly type: string
  readonly manager: 'system' | 'user'
  /** value of Restart=, and of RestartSec= in seconds; null where not set */
  readonly restart: HostText | null
  readonly restartSeconds: number | null
  /** names of units it makes start: Unit=, Service=, OnFailure=, OnSuccess=, Upholds=, Wants=, Requires=, BindsTo=, and what a path or socket is for */
  readonly starts: readonly HostText[]
  /** values of Environment= and EnvironmentFile=, as written, at most 32 */
  readonly environment: readonly HostText[]
  /** the file of a package that this one hides by its name; null where there is none */
  readonly hides: HostText | null
  /** made by a generator from another file: it goes when that one is gone and systemd reads its files again */
  readonly generated: boolean
  /** a user's unit whose owner lingers: it runs without anybody logging in */
  readonly lingers: boolean
  /** pids whose control group is this unit's, ascending, at most 256 */
  readonly pids: readonly number[]
}

/** An entry of any other place that starts things: rc.local, init scripts, shell start-up files, environment files, hooks, rules. */
export interface StartupFact extends Starter {
  readonly kind: 'startup'
  /** id of the place in resources/places; `line` and `raw` are those of the whole statement, which may be several lines */
  readonly place: string
  /** whether the file stays well-formed when these lines are taken out */
  readonly removable: boolean
  /** whether the file holds nothing else of substance than the entries that are told of it */
  readonly alone: boolean
}

/** Whatever starts something by itself. */
export type StarterFact = ScheduleFact | UnitFact | StartupFact
