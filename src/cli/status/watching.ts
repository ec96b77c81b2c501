import { startTicksOf } from '../../control/run-file.ts'
import { formatAge } from '../../core/text/duration.ts'
import { localTime } from '../../core/text/time.ts'
import type { Facts } from '../../store/tables/facts.ts'

/** Whether a daemon watches now. Times are Unix epoch milliseconds. */
export interface Watching {
  readonly isWatching: boolean
  /** Null where nobody has ever watched. */
  readonly lastAliveAtMs: number | null
  /** Until when somebody has certainly watched. */
  readonly watchedToMs: number
  /** Why nobody is watching; empty where somebody is. */
  readonly trouble: string
}

/** A daemon says so every ten seconds, even with nothing else to keep. */
const ALIVE_LIMIT_MS = 30_000
/** So long a daemon that lives may keep quiet, and what it knows still holds. */
const ALIVE_EVERY_MS = 15_000

/** Judges by what a daemon has written into its database, and by whether its process is still there. */
export function watchingOf({ aliveAtMs, holder }: Facts, nowMs: number): Watching {
  const isThere = holder !== null && startTicksOf(holder.pid) === holder.startTicks
  const isFresh = aliveAtMs === null || nowMs - aliveAtMs <= ALIVE_LIMIT_MS
  const isWatching = isThere && isFresh
  const seenToMs = aliveAtMs ?? nowMs
  return {
    isWatching,
    lastAliveAtMs: aliveAtMs,
    watchedToMs: Math.min(nowMs, isWatching ? seenToMs + ALIVE_EVERY_MS : seenToMs),
    trouble: isWatching ? '' : `nobody is watching: ${reasonOf(holder, isThere)}${lastSeen(aliveAtMs, nowMs)}`,
  }
}

function reasonOf(holder: Facts['holder'], isThere: boolean): string {
  if (holder === null) return 'no daemon has this database'
  return isThere ? `the daemon (pid ${holder.pid}) runs, but keeps nothing` : `the daemon (pid ${holder.pid}) is gone`
}

function lastSeen(aliveAtMs: number | null, nowMs: number): string {
  if (aliveAtMs === null) return ''
  return `, last seen ${formatAge(nowMs - aliveAtMs)} ago (${localTime(aliveAtMs, nowMs)})`
}
