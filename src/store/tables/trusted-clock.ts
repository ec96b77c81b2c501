import type { Database } from 'bun:sqlite'
import { DAY_MS, MINUTE_MS } from '../../core/text/time.ts'

/** A clock that is further ahead than this of when it was last trusted may be wrong, or Minitor was off. */
const GAP_MS = DAY_MS
/** A clock that may be wrong is trusted after this much time of running by it, restarts included. */
const TRUSTED_AFTER_MS = DAY_MS
/** How often the file is told. */
const SAVE_EVERY_MS = MINUTE_MS

/** Times are Unix epoch milliseconds by the wall clock. */
export interface ClockTrust {
  /** When the clock was trusted last. */
  readonly trustedAtMs: number
  /** Null while it is trusted. Else what it said last, and for how long Minitor has run by it. */
  readonly doubt: { readonly atMs: number; readonly ranMs: number } | null
}

/**
 * Whether the wall clock may be believed, `ranMs` after it was last asked. What is removed because of its age cannot come
 * back, and a clock that is years ahead makes everything old. A clock that is set back makes nothing older, and is trusted.
 */
export function trustClock({ trustedAtMs, doubt }: ClockTrust, wallMs: number, ranMs: number): ClockTrust {
  if (wallMs - trustedAtMs <= GAP_MS) return { trustedAtMs: wallMs, doubt: null }
  const isSameClock = doubt !== null && Math.abs(wallMs - doubt.atMs) <= GAP_MS
  const soFarMs = isSameClock ? doubt.ranMs + ranMs : 0
  if (soFarMs >= TRUSTED_AFTER_MS) return { trustedAtMs: wallMs, doubt: null }
  return { trustedAtMs, doubt: { atMs: wallMs, ranMs: soFarMs } }
}

/** Makes the function that says whether the clock is trusted now; what it finds outlives a restart. */
export function createTrustedClock(database: Database): (wallMs: number, monotonicMs: number) => boolean {
  const get = database.query<{ name: string; value: unknown }, []>(
    "SELECT name, value FROM facts WHERE name IN ('clock', 'alive_at_ms')",
  )
  const set = database.query("INSERT OR REPLACE INTO facts (name, value) VALUES ('clock', ?)")
  const facts = new Map(get.all().map(({ name, value }) => [name, value]))
  const saved = facts.get('clock')
  const aliveAtMs = (facts.get('alive_at_ms') ?? null) as number | null
  let trust = saved === undefined ? null : (JSON.parse(String(saved)) as ClockTrust)
  // A file of before this rule, or a new one.
  if (trust === null && aliveAtMs !== null) trust = { trustedAtMs: aliveAtMs, doubt: null }
  let lastMs: number | null = null
  let savedMs = -Infinity

  return (wallMs, monotonicMs) => {
    const before = trust ?? { trustedAtMs: wallMs, doubt: null }
    trust = trustClock(before, wallMs, monotonicMs - (lastMs ?? monotonicMs))
    lastMs = monotonicMs
    const hasChanged = (trust.doubt === null) !== (before.doubt === null)
    if (hasChanged || monotonicMs - savedMs >= SAVE_EVERY_MS) {
      set.run(JSON.stringify(trust))
      savedMs = monotonicMs
    }
    return trust.doubt === null
  }
}
