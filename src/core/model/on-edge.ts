import type { LogLevel } from './log-settings.ts'
import type { Log, LogFields } from './ports.ts'

interface Words<Trouble> {
  readonly begins: (trouble: Trouble) => readonly [LogLevel, string, LogFields?]
  /** Null logs nothing when the trouble is over. */
  readonly ends: string | null
}

/**
 * Logs trouble once when it begins and once when it is over. The function that it makes may be called any number of
 * times, with the trouble that there is, or with null while there is none.
 */
export function onEdge<Trouble>(log: Log, { begins, ends }: Words<Trouble>): (trouble: Trouble | null) => void {
  let isThere = false
  return (trouble) => {
    if (trouble !== null && !isThere) log.write(...begins(trouble))
    if (trouble === null && isThere && ends !== null) log.write('info', ends)
    isThere = trouble !== null
  }
}
