import type { PresentCluster } from '../../core/model/node-view.ts'
import type { EndedSession, Heartbeats, Log, Store, Telemetry } from '../../core/model/ports.ts'
import type { Actions, Present } from '../../core/model/present.ts'
import type { Past } from '../../core/past/past.ts'
import type { Board } from '../board/board.ts'
import type { Faults } from './faults.ts'

/** The parts that routes use. */
export interface WebContext {
  readonly present: Present
  readonly past: Past
  readonly board: Board
  readonly actions: Actions
  readonly heartbeats: Heartbeats
  readonly telemetry: Telemetry
  /** The cluster that this server belongs to; null without one. */
  readonly cluster: PresentCluster | null
  readonly faults: Faults
  readonly log: Log
  /** Hides secrets in the output of checks and alerts. */
  readonly mask: (text: string) => string
  readonly version: string
  /** Whether `/metrics` asks for no password. */
  readonly hasOpenMetrics: boolean
  /** Unix epoch milliseconds. */
  readonly clock: () => number
  /** 32 random bytes that survive a restart; sessions and the sign-in key are derived from them. Others end all sessions. */
  readonly secret: () => Uint8Array
  /** See `Snapshot`. */
  readonly installation: string
  /** Sessions that were ended early, and how to save them. */
  readonly endedSessions: readonly EndedSession[]
  readonly keepEndedSessions: Store['keepEndedSessions']
  readonly noteAction: Store['noteAction']
}
