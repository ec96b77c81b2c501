import type { Database } from 'bun:sqlite'
import {
  type Acknowledgement,
  addAcknowledgement,
  type MuteChange,
  type Mutes,
  type Silence,
  type SilenceTarget,
} from '../../core/model/mute.ts'

interface StoredSilence {
  readonly target_kind: string
  readonly target: string
  readonly until_ms: number
  readonly reason: string
}

/** The silences that have not run out, and the acknowledgements of open incidents. */
export function readMutes(database: Database, nowMs: number): Mutes {
  const silences = database
    .query<StoredSilence, [number]>(
      'SELECT target_kind, target, until_ms, reason FROM silences WHERE until_ms > ? ORDER BY id',
    )
    .all(nowMs)
    .map((stored) => ({ target: toTarget(stored), untilMs: stored.until_ms, reason: stored.reason }))
  const acknowledgements = database
    .query<{ id: string; acknowledged_at_ms: number; acknowledgement: string }, []>(
      `SELECT id, acknowledged_at_ms, acknowledgement FROM incidents
       WHERE ended_at_ms IS NULL AND acknowledged_at_ms IS NOT NULL`,
    )
    .all()
    .map((stored) => ({ incidentId: stored.id, atMs: stored.acknowledged_at_ms, reason: stored.acknowledgement }))
  return { silences, acknowledgements }
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
        .query<Pick<Acknowledgement, 'atMs' | 'reason'>, [string]>(
          `SELECT acknowledged_at_ms AS atMs, coalesce(acknowledgement, '') AS reason FROM incidents
           WHERE id = ? AND acknowledged_at_ms IS NOT NULL`,
        )
        .get(incidentId)
      const { atMs, reason } = addAcknowledgement(before, change.acknowledgement)
      database
        .query('UPDATE incidents SET acknowledged_at_ms = ?, acknowledgement = ? WHERE id = ?')
        .run(atMs, reason, incidentId)
    }
  }
}

export function addSilence(database: Database, silence: Silence, nowMs: number): void {
  const [kind, target] = fromTarget(silence.target)
  database
    .query('INSERT INTO silences (target_kind, target, created_at_ms, until_ms, reason) VALUES (?, ?, ?, ?, ?)')
    .run(kind, target, nowMs, silence.untilMs, silence.reason)
}

/** Ends the silences of exactly this target; returns how many there were. */
export function endSilences(database: Database, target: SilenceTarget, nowMs: number): number {
  const [kind, name] = fromTarget(target)
  return database
    .query('UPDATE silences SET until_ms = ? WHERE target_kind = ? AND target = ? AND until_ms > ?')
    .run(nowMs, kind, name, nowMs).changes
}

/** Acknowledges the open incident of a monitor; false when it has none. */
export function acknowledge(database: Database, about: { monitor: string; atMs: number; reason: string }): boolean {
  const { monitor, ...given } = about
  const open = database
    .query<{ id: string }, [string]>(
      `SELECT id FROM incidents
       WHERE ended_at_ms IS NULL AND monitor_id = (SELECT id FROM monitors WHERE name = ?)`,
    )
    .all(monitor)
  for (const { id } of open) {
    writeMuteChange(database, { kind: 'acknowledge', acknowledgement: { incidentId: id, ...given } })
  }
  return open.length > 0
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
