import type { Nameable, Shape, Values } from '../schema/field.ts'
import type { Entry, Node } from '../yaml/node.ts'
import type { Finding, Place } from '../yaml/source.ts'
import { type Inserted, secretsIn } from './secrets.ts'

/** The source of values from outside. `readFile` gives a file's text, or why it cannot be read. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readFile(path: string): { readonly text: string } | { readonly trouble: string }
}

/** What one load gathers on its way through the files. */
export interface Loading {
  /** Absolute path of the directory that relative paths in the configuration begin at. */
  readonly directory: string
  readonly surroundings: Surroundings
  /** Whether a heartbeat without `web` is a mistake, as nobody could ping it: not where --listen serves pings. */
  readonly mustBePingable: boolean
  /** Whether warnings include advice on what is most likely not meant. */
  readonly hasAdvice: boolean
  /** Whose keys are being read, for mistakes: `monitor "website"`; empty at the top level. */
  readonly subject: string
  readonly findings: Finding[]
  /** What is accepted, and yet may not be what was meant. */
  readonly warnings: Finding[]
  readonly secrets: Set<string>
  /** Names to look up once everything is read. */
  readonly references: Reference[]
}

/** The value of a key that names others. */
export interface Reference {
  readonly loading: Loading
  readonly key: string
  readonly kind: Nameable
  readonly node: Node
  readonly value: unknown
}

export type Entries = ReadonlyMap<string, Entry>

/** A map of the configuration, with the values of its keys as far as they are in order. */
export interface Draft<S extends Shape = Shape> {
  readonly loading: Loading
  readonly entries: Entries
  readonly own: Values<S>
}

export function complain({ findings, subject }: Loading, place: Place, message: string, hint: string | null): void {
  findings.push({ place, subject, message, hint })
}

export function warn({ warnings, subject }: Loading, place: Place, message: string, hint: string | null): void {
  warnings.push({ place, subject, message, hint })
}

/** A warning for those who ask whether a configuration is what they mean; a daemon does not repeat it at every start. */
export function advise(loading: Loading, ...of: [place: Place, message: string, hint: string]): void {
  if (loading.hasAdvice) warn(loading, ...of)
}

/** Remembers what of a value from outside must not be shown. */
export function addSecrets({ secrets }: Loading, inserted: Inserted): void {
  for (const secret of secretsIn(inserted)) secrets.add(secret)
}
