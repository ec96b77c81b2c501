/** `error` will hurt, `warning` may hurt or could be better, `unknown` could not be looked at, `fine` is as it should be. */
export type Severity = 'error' | 'warning' | 'unknown' | 'fine'

/** What a finding is about; for programs that read them, so these words do not change. */
export type Subject =
  | 'configuration'
  | 'service'
  | 'programs'
  | 'privileges'
  | 'alerts'
  | 'permissions'
  | 'database'
  | 'space'
  | 'limits'
  | 'clock'
  | 'time_zone'
  | 'temporary_files'
  | 'daemon'
  | 'health'
  | 'web'
  | 'watchdog'
  | 'guard'
  | 'cluster'

/** One truth about what Minitor runs on. Texts may hold names that users have chosen: they are not yet fit for a terminal. */
export interface Finding {
  readonly severity: Severity
  readonly about: Subject
  readonly message: string
  /** What to do; null where that is nothing. */
  readonly help: string | null
  /** A file, or the monitors and alerts that it is about; empty where the message says it. */
  readonly place: string
}

type Say = (message: string, help: string | null, place?: string) => Finding

const say =
  (severity: Severity, about: Subject): Say =>
  (message, help, place = '') => ({ severity, about, message, help, place })

/** For what this user may not look at. */
export const AS_SERVICE = 'run this as root, or as the user of the service'

/** Makes findings about one subject. */
export function findingsAbout(about: Subject) {
  const fine = say('fine', about)
  return {
    error: say('error', about),
    warning: say('warning', about),
    unknown: say('unknown', about),
    fine: (message: string, place = '') => fine(message, null, place),
  }
}

/** The findings that there are; `otherwise` where there is none. */
export function gather(
  found: readonly (Finding | null | false)[],
  otherwise: Finding | null = null,
): readonly Finding[] {
  const all = found.filter((one) => one !== null && one !== false)
  return all.length > 0 || otherwise === null ? all : [otherwise]
}

const NAMES_SHOWN = 3

/** `monitor "a", alert "b" and 3 more` */
export function listed(names: readonly string[]): string {
  const unique = [...new Set(names)]
  const more = unique.length - NAMES_SHOWN
  return more <= 0 ? unique.join(', ') : `${unique.slice(0, NAMES_SHOWN).join(', ')} and ${more} more`
}
