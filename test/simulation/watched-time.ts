import type { Timeline } from './timeline.ts'

/** How long before its end a process last wrote that it watches. */
const UNSAID_MS = 15_000
/** A process notices a standstill by a late timer, which may have been due only after this time. */
const UNNOTICED_MS = 75_000

/** What it finds is stored within this time, unless the disk is slow. */
const FOUND_OUT_MS = 60_000

/** The longest that a monitor can have been watched since a file was begun. */
export function createWatchedTime(timeline: Pick<Timeline, 'nowMs'>) {
  let watchedMs = 0
  let sinceMs: number | null = null
  let frozenUntilMs = 0
  /** Times that nobody watched, as Minitor finds out; it may die before that is stored. */
  let lately: { readonly atMs: number; readonly ms: number }[] = []

  return {
    began() {
      sinceMs = timeline.nowMs
    },
    ended() {
      for (const { atMs, ms } of lately) if (timeline.nowMs - atMs < FOUND_OUT_MS) watchedMs += ms
      lately = []
      watchedMs += sinceMs === null ? 0 : timeline.nowMs - sinceMs + UNSAID_MS
      sinceMs = null
      frozenUntilMs = 0
    },
    frozen(ms: number) {
      const fromMs = Math.max(timeline.nowMs, frozenUntilMs)
      const moreMs = timeline.nowMs + ms - fromMs
      if (sinceMs !== null && moreMs > UNNOTICED_MS) {
        watchedMs -= moreMs - UNNOTICED_MS
        lately.push({ atMs: timeline.nowMs + ms, ms: moreMs - UNNOTICED_MS })
      }
      frozenUntilMs = Math.max(frozenUntilMs, timeline.nowMs + ms)
    },
    /** What this process has seen since it started may still be on its way into the next file. */
    lostFile() {
      watchedMs = 0
    },
    get mostMs() {
      return watchedMs + (sinceMs === null ? 0 : timeline.nowMs - sinceMs) + UNSAID_MS
    },
  }
}
