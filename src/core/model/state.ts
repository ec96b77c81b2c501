import type { MonitorState, Mute, Outcome, Status } from './types.ts'

/** What is known of a monitor before its first check. */
export const PENDING: MonitorState = {
  status: 'pending',
  failureCount: 0,
  alertCount: 0,
  passCount: 0,
  window: [],
  outageStartedAtMs: null,
  incidentId: null,
  notificationCount: 0,
  firstToldAtFailure: null,
  lastToldAtMs: null,
  stepsTold: [],
  lastSuccessAtMs: null,
  lastCheckAtMs: null,
  recent: '',
  flapping: null,
  fineSinceMs: null,
}

/** What is known of a monitor that is switched off. */
export const PAUSED: MonitorState = { ...PENDING, status: 'paused' }

/** The same state after the wall clock was moved by `byMs`: the time since each event stays the same. */
export function shiftTimes(state: MonitorState, byMs: number): MonitorState {
  return withTimes(state, (atMs) => atMs + byMs)
}

/**
 * A saved state as it counts at `nowMs`: an event in the future was timed by a wrong clock, and counts as if it had just
 * happened. Otherwise no threshold that is a time would be reached until then.
 */
export function withoutFuture(state: MonitorState, nowMs: number): MonitorState {
  return withTimes(state, (atMs) => Math.min(atMs, nowMs))
}

function withTimes(state: MonitorState, change: (atMs: number) => number): MonitorState {
  const changed = (atMs: number | null) => (atMs === null ? null : change(atMs))
  const { flapping } = state
  return {
    ...state,
    window: state.window.map(changed),
    outageStartedAtMs: changed(state.outageStartedAtMs),
    lastToldAtMs: changed(state.lastToldAtMs),
    lastSuccessAtMs: changed(state.lastSuccessAtMs),
    lastCheckAtMs: changed(state.lastCheckAtMs),
    flapping: flapping === null ? null : { ...flapping, startedAtMs: change(flapping.startedAtMs) },
  }
}

/** Whether a check that counts is a pass. */
export function isPass({ outcome }: { readonly outcome: Outcome }): boolean {
  return outcome === 'passed' || outcome === 'warned'
}

/** Whether a monitor of this status fails, told or not. */
export function isTrouble(status: Status): boolean {
  return status === 'failing' || status === 'down'
}

/** A monitor's state in the one word that matters most, the worst first. */
export const STANDINGS = ['down', 'failing', 'flapping', 'maintenance', 'pending', 'up', 'paused'] as const
export type Standing = (typeof STANDINGS)[number]

export type StandingCounts = Readonly<Record<Standing, number>>

/**
 * In its maintenance, nothing is trouble. While it flaps, its status says little: but one that has passed none of its last
 * checks is down, even where the end of its flapping could not be told yet.
 */
export function standingOf({ status, flapping, recent }: MonitorState, mute: Mute | null): Standing {
  if (status !== 'paused' && mute?.by === 'maintenance') return 'maintenance'
  const isUnsettled = status === 'up' || status === 'failing' || (status === 'down' && recent.includes('S'))
  return flapping !== null && isUnsettled ? 'flapping' : status
}

export function countStandings(monitors: Iterable<{ readonly standing: Standing }>): StandingCounts {
  const counts = { down: 0, failing: 0, flapping: 0, maintenance: 0, pending: 0, up: 0, paused: 0 }
  for (const { standing } of monitors) counts[standing]++
  return counts
}
