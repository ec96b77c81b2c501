import { startTicksOf } from '../../control/run-file.ts'
import { changeMutes as change, type MuteChanges } from '../../store/file/write-database.ts'
import { UsageError } from '../terminal/outcome.ts'
import { print } from '../terminal/terminal.ts'

interface Changed<Result> {
  readonly result: Result
  /** Whether a daemon runs here that has the file open and will see the change. */
  readonly hasDaemon: boolean
}

/** Changes the mutes in a daemon's database. Throws UsageError where that cannot be done. */
export function changeMutes<Result>(path: string, work: (changes: MuteChanges) => Result): Changed<Result> {
  const changed = change(path, (changes) => {
    const { holder } = changes
    const hasDaemon = holder !== null && startTicksOf(holder.pid) === holder.startTicks
    return { result: work(changes), hasDaemon }
  })
  if (changed.kind === 'refused') throw new UsageError(changed.reason, changed.hint)
  return changed.result
}

/** A mute is kept in the database, where the next daemon finds it. */
export function printIfNoDaemon({ hasDaemon }: { hasDaemon: boolean }, path: string): void {
  if (!hasDaemon) print(`No daemon runs on ${path} now: this holds as soon as one does.`)
}
