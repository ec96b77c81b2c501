import { Database } from 'bun:sqlite'
import { actionOf } from '../../core/model/action.ts'
import {
  type Announcement,
  addAcknowledgement,
  isAnnounced,
  type MuteChange,
  type Silence,
  type SilenceTarget,
} from '../../core/model/mute.ts'
import type { AlertTrial } from '../../core/model/ports.ts'
import type { Pause } from '../../core/model/types.ts'
import type { KeptIncident } from '../../core/past/kept.ts'
import { addAction } from '../tables/actions.ts'
import type { Write } from '../tables/apply-writes.ts'
import { type Facts, newSecret, readFacts, writeSecret, writeTrial } from '../tables/facts.ts'
import { readOpenIncidents } from '../tables/incidents.ts'
import { createJournaledRows, readJournaled } from '../tables/journaled.ts'
import { readMutes, writeMuteChange } from '../tables/mutes.ts'
import { openForReading, readDatabase } from './open-for-reading.ts'
import { type Refusal, refusalFor, refused } from './trouble.ts'

/** An open incident that has been acknowledged; `before` is how it was. Times are Unix epoch milliseconds. */
export interface AcknowledgedIncident {
  readonly id: string
  readonly startedAtMs: number
  readonly before: KeptIncident['acknowledged']
  readonly acknowledged: KeptIncident['acknowledged']
}

/** One change that people make on a command line. */
export type HandedChange =
  | MuteChange
  /** Ends all sessions of the pages, and makes another sign-in key. */
  | { readonly kind: 'end_sessions'; readonly atMs: number; readonly who: string }
  | { readonly kind: 'trial'; readonly trial: AlertTrial }

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
 * up to date: that is left to the daemon. With `isAlone`, the change is to be published once the daemon is no more on its
 * own; without it, the file of a server of a cluster is refused. Throws only what `work` throws.
 */
export function changeMutesIn<Result>(
  path: string,
  work: (changes: MuteChanges) => Result,
  { isAlone = false }: { readonly isAlone?: boolean } = {},
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
      const change = database.transaction((): ReturnType<typeof changeMutesIn<Result>> => {
        const isOfCluster = readJournaled(database).position !== null
        if (isOfCluster && !isAlone) return refused(OF_CLUSTER, NAME_CLUSTER)
        const writes: Write[] = []
        const result = work(changesOf(database, (one) => void writes.push(...write(database, one))))
        if (isOfCluster && writes.length > 0) {
          const record = { id: crypto.randomUUID(), nowMs: Date.now(), writes: JSON.stringify(writes) }
          createJournaledRows(database).keep(record)
        }
        return { kind: 'done', result }
      })
      return change.immediate()
    } finally {
      database.close()
    }
  } catch (error) {
    return refusalFor(error, { path, attempt: `write to ${path}` })
  }
}

/**
 * Finds out what `work` would change, in the file as it is at one moment, for those who have it changed by another. Nothing
 * is written. Throws only what `work` throws.
 */
export function planMutes<Result>(
  path: string,
  work: (changes: MuteChanges) => Result,
): { readonly kind: 'planned'; readonly result: Result; readonly changes: readonly HandedChange[] } | Refusal {
  const changes: HandedChange[] = []
  const reading = readDatabase(path, (database) => work(changesOf(database, (change) => void changes.push(change))))
  return reading.kind === 'refused' ? reading : { kind: 'planned', result: reading.result, changes }
}

const OF_CLUSTER = 'the database is that of a server of a cluster, and only the one that leads may change it'
const NAME_CLUSTER = 'name the configuration that has the cluster, with --config'

/** Makes a change; returns what that has written. */
function write(database: Database, change: HandedChange): readonly Write[] {
  switch (change.kind) {
    case 'end_sessions': {
      const { atMs, who } = change
      const secret = newSecret()
      const action = actionOf({ kind: 'sessions_ended', atMs, who })
      writeSecret(database, secret)
      addAction(database, action)
      return [
        { kind: 'secret', secret },
        { kind: 'actions', actions: [action] },
      ]
    }
    case 'trial':
      writeTrial(database, change.trial)
      return [change]
    default:
      writeMuteChange(database, change)
      return [{ kind: 'mutes', change }]
  }
}

function changesOf(database: Database, make: (change: HandedChange) => void): MuteChanges {
  return {
    holder: readFacts(database).holder,
    silences: (nowMs) => readMutes(database, nowMs).silences,
    silence: (silence, nowMs) => make({ kind: 'silence', silence, atMs: nowMs }),
    unsilence: (target, by) => make({ kind: 'unsilence', target, ...by }),
    unacknowledge(monitor, by) {
      const incident = readOpenIncidents(database).get(monitor)
      if (incident === undefined || incident.acknowledged === null) return null
      make({ kind: 'unacknowledge', incidentId: incident.id, ...by })
      return { id: incident.id, reason: incident.acknowledged.reason }
    },
    endSessions: (by) => make({ kind: 'end_sessions', ...by }),
    pauses: () => readMutes(database, 0).pauses,
    announcements: (nowMs) => readMutes(database, nowMs).announcements.filter((one) => isAnnounced(one, nowMs)),
    noteTrial: (trial) => make({ kind: 'trial', trial }),
    change: make,
    acknowledge({ monitor, ...given }) {
      const incident = readOpenIncidents(database).get(monitor)
      if (incident === undefined) return null
      const before = incident.acknowledged
      make({ kind: 'acknowledge', acknowledgement: { incidentId: incident.id, ...given } })
      return { ...incident, before, acknowledged: addAcknowledgement(before, given) }
    },
  }
}
