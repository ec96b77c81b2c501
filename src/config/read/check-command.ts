import type { Place } from '../yaml/source.ts'
import { complain, type Drafting } from './loading.ts'
import { hasOrMeans } from './meant-key.ts'
import { complainOfContradictions } from './monitors.ts'

export interface Commanded {
  /** Where it is said that there is no command. */
  readonly place: Place
  /** All keys that the map may have. */
  readonly known: readonly string[]
}

/** Finds a map that has no command of its own, or two. */
export function checkCommand(drafting: Drafting, { place, known }: Commanded): void {
  const { loading, entries, subject } = drafting
  if (!hasOrMeans(entries, ['command', 'shell_command'], known)) {
    complain(loading, place, { subject, message: 'it has no command', hint: 'add command: [PROGRAM, ARGUMENT, …]' })
  }
  complainOfContradictions(drafting)
}
