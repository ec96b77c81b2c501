import type { Change, CommandRun } from '../../src/core/model/ports.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import type { Timeline } from './timeline.ts'

interface Seen {
  readonly startedMs: number
  readonly committedMs: number
}

/** A clock that is set by less than a second is not followed. */
const SLACK_MS = 2000

/**
 * The shortest that monitors have been watched, by the time of the world, whatever the clock said: from one check to the
 * next, if both are in the file and Minitor neither stood still nor ended between them.
 */
export function createSeenTime(timeline: Pick<Timeline, 'nowMs'>) {
  /** By the ids of runs. */
  const startedMs = new Map<string, number>()
  const runs = new Map<string, Seen>()
  const leastMs = new Map<string, number>()
  const last = new Map<string, Seen>()
  /** Times in which the clock was set forward or Minitor stood still. */
  const gaps: (readonly [fromMs: number, toMs: number])[] = []
  const setBackAtMs: number[] = []
  let frozenUntilMs = 0

  const isSeen = (before: Seen, next: Seen) =>
    gaps.every(([fromMs, toMs]) => toMs < before.startedMs || fromMs > next.startedMs) &&
    setBackAtMs.every((atMs) => atMs < before.startedMs || atMs > before.committedMs)

  return {
    checkStarted: ({ runId }: CommandRun) => void startedMs.set(runId, timeline.nowMs),
    committed({ check }: Change) {
      const began = startedMs.get(check.runId)
      if (began !== undefined) runs.set(check.runId, { startedMs: began, committedMs: timeline.nowMs })
    },
    frozen(ms: number) {
      frozenUntilMs = Math.max(frozenUntilMs, timeline.nowMs + ms)
      gaps.push([timeline.nowMs, frozenUntilMs])
    },
    clockSet(byMs: number) {
      if (byMs > 0) gaps.push([timeline.nowMs, Math.max(timeline.nowMs, frozenUntilMs)])
      else setBackAtMs.push(Math.max(timeline.nowMs, frozenUntilMs))
    },
    began() {
      last.clear()
      startedMs.clear()
      runs.clear()
      frozenUntilMs = 0
    },
    lostFile() {
      leastMs.clear()
      last.clear()
    },
    /** `as` is what the time after a check counts as. */
    note(write: Write, as: 'up' | 'down' | null) {
      if (write.kind === 'unwatched' && write.unwatched.fromMs <= write.unwatched.toMs) last.clear()
      if (write.kind === 'departure') last.delete(write.departure.monitor)
      if (write.kind === 'state') last.delete(write.monitor)
      if (write.kind !== 'check') return
      const { monitor, runId } = write.change.check
      const [before, next] = [last.get(monitor), runs.get(runId)]
      if (before !== undefined && next !== undefined && isSeen(before, next)) {
        leastMs.set(monitor, (leastMs.get(monitor) ?? -SLACK_MS) + next.startedMs - before.startedMs)
      }
      if (next === undefined || as === null) last.delete(monitor)
      else last.set(monitor, next)
    },
    leastMs: (monitor: string) => leastMs.get(monitor) ?? 0,
  }
}
