import type { Database } from 'bun:sqlite'
import { type Action, actionOf } from '../../core/model/action.ts'
import {
  type Acknowledgement,
  type Announcement,
  addAcknowledgement,
  type MuteChange,
  type Mutes,
  type Silence,
  type SilenceTarget,
} from '../../core/model/mute.ts'
import type { Pause } from '../../core/model/types.ts'
import { addAction } from './actions.ts'
import { fromTarget, type StoredTarget, toTarget } from './targets.ts'

interface StoredSilence extends StoredTarget {
  readonly until_ms: number
  readonly reason: string
  readonly who: string
}

/** The silences and announcements that have not run out, the acknowledgements of open incidents, and the pauses. */
export function readMutes(database: Database, nowMs: number): Mutes {
  const silences = database
    .query<StoredSilence, [number]>(
      'SELECT target_kind, target, until_ms, reason, who FROM silences WHERE until_ms > ? ORDER BY id',
    )
    .all(nowMs)
    .map((stored) => ({
      target: toTarget(stored),
      untilMs: stored.until_ms,
      reason: stored.reason,
      ...asKnown(stored.who),
    }))
  const acknowledgements = database
    .query<{ id: string; acknowledged_at_ms: number; acknowledgement: string; acknowledged_by: string }, []>(
      `SELECT id, acknowledged_at_ms, acknowledgement, acknowledged_by FROM incidents
       WHERE ended_at_ms IS NULL AND acknowledged_at_ms IS NOT NULL`,
    )
    .all()
    .map((stored) => ({
      incidentId: stored.id,
      atMs: stored.acknowledged_at_ms,
      reason: stored.acknowledgement,
      ...asKnown(stored.acknowledged_by),
    }))
  const pauses = database
    .query<Pause, []>('SELECT monitor, since_ms AS sinceMs, who, reason FROM pauses ORDER BY since_ms, monitor')
    .all()
  const announcements = database
    .query<Announcement, [number]>(
      `SELECT id, at_ms AS atMs, until_ms AS untilMs, who, text FROM announcements
       WHERE until_ms IS NULL OR until_ms > ? ORDER BY at_ms, id`,
    )
    .all(nowMs)
  return { silences, acknowledgements, pauses, announcements }
}

/** Absent where it is not known. */
function asKnown(who: string): { readonly who?: string } {
  return who === '' ? {} : { who }
}

/** Makes a change that people have asked for, and keeps who did it; nothing is kept of one that changes nothing. */
export function writeMuteChange(database: Database, change: MuteChange): void {
  const action = applyMuteChange(database, change)
  if (action !== null) addAction(database, action)
}

/** The same, without keeping who did it; returns what was done, or null for nothing. */
export function applyMuteChange(database: Database, change: MuteChange): Action | null {
  switch (change.kind) {
    case 'silence': {
      const { target, untilMs, reason, who = '' } = change.silence
      endSilences(database, target, change.atMs)
      addSilence(database, change.silence, change.atMs)
      return actionOf({ kind: 'silenced', atMs: change.atMs, who, target, untilMs, reason })
    }
    case 'unsilence': {
      const { target, atMs, who } = change
      const ended = endSilences(database, target, atMs)
      if (ended.length === 0) return null
      return actionOf({ kind: 'unsilenced', atMs, who, target, untilMs: Math.max(...ended) })
    }
    case 'unacknowledge': {
      const { incidentId, atMs, who } = change
      const ended = database
        .query(
          `UPDATE incidents SET acknowledged_at_ms = NULL, acknowledgement = NULL, acknowledged_by = ''
           WHERE id = ? AND acknowledged_at_ms IS NOT NULL`,
        )
        .run(incidentId)
      if (ended.changes === 0) return null
      return actionOf({ kind: 'unacknowledged', atMs, who, target: incidentTarget(database, incidentId) })
    }
    case 'acknowledge': {
      const { incidentId, ...given } = change.acknowledgement
      const before = database
        .query<Pick<Acknowledgement, 'atMs' | 'reason' | 'who'>, [string]>(
          `SELECT acknowledged_at_ms AS atMs, coalesce(acknowledgement, '') AS reason, acknowledged_by AS who FROM incidents
           WHERE id = ? AND acknowledged_at_ms IS NOT NULL`,
        )
        .get(incidentId)
      const { atMs, reason, who = '' } = addAcknowledgement(before, given)
      const { changes } = database
        .query('UPDATE incidents SET acknowledged_at_ms = ?, acknowledgement = ?, acknowledged_by = ? WHERE id = ?')
        .run(atMs, reason, who, incidentId)
      if (changes === 0) return null
      return actionOf({ kind: 'acknowledged', who: '', ...given, target: incidentTarget(database, incidentId) })
    }
    case 'pause': {
      const { monitor, sinceMs, who, reason } = change.pause
      const { changes } = database
        .query('INSERT OR IGNORE INTO pauses (monitor, since_ms, who, reason) VALUES (?, ?, ?, ?)')
        .run(monitor, sinceMs, who, reason)
      return changes === 0 ? null : actionOf({ kind: 'paused', atMs: sinceMs, who, target: { monitor }, reason })
    }
    case 'resume': {
      const { monitor, atMs, who } = change
      const { changes } = database.query('DELETE FROM pauses WHERE monitor = ?').run(monitor)
      return changes === 0 ? null : actionOf({ kind: 'resumed', atMs, who, target: { monitor } })
    }
    case 'announce': {
      const { id, atMs, untilMs, who, text } = change.announcement
      database
        .query('INSERT OR REPLACE INTO announcements (id, at_ms, until_ms, who, text) VALUES (?, ?, ?, ?, ?)')
        .run(id, atMs, untilMs, who, text)
      return actionOf({ kind: 'announced', atMs, who, untilMs, reason: text })
    }
    case 'retract': {
      const { id, atMs, who } = change
      const ended = database
        .query<{ text: string }, [number, string, number]>(
          'UPDATE announcements SET until_ms = ? WHERE id = ? AND (until_ms IS NULL OR until_ms > ?) RETURNING text',
        )
        .get(atMs, id, atMs)
      return ended === null ? null : actionOf({ kind: 'announcement_ended', atMs, who, reason: ended.text })
    }
  }
}

function incidentTarget(database: Database, incidentId: string): SilenceTarget | null {
  return database
    .query<{ monitor: string }, [string]>(
      'SELECT m.name AS monitor FROM incidents i JOIN monitors m ON m.id = i.monitor_id WHERE i.id = ?',
    )
    .get(incidentId)
}

export function addSilence(database: Database, silence: Silence, nowMs: number): void {
  const [kind, target] = fromTarget(silence.target)
  database
    .query('INSERT INTO silences (target_kind, target, created_at_ms, until_ms, reason, who) VALUES (?, ?, ?, ?, ?, ?)')
    .run(kind, target, nowMs, silence.untilMs, silence.reason, silence.who ?? '')
}

/** Ends the silences of exactly this target; returns when each would have ended. */
export function endSilences(database: Database, target: SilenceTarget, nowMs: number): readonly number[] {
  const [kind, name] = fromTarget(target)
  const asked = 'target_kind = ? AND target = ? AND until_ms > ?'
  const ended = database
    .query<{ until_ms: number }, [string, string, number]>(`SELECT until_ms FROM silences WHERE ${asked}`)
    .all(kind, name, nowMs)
  database.query(`UPDATE silences SET until_ms = ? WHERE ${asked}`).run(nowMs, kind, name, nowMs)
  return ended.map(({ until_ms }) => until_ms)
}
