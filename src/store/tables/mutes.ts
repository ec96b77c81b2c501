import type { Database } from 'bun:sqlite'
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

interface StoredSilence {
  readonly target_kind: string
  readonly target: string
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

export function writeMuteChange(database: Database, change: MuteChange): void {
  switch (change.kind) {
    case 'silence':
      endSilences(database, change.silence.target, change.atMs)
      addSilence(database, change.silence, change.atMs)
      return
    case 'unsilence':
      endSilences(database, change.target, change.atMs)
      return
    case 'unacknowledge':
      database
        .query('UPDATE incidents SET acknowledged_at_ms = NULL, acknowledgement = NULL WHERE id = ?')
        .run(change.incidentId)
      return
    case 'acknowledge': {
      const { incidentId } = change.acknowledgement
      const before = database
        .query<Pick<Acknowledgement, 'atMs' | 'reason' | 'who'>, [string]>(
          `SELECT acknowledged_at_ms AS atMs, coalesce(acknowledgement, '') AS reason, acknowledged_by AS who FROM incidents
           WHERE id = ? AND acknowledged_at_ms IS NOT NULL`,
        )
        .get(incidentId)
      const { atMs, reason, who = '' } = addAcknowledgement(before, change.acknowledgement)
      database
        .query('UPDATE incidents SET acknowledged_at_ms = ?, acknowledgement = ?, acknowledged_by = ? WHERE id = ?')
        .run(atMs, reason, who, incidentId)
      return
    }
    case 'pause': {
      const { monitor, sinceMs, who, reason } = change.pause
      database
        .query('INSERT OR IGNORE INTO pauses (monitor, since_ms, who, reason) VALUES (?, ?, ?, ?)')
        .run(monitor, sinceMs, who, reason)
      return
    }
    case 'resume':
      database.query('DELETE FROM pauses WHERE monitor = ?').run(change.monitor)
      return
    case 'announce': {
      const { id, atMs, untilMs, who, text } = change.announcement
      database
        .query('INSERT OR REPLACE INTO announcements (id, at_ms, until_ms, who, text) VALUES (?, ?, ?, ?, ?)')
        .run(id, atMs, untilMs, who, text)
      return
    }
    case 'retract':
      database.query('UPDATE announcements SET until_ms = ? WHERE id = ?').run(change.atMs, change.id)
  }
}

export function addSilence(database: Database, silence: Silence, nowMs: number): void {
  const [kind, target] = fromTarget(silence.target)
  database
    .query('INSERT INTO silences (target_kind, target, created_at_ms, until_ms, reason, who) VALUES (?, ?, ?, ?, ?, ?)')
    .run(kind, target, nowMs, silence.untilMs, silence.reason, silence.who ?? '')
}

/** Ends the silences of exactly this target; returns how many there were. */
export function endSilences(database: Database, target: SilenceTarget, nowMs: number): number {
  const [kind, name] = fromTarget(target)
  return database
    .query('UPDATE silences SET until_ms = ? WHERE target_kind = ? AND target = ? AND until_ms > ?')
    .run(nowMs, kind, name, nowMs).changes
}

function toTarget({ target_kind: kind, target }: StoredSilence): SilenceTarget {
  if (kind === 'monitor') return { monitor: target }
  if (kind === 'group') return { group: target }
  return kind === 'tag' ? { tag: target } : 'all'
}

function fromTarget(target: SilenceTarget): [kind: string, name: string] {
  if (target === 'all') return ['all', '']
  const [named] = Object.entries(target)
  return named ?? ['all', '']
}
