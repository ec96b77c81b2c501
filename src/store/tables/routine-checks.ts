import type { Change } from '../../core/model/ports.ts'
import type { MonitorState } from '../../core/model/types.ts'
import { countedAs } from '../../core/past/roll-up.ts'
import { type MonitorRow, type MonitorRows, stateAfter } from './monitors.ts'

/** How long the roll-ups and the state of a monitor may lag behind its checks. */
const LAG_MS = 600_000
/** How many monitors are summed up in one transaction, which others may wait for. */
const SUMMED_AT_ONCE = 100
/** How much a slot's distance from its check may differ from the previous slot's for the slot to be derived rather than stored. */
const SLOT_SLACK_MS = 1000

/**
 * Tells which checks need no more than their own row for now. A pass after passes changes only sums and times that follow
 * from that row. They are written now and then, which saves most of the work of the disk; readers add what is missing,
 * also after a kill.
 */
export interface RoutineChecks {
  /** The id of the monitor, if this check may wait to be summed up; else null. */
  defer(change: Change, nowMs: number): number | null
  /** Sums up what has waited long enough, or a part of it if that is much. */
  sumUpDue(nowMs: number): void
  sumUpAll(): void
  /** Writes the monitors that were changed: the next checks are compared with that. */
  flush(): void
  committed(): void
  /** What waits must be read from the file again. */
  rolledBack(): void
}

/** What a monitor's row has, and what follows from its checks since. Times are Unix epoch milliseconds. */
interface Known {
  readonly id: number
  readonly countedAs: MonitorRow['countedAs']
  /** How far before its check the stored slot lay; null where there was none. */
  readonly slotAheadMs: number | null
  state: MonitorState
  newestMs: number
}

export function createRoutineChecks(monitors: MonitorRows): RoutineChecks {
  const known = new Map<string, Known>()
  /** Monitors with checks that are not summed up, and since when, the longest wait first; null before the file was asked. */
  let waiting: Map<string, number> | null = null
  /** Monitors summed up in this transaction. */
  const summed = new Set<string>()

  const wait = (): Map<string, number> => {
    waiting ??= new Map(monitors.lagging().map((monitor) => [monitor, -Infinity]))
    return waiting
  }

  const routine: RoutineChecks = {
    defer(change, nowMs) {
      const { monitor } = change.check
      const before = known.get(monitor)
      if (before === undefined || monitors.isTouched(monitor) || !follows(before, change)) return null
      before.state = change.state
      before.newestMs = Math.round(change.check.startedAtMs)
      summed.delete(monitor)
      if (!wait().has(monitor)) wait().set(monitor, nowMs)
      return before.id
    },
    sumUpDue(nowMs) {
      let count = 0
      for (const [monitor, sinceMs] of wait()) {
        // After a jump of the clock nobody knows how long that was.
        if (Math.abs(nowMs - sinceMs) < LAG_MS || count++ === SUMMED_AT_ONCE) break
        monitors.of(monitor)
      }
    },
    sumUpAll() {
      for (const monitor of wait().keys()) {
        monitors.of(monitor)
        routine.flush()
      }
    },
    flush() {
      for (const [monitor, row] of monitors.flush()) {
        summed.add(monitor)
        if (row.state === null) known.delete(monitor)
        else known.set(monitor, toKnown(row, row.state))
      }
    },
    committed() {
      for (const monitor of summed) waiting?.delete(monitor)
      summed.clear()
    },
    rolledBack() {
      known.clear()
      summed.clear()
      waiting = null
    },
  }
  return routine
}

function toKnown({ id, countedAs, slotAtMs, summedToMs }: MonitorRow, state: MonitorState): Known {
  return { id, countedAs, slotAheadMs: slotAtMs === null ? null : summedToMs - slotAtMs, state, newestMs: summedToMs }
}

/** Whether all that a check changes follows from its row and what was known before. Pure. */
function follows(before: Known, { isRoutine, check, state, slotAtMs }: Change): boolean {
  const startedAtMs = Math.round(check.startedAtMs)
  if (!isRoutine || startedAtMs <= before.newestMs) return false
  if (countedAs(check.outcome, state.status) !== before.countedAs) return false
  const slotAheadMs = slotAtMs === null ? null : startedAtMs - slotAtMs
  const isOnGrid =
    slotAheadMs === null || before.slotAheadMs === null
      ? slotAheadMs === before.slotAheadMs
      : Math.abs(slotAheadMs - before.slotAheadMs) <= SLOT_SLACK_MS
  return isOnGrid && Bun.deepEquals(state, stateAfter(before.state, check.outcome, startedAtMs), true)
}
