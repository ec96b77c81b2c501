import { Database } from 'bun:sqlite'
import { actionOf } from '../../core/model/action.ts'
import {
  type Announcement,
  isAnnounced,
  type MuteChange,
  type Silence,
  type SilenceTarget,
} from '../../core/model/mute.ts'
import type { AlertTrial } from '../../core/model/ports.ts'
import type { Pause } from '../../core/model/types.ts'
import type { KeptIncident } from '../../core/past/kept.ts'
import { addAction } from '../tables/actions.ts'
import { type Facts, readFacts, renewSecret, writeTrial } from '../tables/facts.ts'
import { readOpenIncidents } from '../tables/incidents.ts'
import { acknowledge, readMutes, writeMuteChange } from '../tables/mutes.ts'
import { openForReading } from './open-for-reading.ts'
import { type Refusal, refusalFor } from './trouble.ts'

/** An open incident that has been acknowledged; `before` is how it was. Times are Unix epoch milliseconds. */
export interface AcknowledgedIncident {
  readonly id: string
  readonly startedAtMs: number
  readonly before: KeptIncident['acknowledged']
  readonly acknowledged: KeptIncident['acknowledged']
}

/** What people may change in a daemon's database. Times are Unix epoch milliseconds. */
export interface MuteChanges {
  /** The daemon that last held the file; null when none ever has. */
  readonly holder: Facts['holder']
  /** The silences that have not run out, oldest first. */
  silences(nowMs: number): readonly Silence[]
  /** Adds a silence, which takes the place of older ones of the same target. */
  silence(silence: Silence, nowMs: number): void
  /** Ends the silences of exactly this target. */
  unsilence(target: SilenceTarget, by: { atMs: number; who: string }): void
  /** Ends the acknowledgement of the open incident of a monitor; null when it has none, or is not acknowledged. */
  unacknowledge(
    monitor: string,
    by: { atMs: number; who: string },
  ): { readonly id: string; readonly reason: string } | null
  /** Ends all sessions of the pages, and makes another sign-in key. */
  endSessions(by: { atMs: number; who: string }): void
  /** Acknowledges the open incident of a monitor, in addition to what was said before; null when it has none. */
  acknowledge(about: { monitor: string; atMs: number; reason: string; who: string }): AcknowledgedIncident | null
  pauses(): readonly Pause[]
  /** Those that are for now, oldest first. */
  announcements(nowMs: number): readonly Announcement[]
  change(change: MuteChange): void
  noteTrial(trial: AlertTrial): void
}

/** How long to wait for another writer: the daemon locks the file for milliseconds at a time. */
const BUSY_MS = 5000

/**
 * Does `work`, in one transaction, on the file of a daemon, which notices the change. The file is neither made nor brought
 * up to date: that is left to the daemon. Throws only what `work` throws.
 */
export function changeMutesIn<Result>(
  path: string,
  work: (changes: MuteChanges) => Result,
): { readonly kind: 'done'; readonly result: Result } | Refusal {
  try {
    // First through a connection that cannot change the file: one of another version must stay as it is.
    const found = openForReading(path)
    if (found.kind === 'refused') return found
    found.database.close()
    const database = new Database(path, { readwrite: true })
    try {
      database.run(`PRAGMA busy_timeout = ${BUSY_MS}`)
      database.run('PRAGMA synchronous = FULL')
      // Immediate: it cannot fail half-way because of another writer.
      const result = database.transaction(() => work(changesOf(database))).immediate()
      return { kind: 'done', result }
    } finally {
      database.close()
    }
  } catch (error) {
    return refusalFor(error, { path, attempt: `write to ${path}` })
  }
}

function changesOf(database: Database): MuteChanges {
  return {
    holder: readFacts(database).holder,
    silences: (nowMs) => readMutes(database, nowMs).silences,
    silence: (silence, nowMs) => writeMuteChange(database, { kind: 'silence', silence, atMs: nowMs }),
    unsilence: (target, by) => writeMuteChange(database, { kind: 'unsilence', target, ...by }),
    unacknowledge(monitor, by) {
      const incident = readOpenIncidents(database).get(monitor)
      if (incident === undefined || incident.acknowledged === null) return null
      writeMuteChange(database, { kind: 'unacknowledge', incidentId: incident.id, ...by })
      return { id: incident.id, reason: incident.acknowledged.reason }
    },
    endSessions(by) {
      renewSecret(database)
      addAction(database, actionOf({ kind: 'sessions_ended', ...by }))
    },
    pauses: () => readMutes(database, 0).pauses,
    announcements: (nowMs) => readMutes(database, nowMs).announcements.filter((one) => isAnnounced(one, nowMs)),
    noteTrial: (trial) => writeTrial(database, trial),
    change: (change) => writeMuteChange(database, change),
    acknowledge(about) {
      const read = () => readOpenIncidents(database).get(about.monitor) ?? null
      const before = read()?.acknowledged ?? null
      acknowledge(database, about)
      const incident = read()
      return incident && { ...incident, before }
    },
  }
}
