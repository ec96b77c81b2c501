import type { Database } from 'bun:sqlite'
import { type Action, FAILED_SIGN_INS } from '../../core/model/action.ts'
import type { ActionsQuery } from '../../core/past/past.ts'
import { fromTarget, toTarget } from './targets.ts'

/** Saves what somebody did. A failed sign-in is added to the others from its network; the oldest make room. */
export function addAction(database: Database, action: Action): void {
  const { kind, atMs, who, target, untilMs, reason, address, count } = action
  const [targetKind, name] = target === null ? ['', ''] : fromTarget(target)
  database
    .query(
      `INSERT INTO actions (at_ms, kind, who, target_kind, target, until_ms, reason, address, count)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (address) WHERE kind = 'sign_in_failed'
       DO UPDATE SET at_ms = excluded.at_ms, who = excluded.who, count = count + excluded.count`,
    )
    .run(Math.round(atMs), kind, who, targetKind, name, untilMs, reason, address, count)
  if (kind !== 'sign_in_failed') return
  database.run(
    `DELETE FROM actions WHERE kind = 'sign_in_failed' AND id NOT IN (
       SELECT id FROM actions WHERE kind = 'sign_in_failed' ORDER BY at_ms DESC, id DESC LIMIT ${FAILED_SIGN_INS})`,
  )
}

interface StoredAction extends Omit<Action, 'target'> {
  readonly targetKind: string
  readonly target: string
}

/** What was done, newest first. */
export function readActions(database: Database, query: ActionsQuery): Action[] {
  const { about, sinceMs, beforeMs, limit } = query
  const asked = `at_ms >= $since AND ($before IS NULL OR at_ms < $before) AND ($monitor IS NULL
    OR (target_kind = 'monitor' AND target = $monitor) OR (target_kind = 'group' AND target = $group)
    OR (target_kind = 'tag' AND target IN (SELECT value FROM json_each($tags))) OR target_kind = 'all')`
  return database
    .query<StoredAction, Record<string, string | number | null>>(
      `SELECT kind, at_ms AS atMs, who, target_kind AS targetKind, target, until_ms AS untilMs, reason, address, count
       FROM actions WHERE ${asked} AND at_ms >= coalesce(
         (SELECT at_ms FROM actions WHERE ${asked} ORDER BY at_ms DESC LIMIT 1 OFFSET $last), 0)
       ORDER BY at_ms DESC, id DESC`,
    )
    .all({
      $since: sinceMs,
      $before: beforeMs,
      $last: (limit ?? Number.MAX_SAFE_INTEGER) - 1,
      $monitor: about?.name ?? null,
      $group: about?.group ?? '',
      $tags: JSON.stringify(about?.tags ?? []),
    })
    .map(({ targetKind, target, ...one }) => ({
      ...one,
      target: targetKind === '' ? null : toTarget({ target_kind: targetKind, target }),
    }))
}
