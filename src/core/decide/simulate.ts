import { PENDING } from '../model/state.ts'
import type { Monitor, MonitorState, Mute, Quiet, Status } from '../model/types.ts'
import { type Telling, whyQuiet } from './decision.ts'
import { transitionMuted } from './transition.ts'

/** One check of a simulation. Times are milliseconds since its first check. */
export interface SimulatedStep {
  readonly atMs: number
  readonly outcome: 'passed' | 'failed'
  readonly status: Status
  readonly tellings: readonly Telling[]
  readonly quiet: Quiet
  /** What mutes a notification that was due. */
  readonly mute: Mute | null
  readonly failureCount: number
  readonly alertCount: number
}

interface Simulation {
  readonly monitor: Pick<Monitor, 'name' | 'policy' | 'retryIntervalMs'>
  /** The next slot of the schedule after a time. */
  readonly nextSlotMs: (afterMs: number) => number
  /** The outcome of the check at that time, given the state before it; null ends the simulation. */
  readonly outcomeAt: (atMs: number, index: number, state: MonitorState) => 'passed' | 'failed' | null
  /** What would mute the monitor at that time. */
  readonly muteAt: (atMs: number) => Mute | null
}

/** Plays checks through the daemon's own `transition`, without running anything. */
export function* simulate({ monitor, nextSlotMs, outcomeAt, muteAt }: Simulation): Generator<SimulatedStep> {
  let state: MonitorState = PENDING
  let slotMs = 0
  let atMs = 0
  for (let index = 0; ; index++) {
    const outcome = outcomeAt(atMs, index, state)
    if (outcome === null) return
    const { name, policy } = monitor
    const step = { monitor: name, state, check: { outcome, startedAtMs: atMs }, policy }
    const next = transitionMuted(
      () => step,
      (_after, decideWith) => decideWith(muteAt(atMs)),
    )
    state = next.state
    yield {
      atMs,
      outcome,
      status: state.status,
      tellings: next.decision.kind === 'tell' ? next.decision.tellings : [],
      quiet: whyQuiet(next.decision),
      mute: next.decision.kind === 'quiet' ? next.decision.mute : null,
      failureCount: state.failureCount,
      alertCount: state.alertCount,
    }
    if (atMs >= slotMs) slotMs = nextSlotMs(slotMs)
    const retryAtMs = atMs + (monitor.retryIntervalMs ?? Infinity)
    atMs = state.status === 'failing' ? Math.min(slotMs, retryAtMs) : slotMs
  }
}
