import type { QuietReason, Telling } from './decision.ts'
import { PENDING } from './state.ts'
import { transition } from './transition.ts'
import type { Monitor, MonitorState, Status } from './types.ts'

/** One check of a simulation. Times are milliseconds since its first check. */
export interface SimulatedStep {
  readonly atMs: number
  readonly outcome: 'passed' | 'failed'
  readonly status: Status
  readonly tellings: readonly Telling[]
  /** Why nobody is told; null when somebody is. */
  readonly quiet: QuietReason | null
  readonly failureCount: number
  readonly alertCount: number
}

interface Simulation {
  readonly monitor: Pick<Monitor, 'name' | 'policy' | 'retryIntervalMs'>
  /** The slot of the schedule that follows a time. */
  readonly nextSlotMs: (afterMs: number) => number
  /** What the check at that time would say, given the status before it; null ends the simulation. */
  readonly outcomeAt: (atMs: number, index: number, status: Status) => 'passed' | 'failed' | null
}

/** Plays checks through the same `transition` that the daemon uses, without running anything. Pure. */
export function* simulate({ monitor, nextSlotMs, outcomeAt }: Simulation): Generator<SimulatedStep> {
  let state: MonitorState = PENDING
  let slotMs = 0
  let atMs = 0
  for (let index = 0; ; index++) {
    const outcome = outcomeAt(atMs, index, state.status)
    if (outcome === null) return
    const next = transition({
      monitor: monitor.name,
      state,
      check: { outcome, startedAtMs: atMs },
      policy: monitor.policy,
      mute: null,
    })
    state = next.state
    yield {
      atMs,
      outcome,
      status: state.status,
      tellings: next.decision.kind === 'tell' ? next.decision.tellings : [],
      quiet: next.decision.kind === 'quiet' ? next.decision.reason : null,
      failureCount: state.failureCount,
      alertCount: state.alertCount,
    }
    if (atMs >= slotMs) slotMs = nextSlotMs(slotMs)
    const retryAtMs = atMs + (monitor.retryIntervalMs ?? Number.POSITIVE_INFINITY)
    atMs = state.status === 'failing' ? Math.min(slotMs, retryAtMs) : slotMs
  }
}
