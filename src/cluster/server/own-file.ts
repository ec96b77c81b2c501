import type { Beginning, Engine, JournalRecord } from '../../core/model/cluster.ts'
import type { ToldAlone } from '../../core/tell/told-alone.ts'

/** Up to where a file has which journal. */
export interface Position {
  readonly id: string
  readonly sequence: number
  /** Of that record; empty where the file has none of this journal. */
  readonly recordId: string
}

/** Why something could not be done, for the log. */
export interface Failure {
  readonly kind: 'failed'
  readonly reason: string
}

/** A server's own file while others lead: it follows the journal. */
export interface FollowedFile {
  /** Null in a file that has never followed one. */
  readonly position: Position | null
  /** The last leader that the file has heard of. */
  leader(): string | null
  /** What it has of its own that is not in the journal. */
  readonly unpublishedCount: number
  /** Whether there is anything in it. */
  readonly isNew: boolean
  apply(
    record: JournalRecord,
    position: Position,
  ): Promise<{ readonly kind: 'kept' } | (Failure & { readonly isDamaged: boolean })>
  /** What was told of that which is not in the journal. Rejects with a reason. */
  told(): Promise<ToldAlone>
  close(): Promise<void>
}

/** The own file while this server watches: alone at first. */
export interface WatchingFile {
  position(): Position | null
  /** See `JournaledAccess`. */
  lead(epoch: number): Promise<{ readonly kind: 'leads' } | { readonly kind: 'stale' } | Failure>
  goAlone(): void
  keepLast(): void
  begin(position: Position, handOut: () => Promise<string | null>): Promise<{ readonly kind: 'kept' } | Failure>
  /** Hands a copy for other servers to `use`, and removes it. */
  copy(use: (path: string, position: Position) => Promise<void>): Promise<void>
  /** Starts the daemon on it. */
  watch(beginning: Beginning): Promise<Watching | Failure>
  /** Closes it where no daemon was started. */
  close(): Promise<void>
}

/** A daemon that runs. */
export interface Watching {
  /** Ends in order: alerts under way finish, everything is saved. Resolves to what was told and could not be saved. */
  stop(): Promise<ToldAlone>
  /** The same at once: nothing more is told or saved. */
  abandon(): Promise<ToldAlone>
}

/** What happens to a file that is written. */
export interface WatchingEvents {
  /** Another server has written. */
  readonly onStale: () => void
  readonly onDamage: (reason: string) => void
}

/** Where a server's own database is. One is open at a time. */
export interface OwnFile {
  /** Rejects with a reason. */
  follow(): Promise<FollowedFile>
  /** The same to watch, and write. */
  write(events: WatchingEvents): Promise<WatchingFile>
  /**
   * Has the base copy of the cluster written beside the file by `get`, and puts it in its place. Resolves to where the file
   * is that was there before; null if there was none, or none worth keeping. Rejects with a reason.
   */
  replace(get: Engine['base']['get'], about: { readonly isWorthKeeping: boolean }): Promise<string | null>
  /** Puts back what was set aside by that. Rejects with a reason. */
  putBack(aside: string): Promise<void>
}
