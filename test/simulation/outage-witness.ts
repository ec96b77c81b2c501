import type { Change } from '../../src/core/model/ports.ts'
import type { Scene, Witness } from './witness.ts'

/** Wall times are whole milliseconds, and small corrections of the clock are not followed. */
const INEXACT_MS = 1500

/** How long it takes until every monitor has been checked by a clock that was set. */
const COMPARABLE_AFTER_MS = 60 * 60_000

/** What was last seen of a monitor's outage. */
interface Outage {
  readonly startedAtMs: number
  /** By how much the clock had been set when Minitor wrote this; null where that is uncertain. */
  readonly clockSetByMs: number | null
  /** When its first failing check began, in the world's time; null where no living process has seen it. */
  readonly begunMs: number | null
}

interface Run {
  readonly startedMs: number
  readonly endedMs: number
}

/** Checks that an outage keeps its beginning when the clock is set, and that parents are checked before it is told. */
export function createOutageWitness({ timeline, accuse, config }: Scene): Witness {
  const outages = new Map<string, Outage>()
  const starts = new Map<string, number>()
  const lastRuns = new Map<string, Run>()
  const runs = new Map<string, Run>()
  let clockSetByMs = 0
  let clockSetAtMs = Number.NEGATIVE_INFINITY
  let frozenUntilMs = 0

  const judgeBeginning = (name: string, before: Outage, after: Outage) => {
    if (before.clockSetByMs === null || after.clockSetByMs === null) return
    const offMs = after.startedAtMs - before.startedAtMs - (after.clockSetByMs - before.clockSetByMs)
    if (Math.abs(offMs) > INEXACT_MS) accuse('an outage begins once', `${name} now ${offMs} ms from where it was`)
  }

  const judgeParents = ({ check }: Change, { begunMs }: Outage, endedMs: number) => {
    // A check by a clock that has been set since looks older or younger than it is.
    if (begunMs === null || timeline.nowMs - clockSetAtMs < COMPARABLE_AFTER_MS) return
    const monitor = config().monitors.find(({ name }) => name === check.monitor)
    for (const name of monitor?.dependsOn ?? []) {
      if (config().monitors.every((one) => one.name !== name || !one.isEnabled)) continue
      const run = lastRuns.get(name)
      if (run === undefined || run.startedMs < endedMs)
        accuse('a parent is asked before its child is told', `${check.monitor}, ${name}`)
    }
  }

  return {
    began({ snapshot }) {
      starts.clear()
      lastRuns.clear()
      runs.clear()
      outages.clear()
      for (const [name, { state }] of snapshot.monitors) {
        if (state.outageStartedAtMs === null) continue
        // Times written by a clock that was ahead count as now.
        const isCertain = state.window.length === 0 && state.outageStartedAtMs <= timeline.wallMs()
        const setByMs = isCertain ? clockSetByMs : null
        outages.set(name, { startedAtMs: state.outageStartedAtMs, clockSetByMs: setByMs, begunMs: null })
      }
    },
    frozen(ms) {
      frozenUntilMs = Math.max(frozenUntilMs, timeline.nowMs + ms)
    },
    clockSet(byMs) {
      clockSetByMs += byMs
      // A process that stands still sees it when it goes on.
      clockSetAtMs = Math.max(timeline.nowMs, frozenUntilMs)
    },
    checkStarted: ({ runId }) => void starts.set(runId, timeline.nowMs),
    checkEnded({ runId, env }) {
      const run = { startedMs: starts.get(runId) ?? 0, endedMs: timeline.nowMs }
      starts.delete(runId)
      runs.set(runId, run)
      lastRuns.set(env.MINITOR_MONITOR_NAME ?? '', run)
    },
    departed: ({ monitor }) => void outages.delete(monitor),
    committed(change) {
      const { check, state, notifications } = change
      const run = runs.get(check.runId) ?? { startedMs: 0, endedMs: timeline.nowMs }
      runs.delete(check.runId)
      const before = outages.get(check.monitor)
      outages.delete(check.monitor)
      if (state.outageStartedAtMs === null) return
      // With `k of m`, an outage may turn out to have begun later.
      const isCertain = state.window.length === 0
      const after: Outage = {
        startedAtMs: state.outageStartedAtMs,
        clockSetByMs: isCertain && run.startedMs > clockSetAtMs ? clockSetByMs : null,
        begunMs: isCertain ? (before ?? { begunMs: run.startedMs }).begunMs : null,
      }
      outages.set(check.monitor, after)
      if (before !== undefined) judgeBeginning(check.monitor, before, after)
      if (notifications.some(({ kind }) => kind === 'down' || kind === 'reminder')) {
        judgeParents(change, after, run.endedMs)
      }
    },
  }
}
