import type { Entry } from '../yaml/node.ts'
import type { Finding, Place } from '../yaml/source.ts'
import type { Surroundings } from './interpolate.ts'
import { isSecret } from './secrets.ts'

/** What one load gathers on its way through the files. */
export interface Loading {
  /** Absolute path of the directory that relative paths in the configuration begin at. */
  readonly directory: string
  readonly surroundings: Surroundings
  /** Whether a heartbeat without `web` is a mistake, as nobody could ping it: not where --listen serves pings. */
  readonly mustBePingable: boolean
  readonly findings: Finding[]
  readonly secrets: Set<string>
}

/** What a mistake says, and about whose setting. */
export interface Complaint {
  readonly subject: string
  readonly message: string
  readonly hint: string | null
}

export function complain(loading: Loading, place: Place, complaint: Complaint): void {
  loading.findings.push({ place, ...complaint })
}

/** Remembers values from outside that must not be shown. */
export function keepSecrets(loading: Loading, values: readonly string[]): void {
  for (const value of values) if (isSecret(value)) loading.secrets.add(value)
}

/** A map that is being read, with the name of what it describes. */
export interface Drafting {
  readonly loading: Loading
  readonly entries: ReadonlyMap<string, Entry>
  readonly subject: string
}
