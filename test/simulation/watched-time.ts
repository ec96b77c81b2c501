import type { Timeline } from './timeline.ts'

/** So long before its end a process has last said that it watches. */
const UNSAID_MS = 15_000
/** It notices that it stood still by a timer that is late, and that may have been due only after so long. */
const UNNOTICED_MS = 75_000

/** What it finds out is kept within so long, unless the disk is slow. */
const FOUND_OUT_MS = 60_000

/** How long a monitor can have been watched, at most, since a file was begun. */
export function createWatchedTime(timeline: Pick<Timeline, 'nowMs'>) {
  let watchedMs = 0
  let sinceMs: number | null = null
  let frozenUntilMs = 0
  /** Times that nobody watched, as Minitor has or will find out; it may die before that is kept. */
  let lately: { readonly atMs: number; readonly ms: number }[] = []

  return {
    began() {
      sinceMs = timeline.nowMs
    },
    clockSet(byMs: number) {
      if (sinceMs !== null && byMs > 0) lately.push({ atMs: Math.max(timeline.nowMs, frozenUntilMs), ms: byMs })
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
    /** What this process has seen since its beginning may still be on its way into the next file. */
    lostFile() {
      watchedMs = 0
    },
    get mostMs() {
      return watchedMs + (sinceMs === null ? 0 : timeline.nowMs - sinceMs) + UNSAID_MS
    },
  }
}
