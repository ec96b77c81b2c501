import type { MonitorState } from './types.ts'

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
}

/** What is known of a monitor that is switched off. */
export const PAUSED: MonitorState = { ...PENDING, status: 'paused' }

/** The same state when the wall clock was set by `byMs`: what has passed since then stays what it was. Pure. */
export function shiftTimes(state: MonitorState, byMs: number): MonitorState {
  const shift = (atMs: number | null) => (atMs === null ? null : atMs + byMs)
  return {
    ...state,
    window: state.window.map(shift),
    outageStartedAtMs: shift(state.outageStartedAtMs),
    lastToldAtMs: shift(state.lastToldAtMs),
    lastSuccessAtMs: shift(state.lastSuccessAtMs),
    lastCheckAtMs: shift(state.lastCheckAtMs),
    flapping: state.flapping === null ? null : { ...state.flapping, startedAtMs: state.flapping.startedAtMs + byMs },
  }
}
